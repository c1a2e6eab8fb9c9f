"""UDP sockets on loopback, read by the event loop, and an impairment relay between two pairs of them.

    phone ──► near ports ──► DelayLine: lost? delayed? ──► far ports ──► phone      (and the same the other way)

RTP and RTCP cross by the same profile, each with a chain of its own: reports are lost and delayed like speech, and
which packets of speech are lost depends on the seed alone. Datagrams keep their order, as in a router's queue.
"""

import contextlib
import socket
import struct
import sys
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from msgspec import Struct

from phonetui.simulator.media.model import NetworkPath, Profile

LOOPBACK = "127.0.0.1"
_LARGEST = 2048
_ATTEMPTS = 64

_SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None
"""Linux notes when a datagram arrived, so that a busy event loop isn't mistaken for a slow network (socket(7)).

Python has no name for the option; the number is that of all processors that Python is usually built for.
"""
_TIMESPEC = struct.Struct("@ll")
_NOTES = socket.CMSG_SPACE(_TIMESPEC.size) if _SO_TIMESTAMPNS is not None else 0

Address = tuple[str, int]
Addresses = tuple[Address, Address]
"""Of RTP and of RTCP."""
DatagramHandler = Callable[[bytes, float], None]
"""Is given a datagram, and when it arrived: seconds of the loop."""


class UdpPort:
    """A bound socket that talks to one other, `connect`ed: the kernel keeps everybody else's datagrams away."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket: socket.socket | None = bound
        self._loop: AbstractEventLoop | None = None
        self.address: Address = bound.getsockname()

    def connect(self, peer: Address, loop: AbstractEventLoop, arrival: DatagramHandler) -> None:
        if self._socket:
            self._socket.connect(peer)
            self._loop = loop
            loop.add_reader(self._socket, self._read, self._socket, loop, arrival)

    def send(self, datagram: bytes) -> None:
        """Sends a datagram. It may get lost: where the port or the other end is closed, or the kernel has no room."""
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.send(datagram)

    def close(self) -> None:
        if self._socket:
            if self._loop:
                self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    @staticmethod
    def _read(bound: socket.socket, loop: AbstractEventLoop, arrival: DatagramHandler) -> None:
        try:
            datagram, notes, _, _ = bound.recvmsg(_LARGEST, _NOTES)
        except OSError:  # nothing there after all, or news that the other end has closed
            return
        arrival(datagram, loop.time() - _waited_s(notes))


class PortPair(NamedTuple):
    """An even port for RTP and the next one for RTCP (RFC 3550 §11)."""

    rtp: UdpPort
    rtcp: UdpPort

    @property
    def addresses(self) -> Addresses:
        return self.rtp.address, self.rtcp.address

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def pair(host: str = LOOPBACK, number: int = 0) -> PortPair:
    """A pair of ports with `number` for RTP; 0 for any that is free. Raises OSError when there is no room."""
    refused: OSError | None = None
    for _ in range(1 if number else _ATTEMPTS):
        rtp = _bound((host, number))
        beside = rtp.address[1] + 1
        try:
            if beside % 2:
                return PortPair(rtp, _bound((host, beside)))
        except OSError as error:
            refused = error
        rtp.close()
    raise refused or OSError("no even port is free")


def _bound(address: Address) -> UdpPort:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        if _SO_TIMESTAMPNS is not None:
            bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return UdpPort(bound)


def _waited_s(notes: list[tuple[int, int, bytes]]) -> float:
    """How long a datagram lay in the socket; 0 where the system doesn't say."""
    for level, kind, note in notes:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(note) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(note)
            waited_s: float = time.time() - seconds - nanoseconds / 1e9
            return max(0.0, waited_s)
    return 0.0


class RelayedDatagram(Struct, frozen=True, kw_only=True):
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


DatagramObserver = Callable[[RelayedDatagram], None]


class DelayLine:
    """Datagrams of one kind in one direction: RTP, or RTCP."""

    def __init__(
        self, profile: Profile, random: Random, loop: AbstractEventLoop, observer: DatagramObserver | None
    ) -> None:
        self.route = NetworkPath(profile, random)
        self._loop = loop
        self._observer = observer
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
            self._observe(self.arrived, datagram, arrived_at, None)
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
            self._observe(number, datagram, arrived_at, sent_at)
        self._timer = self._loop.call_at(queue[0][0], self._release) if queue else None

    def _observe(self, number: int, datagram: bytes, arrived_at: float, sent_at: float | None) -> None:
        if self._observer:
            self._observer(
                RelayedDatagram(
                    source=self.source,
                    destination=self.destination,
                    number=number,
                    datagram=datagram,
                    arrived_at=arrived_at,
                    sent_at=sent_at,
                )
            )


class RelayPath:
    """RTP and RTCP in one direction."""

    def __init__(self, profile: Profile, seed: int, loop: AbstractEventLoop, observer: DatagramObserver | None) -> None:
        self.profile = profile
        self.rtp = DelayLine(profile, Random(seed), loop, observer)  # noqa: S311 - repeatable, not secret
        self.rtcp = DelayLine(profile, Random(f"{seed} rtcp"), loop, observer)  # noqa: S311 - repeatable, not secret

    @property
    def delay_lines(self) -> tuple[DelayLine, DelayLine]:
        return self.rtp, self.rtcp

    def impair(self, profile: Profile) -> None:
        self.profile = profile
        for line in self.delay_lines:
            line.route.profile = profile

    def join(self, source: Addresses, facing: PortPair, destination: Addresses) -> None:
        """Leads from `source` to `destination`, sent by the relay's own ports that face the latter."""
        for line, begin, relayed, end in zip(self.delay_lines, source, facing, destination, strict=True):
            line.source, line.destination, line.out = begin, end, relayed.send

    def close(self) -> None:
        for line in self.delay_lines:
            line.close()


class Relay:
    """Both directions between two phones; each talks to the ports that face it as if they were the other's."""

    def __init__(
        self,
        there: Profile,
        back: Profile,
        random: Random,
        *,
        loop: AbstractEventLoop,
        observer: DatagramObserver | None,
    ) -> None:
        self._loop = loop
        self.there = RelayPath(there, random.getrandbits(64), loop, observer)
        self.back = RelayPath(back, random.getrandbits(64), loop, observer)
        self._faces: list[PortPair] = []

    def face(self, host: str = LOOPBACK, number: int = 0) -> PortPair:
        """Ports for a phone to talk to. Raises OSError as `pair` does."""
        self._faces.append(pair(host, number))
        return self._faces[-1]

    def join(self, near: Addresses, to_near: PortPair, far: Addresses, to_far: PortPair) -> None:
        """Leads between phones at `near` and `far`, by the ports that face them."""
        self.there.join(near, to_far, far)
        self.back.join(far, to_near, near)
        for mine, theirs, path in ((to_near, near, self.there), (to_far, far, self.back)):
            for port, peer, line in zip(mine, theirs, path.delay_lines, strict=True):
                port.connect(peer, self._loop, line.take)

    def close(self) -> None:
        self.there.close()
        self.back.close()
        for face in self._faces:
            face.close()
