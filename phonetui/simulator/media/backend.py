"""Which media there are, by the names that options give them."""

import importlib.util

from phonetui.errors import ConfigError
from phonetui.simulator.media.link import Media
from phonetui.simulator.media.model import ModelMedia

MEDIA = ("model", "rtp", "sip")


def check(name: str, *, speed: float = 1.0) -> None:
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


def make(name: str, *, speed: float = 1.0) -> Media:
    """Within a running loop. Raises as `check` does."""
    check(name, speed=speed)
    if name == "model":
        return ModelMedia()
    if name == "sip":
        from phonetui.simulator.media.sip import SipMedia  # noqa: PLC0415 - processes only for those who asked for them

        return SipMedia()
    from phonetui.simulator.media.live import RtpMedia  # noqa: PLC0415 - sockets only for those who asked for them

    return RtpMedia()
