"""RTP packets (RFC 3550): bytes, the source that sends them, and a receiver's counts. Pure."""

import copy
import math
import struct
from collections import deque
from random import Random

from msgspec import Struct

from phonetui.errors import ProtocolError
from phonetui.simulator.media.reception import PACKET_S, JitterBuffer, Reception, Runs, SimulatedCodec, reception
from phonetui.simulator.media.rtcp import ReportBlock

_HEADER = struct.Struct(">BBHII")
_VERSION = 2
TIMESTAMPS = 1 << 32
"""Timestamps and most counters of RTP come round after this many."""


class RtpPacket(Struct, frozen=True):
    """One packet of speech, without contributing sources, extension or padding."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    """The first packet after a silence (RFC 3551 §4.1)."""

    def encode(self) -> bytes:
        kind = self.marker << 7 | self.payload_type
        return _HEADER.pack(_VERSION << 6, kind, self.sequence, self.timestamp, self.ssrc) + self.payload


def decode(datagram: bytes) -> RtpPacket:
    """Skips contributing sources, header extension and padding. Raises ProtocolError for what isn't RTP."""
    if len(datagram) < _HEADER.size or datagram[0] >> 6 != _VERSION:
        raise ProtocolError("not an RTP packet")
    first, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
    start, end = _HEADER.size + 4 * (first & 0x0F), len(datagram)
    if first & 0x10:
        if start + 4 > end:
            raise ProtocolError("an RTP header extension is cut off")
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    if first & 0x20:
        end -= datagram[-1] or end
    if start > end:
        raise ProtocolError("an RTP packet is shorter than its header says")
    return RtpPacket(kind & 0x7F, sequence, timestamp, ssrc, datagram[start:end], marker=bool(kind & 0x80))


class RtpSender:
    """Packets in slots of PACKET_S since the session began; a hold leaves slots out."""

    def __init__(self, codec: SimulatedCodec, random: Random) -> None:
        self._codec = codec
        self.ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._timestamp = random.getrandbits(32)
        self._payload = random.randbytes(codec.payload)
        self._slot = 0
        self._is_spurt = False
        self.sent = 0

    @property
    def octets(self) -> int:
        return self.sent * self._codec.payload

    @property
    def due_s(self) -> float:
        """When the next packet is to leave, since the session began."""
        return self._slot * PACKET_S

    def begin(self, passed_s: float) -> None:
        """The next packet begins a talk spurt, in the first slot that is not over yet."""
        self._slot = max(self._slot, int(passed_s / PACKET_S) + 1)
        self._is_spurt = False

    def packet(self) -> RtpPacket:
        """The next one; it counts as sent."""
        said = RtpPacket(
            self._codec.payload_type,
            self._sequence,
            self.timestamp(self.due_s),
            self.ssrc,
            self._payload,
            marker=not self._is_spurt,
        )
        self._is_spurt = True
        self._sequence = (self._sequence + 1) % (1 << 16)
        self._slot += 1
        self.sent += 1
        return said

    def timestamp(self, passed_s: float) -> int:
        """Goes on while nothing is sent, so that the silence of a hold isn't jitter."""
        return (self._timestamp + round(passed_s * self._codec.clock_hz)) % TIMESTAMPS


_SEQUENCES = 1 << 16
_MOST_DROPOUT, _MOST_DISORDER = 3000, 100
"""Steps of the sequence number that are loss and late arrival; anything else is a new start (RFC 3550 A.1)."""
_REORDERED = 16
"""Packets for which the shape of the loss waits for stragglers: longer than the deepest jitter buffer."""
_FLOOR_PACKETS = 100


