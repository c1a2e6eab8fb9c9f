"""The short E-model: what listeners would say of a stream's figures (ITU-T G.107, codecs from G.113)."""

from dataclasses import dataclass

from phonetui.simulator.media.reception import Reception

PACKET_MS = 20


@dataclass(frozen=True, slots=True)
class Codec:
    """`ie` is the codec's own impairment, `bpl` its robustness to loss (G.113 appendix I); payload in bytes."""

    name: str
    payload: int
    ie: float
    bpl: float
    payload_type: int
    """As RFC 3551 §6 numbers it; from 96 on by agreement."""
    clock_hz: int = 8000
    """Of RTP timestamps: for G722 not that of its audio (RFC 3551 §4.5.2), for OPUS always 48 kHz (RFC 7587 §4.1)."""


CODECS = {
    codec.name: codec
    for codec in (
        Codec("G722", 160, 0, 25.1, 9),
        Codec("G711u", 160, 0, 25.1, 0),
        Codec("G711a", 160, 0, 25.1, 8),
        Codec("OPUS", 80, 0, 20, 114, 48000),
        Codec("G729a", 20, 11, 19, 18),
    )
}


@dataclass(frozen=True, slots=True)
class Scores:
    """What a phone says of a reception as a whole."""

    r_factor: float
    mos_lq: float
    mos_cq: float


def judge(codec: Codec, heard: Reception, round_trip_ms: float) -> Scores:
    """Listening without delay, conversation with it: half the round trip, the decoder's latency and a packet."""
    bad_pct = 100 * (heard.loss_share + heard.discard_share)
    one_way_ms = round_trip_ms / 2 + heard.decode_latency_ms + PACKET_MS
    listening = r_factor(codec, bad_pct, heard.burst_ratio, None)
    conversing = r_factor(codec, bad_pct, heard.burst_ratio, one_way_ms)
    return Scores(conversing, mos(listening), mos(conversing))


def r_factor(codec: Codec, bad_pct: float, burst_ratio: float, one_way_ms: float | None) -> float:
    """The rating, 0 to 93.2; `bad_pct` is loss plus discard, without `one_way_ms` delay is left out (listening)."""
    ie_eff = codec.ie
    if bad_pct > 0:
        ie_eff += (95 - codec.ie) * bad_pct / (bad_pct / burst_ratio + codec.bpl)
    i_d = 0.0
    if one_way_ms is not None:  # Cole and Rosenbluth's fit of G.107's delay curve
        i_d = 0.024 * one_way_ms + max(0.0, 0.11 * (one_way_ms - 177.3))
    return min(93.2, max(0.0, 93.2 - i_d - ie_eff))


def mos(r: float) -> float:
    """Opinion score 1.0 to 4.5 of a rating (G.107 annex B); where the cubic dips under 1, it is 1."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
