"""How a call went as a whole, over its holds and resets: shares of grades, the worst ten seconds, totals.

How a call stands: its readings one after another → what we make of it now, and of the whole call.

    Call, now ──► Talk ────────── samples of one stretch of talk: intervals, figures, grades with hysteresis
               └► Course ──────── the whole call, over holds and resets: shares, worst ten seconds, totals
                    └──► Measure  what all others see

A phone's own rates are averages since the call began, so loss is what happened between two readings. A metric that the
phone doesn't give takes no part, and without any a call is unknown, never good.

How a call stood by the phone's own report of its end: all there is to judge by where a phone publishes no calls.

The report's figures are means and sums over the whole call, so they are graded as they are, without hysteresis.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from phonetui.phone.measure import Grade, Measure, Pause, Shares, WorstWindow
from phonetui.phone.quality import media_segment as talks
from phonetui.phone.quality.emodel import Score, estimate, phone_score
from phonetui.phone.quality.grading import MetricValue, ReceiveStall, Thresholds, call_grade, figures
from phonetui.phone.quality.loss import Counts, Interval, LossRateUnit, RecentLoss, counts, interval, joined, percent
from phonetui.phone.quality.media_segment import MIN_PACKETS, MediaFlow, MediaSegment
from phonetui.phone.state import Call, Phase

STRETCH_S = 10.0
_NEARLY_S = 9.0
"""As long as a stretch is at least: intervals come out a little shorter or longer than they should."""


@dataclass(frozen=True, slots=True)
class CounterTotals:
    """Everything that the phone counted since the call began."""

    before: Interval = field(default_factory=lambda: Interval(0.0, 0, lost=0, discarded=0))
    """By counters that have begun anew since."""
    latest: Counts | None = None

    def after(self, counts: Counts | None) -> "CounterTotals":
        if counts is None or counts == self.latest:
            return self
        began_anew = self.latest is not None and interval(self.latest, counts, 0.0) is None
        return CounterTotals(self.whole if began_anew else self.before, counts)

    @property
    def whole(self) -> Interval:
        if self.latest is None:
            return self.before
        lost, discarded = _plus(self.before.lost, self.latest.lost), _plus(self.before.discarded, self.latest.discarded)
        return Interval(0.0, self.before.received + self.latest.received, lost, discarded)


@dataclass(frozen=True, slots=True)
class CallTotals:
    shares: Shares = field(default_factory=Shares)
    worst: WorstWindow | None = None
    totals: CounterTotals = field(default_factory=CounterTotals)
    highest_jitter_ms: float | None = None
    highest_round_trip_ms: float | None = None
    latest: tuple[tuple[Interval, float | None], ...] = ()
    """The last intervals in a row with the jitter at the end of each, at most `STRETCH_S` of them."""

    def read(self, call: Call, counts: Counts | None) -> "CallTotals":
        """Any reading, in talk or not."""
        return replace(
            self,
            totals=self.totals.after(counts),
            highest_jitter_ms=_highest(self.highest_jitter_ms, call.jitter_ms),
            highest_round_trip_ms=_highest(self.highest_round_trip_ms, call.round_trip_ms),
        )

    def interrupted(self) -> "CallTotals":
        """What comes next doesn't join what was."""
        return replace(self, latest=()) if self.latest else self

    def passed(self, call: Call, interval: Interval, ended_at: datetime) -> "CallTotals":
        """An interval of talk with counters, which ended at `ended_at`."""
        latest = _last((*self.latest, (interval, call.jitter_ms)))
        stretch = _stretch(call, latest, ended_at)
        is_worse = stretch is not None and (self.worst is None or _weight(stretch) > _weight(self.worst))
        return replace(self, latest=latest, worst=stretch if is_worse else self.worst)

    def graded(self, grade: Grade, seconds: float) -> "CallTotals":
        if not grade.is_verdict:
            return self
        field = f"{grade.word}_s"
        return replace(self, shares=replace(self.shares, **{field: getattr(self.shares, field) + seconds}))


def _last(intervals: tuple[tuple[Interval, float | None], ...]) -> tuple[tuple[Interval, float | None], ...]:
    """The shortest latest run that makes a stretch, or all."""
    seconds = 0.0
    for place in range(len(intervals) - 1, -1, -1):
        seconds += intervals[place][0].seconds
        if seconds >= max(_NEARLY_S, STRETCH_S - intervals[place][0].seconds / 4):
            return intervals[place:]
    return intervals


def _stretch(call: Call, latest: tuple[tuple[Interval, float | None], ...], ended_at: datetime) -> WorstWindow | None:
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


def _weight(stretch: WorstWindow) -> tuple[float, ...]:
    """A whole stretch before a part of one, then by what was gone, then by jitter; parts by their length."""
    if stretch.seconds < _NEARLY_S:
        return (0.0, stretch.seconds)
    return (1.0, stretch.loss_discard_pct, stretch.jitter_ms or 0.0)


def _highest(known: float | None, value: float | None) -> float | None:
    return known if value is None else value if known is None else max(known, value)


def _plus(known: int | None, rise: int | None) -> int | None:
    """What a part of the call doesn't know isn't known of all."""
    return None if known is None or rise is None else known + rise


_NOTHING = Interval(0.0, 0)
_SILENCE = Interval(1.0, 0, sent=0)


