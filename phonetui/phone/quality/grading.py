"""Where a figure stops being good, the grade of each figure of one reading, and hysteresis over several.

The default limits, which `[quality]` of the configuration can move, are a synthesis of what vendors publish (Cisco's
voice readiness and MPP guides, ITU-T G.109, Microsoft CQD, Twilio, Pexip, Unify), not one vendor's standard.

A figure that the phone doesn't give takes no part. Four figures are worth less than they look:

    jitter alone         at most fair while hardly anything is lost: the buffer absorbs it
    discards alone       at most fair with little jitter in a stream that pauses: gateways' comfort noise (payload type
                         19) is counted so, and only comes in place of speech
    bursts               a mean since the call began, so old ones stay in it: they only aggravate recent loss
    stalls               no proof of quality: they take part only where a stream stands, at most fair where that may be
                         a pause, and not at all where it is likely to be one
"""

from collections.abc import Iterator, Sequence
from math import inf
from operator import attrgetter
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.measure import Grade, JudgedMetric, Metric, Pause
from phonetui.phone.quality.emodel import (
    G711,
    Score,
    codec,
    estimate,
    has_pauses,
    is_narrow,
    mos_of_rating,
    phone_score,
    rating_of,
)
from phonetui.phone.quality.loss import Counts, RecentLoss
from phonetui.phone.state import Call


class Limits(Struct, frozen=True):
    """Beyond `fair`, `poor` or `critical` a figure has that grade; None where a metric knows no such step."""

    fair: float
    poor: float
    critical: float | None = None
    is_floor: bool = False
    """Whether small is bad, as with an opinion score."""

    def at(self, grade: Grade) -> float | None:
        """The limit beyond which a figure has that grade; None for a good one."""
        if grade is Grade.FAIR:
            return self.fair
        return self.poor if grade is Grade.POOR else self.critical if grade is Grade.CRITICAL else None


class Thresholds(Struct, frozen=True, kw_only=True):
    """The limits of all metrics; the defaults are those of the program."""

    loss_pct: Limits = Limits(1.0, 3.0, 5.0)
    """Also applied to loss and discard together: RFC 3611 counts them alike."""
    discard_pct: Limits = Limits(1.0, 2.0)
    jitter_ms: Limits = Limits(30.0, 50.0)
    round_trip_ms: Limits = Limits(300.0, 400.0, 500.0)
    decode_latency_ms: Limits = Limits(80.0, 150.0)
    mos: Limits = Limits(4.0, 3.5, 3.1, is_floor=True)
    """G.711, G.722, Opus."""
    mos_narrow: Limits = Limits(3.5, 3.1, 2.6, is_floor=True)
    """G.729 and iLBC, whose best is lower."""
    r_factor: Limits = Limits(80.0, 70.0, 60.0, is_floor=True)
    burst_ms: Limits = Limits(100.0, 200.0)
    stall_s: Limits = Limits(2.0, 4.0)
    """Without a received packet, in talk and not held."""
    worsen: tuple[int, int] = (3, 5)
    """Samples of the last so many before a grade falls."""
    recover: tuple[int, int] = (3, 5)
    """Samples of the last so many before a grade rises."""


DEFAULT = Thresholds()


def digits(value: float, limits: Limits, least: int) -> int:
    """Decimals that show on which side of its limits a value lies: 3.46 is below 3.5, which "3.5" is not."""
    true = step(value, limits)
    return next((more for more in range(least, least + 3) if step(round(value, more), limits) is true), least)


def round_within_grade(value: float, limits: Limits, decimals: int = 1) -> float:
    """Rounded, but never over a limit: 3.96 is below 4.0, and so is 3.9. With so many decimals it stands everywhere."""
    rounded = round(value, decimals)
    if step(rounded, limits) is step(value, limits):
        return rounded
    unit = 10.0**-decimals
    return round(rounded + unit if value > rounded else rounded - unit, decimals)


