"""The media of simulated calls: packets that one phone sends and the other receives.

    Media ──connect──► MediaLink ┬─ caller: MediaEnd ◄── Profile (what it hears comes through) ──┐
                                 └─ callee: MediaEnd ──── Profile ───────────────────────────────►┘

`model` draws the packets from a seeded chain, without a socket or a clock; `session` sends real RTP over loopback,
through an impairment `relay`; `sip` has two real SIP stacks send it. Every figure is read off received packets, so that
no two of them can disagree.
"""

from phonetui.simulator import MEDIA, check_media
from phonetui.simulator.media.model import PROFILES, Media, ModelMedia, Profile, losing

__all__ = ["MEDIA", "PROFILES", "Profile", "check_media", "create_media", "losing"]


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
