"""RTCP packets (RFC 3550, 6) and the VoIP metrics of extended reports (RFC 3611, 4.7): values ↔ bytes.

Also the clock that reports carry (RFC 3550 §4), and the round trip that they measure. Pure.
"""

import struct
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import astuple

from phonetui.errors import ProtocolError
from phonetui.simulator.media.reception import GMIN, LEAST_BUFFER_MS, MOST_BUFFER_MS, Reception, Scores

VOIP_METRICS = 7
UNAVAILABLE = 127
"""Of levels, ratings and scores alike (RFC 3611 §4.7.3 to §4.7.5)."""
_STANDARD_CONCEALMENT, _ADAPTIVE_BUFFER = 0b11 << 6, 0b11 << 4
_BODY = struct.Struct(">I4B4H4B4BBxHHH")
_WORDS = 8


class VoipMetrics(Struct, frozen=True, kw_only=True):
    """One block as it is on the wire: rates and densities are shares of 256, durations and delays milliseconds."""

    ssrc: int
    """Whom it was heard from."""
    loss_rate: int
    discard_rate: int
    burst_density: int
    gap_density: int
    burst_ms: int
    gap_ms: int
    round_trip_ms: int
    end_system_ms: int
    signal_level: int = UNAVAILABLE
    noise_level: int = UNAVAILABLE
    echo_return_loss: int = UNAVAILABLE
    gmin: int = GMIN
    r_factor: int
    external_r_factor: int = UNAVAILABLE
    mos_lq: int
    """Tenths."""
    mos_cq: int
    configuration: int = _STANDARD_CONCEALMENT | _ADAPTIVE_BUFFER
    buffer_ms: int
    buffer_most_ms: int
    buffer_limit_ms: int

    def encode(self) -> bytes:
        return struct.pack(">BBH", VOIP_METRICS, 0, _WORDS) + _BODY.pack(*astuple(self))


def voip_metrics(ssrc: int, heard: Reception, scores: Scores, round_trip_ms: int) -> VoipMetrics:
    """The block that says what a phone shows; what is beyond a field's range is cut to its end."""
    latency = heard.decode_latency_ms
    return VoipMetrics(
        ssrc=ssrc,
        loss_rate=_of_256(heard.loss_share),
        discard_rate=_of_256(heard.discard_share),
        burst_density=_of_256(heard.burst_density),
        gap_density=_of_256(heard.gap_density),
        burst_ms=heard.burst_ms,
        gap_ms=heard.gap_ms,
        round_trip_ms=min(0xFFFF, round_trip_ms),
        end_system_ms=latency,
        r_factor=round(scores.r_factor),
        mos_lq=round(scores.mos_lq * 10),
        mos_cq=round(scores.mos_cq * 10),
        buffer_ms=heard.buffer_ms,
        buffer_most_ms=max(LEAST_BUFFER_MS, heard.buffer_ms),
        buffer_limit_ms=MOST_BUFFER_MS,
    )


def _of_256(share: float) -> int:
    return min(255, int(share * 256))


SENDER, RECEIVER, DESCRIPTION, EXTENDED = 200, 201, 202, 207
HEADER = struct.Struct(">BBH")
SENT = struct.Struct(">QIII")
BLOCK = struct.Struct(">IIIIII")
CNAME = 1


class ReportBlock(Struct, frozen=True, kw_only=True):
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


class SenderReport(Struct, frozen=True, kw_only=True):
    """A report (SR) of somebody who has sent packets since the last report but one."""

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
        return _packet(SENDER, self.ssrc, sent, self.blocks, len(self.blocks))