def step(value: float, limits: Limits) -> Grade:
    """The grade of one value by itself, without regard to earlier ones."""
    sign, critical = -1.0 if limits.is_floor else 1.0, limits.critical
    if critical is not None and sign * value > sign * critical:
        return Grade.CRITICAL
    if sign * value > sign * limits.poor:
        return Grade.POOR
    return Grade.FAIR if sign * value > sign * limits.fair else Grade.GOOD


def limits(metric: Metric, call: Call, thresholds: Thresholds) -> Limits:
    """The limits of a metric for a call's codec: a narrow codec's best is lower, so the same score means more."""
    if metric is Metric.RATING:
        return _r_factor_limits(call, thresholds.r_factor)
    if metric in (Metric.MOS, Metric.ESTIMATE) and is_narrow(call.decoder):
        return thresholds.mos_narrow
    found: Limits = _LIMITS[metric](thresholds)
    return found


_LIMITS = {
    Metric.LOSS: attrgetter("loss_pct"),
    Metric.DISCARD: attrgetter("discard_pct"),
    Metric.JITTER: attrgetter("jitter_ms"),
    Metric.DELAY: attrgetter("round_trip_ms"),
    Metric.DECODER: attrgetter("decode_latency_ms"),
    Metric.MOS: attrgetter("mos"),
    Metric.ESTIMATE: attrgetter("mos"),
    Metric.BURST: attrgetter("burst_ms"),
    Metric.STALL: attrgetter("stall_s"),
}


def _r_factor_limits(call: Call, limits: Limits) -> Limits:
    """A narrow codec's own impairment comes off what its best call can be rated."""
    known = codec(call.decoder)
    if known is None or not known.is_narrow:
        return limits
    critical = None if limits.critical is None else limits.critical - known.ie
    return replace(limits, fair=limits.fair - known.ie, poor=limits.poor - known.ie, critical=critical)


STALE_MOS = 0.3
"""Between now and the whole call. Less is stale too where it is another grade."""
AT_READING, WHOLE_CALL = 0.0, inf
"""Windows of figures that are of a moment, as RFC 3550's jitter, or means since the call began, as RFC 3611's."""


class ReceiveStall(Struct, frozen=True):
    """For how long a received stream has stood still while packets were sent, and what speaks for a pause."""

    seconds: float | None = None
    """None where the phone doesn't count."""
    pause: Pause = Pause.NONE
    unheard: int | None = None
    """Packets that the other end sent meanwhile; None where that isn't known."""


def judged_score(call: Call, recent_pct: float | None, counts: Counts | None, thresholds: Thresholds) -> Score:
    """The score that takes part in a grade: the phone's while it still speaks for now, else our estimate.

    The phone's is an average since the call began, over `counts`: in a long call it hides fresh trouble, and keeps
    blaming old trouble. How far it is off shows where the E-model rates the latest packets, `recent_pct` percent of
    them lost or discarded, apart from the whole call.
    """
    ours, theirs = estimate(call, recent_pct), phone_score(call)
    if theirs.mos is None:
        return ours if ours.mos is not None else theirs
    if recent_pct is None or counts is None or not _is_stale(call, recent_pct, counts, thresholds):
        return theirs
    return ours if ours.mos is not None else replace(theirs, speaks_for_now=False)


def _is_stale(call: Call, recent_pct: float, counts: Counts, thresholds: Thresholds) -> bool:
    if not counts.expected:
        return False
    known = codec(call.decoder) or G711
    whole_pct = min(100.0 * ((counts.lost or 0) + (counts.discarded or 0)) / counts.expected, 100.0)
    now, whole = (mos_of_rating(rating_of(call, known, pct)) for pct in (recent_pct, whole_pct))
    mos_limits = limits(Metric.MOS, call, thresholds)
    return abs(now - whole) > STALE_MOS or step(now, mos_limits) is not step(whole, mos_limits)