class _Transit:
    """How long packets of one source are under way, up to a constant that only their sender knows."""

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self._timestamp: int | None = None
        self._floors = (math.inf, math.inf)
        self._packets = 0

    def measure(self, timestamp: int, at: float) -> tuple[float, float]:
        """Milliseconds that the packet took, and those beyond the quickest one lately.

        The quickest of two spans: a lasting change of delay is forgotten in time, as a jitter buffer moves along.
        """
        before = timestamp if self._timestamp is None else self._timestamp
        self._timestamp = before + (timestamp - before + TIMESTAMPS // 2) % TIMESTAMPS - TIMESTAMPS // 2
        transit_ms = (at - self._timestamp / self._clock_hz) * 1000
        earlier, now = self._floors
        if self._packets % _FLOOR_PACKETS == 0:
            earlier, now = now, transit_ms
        self._packets += 1
        self._floors = (earlier, min(now, transit_ms))
        return transit_ms, transit_ms - min(self._floors)


class _SourceCounts:
    """Counts from a first packet on."""

    def __init__(self, clock_hz: int, first: int) -> None:
        self._base, self._highest = first, first - 1
        self._reported = (0, 0)
        self._clock_hz = clock_hz
        self._transit = _Transit(clock_hz)
        self._buffer = JitterBuffer()
        self._runs = Runs()
        self._recent: deque[bool] = deque()

    @property
    def expected(self) -> int:
        """By extended sequence numbers (RFC 3550 A.3)."""
        return self._highest - self._base + 1

    def ahead(self, sequence: int) -> int | None:
        """Steps beyond the highest so far, 0 or less for a straggler; None for what doesn't belong here (A.1)."""
        step = (sequence - self._highest) % _SEQUENCES
        if step < _MOST_DROPOUT:
            return step
        return step - _SEQUENCES if step >= _SEQUENCES - _MOST_DISORDER else None

    def count(self, ahead: int, timestamp: int, at: float) -> None:
        self._highest += max(0, ahead)
        self._place(ahead, bad=self._buffer.arrive(*self._transit.measure(timestamp, at)))

    def reception(self) -> Reception:
        runs = copy.copy(self._runs)
        for bad in self._recent:
            runs.add(bad)
        return reception(runs, self._buffer, lost=max(0, self.expected - self._buffer.received))

    def block(self, ssrc: int, *, last_report: int, delay: int) -> ReportBlock:
        expected, lost = self.expected, self.expected - self._buffer.received
        lately, gone = expected - self._reported[0], lost - self._reported[1]
        self._reported = (expected, lost)
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=min(255, (gone << 8) // lately) if lately > 0 and gone > 0 else 0,
            lost=max(-0x800000, min(0x7FFFFF, lost)),
            highest=self._highest & 0xFFFFFFFF,
            jitter=int(self._buffer.jitter_ms * self._clock_hz / 1000),
            last_report=last_report,
            delay=delay,
        )

    def _place(self, ahead: int, *, bad: bool) -> None:
        """Puts a packet where it belongs in the sequence: what was skipped is lost until it comes."""
        recent = self._recent
        if ahead > 0:
            recent.extend([True] * (ahead - 1))
            recent.append(bad)
        elif -ahead < len(recent):
            recent[ahead - 1] &= bad
        while len(recent) > _REORDERED:
            self._runs.add(recent.popleft())


class RtpReceiver:
    """Counts of whoever speaks; another source, or one that has begun again, is counted from the start."""

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self.ssrc: int | None = None
        self._source = _SourceCounts(clock_hz, 0)
        self._stray: int | None = None

    def arrive(self, packet: RtpPacket, at: float) -> None:
        """`at` in seconds of any steady clock."""
        if packet.ssrc != self.ssrc:
            self.ssrc = packet.ssrc
            self._source = _SourceCounts(self._clock_hz, packet.sequence)
        ahead = self._source.ahead(packet.sequence)
        if ahead is None:
            if packet.sequence != self._stray:  # two in a row from elsewhere are a new start, one is a stray
                self._stray = (packet.sequence + 1) % _SEQUENCES
                return
            self._source, ahead = _SourceCounts(self._clock_hz, packet.sequence), 1
        self._stray = None
        self._source.count(ahead, packet.timestamp, at)

    def reception(self) -> Reception:
        return self._source.reception()

    def block(self, *, last_report: int, delay: int) -> ReportBlock | None:
        """The report since the one before; None before the first packet."""
        return None if self.ssrc is None else self._source.block(self.ssrc, last_report=last_report, delay=delay)
