"""RTCP packets (RFC 3550 §6, RFC 3611 §2) as values that know their bytes; `compound` reads them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from phonetui.simulator.media.xr import VoipMetrics

SENDER, RECEIVER, DESCRIPTION, EXTENDED = 200, 201, 202, 207
HEADER = struct.Struct(">BBH")
SENT = struct.Struct(">QIII")
BLOCK = struct.Struct(">IIIIII")
CNAME = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """How somebody is heard (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Since the report before, of 256."""
    lost: int
    """Since the beginning, 24 bits with a sign: less than none when packets came twice."""
    highest: int
    """Extended sequence number."""
    jitter: int
    """Timestamp units."""
    last_report: int
    """Middle of the NTP time of the last sender's report from there; 0: none came."""
    delay: int
    """Since that one, 1/65536 s."""

    def encode(self) -> bytes:
        lost = self.fraction_lost << 24 | self.lost & 0xFFFFFF
        return BLOCK.pack(self.ssrc, lost, self.highest, self.jitter, self.last_report, self.delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """From somebody who has sent packets since the last report but one."""

    ssrc: int
    ntp: int
    """64 bits: seconds since 1900, and their fraction."""
    timestamp: int
    packets: int
    octets: int
    """Of payload."""
    blocks: tuple[ReportBlock, ...] = ()

    def encode(self) -> bytes:
        sent = SENT.pack(self.ntp, self.timestamp, self.packets, self.octets)
        return _packet(SENDER, len(self.blocks), self.ssrc, sent + _joined(self.blocks))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """From somebody who only listens."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()

    def encode(self) -> bytes:
        return _packet(RECEIVER, len(self.blocks), self.ssrc, _joined(self.blocks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Whose source it is: its canonical name, 1 to 255 bytes (RFC 3550 §6.5.1)."""

    ssrc: int
    cname: bytes

    def encode(self) -> bytes:
        item = bytes((CNAME, len(self.cname))) + self.cname
        return _packet(DESCRIPTION, 1, self.ssrc, item + bytes(4 - len(item) % 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedReport:
    """VoIP metrics; blocks of other kinds are not ours to make and are skipped when read."""

    ssrc: int
    blocks: tuple[VoipMetrics, ...] = ()

    def encode(self) -> bytes:
        return _packet(EXTENDED, 0, self.ssrc, _joined(self.blocks))


Report = SenderReport | ReceiverReport | Description | ExtendedReport


def _packet(kind: int, count: int, ssrc: int, body: bytes) -> bytes:
    return HEADER.pack(2 << 6 | count, kind, (4 + len(body)) // 4) + ssrc.to_bytes(4, "big") + body


def _joined(blocks: Sequence[ReportBlock | VoipMetrics]) -> bytes:
    return b"".join(block.encode() for block in blocks)
