"""The quality of a call now and as a whole, over holds and counter resets: readings → `Measure`.

    Call, now ──► MediaSegment ── samples since talk began: intervals, figures, grades with hysteresis
               └► CallTotals ──── the whole call, over holds and resets: shares, worst ten seconds, totals
                    └──► Measure  what all others see

A phone's own rates are averages since the call began, so loss is what happened between two readings. A metric that the
phone doesn't give takes no part, and without any a call is unknown, never good. Of a call that the phone shows by the
report of its end alone that is all there is to judge by: means and sums over the whole call, graded as they are.
"""

from datetime import datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Measure, Pause, Shares, WorstWindow
from phonetui.phone.quality import media_segment
from phonetui.phone.quality.emodel import Score, estimate, phone_score
from phonetui.phone.quality.grading import (
    MetricValue,
    ReceiveStall,
    Thresholds,
    call_grade,
    figures,
    round_within_grade,
)
from phonetui.phone.quality.loss import Counts, Interval, LossRateUnit, RecentLoss, counts, interval, joined, percent
from phonetui.phone.quality.media_segment import MIN_PACKETS, MediaFlow, MediaSegment
from phonetui.phone.quality.voice_report import VoiceMetrics
from phonetui.phone.state import Call, Phase

WORST_S = 10.0
"""Length of the worst window."""
_NEARLY_S = 9.0
"""As long as it is at least: intervals come out a little shorter or longer than they should."""


class CounterTotals(Struct, frozen=True):
    """Everything that the phone counted since the call began."""

    before: Interval = field(default_factory=lambda: Interval(0.0, 0, lost=0, discarded=0))
    """By counters that were reset since."""
    latest: Counts | None = None

    def after(self, counts: Counts | None) -> "CounterTotals":
        """The totals after another reading; a counter that was reset goes on from what it had come to."""
        if counts is None or counts == self.latest:
            return self
        began_anew = self.latest is not None and interval(self.latest, counts, 0.0) is None
        return CounterTotals(self.whole if began_anew else self.before, counts)

    @property
    def whole(self) -> Interval:
        if self.latest is None:
            return self.before
        return joined((self.before, Interval(0.0, self.latest.received, self.latest.lost, self.latest.discarded)))


class CallTotals(Struct, frozen=True):
    """Totals of a call since it began: time in each grade, the worst window, counters and highest figures."""

    shares: Shares = field(default_factory=Shares)
    worst: WorstWindow | None = None
    counters: CounterTotals = field(default_factory=CounterTotals)
    highest_jitter_ms: float | None = None
    highest_round_trip_ms: float | None = None
    latest: tuple[tuple[Interval, float | None], ...] = ()
    """The last intervals in a row with the jitter at the end of each, at most `WORST_S` of them."""

    def read(self, call: Call, counts: Counts | None) -> "CallTotals":
        """The totals after any reading, in talk or not."""
        return replace(
            self,
            counters=self.counters.after(counts),
            highest_jitter_ms=highest(self.highest_jitter_ms, call.jitter_ms),
            highest_round_trip_ms=highest(self.highest_round_trip_ms, call.round_trip_ms),
        )

    def interrupt(self) -> "CallTotals":
        """The totals after a hold or a reset: the next interval does not join those before."""
        return replace(self, latest=()) if self.latest else self

    def add_interval(self, call: Call, interval: Interval, ended_at: datetime) -> "CallTotals":
        """The totals with an interval of talk that ended at `ended_at`, aware UTC."""
        latest = _last((*self.latest, (interval, call.jitter_ms)))
        window = _window(call, latest, ended_at)
        is_worse = window is not None and (self.worst is None or _weight(window) > _weight(self.worst))
        return replace(self, latest=latest, worst=window if is_worse else self.worst)

    def add_grade(self, grade: Grade, seconds: float) -> "CallTotals":
        """The totals with so many seconds in a grade; a grade that is no verdict adds nothing."""
        if not grade.is_verdict:
            return self
        field = f"{grade.word}_s"
        return replace(self, shares=replace(self.shares, **{field: getattr(self.shares, field) + seconds}))