class ReceiverReport(Struct, frozen=True, kw_only=True):
    """A report (RR) of somebody who only listens."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()

    def encode(self) -> bytes:
        return _packet(RECEIVER, self.ssrc, b"", self.blocks, len(self.blocks))


class Description(Struct, frozen=True, kw_only=True):
    """Whose source it is: its canonical name, 1 to 255 bytes (RFC 3550 §6.5.1)."""

    ssrc: int
    cname: bytes

    def encode(self) -> bytes:
        item = bytes((CNAME, len(self.cname))) + self.cname
        return _packet(DESCRIPTION, self.ssrc, item + bytes(4 - len(item) % 4), count=1)


class ExtendedReport(Struct, frozen=True, kw_only=True):
    """VoIP metrics; blocks of other kinds are not ours to make."""

    ssrc: int
    blocks: tuple[VoipMetrics, ...] = ()

    def encode(self) -> bytes:
        return _packet(EXTENDED, self.ssrc, b"", self.blocks)


Report = SenderReport | ReceiverReport | Description | ExtendedReport


def _packet(
    kind: int, ssrc: int, body: bytes, blocks: Sequence[ReportBlock | VoipMetrics] = (), count: int = 0
) -> bytes:
    body += b"".join(block.encode() for block in blocks)
    return HEADER.pack(2 << 6 | count, kind, (4 + len(body)) // 4) + ssrc.to_bytes(4, "big") + body


def encode(reports: Sequence[Report]) -> bytes:
    """The bytes of a compound packet with the reports in this order."""
    return b"".join(report.encode() for report in reports)


def decode_compound(datagram: bytes) -> tuple[SenderReport | ReceiverReport, ...]:
    """Reports of senders and receivers in it, other kinds left out. Raises ProtocolError for what isn't RTCP."""
    return tuple(_report(kind, count, body) for kind, count, body in packets(datagram) if kind in {SENDER, RECEIVER})


def packets(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, count and body of each packet, padding of the last one left away. Raises ProtocolError."""
    if not datagram:
        raise ProtocolError("an empty RTCP packet")
    at = 0
    while at < len(datagram):
        if at + HEADER.size > len(datagram) or datagram[at] >> 6 != 2:
            raise ProtocolError("not an RTCP packet")
        first, kind, words = HEADER.unpack_from(datagram, at)
        end = at + 4 * (words + 1)
        body = datagram[at + 4 : end]
        if end > len(datagram):
            raise ProtocolError("an RTCP packet is cut off")
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                raise ProtocolError("the padding of an RTCP packet is longer than the packet")
            body = body[: -body[-1]]
        yield kind, first & 0x1F, body
        at = end


def _report(kind: int, count: int, body: bytes) -> SenderReport | ReceiverReport:
    if len(body) < 4:
        raise ProtocolError("an RTCP packet has no source")
    ssrc, rest = int.from_bytes(body[:4], "big"), body[4:]
    if kind == RECEIVER:
        return ReceiverReport(ssrc=ssrc, blocks=_blocks(rest, count))
    if len(rest) < SENT.size:
        raise ProtocolError("a sender's report is cut off")
    ntp, timestamp, sent, octets = SENT.unpack_from(rest)
    blocks = _blocks(rest[SENT.size :], count)
    return SenderReport(ssrc=ssrc, ntp=ntp, timestamp=timestamp, packets=sent, octets=octets, blocks=blocks)


def _blocks(body: bytes, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < count * BLOCK.size:
        raise ProtocolError("a report block is cut off")
    return tuple(
        ReportBlock(
            ssrc=ssrc,
            fraction_lost=lost >> 24,
            lost=(lost & 0xFFFFFF ^ 0x800000) - 0x800000,
            highest=highest,
            jitter=jitter,
            last_report=last_report,
            delay=delay,
        )
        for ssrc, lost, highest, jitter, last_report, delay in BLOCK.iter_unpack(body[: count * BLOCK.size])
    )


_ERA_S = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""


def ntp_time(wall_s: float) -> int:
    """64 bits of NTP time for seconds since 1970."""
    return int((wall_s + _ERA_S) * (1 << 32)) & ((1 << 64) - 1)


def ntp_middle(ntp: int) -> int:
    """The 32 bits in the middle: 1/65536 s."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_s(now: int, *, last_report: int, delay: int) -> float | None:
    """What is left of the time since our report when theirs arrives (RFC 3550 §6.4.1); `now` has 64 bits.

    `last_report` and `delay` are as their report has them. None when they have heard no report of ours, and where the
    clocks say that theirs came first.
    """
    left = ntp_middle(now) - last_report - delay & 0xFFFFFFFF
    return left / 65536 if last_report and left < 1 << 31 else None
