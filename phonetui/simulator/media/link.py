"""What carries the media of a conversation, as calls see it; times are seconds of the office's clock."""

from random import Random
from typing import Protocol

from phonetui.simulator.media.profile import Profile
from phonetui.simulator.media.reception import Reception
from phonetui.simulator.quality import Codec


class End(Protocol):
    """One phone's end: what it sends, and what it makes of what it hears."""

    @property
    def sent(self) -> int:
        """Packets since the call began."""

    @property
    def round_trip_ms(self) -> int:
        """As of the last report; 0 before the first, as phones show it."""

    @property
    def hears(self) -> Profile:
        """What lies between the far end and this one."""

    def impair(self, profile: Profile, t: float) -> None:
        """Changes what it hears, from `t` on."""

    def reception(self) -> Reception: ...


class Link(Protocol):
    """Two ends that hear each other while packets flow."""

    @property
    def codec(self) -> Codec:
        """What both speak: as asked for, or what they agreed on instead."""

    @property
    def caller(self) -> End: ...

    @property
    def callee(self) -> End: ...

    def flow(self, t: float) -> None:
        """Starts or resumes sending, both ways; no effect while it flows."""

    def freeze(self, t: float) -> None:
        """Nothing more is sent; what was under way arrives or is lost."""

    def sample(self, t: float) -> None:
        """Brings the figures to `t`; called once a second while the conversation lasts."""

    def end(self, t: float) -> None:
        """Somebody has hung up: no packet is sent any more."""

    def close(self) -> None:
        """Gives back what it held; the figures stay. May be called again."""


class Media(Protocol):
    """Makes links."""

    def connect(self, codec: Codec, there: Profile, back: Profile, random: Random) -> Link:
        """`there` is how the callee hears the caller, `back` the other way."""

    async def close(self) -> None:
        """Closes every link that is still open."""
