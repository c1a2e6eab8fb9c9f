"""The E-model (ITU-T G.107, 06/2015): an opinion score from loss, delay and codec, all else at its default values.

Of the whole model R = Ro - Is - Id - Ie-eff + A three terms stand still at the defaults of its table 2, and Id depends
on the delay alone: Ro = 94.77, Is = 1.41, A = 0; TELR = 65 dB, WEPL = 110 dB, RLR = 2 dB, STMR = 15 dB, sT = 1,
mT = 100 ms, with T = Ta and Tr = 2 T, as they are in a call between two telephones.

Codecs' impairments are those of ITU-T G.113 appendix I where it has them. One narrow-band scale serves all: a wide-band
codec gets no credit above G.711's best, and its figures are fits (inferred).
"""

import math
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from phonetui.phone.state import Call


class Codec(Struct, frozen=True):
    """A codec's parameters of the E-model, and the packets that it sends."""

    ie: float
    """Equipment impairment without loss (G.107 §7.5)."""
    bpl: float
    """Packet-loss robustness (G.107 §7.5)."""
    payload: int | None = 160
    """Octets of speech in a packet of the usual length; None where the bit rate varies."""
    pps: float = 50.0
    """Packets a second of that length."""
    is_narrow: bool = False
    """Whether its best score is so much lower than G.711's that the same score means more."""
    has_dtx: bool = False
    """Whether the codec itself sends little or nothing in silence (G.729 annex B, RFC 7587 §3.1.3, RFC 4867 §3.7), so
    that a received stream that stands may be a listener's. Any other one pauses only with RFC 3389's comfort noise."""


G711 = Codec(0, 25.1)
"""With the packet-loss concealment of its appendix I, as phones do it."""

_CODECS = (
    (("g711", "pcmu", "pcma"), G711),
    (("g7222", "amrwb"), Codec(0, 20, 33, has_dtx=True)),
    (("amr",), Codec(5, 10, 32, has_dtx=True)),
    (("g722",), G711),
    (("opus",), Codec(0, 20, None, has_dtx=True)),
    (("g729ab", "g729b"), Codec(11, 19, 20, is_narrow=True, has_dtx=True)),
    (("g729a",), Codec(11, 19, 20, is_narrow=True)),
    (("g729",), Codec(10, 19, 20, is_narrow=True)),
    (("ilbc",), Codec(11, 32, 50, 100 / 3, is_narrow=True)),
    (("g7231", "g723"), Codec(15, 16.1, 24, 100 / 3, is_narrow=True, has_dtx=True)),
    (("g728",), Codec(7, 17, 40, is_narrow=True)),
    (("g72640",), Codec(2, 20, 100)),
    (("g72624",), Codec(25, 20, 60, is_narrow=True)),
    (("g72616",), Codec(50, 20, 40, is_narrow=True)),
    (("g726",), Codec(7, 20, 80)),
    (("gsmefr",), Codec(5, 10, 31, has_dtx=True)),
)
"""Beginnings of names, the longer before the shorter; phones write `G711u`, `G.729AB`, `PCMU`, `OPUS`, …"""
_LENGTHS_MS = (10.0, 20.0, 30.0, 40.0, 60.0)
_RTP_HEADER = 12
"""Octets; some firmware counts them as received, some doesn't."""


@lru_cache(maxsize=64)
def codec(name: str | None) -> Codec | None:
    """The codec of a name as phones write it; None for an unknown one, and where none is named."""
    folded = "".join(filter(str.isalnum, name or "")).casefold()
    return next((found for beginnings, found in _CODECS if folded.startswith(beginnings)), None)


def codec_family(name: str | None) -> str | None:
    """`g711`, `g722`, `opus` …: one of a known few, whatever the phone wrote behind it; None for others."""
    folded = "".join(filter(str.isalnum, name or "")).casefold()
    return next((beginnings[0] for beginnings, _ in _CODECS if folded.startswith(beginnings)), None)


def is_narrow(name: str | None) -> bool:
    """Whether scores of this codec are read on the narrow scale."""
    found = codec(name)
    return found is not None and found.is_narrow


def packet_ms(call: Call, known: Codec) -> float:
    """Milliseconds of speech in a packet, by the octets of those received; the usual length where these fit none."""
    usual_ms = 1000.0 / known.pps
    if known.payload is None or not call.packets_received or not call.bytes_received:
        return usual_ms
    size = call.bytes_received / call.packets_received
    for length_ms in _LENGTHS_MS:
        payload = known.payload * length_ms / usual_ms
        full = payload + _RTP_HEADER
        if abs(size - payload) < 0.02 * payload or abs(size - full) < 0.02 * full:
            return length_ms
    return usual_ms


FULL_RATE = 0.9
"""Of a codec's packets a second, what a stream without a pause has at least, as far as two readings can show."""


def has_pauses(call: Call, received_per_s: float | None) -> bool:
    """Whether fewer packets come than speech without a pause has: comfort noise comes in its place (RFC 3389)."""
    known = codec(call.decoder)
    if known is None or received_per_s is None:
        return False
    return received_per_s < FULL_RATE * 1000.0 / packet_ms(call, known)


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


def r_factor(codec: Codec, loss_discard_pct: float, one_way_ms: float | None, burst_ratio: float = 1.0) -> float:
    """The rating, up to 93.2: what codec, loss and delay leave of it.

    `loss_discard_pct` is loss and discard together in percent; without `one_way_ms` delay is left out, which makes it a
    rating of listening. `burst_ratio` is the mean run of lost packets over that of random loss (G.107 §7.5).
    """
    return BEST - i_d(one_way_ms) - ie_eff(codec, loss_discard_pct, burst_ratio)


