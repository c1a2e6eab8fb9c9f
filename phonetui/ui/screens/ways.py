"""The ways on from the Webex screen: each is a key, a screen behind it, and why that may have nothing to offer.

Another screen is reached from there by one more row of `WAYS`, an action `webex.…` with its key, and a door.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from textual.screen import Screen

from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.device import Device


def _always(_: Viewpoint, __: Device) -> str:
    return ""


class Way(NamedTuple):
    action: str
    """Its id in the table of actions."""
    words: str
    door: Callable[[Viewpoint, Device], Screen[Any]]
    why_not: Callable[[Viewpoint, Device], str] = _always
    """Why there is nothing behind it for this device; empty where there is."""


WAYS: tuple[Way, ...] = ()
