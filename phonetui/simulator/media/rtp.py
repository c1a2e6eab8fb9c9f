"""RTP packets (RFC 3550 §5.1): fields ↔ bytes.

What a phone says: the packets of one source in their order (RFC 3550 §5.1, RFC 3551 §4.1); pure.
"""

import struct
from dataclasses import dataclass
from random import Random

from phonetui.errors import ProtocolError
from phonetui.simulator.media.reception import PACKET_S, SimulatedCodec

_HEADER = struct.Struct(">BBHII")
_VERSION = 2
TIMESTAMPS = 1 << 32
"""Timestamps and most counters of RTP come round after this many."""


@dataclass(frozen=True, slots=True)
class Packet:
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


def decode(datagram: bytes) -> Packet:
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
    return Packet(kind & 0x7F, sequence, timestamp, ssrc, datagram[start:end], marker=bool(kind & 0x80))


class Speech:
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

    def packet(self) -> Packet:
        """The next one; it counts as sent."""
        said = Packet(
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
