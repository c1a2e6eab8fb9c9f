"""The VoIP metrics of RTCP's extended reports (RFC 3611 §4.7): values ↔ bytes."""

import struct
from dataclasses import astuple, dataclass

from phonetui.errors import ProtocolError
from phonetui.simulator.media.reception import GMIN, LEAST_BUFFER_MS, MOST_BUFFER_MS, Reception
from phonetui.simulator.quality import Scores

VOIP_METRICS = 7
UNAVAILABLE = 127
"""Of levels, ratings and scores alike (RFC 3611 §4.7.3 to §4.7.5)."""
_STANDARD_CONCEALMENT, _ADAPTIVE_BUFFER = 0b11 << 6, 0b11 << 4
_BODY = struct.Struct(">I4B4H4B4BBxHHH")
_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VoipMetrics:
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


def decode(body: bytes) -> VoipMetrics:
    """A block without its header of 4 bytes. Raises ProtocolError when it has another length than it must."""
    if len(body) != _BODY.size:
        raise ProtocolError("a VoIP metrics block has the wrong length")
    return VoipMetrics(**dict(zip(VoipMetrics.__slots__, _BODY.unpack(body), strict=True)))


def report(ssrc: int, heard: Reception, scores: Scores, round_trip_ms: int) -> VoipMetrics:
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
