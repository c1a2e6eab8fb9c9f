"""Call figures out of a simulated packet stream: seeded, without a socket or a clock.

One `Stream` carries packets one way. Each packet is lost or not by its route's chain and takes its time through the
queue; every figure that the receiving phone reports is read off that one stream.

    sent ──► chain: lost? ──► queue: transit ms ──► beyond the jitter buffer? ──► played
                 │                                        │
                 └────────────── bad packets ─────────────┘   (RFC 3611: lost and discarded count alike)
"""

from dataclasses import dataclass, field
from random import Random

from phonetui.simulator.media.link import Media, MediaLink, NetworkPath, Profile
from phonetui.simulator.media.reception import PACKET_S, JitterBuffer, Reception, Runs, SimulatedCodec, reception

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
        """Nothing more is sent; what was under way arrives or is lost."""
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
