"""Compound RTCP packets (RFC 3550 §6.1): reports ↔ datagrams."""

from collections.abc import Iterator, Sequence

from phonetui.errors import ProtocolError
from phonetui.simulator.media import xr
from phonetui.simulator.media.rtcp import (
    BLOCK,
    CNAME,
    DESCRIPTION,
    EXTENDED,
    HEADER,
    RECEIVER,
    SENDER,
    SENT,
    Description,
    ExtendedReport,
    ReceiverReport,
    Report,
    ReportBlock,
    SenderReport,
)
from phonetui.simulator.media.xr import VoipMetrics


def encode(reports: Sequence[Report]) -> bytes:
    """In this order."""
    return b"".join(report.encode() for report in reports)


def decode(datagram: bytes) -> tuple[Report, ...]:
    """What is in it, kinds that we don't know left out. Raises ProtocolError for what isn't RTCP."""
    if not datagram:
        raise ProtocolError("an empty RTCP packet")
    reports = (_report(kind, count, body) for kind, count, body in _packets(datagram))
    return tuple(report for report in reports if report)


def _packets(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, count and body of each packet, padding of the last one left away."""
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


def _report(kind: int, count: int, body: bytes) -> Report | None:
    if kind not in {SENDER, RECEIVER, DESCRIPTION, EXTENDED}:
        return None
    if kind == DESCRIPTION and not count:
        return None
    if len(body) < 4:
        raise ProtocolError("an RTCP packet has no source")
    ssrc, rest = int.from_bytes(body[:4], "big"), body[4:]
    if kind == SENDER:
        if len(rest) < SENT.size:
            raise ProtocolError("a sender's report is cut off")
        stamp, timestamp, packets, octets = SENT.unpack_from(rest)
        blocks = _blocks(rest[SENT.size :], count)
        return SenderReport(ssrc=ssrc, ntp=stamp, timestamp=timestamp, packets=packets, octets=octets, blocks=blocks)
    if kind == RECEIVER:
        return ReceiverReport(ssrc=ssrc, blocks=_blocks(rest, count))
    if kind == DESCRIPTION:
        return _description(ssrc, rest)
    return ExtendedReport(ssrc=ssrc, blocks=tuple(_metrics(rest)))


def _blocks(body: bytes, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < count * BLOCK.size:
        raise ProtocolError("a report block is cut off")
    return tuple(_block(body, at * BLOCK.size) for at in range(count))


def _block(body: bytes, start: int) -> ReportBlock:
    ssrc, lost, highest, jitter, last_report, delay = BLOCK.unpack_from(body, start)
    return ReportBlock(
        ssrc=ssrc,
        fraction_lost=lost >> 24,
        lost=(lost & 0xFFFFFF ^ 0x800000) - 0x800000,
        highest=highest,
        jitter=jitter,
        last_report=last_report,
        delay=delay,
    )


def _description(ssrc: int, items: bytes) -> Description | None:
    """The first chunk's canonical name; None where it has none."""
    at = 0
    while at < len(items) and items[at]:
        if at + 2 > len(items) or at + 2 + items[at + 1] > len(items):
            raise ProtocolError("a source description is cut off")
        end = at + 2 + items[at + 1]
        if items[at] == CNAME:
            return Description(ssrc=ssrc, cname=items[at + 2 : end])
        at = end
    return None


def _metrics(body: bytes) -> Iterator[VoipMetrics]:
    at = 0
    while at < len(body):
        if at + 4 > len(body):
            raise ProtocolError("an extended report block is cut off")
        end = at + 4 + 4 * int.from_bytes(body[at + 2 : at + 4], "big")
        if end > len(body):
            raise ProtocolError("an extended report block is cut off")
        if body[at] == xr.VOIP_METRICS:
            yield xr.decode(body[at + 4 : end])
        at = end
