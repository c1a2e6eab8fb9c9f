"""The E-model in short (ITU-T G.107): an opinion score from loss, delay and codec, with all else at its defaults."""

from phonetui.phone.quality.codec import Codec

BEST = 93.2
"""The rating of a call that nothing impairs (G.107 §7.7, defaults of table 2)."""
PACKET_MS = 20.0
"""Speech in a packet; iLBC's 30 ms cost no more than 0.3."""


def rating(codec: Codec, gone_pct: float, one_way_ms: float | None, burst_ratio: float = 1.0) -> float:
    """The rating, up to 93.2: what codec, loss and delay leave of it.

    `gone_pct` is loss and discard together in percent; without `one_way_ms` delay is left out, which makes it a
    rating of listening. `burst_ratio` is the mean run of gone packets over that of random loss (G.107 §7.6).
    """
    ie_eff = codec.ie + (95.0 - codec.ie) * gone_pct / (gone_pct / burst_ratio + codec.bpl)
    return BEST - i_d(one_way_ms) - ie_eff


def i_d(one_way_ms: float | None) -> float:
    """What delay from mouth to ear costs: Cole and Rosenbluth's fit, more severe than G.107's own curve."""
    if one_way_ms is None:
        return 0.0
    return 0.024 * one_way_ms + 0.11 * max(one_way_ms - 177.3, 0.0)


def mos(rating: float) -> float:
    """1.0 … 4.5 (G.107 annex B); the cubic's dip below 1 at small ratings is cut off."""
    if rating >= 100.0:
        return 4.5
    bounded = max(rating, 0.0)
    return max(1.0 + 0.035 * bounded + bounded * (bounded - 60.0) * (100.0 - bounded) * 7e-6, 1.0)


def one_way_ms(round_trip_ms: float | None, decode_latency_ms: float | None) -> float | None:
    """Mouth to ear: half the round trip, the decoder, a packet's time; None where no round trip was measured."""
    if round_trip_ms is None:
        return None
    return round_trip_ms / 2 + (decode_latency_ms or 0.0) + PACKET_MS
