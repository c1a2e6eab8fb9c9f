"""A conversation's media as calls see it, and a model that computes call figures without sockets.

Times are seconds of the office's clock. One `Stream` carries packets one way. Each packet is lost or not by the chain
of its seeded `NetworkPath` and takes its time through the queue; every figure that the receiving phone reports is read
off that one stream.

    sent ──► chain: lost? ──► queue: transit ms ──► beyond the jitter buffer? ──► played
                 │                                        │
                 └────────────── bad packets ─────────────┘   (RFC 3611: lost and discarded count alike)
"""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from phonetui.simulator.media.reception import PACKET_S, JitterBuffer, Reception, Runs, SimulatedCodec, reception


class Profile(Struct, frozen=True):
    """How a network loses and delays packets in one direction; chances are per packet."""

    to_bad: float
    to_good: float
    bad_loss: float
    delay_ms: float
    """One way, with an empty queue."""
    scatter_ms: float
    """Scale of the exponential push that each packet gives the queue."""
    spike: float = 0.0
    """Chance that the queue jumps by 80 to 160 ms, as radio does."""

    @property
    def loss_share(self) -> float:
        """Expected share of packets lost, 0 to 1."""
        return self.to_bad / (self.to_bad + self.to_good) * self.bad_loss


PROFILES = {
    "clean": Profile(0.00002, 0.5, 0.4, 6, 0.4),
    "glitch": Profile(0.0005, 0.25, 0.4, 8, 0.8),
    "wifi": Profile(0.004, 0.10, 0.35, 10, 12, spike=0.002),
    "congested": Profile(0.010, 0.08, 0.4, 45, 8),
    "broken": Profile(0.05, 0.05, 0.5, 60, 14),
    "lossy": Profile(0.04, 0.96, 1.0, 12, 1.0),
}
SILENT = Profile(1.0, 0.0, 1.0, 6, 0.4)
"""Every packet is lost."""


def losing(share: float, *, mean_run: float | None = None, over: Profile = PROFILES["clean"]) -> Profile:
    """`over` with this share of packets lost, 0 to less than 1; `mean_run` packets in a row, None: at random."""
    to_good = 1 - share if mean_run is None else 1 / mean_run
    return replace(over, to_bad=share * to_good / (1 - share), to_good=to_good, bad_loss=1.0)


class NetworkPath:
    """Packets one after the other: a Gilbert-Elliott chain, and a queue that swells while the chain is bad."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self.profile = profile
        """May be replaced between two packets."""
        self._random = random
        self._bad = False
        self._queue_ms = 0.0

    def carry(self) -> float | None:
        """Milliseconds that the next packet waits, on top of the profile's delay; None when it is lost."""
        chance, profile = self._random.random, self.profile
        if chance() < (profile.to_good if self._bad else profile.to_bad):
            self._bad = not self._bad
        push = -math.log(1.0 - chance()) * profile.scatter_ms * (2 if self._bad else 1)
        self._queue_ms = self._queue_ms * 0.5 + push
        if profile.spike and chance() < profile.spike:
            self._queue_ms += 80 + 80 * chance()
        if self._bad and chance() < profile.bad_loss:
            return None
        return self._queue_ms


class MediaEnd(Protocol):
    """One phone's end: what it sends, and what it makes of what it hears."""

    @property
    def sent(self) -> int:
        """Packets since the call began."""

    @property
    def round_trip_ms(self) -> int:
        """Milliseconds by the last report; 0 before the first, as phones show it."""

    def impair(self, profile: Profile, t: float) -> None:
        """Changes what it hears, from `t` on."""

    def reception(self) -> Reception: ...


class MediaLink(Protocol):
    """Two ends that hear each other while packets flow."""

    codec: SimulatedCodec
    """What both speak: as asked for, or what they agreed on instead."""
    caller: MediaEnd
    callee: MediaEnd

    def flow(self, t: float) -> None:
        """Starts or resumes sending, both ways; no effect while it flows."""

    def freeze(self, t: float) -> None:
        """Stops sending; what was under way arrives or is lost."""

    def sample(self, t: float) -> None:  # noqa: ARG002 - computed links bring their figures to it
        """Brings the figures to `t`; called once a second while the conversation lasts. By default they are of now."""
        return

    def end(self, t: float) -> None:
        """Ends the media: somebody has hung up, and no packet is sent any more."""
        self.freeze(t)

    def close(self) -> None:
        """Gives back what it held, if anything; the figures stay. May be called again."""
        return


