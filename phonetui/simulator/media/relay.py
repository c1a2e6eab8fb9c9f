"""An impairment relay: datagrams in, and out again later, or never.

    phone ──► near ports ──► Crossing: lost? delayed? ──► far ports ──► phone      (and the same the other way)

RTP and RTCP cross by the same profile, each with a chain of its own: reports are lost and delayed like speech, and
which packets of speech are lost depends on the seed alone. Datagrams keep their order, as in a router's queue.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from phonetui.simulator.media.link import NetworkPath, Profile
from phonetui.simulator.media.udp import LOOPBACK, Address, Addresses, PortPair, pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One datagram at the relay; times are the loop's seconds."""

    source: Address
    """The sender's own port, not the relay's."""
    destination: Address
    number: int
    """Its place among those that arrived for this destination, from 1."""
    datagram: bytes
    arrived_at: float
    sent_at: float | None
    """When it really left, None: it was dropped."""


Witness = Callable[[Passage], None]


class Crossing:
    """One kind of datagram one way."""

    def __init__(self, profile: Profile, random: Random, loop: AbstractEventLoop, witness: Witness | None) -> None:
        self.route = NetworkPath(profile, random)
        self._loop = loop
        self._witness = witness
        self._queue: deque[tuple[float, int, float, bytes]] = deque()
        self._last_due = 0.0
        self._timer: TimerHandle | None = None
        self.arrived = self.dropped = self.sent = 0
        self.source: Address = ("", 0)
        self.destination: Address = ("", 0)
        self.out: Callable[[bytes], None] = lambda _: None

    def take(self, datagram: bytes, arrived_at: float) -> None:
        self.arrived += 1
        queued_ms = self.route.carry()
        if queued_ms is None:
            self.dropped += 1
            self._tell(self.arrived, datagram, arrived_at, None)
            return
        self._last_due = max(self._last_due, arrived_at + (self.route.profile.delay_ms + queued_ms) / 1000)
        self._queue.append((self._last_due, self.arrived, arrived_at, datagram))
        if self._timer is None:
            self._timer = self._loop.call_at(self._last_due, self._release)

    def close(self) -> None:
        """What is still in the queue stays there."""
        if self._timer:
            self._timer.cancel()

    def _release(self) -> None:
        queue = self._queue
        now = self._loop.time()
        while queue and queue[0][0] <= now:
            _, number, arrived_at, datagram = queue.popleft()
            self.sent += 1
            sent_at = self._loop.time()
            self.out(datagram)
            self._tell(number, datagram, arrived_at, sent_at)
        self._timer = self._loop.call_at(queue[0][0], self._release) if queue else None

    def _tell(self, number: int, datagram: bytes, arrived_at: float, sent_at: float | None) -> None:
        if self._witness:
            self._witness(
                Passage(
                    source=self.source,
                    destination=self.destination,
                    number=number,
                    datagram=datagram,
                    arrived_at=arrived_at,
                    sent_at=sent_at,
                )
            )


class RelayPath:
    """Everything that crosses one way."""

    def __init__(self, profile: Profile, seed: int, loop: AbstractEventLoop, witness: Witness | None) -> None:
        self.profile = profile
        self.rtp = Crossing(profile, Random(seed), loop, witness)  # noqa: S311 - repeatable, not secret
        self.rtcp = Crossing(profile, Random(f"{seed} rtcp"), loop, witness)  # noqa: S311 - repeatable, not secret

    @property
    def crossings(self) -> tuple[Crossing, Crossing]:
        return self.rtp, self.rtcp

    def impair(self, profile: Profile) -> None:
        self.profile = profile
        for crossing in self.crossings:
            crossing.route.profile = profile

    def join(self, source: Addresses, facing: PortPair, destination: Addresses) -> None:
        """From `source` to `destination`, sent by the relay's own ports that face the latter."""
        for crossing, begin, relayed, end in zip(self.crossings, source, facing, destination, strict=True):
            crossing.source, crossing.destination, crossing.out = begin, end, relayed.send

    def close(self) -> None:
        for crossing in self.crossings:
            crossing.close()


class Relay:
    """Both ways between two phones; each talks to the ports that face it as if they were the other's."""

    def __init__(
        self, there: Profile, back: Profile, random: Random, *, loop: AbstractEventLoop, witness: Witness | None
    ) -> None:
        self._loop = loop
        self.there = RelayPath(there, random.getrandbits(64), loop, witness)
        self.back = RelayPath(back, random.getrandbits(64), loop, witness)
        self._faces: list[PortPair] = []

    def face(self, host: str = LOOPBACK, number: int = 0) -> PortPair:
        """Ports for a phone to talk to. Raises OSError as `pair` does."""
        self._faces.append(pair(host, number))
        return self._faces[-1]

    def join(self, near: Addresses, to_near: PortPair, far: Addresses, to_far: PortPair) -> None:
        """Between phones at `near` and `far`, by the ports that face them."""
        self.there.join(near, to_far, far)
        self.back.join(far, to_near, near)
        for mine, theirs, way in ((to_near, near, self.there), (to_far, far, self.back)):
            for port, peer, crossing in zip(mine, theirs, way.crossings, strict=True):
                port.connect(peer, self._loop, crossing.take)

    def close(self) -> None:
        for way in (self.there, self.back):
            way.close()
        for face in self._faces:
            face.close()
