"""The opinion score of a call: the phone's where it still speaks for now, else our estimate.

A phone's score is an average since the call began: in a long call it hides fresh trouble, and it keeps blaming old
trouble. How far it is off shows where the E-model puts the latest packets and the whole call apart.
"""

from dataclasses import dataclass

from phonetui.phone.quality import emodel
from phonetui.phone.quality.codec import G711, Codec, codec, packet_ms
from phonetui.phone.quality.intervals import Counts
from phonetui.phone.quality.limits import mos_limits
from phonetui.phone.state import Call
from phonetui.phone.thresholds import Thresholds, step

STALE_MOS = 0.3
"""Between now and the whole call. Less is stale too where it is another grade."""
CONTRADICTION_MOS = 0.7
"""Between a phone's own score and its own rating: then neither is worth an alarm."""
ESTIMATE = "estimate"
AS_IF_RANDOM = "est as if losses were random"
"""Said of an estimate where the phone tells of no bursts."""
_WIDE_BEST, _NARROW_BEST = 129.0, 100.0
"""The scales of G.107.1 and G.107: a rating above 100 is on the wide-band one."""


@dataclass(frozen=True, slots=True)
class Score:
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


def score(call: Call, gone_pct: float | None, counted: Counts | None, thresholds: Thresholds) -> Score:
    """`gone_pct` is of lately, `counted` the phone's own counters, which its score is an average over."""
    ours, theirs = estimate(call, gone_pct), phone_score(call)
    if theirs.mos is None:
        return ours if ours.mos is not None else theirs
    if gone_pct is None or counted is None or not _is_stale(call, gone_pct, counted, thresholds):
        return theirs
    return ours if ours.mos is not None else Score(theirs.mos, theirs.source, theirs.r_factor, speaks_for_now=False)


def estimate(call: Call, gone_pct: float | None) -> Score:
    """Ours for packets of which `gone_pct` percent are gone; empty for a codec that we know nothing of.

    They are taken to be gone in bursts as the phone tells of the whole call, and at random where it tells nothing.
    """
    known = codec(call.decoder)
    if known is None or gone_pct is None:
        return Score()
    rating = _rating(call, known, gone_pct)
    return Score(emodel.mos(rating), ESTIMATE, rating)


def phone_score(call: Call) -> Score:
    """The phone's own: conversational before listening quality."""
    if call.mos_cq is None:
        source = "phone-lq" if call.mos_lq is not None else None
        return Score(call.mos_lq, source, call.r_factor)
    return Score(call.mos_cq, "phone-cq", call.r_factor, speaks_for_now=not _contradicts(call.mos_cq, call.r_factor))


def _is_stale(call: Call, gone_pct: float, counted: Counts, thresholds: Thresholds) -> bool:
    if not counted.expected:
        return False
    known = codec(call.decoder) or G711
    whole_pct = min(100.0 * ((counted.lost or 0) + (counted.discarded or 0)) / counted.expected, 100.0)
    now, whole = (emodel.mos(_rating(call, known, pct)) for pct in (gone_pct, whole_pct))
    limits = mos_limits(call, thresholds)
    return abs(now - whole) > STALE_MOS or step(now, limits) is not step(whole, limits)


def burst_ratio(call: Call) -> float | None:
    """By the phone's own mean burst and gap and its counters, all since the call began; None where it lacks one."""
    known = codec(call.decoder)
    if known is None or call.packets_received is None or call.lost_packets is None:
        return None
    expected, gone = call.packets_received + call.lost_packets, call.lost_packets + (call.discarded_packets or 0)
    share = gone / expected if expected else 0.0
    return emodel.burst_ratio(share, call.burst_ms, call.gap_ms, _packet_ms(call, known))


def _rating(call: Call, known: Codec, gone_pct: float) -> float:
    one_way_ms = emodel.one_way_ms(call.round_trip_ms, call.decode_latency_ms, _packet_ms(call, known))
    return emodel.rating(known, gone_pct, one_way_ms, burst_ratio(call) or 1.0)


def _packet_ms(call: Call, known: Codec) -> float:
    return packet_ms(known, call.packets_received, call.bytes_received)


def _contradicts(mos: float, r_factor: float | None) -> bool:
    if r_factor is None:
        return False
    rating = r_factor * _NARROW_BEST / _WIDE_BEST if r_factor > _NARROW_BEST else r_factor
    return abs(mos - emodel.mos(rating)) > CONTRADICTION_MOS