class MetricValue(Struct, frozen=True):
    """One metric's value at one reading."""

    metric: Metric
    value: float
    grade: Grade | None
    """None where the value is no proof of anything."""
    window_s: float | None = None
    """As in `JudgedMetric`."""


Graded = TypeVar("Graded", bound=MetricValue | JudgedMetric)
"""A metric with its grade, by itself or with hysteresis."""


def counted(found: Sequence[Graded]) -> Sequence[Graded]:
    """The figures that take part in a call's grade: jitter only where the loss that it causes is known."""
    has_loss = any(one.metric is Metric.LOSS for one in found)
    return [one for one in found if has_loss or one.metric is not Metric.JITTER]


def call_grade(found: Sequence[Graded]) -> Grade:
    """The grade of a call: the worst of the figures that count; without loss no call is good."""
    worst = max((one.grade for one in counted(found) if one.grade), default=Grade.UNKNOWN)
    has_loss = any(one.metric is Metric.LOSS for one in found)
    return worst if has_loss or worst is not Grade.GOOD else Grade.UNKNOWN


def figures(
    call: Call, recent: RecentLoss, score: Score, stall: ReceiveStall, thresholds: Thresholds
) -> tuple[MetricValue, ...]:
    """The figures of a reading that exist, each graded by itself."""
    return (
        *_lost(call, recent, thresholds),
        *_reported(call, recent, thresholds),
        *scored(call, recent, score, thresholds),
        *_stalled(stall, thresholds.stall_s),
    )


def _lost(call: Call, recent: RecentLoss, thresholds: Thresholds) -> Iterator[MetricValue]:
    """Loss and discard, and both together under the name of the greater."""
    loss, discard, both = recent.loss_pct, recent.discard_pct, recent.loss_discard_pct
    if loss is not None:
        if discard is not None and both is not None and loss >= discard:
            yield MetricValue(Metric.LOSS, loss, step(both, thresholds.loss_pct), recent.loss_discard_s)
        else:
            yield MetricValue(Metric.LOSS, loss, step(loss, thresholds.loss_pct), recent.loss_s)
    if discard is not None:
        grade = step(discard, thresholds.discard_pct)
        if both is not None and (loss is None or discard > loss):
            grade = max(grade, step(both, thresholds.loss_pct))
        grade = _at_most_fair(grade, _may_be_noise(call, recent, thresholds))
        yield MetricValue(Metric.DISCARD, discard, grade, recent.discard_s)


def _reported(call: Call, recent: RecentLoss, thresholds: Thresholds) -> Iterator[MetricValue]:
    """What the phone itself says of now."""
    lost_pct, fair_pct = recent.loss_discard_pct, thresholds.loss_pct.fair
    if call.jitter_ms is not None:
        is_absorbed = lost_pct is not None and lost_pct < fair_pct
        grade = _at_most_fair(step(call.jitter_ms, thresholds.jitter_ms), is_absorbed)
        yield MetricValue(Metric.JITTER, call.jitter_ms, grade, AT_READING)
    if call.round_trip_ms is not None:
        grade = step(call.round_trip_ms, thresholds.round_trip_ms)
        yield MetricValue(Metric.DELAY, call.round_trip_ms, grade, AT_READING)
    if call.decode_latency_ms is not None:
        grade = step(call.decode_latency_ms, thresholds.decode_latency_ms)
        yield MetricValue(Metric.DECODER, call.decode_latency_ms, grade, AT_READING)
    if call.burst_ms is not None:
        is_lossy = lost_pct is not None and lost_pct > fair_pct
        shape = step(call.burst_ms, thresholds.burst_ms) if is_lossy else None
        yield MetricValue(Metric.BURST, call.burst_ms, shape, WHOLE_CALL)


