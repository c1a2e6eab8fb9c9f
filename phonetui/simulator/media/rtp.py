"""RTP packets (RFC 3550 §5.1): fields ↔ bytes."""

import struct
from dataclasses import dataclass

from phonetui.errors import ProtocolError

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
