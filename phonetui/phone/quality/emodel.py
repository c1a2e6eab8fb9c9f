"""The E-model (ITU-T G.107, 06/2015): an opinion score from loss, delay and codec, all else at its default values.

Of the whole model R = Ro - Is - Id - Ie-eff + A three terms stand still at the defaults of its table 2, and Id depends
on the delay alone: Ro = 94.77, Is = 1.41, A = 0; TELR = 65 dB, WEPL = 110 dB, RLR = 2 dB, STMR = 15 dB, sT = 1,
mT = 100 ms, with T = Ta and Tr = 2 T, as they are in a call between two telephones.
"""

import math

from phonetui.phone.quality.codec import Codec

BEST = 93.2
"""The rating of a call that nothing impairs (G.107 §7.7, defaults of table 2)."""
PACKET_MS = 20.0
"""Speech in a packet as most codecs are sent."""
_RO = 94.77
"""Basic signal-to-noise ratio, 15 - 1.5 (SLR + No) with SLR = 8 dB and No = -61.18 dBm0p (§7.2); with these defaults
the Roe of the talker's echo, -1.5 (No - RLR), comes out the same (§7.4)."""
_TELR, _WEPL = 65.0, 110.0
_LISTENER_ECHO = 0.15
"""Idle at no delay, which `BEST` has inside."""


def rating(codec: Codec, gone_pct: float, one_way_ms: float | None, burst_ratio: float = 1.0) -> float:
    """The rating, up to 93.2: what codec, loss and delay leave of it.

    `gone_pct` is loss and discard together in percent; without `one_way_ms` delay is left out, which makes it a
    rating of listening. `burst_ratio` is the mean run of gone packets over that of random loss (G.107 §7.5).
    """
    ie_eff = codec.ie + (95.0 - codec.ie) * gone_pct / (gone_pct / burst_ratio + codec.bpl)
    return BEST - i_d(one_way_ms) - ie_eff


def i_d(one_way_ms: float | None) -> float:
    """What delay from mouth to ear costs beyond none at all: echoes of talker and listener, and waiting (§7.4)."""
    if not one_way_ms:
        return 0.0
    return _idte(one_way_ms) + _idle(2.0 * one_way_ms) - _LISTENER_ECHO + _idd(one_way_ms)


def _idte(t: float) -> float:
    terv = _TELR - 40.0 * math.log10((1.0 + t / 10.0) / (1.0 + t / 150.0)) + 6.0 * math.exp(-0.3 * t * t)
    half = (_RO - 80.0 - 2.5 * (terv - 14.0)) / 2.0
    return (half + math.hypot(half, 10.0) - 1.0) * (1.0 - math.exp(-t))


def _idle(tr: float) -> float:
    half = (_RO - 10.5 * (_WEPL + 7.0) / math.pow(tr + 1.0, 0.25)) / 2.0
    return half + math.hypot(half, 13.0)


def _idd(ta: float) -> float:
    if ta <= 100.0:
        return 0.0
    x = math.log2(ta / 100.0)
    return 25.0 * (math.pow(1.0 + x**6, 1 / 6) - 3.0 * math.pow(1.0 + (x / 3.0) ** 6, 1 / 6) + 2.0)


def mos(rating: float) -> float:
    """1.0 … 4.5 (G.107 annex B); the cubic's dip below 1 at small ratings is cut off."""
    if rating >= 100.0:
        return 4.5
    bounded = max(rating, 0.0)
    return max(1.0 + 0.035 * bounded + bounded * (bounded - 60.0) * (100.0 - bounded) * 7e-6, 1.0)


def one_way_ms(
    round_trip_ms: float | None, decode_latency_ms: float | None, packet_ms: float = PACKET_MS
) -> float | None:
    """Mouth to ear: half the round trip, the decoder, a packet's time; None where no round trip was measured."""
    if round_trip_ms is None:
        return None
    return round_trip_ms / 2 + (decode_latency_ms or 0.0) + packet_ms


def burst_ratio(
    gone_share: float, burst_ms: float | None, gap_ms: float | None, packet_ms: float = PACKET_MS
) -> float | None:
    """BurstR (G.107 §7.5): the mean run of gone packets over what random loss would give; 1 and more, None untold.

    `gone_share` (0 … 1) and the mean lengths of bursts and gaps (RFC 3611 §4.7.2) must be of the same time. Nearly all
    that is gone lies in bursts, so a packet there is gone with the chance d = gone_share / (share of time in bursts); a
    run then lasts 1 / (1 - d), no longer than the burst itself, where random loss gives 1 / (1 - gone_share). Inferred,
    and exact for losses that fall at random within bursts.
    """
    if burst_ms is None or gap_ms is None or not 0.0 <= gone_share < 1.0:
        return None
    if not burst_ms or not gone_share:
        return 1.0
    packets = max(burst_ms / packet_ms, 1.0)
    density = min(gone_share * (burst_ms + gap_ms) / burst_ms, 1.0 - 1.0 / packets)
    return max((1.0 - gone_share) / (1.0 - density), 1.0)