def scored(call: Call, recent: RecentLoss, score: Score, thresholds: Thresholds) -> Iterator[MetricValue]:
    """The opinion score and the phone's rating R, graded. Our own R is left out: it says the same as our own score."""
    if not score.speaks_for_now:
        return
    if score.mos is not None:
        is_doubtful = score.is_ours and _may_be_noise(call, recent, thresholds)
        grade = _at_most_fair(step(score.mos, limits(Metric.MOS, call, thresholds)), is_doubtful)
        metric, window_s = (Metric.ESTIMATE, recent.loss_discard_s) if score.is_ours else (Metric.MOS, WHOLE_CALL)
        yield MetricValue(metric, score.mos, grade, window_s)
    if score.r_factor is not None and not score.is_ours:
        grade = step(score.r_factor, limits(Metric.RATING, call, thresholds))
        yield MetricValue(Metric.RATING, score.r_factor, grade, WHOLE_CALL)


def _stalled(stall: ReceiveStall, limits: Limits) -> Iterator[MetricValue]:
    if stall.seconds is not None:
        grade = step(stall.seconds, limits)
        is_proof = grade is not Grade.GOOD and stall.pause is not Pause.LIKELY
        grade = _at_most_fair(grade, stall.pause is Pause.POSSIBLE)
        yield MetricValue(Metric.STALL, stall.seconds, grade if is_proof else None)


def _may_be_noise(call: Call, recent: RecentLoss, thresholds: Thresholds) -> bool:
    """Whether what is discarded may be comfort noise."""
    has_little_jitter = call.jitter_ms is not None and call.jitter_ms <= thresholds.jitter_ms.fair
    has_room = has_pauses(call, recent.received_per_s)
    return has_little_jitter and has_room and recent.loss_pct == 0.0 and bool(recent.discard_pct)


def _at_most_fair(grade: Grade, is_doubtful: bool) -> Grade:
    return min(grade, Grade.FAIR) if is_doubtful else grade


class GradeWindow(Struct, frozen=True):
    """One metric's latest samples, oldest first, and the grade that they made of it.

    Neither one bad reading worsens it nor one good reading mends it: so many of the latest samples must agree; at 3 of
    5 the grade is their median. A sample without a figure counts as milder than any grade, so that a figure that goes
    away leaves as slowly as it came.
    """

    samples: tuple[Grade | None, ...] = ()
    grade: Grade | None = None
    """None while the metric takes no part."""

    def after(self, sample: Grade | None, *, worsen: tuple[int, int], recover: tuple[int, int]) -> "GradeWindow":
        """`worsen` and `recover`: samples of the last so many. At the beginning, as large a part of those there are."""
        kept = max(recover[1], worsen[1])
        if sample is self.grade and len(self.samples) == kept and self.samples.count(sample) == kept:
            return self
        samples = (*self.samples, sample)[-kept:]
        worse = _agreed(samples, worsen, worst_first=True)
        better = max(worse, _agreed(samples, recover, worst_first=False), key=_rank)
        grade = self.grade
        if _rank(worse) > _rank(grade):
            grade = worse
        elif _rank(better) < _rank(grade):
            grade = better
        return GradeWindow(samples, grade)

    def readings_until(self, lower: Grade, *, worsen: tuple[int, int], recover: tuple[int, int]) -> int | None:
        """How many more samples like the latest bring the grade down to `lower`; None where they never do."""
        window, sample = self, self.samples[-1] if self.samples else None
        for count in range(max(worsen[1], recover[1]) + 1):
            if _rank(window.grade) <= lower.severity:
                return count
            window = window.after(sample, worsen=worsen, recover=recover)
        return None


def _agreed(samples: tuple[Grade | None, ...], share: tuple[int, int], *, worst_first: bool) -> Grade | None:
    """What at least `share` of the latest samples reach, or don't exceed."""
    some, of = share
    latest = sorted(samples[-of:], key=_rank, reverse=worst_first)
    needed = -(-some * len(latest) // of)
    return latest[needed - 1]


def _rank(grade: Grade | None) -> int:
    return -1 if grade is None else grade.severity