def ie_eff(codec: Codec, loss_discard_pct: float, burst_ratio: float) -> float:
    """Ie,eff: the impairment by codec and loss together (G.107 §7.5)."""
    return codec.ie + (95.0 - codec.ie) * loss_discard_pct / (loss_discard_pct / burst_ratio + codec.bpl)


def i_d(one_way_ms: float | None) -> float:
    """Id (G.107 §7.4): the impairment by delay from mouth to ear: echoes of talker and listener, and waiting."""
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


def mos_of_rating(rating: float) -> float:
    """1.0 … 4.5 (G.107 annex B); the cubic's dip below 1 at small ratings is cut off."""
    if rating >= 100.0:
        return 4.5
    bounded = max(rating, 0.0)
    return max(1.0 + 0.035 * bounded + bounded * (bounded - 60.0) * (100.0 - bounded) * 7e-6, 1.0)


def one_way_delay_ms(
    round_trip_ms: float | None, decode_latency_ms: float | None, packet_ms: float = PACKET_MS
) -> float | None:
    """Mouth to ear: half the round trip, the decoder, a packet's time; None where no round trip was measured."""
    if round_trip_ms is None:
        return None
    return round_trip_ms / 2 + (decode_latency_ms or 0.0) + packet_ms


def burst_ratio(
    loss_share: float, burst_ms: float | None, gap_ms: float | None, packet_ms: float = PACKET_MS
) -> float | None:
    """BurstR (G.107 §7.5): the mean run of lost packets over what random loss would give; 1 and more, None unknown.

    `loss_share` (0 … 1) and the mean lengths of bursts and gaps (RFC 3611 §4.7.2) must be of the same time. Nearly all
    that is lost lies in bursts, so a packet there is lost with the chance d = loss_share / (share of time in bursts); a
    run then lasts 1 / (1 - d), no longer than the burst itself, where random loss gives 1 / (1 - loss_share). Inferred,
    and exact for losses that fall at random within bursts.
    """
    if burst_ms is None or gap_ms is None or not 0.0 <= loss_share < 1.0:
        return None
    if not burst_ms or not loss_share:
        return 1.0
    packets = max(burst_ms / packet_ms, 1.0)
    density = min(loss_share * (burst_ms + gap_ms) / burst_ms, 1.0 - 1.0 / packets)
    return max((1.0 - loss_share) / (1.0 - density), 1.0)


CONTRADICTION_MOS = 0.7
"""Between a phone's own score and its own rating: then neither is worth an alarm."""
ESTIMATE = "estimate"
AS_IF_RANDOM = "est as if losses were random"
"""Added to an estimate where the phone reports no bursts."""
_WIDE_BEST, _NARROW_BEST = 129.0, 100.0
"""The scales of G.107.1 and G.107: a rating above 100 is on the wide-band one."""


class Score(Struct, frozen=True):
    """An opinion score of a call, and from where it is."""

    mos: float | None = None
    source: str | None = None
    """`phone-cq`, `phone-lq` or `estimate`."""
    r_factor: float | None = None
    """From the same source."""
    speaks_for_now: bool = True
    """Whether it may take part in a grade."""

    @property
    def is_ours(self) -> bool:
        return self.source == ESTIMATE


def estimate(call: Call, loss_discard_pct: float | None) -> Score:
    """Our own score with `loss_discard_pct` percent of packets lost or discarded; empty for an unknown codec.

    They are taken to be lost in bursts as the phone reports of the whole call, and at random where it reports none.
    """
    known = codec(call.decoder)
    if known is None or loss_discard_pct is None:
        return Score()
    rating = rating_of(call, known, loss_discard_pct)
    return Score(mos_of_rating(rating), ESTIMATE, rating)


def phone_score(call: Call) -> Score:
    """The phone's own score: conversational before listening quality; empty where it has neither."""
    if call.mos_cq is None:
        source = "phone-lq" if call.mos_lq is not None else None
        return Score(call.mos_lq, source, call.r_factor)
    return Score(call.mos_cq, "phone-cq", call.r_factor, speaks_for_now=not _contradicts(call.mos_cq, call.r_factor))


def stream_burst_ratio(call: Call) -> float | None:
    """BurstR by the phone's own mean burst and gap and its counters, since the call began; None where it lacks one."""
    known = codec(call.decoder)
    if known is None or call.packets_received is None or call.lost_packets is None:
        return None
    expected, lost = call.packets_received + call.lost_packets, call.lost_packets + (call.discarded_packets or 0)
    share = lost / expected if expected else 0.0
    return burst_ratio(share, call.burst_ms, call.gap_ms, packet_ms(call, known))


def rating_of(call: Call, known: Codec, loss_discard_pct: float) -> float:
    """The rating R of a call with this codec, at `loss_discard_pct` percent of loss and discard together."""
    global _latest_terms  # noqa: PLW0603 - one value, of whichever call was rated last
    terms = _latest_terms
    if terms is None or terms.call is not call or terms.known is not known:
        one_way_ms = one_way_delay_ms(call.round_trip_ms, call.decode_latency_ms, packet_ms(call, known))
        terms = _latest_terms = _Terms(call, known, i_d(one_way_ms), stream_burst_ratio(call) or 1.0)
    return BEST - terms.i_d - ie_eff(known, loss_discard_pct, terms.burst_ratio)


class _Terms(NamedTuple):
    """What of a call's rating does not depend on its loss: each reading is rated several times."""

    call: Call
    known: Codec
    i_d: float
    burst_ratio: float


_latest_terms: _Terms | None = None


def _contradicts(mos: float, r_factor: float | None) -> bool:
    if r_factor is None:
        return False
    rating = r_factor * _NARROW_BEST / _WIDE_BEST if r_factor > _NARROW_BEST else r_factor
    return abs(mos - mos_of_rating(rating)) > CONTRADICTION_MOS
