"""Whether the dashboard has an organization in Webex beside its phones, and how it is opened once that is needed."""

import os
from functools import partial
from typing import TYPE_CHECKING

from phonetui.config import places
from phonetui.config.credentials import WEBEX_ENVIRONMENT
from phonetui.config.settings import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from phonetui.monitor.cloud import Open
    from phonetui.webex.client import Webex


def webex(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """None where neither the environment nor the configuration nor an earlier sign-in says who we are to Webex.

    `patience_s`: for how long a request waits, at most, where Webex asks to.
    """
    settings = config.webex
    named = (settings.token, settings.token_source, settings.refresh_token, settings.refresh_token_source)
    if not (
        os.environ.get(WEBEX_ENVIRONMENT) or any(each is not None for each in named) or os.path.lexists(places.webex())
    ):
        return None
    return partial(_open, config, patience_s)


def needed(config: Config, *, patience_s: float = 0.0) -> "Open | None":
    """None, too, where no phone is asked through Webex: what is run for its phones alone sweeps no organization."""
    return webex(config, patience_s=patience_s) if any(phone.is_behind_webex for phone in config.phones) else None


def _open(config: Config, patience_s: float, tell: "Callable[[str], None]") -> "Webex":
    from phonetui.cli.tokens import opened  # brings the network's libraries: not before the first frame

    return opened(config, tell, patience_s=patience_s)
