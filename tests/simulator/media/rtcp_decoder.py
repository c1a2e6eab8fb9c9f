"""What the simulator writes into RTCP and never reads: descriptions of sources, and extended reports."""

import struct
from collections.abc import Iterator

from phonetui.errors import ProtocolError
from phonetui.simulator.media import rtcp
from phonetui.simulator.media.rtcp import Description, ExtendedReport, Report, VoipMetrics

_METRICS = struct.Struct(">I4B4H4B4BBxHHH")
_CNAME, _VOIP_METRICS = 1, 7


def decode_compound(datagram: bytes) -> tuple[Report, ...]:
    """What is in it, kinds that we don't know left out. Raises ProtocolError for what isn't RTCP."""
    own = iter(rtcp.decode_compound(datagram))
    reports = (_report(kind, count, body, own) for kind, count, body in rtcp.packets(datagram))
    return tuple(report for report in reports if report)


def _report(kind: int, count: int, body: bytes, own: Iterator[Report]) -> Report | None:
    """`own`: what the simulator itself reads of the datagram."""
    if kind in {rtcp.SENDER, rtcp.RECEIVER}:
        return next(own)
    if kind not in {rtcp.DESCRIPTION, rtcp.EXTENDED} or (kind == rtcp.DESCRIPTION and not count):
        return None
    if len(body) < 4:
        raise ProtocolError("an RTCP packet has no source")
    ssrc, rest = int.from_bytes(body[:4], "big"), body[4:]
    if kind == rtcp.DESCRIPTION:
        return _description(ssrc, rest)
    return ExtendedReport(ssrc=ssrc, blocks=tuple(_metrics(rest)))


def _description(ssrc: int, items: bytes) -> Description | None:
    """The first chunk's canonical name; None where it has none."""
    at = 0
    while at < len(items) and items[at]:
        if at + 2 > len(items) or at + 2 + items[at + 1] > len(items):
            raise ProtocolError("a source description is cut off")
        end = at + 2 + items[at + 1]
        if items[at] == _CNAME:
            return Description(ssrc=ssrc, cname=items[at + 2 : end])
        at = end
    return None


def _metrics(body: bytes) -> Iterator[VoipMetrics]:
    """VoIP metrics; blocks of other kinds are skipped."""
    at = 0
    while at < len(body):
        if at + 4 > len(body):
            raise ProtocolError("an extended report block is cut off")
        end = at + 4 + 4 * int.from_bytes(body[at + 2 : at + 4], "big")
        if end > len(body):
            raise ProtocolError("an extended report block is cut off")
        if body[at] == _VOIP_METRICS:
            if end - at != 4 + _METRICS.size:
                raise ProtocolError("a VoIP metrics block has the wrong length")
            values = _METRICS.unpack_from(body, at + 4)
            yield VoipMetrics(**dict(zip(VoipMetrics.__struct_fields__, values, strict=True)))
        at = end
