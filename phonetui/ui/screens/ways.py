"""The ways on from the Webex screen: each is a key, a screen behind it, and why that may have nothing to offer.

Another screen is reached from there by one more row of `WAYS`, an action `webex.…` with its key, and a door.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from textual.screen import Screen

from phonetui.ui.cloudless import why_not
from phonetui.ui.screens import doors
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.devices import WebexDevice


def unasked(viewpoint: Viewpoint, device: WebexDevice) -> str:
    """Why Webex isn't asked about the device; empty where it can be."""
    return why_not(viewpoint.session).rstrip(".") or ("it could not be read" if device.unreadable is not None else "")


class Way(NamedTuple):
    action: str
    """Its id in the table of actions."""
    words: str
    door: Callable[[Viewpoint, WebexDevice], Screen[Any]]
    why_not: Callable[[Viewpoint, WebexDevice], str] = unasked
    """Why there is nothing behind it for this device; empty where there is."""


WAYS: tuple[Way, ...] = (
    Way("webex.configuration", "configuration, key by key", doors.configuration),
    Way("webex.linekeys", "line keys, as they lie", doors.line_keys),
    Way("webex.members", "members and hoteling", doors.members),
    Way("webex.levels", "where its calling settings come from", doors.levels),
    Way("webex.tags", "tags", doors.tagging),
    Way("webex.apply", "apply what was changed in Webex", doors.applying),
    Way("webex.activation", "activation code for another phone", doors.activation),
    Way("webex.jobs", "jobs over many phones", lambda viewpoint, _: doors.jobs(viewpoint)),
)