def _last(intervals: tuple[tuple[Interval, float | None], ...]) -> tuple[tuple[Interval, float | None], ...]:
    """The shortest latest run that makes a window, or all."""
    seconds = 0.0
    for place in range(len(intervals) - 1, -1, -1):
        seconds += intervals[place][0].seconds
        if seconds >= max(_NEARLY_S, WORST_S - intervals[place][0].seconds / 4):
            return intervals[place:]
    return intervals


def _window(call: Call, latest: tuple[tuple[Interval, float | None], ...], ended_at: datetime) -> WorstWindow | None:
    """None where lost packets aren't counted, or none was expected."""
    whole = joined(passed for passed, _ in latest)
    loss_pct, loss_discard_pct = whole.loss_pct, whole.loss_discard_pct
    if loss_pct is None or loss_discard_pct is None:
        return None
    return WorstWindow(
        began_at=ended_at - timedelta(seconds=whole.seconds),
        seconds=whole.seconds,
        loss_discard_pct=loss_discard_pct,
        loss_pct=loss_pct,
        jitter_ms=max((jitter for _, jitter in latest if jitter is not None), default=None),
        mos=estimate(call, loss_discard_pct).mos,
    )


def _weight(window: WorstWindow) -> tuple[float, ...]:
    """A whole window before a part of one, then by loss and discard, then by jitter; parts by their length."""
    if window.seconds < _NEARLY_S:
        return (0.0, window.seconds)
    return (1.0, window.loss_discard_pct, window.jitter_ms or 0.0)


def highest(known: float | None, value: float | None) -> float | None:
    """The larger of two figures, one of which may be unknown; None where neither is known."""
    return known if value is None else value if known is None else max(known, value)


_NOTHING = Interval(0.0, 0)
_NO_MEDIA = Interval(1.0, 0, sent=0)


class CallQuality(Struct, frozen=True):
    """What is carried from one reading of a call to the next in order to measure it."""

    measure: Measure
    totals: CallTotals = field(default_factory=CallTotals)
    segment: MediaSegment | None = None
    """None outside of talk."""
    is_sample: bool = False
    """Whether the latest reading said anything new."""
    has_talked: bool = False
    """Whether the call was ever seen in talk."""
    flow: MediaFlow | None = None
    """Of the latest segment, kept over a hold."""


def take(
    quality: CallQuality | None,
    call: Call,
    at: float,
    seen_at: datetime,
    thresholds: Thresholds,
    *,
    scale: LossRateUnit | None = None,
    far_sent: int | None = None,
    is_after_outage: bool = False,
) -> CallQuality:
    """The next reading of a call, of monotonic second `at` and aware UTC time `seen_at`; `scale` is of its rates.

    `far_sent` is the other end's own count of what it sent, where that is a monitored phone. Hold, resume and
    counters that were reset begin a new segment, and so does the first reading after an outage: what was counted over
    that is nobody's talk. Another call in the slot begins with None.
    """
    known = quality or CallQuality(Measure(call.line, call.id))
    totals = known.totals.read(call, counts(call))
    if call.phase is not Phase.TALK:
        measure = _measure(call, totals, scale)
        return CallQuality(measure, totals.interrupt(), has_talked=known.has_talked, flow=known.flow)
    if known.segment is None or is_after_outage:
        segment, totals = media_segment.begin(call, at, thresholds, known.flow), totals.interrupt()
    else:
        segment = media_segment.follow(known.segment, call, at, thresholds, far_sent)
        totals = _gone_on(totals, known.segment, segment, seen_at)
    measure = _in_talk(_measure(call, totals, scale), segment, at, thresholds)
    is_sample = known.segment is None or segment.at != known.segment.at
    return CallQuality(measure, totals, segment, is_sample=is_sample, has_talked=True, flow=segment.flow)


def _gone_on(totals: CallTotals, before: MediaSegment, after: MediaSegment, seen_at: datetime) -> CallTotals:
    if after.at == before.at:
        return totals
    if after.began_at != before.began_at:
        return totals.interrupt()
    graded = totals.add_grade(after.grade(after.at), after.at - before.at)
    return graded.add_interval(after.call, after.interval, seen_at) if after.interval else graded