@dataclass(frozen=True, slots=True)
class CallQuality:
    """What must be known of a call to measure its next reading."""

    measure: Measure
    course: CallTotals = field(default_factory=CallTotals)
    talk: MediaSegment | None = None
    """None outside of talk."""
    is_sample: bool = False
    """Whether the latest reading said anything new."""
    has_talked: bool = False
    """Whether the call was ever seen in talk."""
    flow: MediaFlow | None = None
    """Of the latest talk, kept over a hold."""


def take(
    tally: CallQuality | None,
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

    `far_sent` is the other end's own count of what it sent, where that is a monitored phone in sight. Hold, resume and
    counters that began anew begin a new stretch of talk, and so does the first reading after an outage: what was
    counted over that is nobody's talk. Another call in the slot wants another tally.
    """
    known = tally or CallQuality(Measure(call.line, call.id))
    course = known.course.read(call, counts(call))
    if call.phase is not Phase.TALK:
        return CallQuality(
            _measure(call, course, scale), course.interrupted(), has_talked=known.has_talked, flow=known.flow
        )
    if known.talk is None or is_after_outage:
        talk, course = talks.begin(call, at, thresholds, known.flow), course.interrupted()
    else:
        talk = talks.after(known.talk, call, at, thresholds, far_sent)
        course = _gone_on(course, known.talk, talk, seen_at)
    measure = _in_talk(_measure(call, course, scale), talk, at)
    is_sample = known.talk is None or talk.at != known.talk.at
    return CallQuality(measure, course, talk, is_sample=is_sample, has_talked=True, flow=talk.flow)


def _gone_on(course: CallTotals, before: MediaSegment, after: MediaSegment, seen_at: datetime) -> CallTotals:
    if after.at == before.at:
        return course
    if after.began_at != before.began_at:
        return course.interrupted()
    graded = course.graded(after.grade(after.at), after.at - before.at)
    return graded.passed(after.call, after.interval, seen_at) if after.interval else graded


def _measure(call: Call, course: CallTotals, scale: LossRateUnit | None) -> Measure:
    """What holds in talk and out of it."""
    whole = course.totals.whole
    return Measure(
        call.line,
        call.id,
        phone_loss_pct=percent(call.loss_rate, scale),
        phone_discard_pct=percent(call.discard_rate, scale),
        shares=course.shares,
        worst=course.worst,
        call_loss_pct=whole.loss_pct,
        call_discard_pct=whole.discard_pct,
        highest_jitter_ms=course.highest_jitter_ms,
        highest_round_trip_ms=course.highest_round_trip_ms,
    )


def _in_talk(measure: Measure, talk: MediaSegment, at: float) -> Measure:
    """A call that fell silent has no figures of now, but those of the silence itself."""
    is_silent, still = talk.is_silent(at), talk.standstill(at)
    is_lost = bool(still.unheard) and still.pause is Pause.NONE
    no_media_s = None if talk.flow is None else 0.0 if is_lost else talk.flow.no_media_s(at)
    passed = _SILENCE if is_silent else talk.interval or _NOTHING
    score = Score() if is_silent and talk.score.is_ours else talk.score
    return replace(
        measure,
        grade=talk.grade(at),
        judged=() if is_silent else talk.judged,
        loss_pct=passed.loss_pct,
        discard_pct=passed.discard_pct,
        sent_per_s=passed.sent_per_s,
        received_per_s=passed.received_per_s,
        no_receive_s=still.seconds,
        no_media_s=no_media_s,
        pause=still.pause if still.seconds or no_media_s else Pause.NONE,
        unheard=still.unheard,
        mos=score.mos,
        mos_source=score.source,
        r_factor=score.r_factor,
        estimate=None if is_silent else talk.estimate,
        measured_s=at - talk.began_at,
        measured_packets=talk.packets,
    )


@dataclass(frozen=True, slots=True)
class FinalReport:
    """What a report comes to; None and no figure for what it doesn't tell."""

    figures: tuple[MetricValue, ...]
    """Those that can be graded."""
    loss_pct: float | None
    """Percent of the packets that were expected."""
    discard_pct: float | None
    mos: float | None
    mos_source: str | None
    """`phone-cq` or `phone-lq`."""

    @property
    def grade(self) -> Grade:
        """By the rules for a call that is up; UNKNOWN without any figure, and instead of good where loss isn't told."""
        return call_grade(self.figures)


def final_report(call: Call, thresholds: Thresholds) -> FinalReport:
    """`call` with the figures of its end."""
    expected = None
    if call.packets_received is not None and call.lost_packets is not None:
        expected = call.packets_received + call.lost_packets
    enough = expected is not None and expected >= MIN_PACKETS
    loss_pct = 100.0 * (call.lost_packets or 0) / expected if enough and expected else None
    discard_pct = None
    if loss_pct is not None and call.discarded_packets is not None and expected:
        discard_pct = min(100.0 * call.discarded_packets / expected, 100.0)
    score = phone_score(call)
    loss_discard_pct = None if loss_pct is None else min(loss_pct + (discard_pct or 0.0), 100.0)
    found = figures(call, RecentLoss(loss_pct, discard_pct, loss_discard_pct), score, ReceiveStall(), thresholds)
    return FinalReport(found, loss_pct, discard_pct, score.mos, score.source)