class Media(Protocol):
    """Makes links."""

    def connect(self, codec: SimulatedCodec, there: Profile, back: Profile, random: Random) -> MediaLink:
        """`there` is how the callee hears the caller, `back` the other way."""

    async def close(self) -> None:
        """Closes every link that is still open and holds anything."""
        return


RTCP_S = 5
"""Seconds between the reports that round trips are measured by; none is known before the first."""


class Stream:
    """Packets one way; `flow` and `freeze` start and stop them, `advance` lets time pass (seconds)."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._route = NetworkPath(profile, random)
        self._began: float | None = None
        self._sent_before = 0
        self.sent = 0
        self._lost = 0
        self.mean_transit_ms = profile.delay_ms
        self._buffer = JitterBuffer()
        self._runs = Runs()

    @property
    def profile(self) -> Profile:
        return self._route.profile

    def impair(self, profile: Profile, t: float) -> None:
        self.advance(t)
        self._route.profile = profile

    def flow(self, t: float) -> None:
        if self._began is None:
            self._began, self._sent_before = t, self.sent
            self._buffer.restart()

    def freeze(self, t: float) -> None:
        """Stops sending; what was under way arrives or is lost."""
        self.advance(t)
        self._began = None
        self._carry(self.sent)

    def advance(self, t: float) -> None:
        if self._began is None:
            return
        passed = t - self._began + 1e-6
        self.sent = self._sent_before + int(passed / PACKET_S)
        arrived = passed - self.profile.delay_ms / 1000
        self._carry(self._sent_before + max(0, int(arrived / PACKET_S)))

    def reception(self) -> Reception:
        return reception(self._runs, self._buffer, lost=self._lost)

    def _carry(self, target: int) -> None:
        for _ in range(target - self._buffer.received - self._lost):
            queued_ms = self._route.carry()
            if queued_ms is None:
                self._lost += 1
                self._runs.add(bad=True)
                continue
            transit_ms = self.profile.delay_ms + queued_ms
            self.mean_transit_ms += (transit_ms - self.mean_transit_ms) / 64
            self._runs.add(bad=self._buffer.arrive(transit_ms, queued_ms))


@dataclass(slots=True, eq=False)
class ModelEnd:
    """One phone's end of two streams."""

    _outward: Stream
    _inward: Stream
    round_trip_ms: int = 0

    @property
    def sent(self) -> int:
        return self._outward.sent

    def impair(self, profile: Profile, t: float) -> None:
        self._inward.impair(profile, t)

    def reception(self) -> Reception:
        return self._inward.reception()


@dataclass(slots=True, eq=False)
class ModelLink(MediaLink):
    """Two streams, one in each direction."""

    codec: SimulatedCodec
    _there: Stream
    _back: Stream
    caller: ModelEnd = field(init=False)
    callee: ModelEnd = field(init=False)
    _began: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.caller = ModelEnd(self._there, self._back)
        self.callee = ModelEnd(self._back, self._there)

    def flow(self, t: float) -> None:
        self._began = t if self._began is None else self._began
        self._there.flow(t)
        self._back.flow(t)

    def freeze(self, t: float) -> None:
        self._there.freeze(t)
        self._back.freeze(t)

    def sample(self, t: float) -> None:
        """Brings both streams to `t`, and the round trip where a report is due."""
        self._there.advance(t)
        self._back.advance(t)
        seconds = 0 if self._began is None else int(t - self._began + 1e-6)
        if seconds and seconds % RTCP_S == 0:
            round_trip_ms = max(1, round(self._there.mean_transit_ms + self._back.mean_transit_ms))
            self.caller.round_trip_ms = self.callee.round_trip_ms = round_trip_ms


class ModelMedia(Media):
    """Links that are computed: the same seed, the same figures."""

    def connect(self, codec: SimulatedCodec, there: Profile, back: Profile, random: Random) -> ModelLink:
        forth = Stream(there, Random(random.getrandbits(64)))  # noqa: S311 - repeatable, not secret
        return ModelLink(codec, forth, Stream(back, Random(random.getrandbits(64))))  # noqa: S311 - repeatable, not secret