def _measure(call: Call, totals: CallTotals, scale: LossRateUnit | None) -> Measure:
    """What holds in talk and out of it."""
    whole = totals.counters.whole
    return Measure(
        call.line,
        call.id,
        phone_loss_pct=percent(call.loss_rate, scale),
        phone_discard_pct=percent(call.discard_rate, scale),
        shares=totals.shares,
        worst=totals.worst,
        call_loss_pct=whole.loss_pct,
        call_discard_pct=whole.discard_pct,
        highest_jitter_ms=totals.highest_jitter_ms,
        highest_round_trip_ms=totals.highest_round_trip_ms,
    )


def _in_talk(measure: Measure, segment: MediaSegment, at: float, thresholds: Thresholds) -> Measure:
    """A call that fell silent has no figures of now, but those of the silence itself."""
    is_silent, stall = segment.is_silent(at), segment.standstill(at)
    is_lost = bool(stall.unheard) and stall.pause is Pause.NONE
    no_media_s = None if segment.flow is None else 0.0 if is_lost else segment.flow.no_media_s(at)
    loss = _NOTHING if is_silent else segment.recent.window or _NOTHING
    rates = _NO_MEDIA if is_silent else segment.recent.rates or _NOTHING
    score = Score() if is_silent and segment.score.is_ours else segment.score
    return replace(
        measure,
        grade=segment.grade(at),
        judged=() if is_silent else segment.judged,
        loss_pct=None if loss.loss_pct is None else round_within_grade(loss.loss_pct, thresholds.loss_pct),
        discard_pct=None if loss.discard_pct is None else round_within_grade(loss.discard_pct, thresholds.discard_pct),
        window_s=loss.seconds,
        sent_per_s=rates.sent_per_s,
        received_per_s=rates.received_per_s,
        no_receive_s=stall.seconds,
        no_media_s=no_media_s,
        pause=stall.pause if stall.seconds or no_media_s else Pause.NONE,
        unheard=stall.unheard,
        mos=score.mos,
        mos_source=score.source,
        r_factor=score.r_factor,
        estimate=None if is_silent else segment.estimate,
        measured_s=at - segment.began_at,
        measured_packets=segment.packets,
    )


class FinalReport(Struct, frozen=True):
    """The figures and the grade of a phone's own report of a call's end."""

    figures: tuple[MetricValue, ...]
    """Those that can be graded."""
    whole: Interval
    """All packets; none where too few were expected, or those that were lost aren't reported."""
    score: Score
    """The phone's own."""

    @property
    def grade(self) -> Grade:
        """The grade by the rules for a call that is up; UNKNOWN without figures, and instead of good without loss."""
        return call_grade(self.figures)


def final_report(call: Call, thresholds: Thresholds) -> FinalReport:
    """`call` with the figures of its end."""
    whole = Interval(0.0, call.packets_received or 0, call.lost_packets, call.discarded_packets)
    if call.packets_received is None or whole.expected < MIN_PACKETS or whole.lost is None:
        whole = _NOTHING
    score = phone_score(call)
    recent = RecentLoss(whole.loss_pct, whole.discard_pct, whole.loss_discard_pct)
    return FinalReport(figures(call, recent, score, ReceiveStall(), thresholds), whole, score)


def reported_quality(call: Call, metrics: VoiceMetrics, thresholds: Thresholds) -> FinalReport:
    """The figures of a call by a voice quality report (RFC 6035) alone, whose rates are of the whole call."""
    lost = metrics.loss_pct
    both = None if lost is None else lost + (metrics.discard_pct or 0.0)
    reported = replace(
        call, jitter_ms=metrics.jitter_ms, round_trip_ms=metrics.round_trip_ms, burst_ms=metrics.burst_ms,
        gap_ms=metrics.gap_ms, mos_lq=metrics.mos_lq, mos_cq=metrics.mos_cq,
        r_factor=metrics.r_lq if metrics.r_cq is None else metrics.r_cq,
    )  # fmt: skip
    score = phone_score(reported)
    recent = RecentLoss(lost, metrics.discard_pct, both)
    return FinalReport(figures(reported, recent, score, ReceiveStall(), thresholds), _NOTHING, score)
