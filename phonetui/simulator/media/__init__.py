"""Where call figures come from: packets that one phone sends and the other receives.

    Media ──connect──► MediaLink ┬─ caller: MediaEnd ◄── Profile (what it hears comes through) ──┐
                                 └─ callee: MediaEnd ──── Profile ───────────────────────────────►┘

`model` draws the packets from a seeded chain, without a socket or a clock; `session` sends real RTP over loopback,
through an impairment `relay`; `sip` has two real SIP stacks send it. Every figure is read off received packets, so that
no two of them can disagree.
"""

import importlib.util

from phonetui.errors import ConfigError
from phonetui.simulator.media.model import PROFILES, Media, ModelMedia, Profile, losing

__all__ = ["MEDIA", "PROFILES", "Profile", "check_media", "create_media", "losing"]

MEDIA = ("model", "rtp", "sip")
"""By the names that options give them."""


def check_media(name: str, *, speed: float = 1.0) -> None:
    """Raises ConfigError for a name that isn't known, and for real media in time that isn't real."""
    if name not in MEDIA:
        raise ConfigError(f"no media '{name}'", f"There are {', '.join(MEDIA)}")
    if name != "model" and speed != 1:
        raise ConfigError(f"real media cannot run {speed:g} times as fast", "Take the speed 1, or the media 'model'")
    if name == "sip" and importlib.util.find_spec("pjsua2") is None:
        raise ConfigError(
            "the media 'sip' need a SIP stack that isn't installed",
            "Install the extra 'sip' (there is none for Python 3.13 or later), or take the media 'rtp'",
        )


def create_media(name: str, *, speed: float = 1.0) -> Media:
    """Within a running loop. Raises ConfigError as `check_media` does."""
    check_media(name, speed=speed)
    if name == "model":
        return ModelMedia()
    if name == "sip":
        from phonetui.simulator.media.sip import SipMedia  # noqa: PLC0415 - processes only for those who asked for them

        return SipMedia()
    from phonetui.simulator.media.session import RtpMedia  # noqa: PLC0415 - sockets only for those who asked for them

    return RtpMedia()
