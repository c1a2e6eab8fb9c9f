"""The measured part of a call: from its first reading in talk until a hold or a counter reset ends it.

Not every reading is a sample. One whose counters stand is older than it looks, and one right after another says nothing
new; both leave the figures as they were, and only time goes on.

`MediaFlow` knows whether packets come and go, and whether silence may be a pause. A received stream stands where it
didn't rise while the sent one did: then the phone has refreshed its counters, and nothing came. Where both stand,
either nothing goes both ways or the phone hasn't counted yet. Both counters are of one moment, so a far end that never
pauses is received in step with what is sent:

    sent       ████████████████████████      every packet that is sent has one that came or was counted as lost
    no pause   ████████████████████████      in step for STEADY_S: when it stops, something broke
    loss       ████████      ▒▒▒▒▒▒████      the numbering jumped, the missing ones are counted as lost: still in step
    pause      ████████   █       ████       the numbering went on: this far end pauses (RFC 3389, or the codec's own)
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.measure import Grade, JudgedMetric, Metric, Pause
from phonetui.phone.quality.emodel import FULL_RATE, Codec, Score, codec, estimate, phone_score
from phonetui.phone.quality.grading import (
    GradeWindow,
    MetricValue,
    ReceiveStall,
    Thresholds,
    call_grade,
    counted,
    figures,
    judged_score,
    limits,
    round_within_grade,
    scored,
)
from phonetui.phone.quality.loss import Counts, Interval, RecentIntervals, counts, interval
from phonetui.phone.state import Call

SLOWEST_PER_S = 25.0
"""Packets a second of a stream that flows: 40 ms of speech in each."""
SLOWEST_REFRESH_S = 6.0
"""Seconds between two readings that differ, of a phone that counts every five seconds."""
USUAL_PER_S = 50.0
"""20 ms of speech in each packet."""
STEADY_S = 10.0
"""In step for so long, a stream isn't one with pauses: spurts of speech last a second in the mean (ITU-T P.59)."""
FIRST_S = 3.9
"""After the beginning of talk, in which gateways and forked calls may still be about to send."""
_SLACK, _SLACK_SHARE = 8, 0.02
"""Packets, and the share of those sent, by which two counters of one moment differ without a pause: jitter."""
_BETWEEN = 100
"""Packets that pass between readings of two phones."""


class MediaFlow(Struct, frozen=True):
    """When packets of a call last went either way, and what the far end is like."""

    began_at: float
    """Monotonic seconds of the first reading of this segment."""
    moved_at: float
    """Of the reading that last saw a packet go either way."""
    received_at: float
    """Of the one that last saw one come."""
    no_receive_s: float | None = 0.0
    """Seconds for which packets were sent and none came; None where the phone doesn't count those it sends."""
    refresh_s: float = SLOWEST_REFRESH_S
    """The shortest that the counters took to move."""
    steady_s: float = 0.0
    """How long the received stream was in step with the sent one before it fell behind."""
    missing: int = 0
    """By how many packets it is behind since then."""
    has_pauses: bool = False
    """Whether it ever fell behind and went on without a jump in its numbering."""
    has_come: bool = False
    """Whether any packet came in this segment."""
    far_sent: int | None = None
    """The other end's own count at the latest reading; None where it is no monitored phone."""
    ahead: int | None = None
    """By how many packets that was ahead of what was expected here, at most, while packets came."""

    def resume(self, at: float) -> "MediaFlow":
        """The flow after a hold or a gap: counted afresh, with what was learned of the far end."""
        return MediaFlow(at, at, at, steady_s=self.steady_s, has_pauses=self.has_pauses)

    def hold(self, at: float) -> "MediaFlow":
        """The flow while the far end holds: packets are expected in neither direction."""
        no_receive_s = None if self.no_receive_s is None else 0.0
        return replace(self, moved_at=at, received_at=at, no_receive_s=no_receive_s, missing=0, far_sent=None)

    def beside(self, counts: Counts, far_sent: int | None) -> "MediaFlow":
        """The flow with the other end's own count of what it sent, beside what came of it."""
        if far_sent is None:
            return replace(self, far_sent=None, ahead=None)
        if self.far_sent is not None and far_sent >= self.far_sent:
            return replace(self, far_sent=far_sent)
        # Both phones are read at moments of their own: at first it may be ahead by as much as comes in between.
        return replace(self, far_sent=far_sent, ahead=far_sent - counts.expected + _BETWEEN if counts.received else 0)

    def after(self, interval: Interval, counts: Counts, at: float) -> "MediaFlow":
        """Packets went either way; `counts` are those at the end of `interval`."""
        onward = replace(self, moved_at=at, refresh_s=min(interval.seconds, self.refresh_s))._in_step(interval)
        if interval.received:
            ahead = None if self.far_sent is None else self.far_sent - counts.expected
            most = ahead if ahead is None or self.ahead is None or not self.has_come else max(ahead, self.ahead)
            onward = replace(onward, received_at=at, has_come=True, ahead=most)
        return replace(onward, no_receive_s=onward._no_receive_s(interval, counts, self.no_receive_s))

    def no_media_s(self, at: float) -> float:
        """Seconds since a packet went either way; 0 for as long as the phone may just not have counted yet."""
        seconds = at - self.moved_at
        return seconds if seconds > 1.5 * self.refresh_s else 0.0

    def unheard(self, counts: Counts, known: Codec | None) -> int | None:
        """Packets that the other end sent and of which none came; None where that isn't known."""
        if self.far_sent is None or self.ahead is None:
            return None
        # It may be ahead by what comes while our phone hasn't counted, and in a stream that never paused so far by what
        # the other one hasn't: only in a pause are both up to date.
        paused = self.has_pauses or (known is not None and known.has_dtx)
        ahead_s = max(self.refresh_s, 1.0) + (0.0 if paused else 1.0)
        found = self.far_sent - counts.expected - self.ahead
        return found if found > FULL_RATE * USUAL_PER_S * ahead_s else 0

    def pause(self, call: Call, counts: Counts, at: float) -> Pause:
        """What speaks for a pause of the far end, where nothing comes at monotonic second `at`.

        Its own counters decide where it is a monitored phone; else its codec, and what it was like so far.
        """
        if not self.has_come and at - self.began_at < FIRST_S:
            return Pause.LIKELY
        known = codec(call.decoder)
        if self.far_sent is not None:
            return Pause.NONE if self.unheard(counts, known) else Pause.LIKELY
        has_dtx = known is None or known.has_dtx
        is_new = not (self.has_come or self.steady_s or self.has_pauses)
        if not counts.received or (is_new and not has_dtx):
            return Pause.NONE
        if has_dtx or self.has_pauses or self.steady_s < STEADY_S:
            return Pause.LIKELY
        return Pause.POSSIBLE if call.remote_hold is None else Pause.NONE

    def _no_receive_s(self, interval: Interval, counts: Counts, before: float | None) -> float | None:
        if interval.sent is None:
            return None
        if interval.received:
            return 0.0
        if not counts.received:
            return self.moved_at - self.began_at
        # A silence that both kept before is no stall: only as long as these packets took to send.
        return (before or 0.0) + min(interval.seconds, interval.sent / SLOWEST_PER_S)

    def _in_step(self, interval: Interval) -> "MediaFlow":
        """While this phone itself sends less than it receives, it pauses, and nothing follows from it."""
        if not interval.sent or interval.sent < FULL_RATE * interval.expected:
            return self
        missing = max(self.missing + interval.sent - interval.expected, 0)
        slack = _SLACK + _SLACK_SHARE * interval.sent
        if missing <= slack:
            return replace(self, steady_s=self.steady_s + interval.seconds, missing=0)
        if interval.received and interval.expected >= interval.sent - slack:
            return replace(self, steady_s=interval.seconds, missing=0, has_pauses=True)
        return replace(self, missing=missing)


SAMPLE_GAP_S = 0.4
"""Readings that come closer together are one sample: the floor of the poll interval, less what timing takes."""
SILENT_S = 10.0
"""Without a packet either way the figures are of the past; no phone refreshes its figures that slowly."""
MIN_PACKETS = 500
"""Expected packets before a grade: Microsoft CQD leaves shorter streams unclassified."""
MIN_TALK_S = 10.0
MIN_TALK_NARROW_S = 30.0
"""Cisco's MPP guide reads MOS after 10 s of G.711 and 30 s of G.729."""
_AT_ONCE = (1, 1)
"""A stall is a duration already: waiting for more samples would only make it longer."""


class MediaSegment(Struct, frozen=True):
    """A stretch of talk whose counters go on without a reset, and the figures measured in it."""

    call: Call
    """As of the latest sample."""
    began_at: float
    """Monotonic seconds of the baseline."""
    at: float
    """Of the latest sample."""
    counts: Counts | None
    packets: int = 0
    """Expected since the baseline."""
    interval: Interval | None = None
    """Between the two latest samples."""
    recent: RecentIntervals = field(default_factory=RecentIntervals)
    flow: MediaFlow | None = None
    """None where the phone counts nothing."""
    score: Score = field(default_factory=Score)
    """The call's one opinion score, of the first source that there is."""
    scored_at: float = 0.0
    """When that source last gave one."""
    estimate: float | None = None
    """Our opinion score of the current figures, whatever the phone says."""
    judged: tuple[JudgedMetric, ...] = ()
    """Worst first."""
    grade_windows: Mapping[Metric, GradeWindow] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[Metric, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Of the samples that the grades rest on, latest last."""

    def is_silent(self, at: float) -> bool:
        """Whether the last reading is so old at monotonic second `at` that nothing current is known."""
        return self.counts is not None and at - self.at > SILENT_S

    def standstill(self, at: float) -> ReceiveStall:
        """For how long nothing has come, as of monotonic second `at`.

        What the other end counts as sent decides, if it is known.
        """
        if self.flow is None or self.counts is None:
            return ReceiveStall()
        pause, unheard = self.flow.pause(self.call, self.counts, at), self.unheard
        is_lost = bool(unheard) and pause is Pause.NONE
        return ReceiveStall(at - self.flow.received_at if is_lost else self.flow.no_receive_s, pause, unheard)

    @property
    def unheard(self) -> int | None:
        return self.flow.unheard(self.counts, codec(self.call.decoder)) if self.flow and self.counts else None

    def grade(self, at: float) -> Grade:
        """The worst of what is judged. Before there is enough to judge by, only a stream that stands counts."""
        if self.is_silent(at) or not (self.judged or self.counts):
            return Grade.UNKNOWN
        is_enough = self.counts is None or self.packets >= MIN_PACKETS
        if is_enough and at - self.began_at >= min_talk_s(self.call):
            return call_grade(self.judged)
        stalls = (found.grade for found in self.judged if found.metric is Metric.STALL)
        return next((grade for grade in stalls if not grade < Grade.POOR), Grade.MEASURING)


def min_talk_s(call: Call) -> float:
    """Seconds of talk before a grade."""
    known = codec(call.decoder)
    return MIN_TALK_NARROW_S if known and known.is_narrow else MIN_TALK_S


def begin(call: Call, at: float, thresholds: Thresholds, before: MediaFlow | None = None) -> MediaSegment:
    """The baseline: its counters are what later ones are compared with, its other figures are a first sample.

    `before` is the flow of an earlier segment of the same call.
    """
    now = counts(call)
    flow = (before.resume(at) if before else MediaFlow(at, at, at)) if now else None
    if now and flow and now.sent is None:
        flow = replace(flow, no_receive_s=None)
    return _sampled(MediaSegment(call, at, at, now, flow=flow), thresholds)


def follow(
    segment: MediaSegment, call: Call, at: float, thresholds: Thresholds, far_sent: int | None = None
) -> MediaSegment:
    """`segment` after a reading at monotonic second `at`; the segment before where the reading is no new sample."""
    now, seconds = counts(call), at - segment.at
    if segment.flow and now:
        flow = segment.flow.hold(at) if call.remote_hold else segment.flow.beside(now, far_sent)
        segment = replace(segment, flow=flow)
    # Counters decide whether a reading is new where there are any: they are what the other figures are about.
    is_old = now == segment.counts if now is not None else call == segment.call
    if seconds < SAMPLE_GAP_S or is_old:
        return segment
    if now is None and segment.counts is None:
        return _sampled(replace(segment, call=call, at=at), thresholds)
    passed = interval(segment.counts, now, seconds) if now and segment.counts else None
    if now is None or passed is None:
        return begin(call, at, thresholds, segment.flow)
    onward = replace(
        segment,
        call=call,
        at=at,
        counts=now,
        packets=segment.packets + passed.expected,
        interval=passed,
        recent=segment.recent.append(passed),
        flow=segment.flow if segment.flow is None or call.remote_hold else segment.flow.after(passed, now, at),
    )
    return _sampled(onward, thresholds)


def _sampled(segment: MediaSegment, thresholds: Thresholds) -> MediaSegment:
    """Figures are the current ones; grades change once the latest readings agree, see `_settled`."""
    call, current, stall = segment.call, segment.recent.current, segment.standstill(segment.at)
    onset = segment.recent.onset(thresholds.loss_pct.poor)
    ours = scored(call, onset, estimate(call, onset.loss_discard_pct), thresholds)
    latest = {each.metric: each for each in (*figures(call, onset, phone_score(call), stall, thresholds), *ours)}
    spoken = judged_score(call, current.loss_discard_pct, segment.counts, thresholds)
    shown = {
        each.metric: _round_figure(each, call, thresholds) for each in figures(call, current, spoken, stall, thresholds)
    }
    known, worsen, recover = segment.grade_windows, thresholds.worsen, thresholds.recover
    grade_windows = {
        metric: known.get(metric, _NO_WINDOW).after(
            found.grade if (found := latest.get(metric)) is not None else None,
            worsen=_AT_ONCE if metric is Metric.STALL else worsen,
            recover=recover,
        )
        for metric in _METRICS
    }
    kept = max(thresholds.worsen[1], thresholds.recover[1])
    values = {metric: (*segment.values.get(metric, ()), figure.value)[-kept:] for metric, figure in shown.items()}
    before = {one.metric: one.grade for one in segment.judged}
    judged = []
    for metric, figure in shown.items():
        window = grade_windows[metric]
        grade = _settled(before.get(metric), window.grade, figure.grade)
        if grade is not None:
            holds_s = _holds_s(segment.interval, window, grade, figure.grade, thresholds)
            judged.append(
                JudgedMetric(metric, figure.value, grade, values[metric], figure.window_s, figure.grade, holds_s)
            )
    counting, estimated = {each.metric for each in counted(judged)}, estimate(call, current.loss_discard_pct)
    if estimated.mos is not None:
        estimated = replace(estimated, mos=round_within_grade(estimated.mos, limits(Metric.ESTIMATE, call, thresholds)))
    score, scored_at = _score(segment, estimated)
    if score.mos is not None:
        score = replace(score, mos=round_within_grade(score.mos, limits(Metric.MOS, call, thresholds)))
    return replace(
        segment,
        score=score,
        scored_at=scored_at,
        estimate=estimated.mos,
        judged=tuple(sorted(judged, key=lambda each: (each.metric not in counting, -each.grade.severity))),
        grade_windows=MappingProxyType(grade_windows),
        values=MappingProxyType(values),
    )


_METRICS, _NO_WINDOW = tuple(Metric), GradeWindow()
_DECIMALS = {Metric.LOSS: 1, Metric.DISCARD: 1, Metric.MOS: 1, Metric.ESTIMATE: 1}
"""Of figures that stand in many places."""


def _round_figure(figure: MetricValue, call: Call, thresholds: Thresholds) -> MetricValue:
    decimals = _DECIMALS.get(figure.metric)
    if decimals is None:
        return figure
    value = round_within_grade(figure.value, limits(figure.metric, call, thresholds), decimals)
    return figure if value == figure.value else replace(figure, value=value)


def _settled(before: Grade | None, lasting: Grade | None, earned: Grade | None) -> Grade | None:
    """The grade of a current figure that `earned` one by itself, where the latest readings come to a `lasting` one.

    It never goes beyond what the figure earns, and never falls below that while it recovers: so the figure and its
    grade differ only for as long as the readings don't agree on a change.
    """
    if lasting is None or earned is None:
        return lasting
    if before is None:
        return min(lasting, earned)
    if before < earned:
        return max(before, min(lasting, earned))
    return max(earned, min(lasting, before))


def _holds_s(
    interval: Interval | None, window: GradeWindow, grade: Grade, earned: Grade | None, thresholds: Thresholds
) -> float | None:
    """How long hysteresis will still hold a grade, if all stays as it is."""
    if earned is None or not earned < grade:
        return None
    readings = window.readings_until(earned, worsen=thresholds.worsen, recover=thresholds.recover)
    return readings * interval.seconds if readings and interval else None


SCORE_HOLD_S = 10.0
"""A phone that leaves its score out for less has not ceased to give one."""


def _score(segment: MediaSegment, estimated: Score) -> tuple[Score, float]:
    """The phone's, conversational before listening quality, else our estimate; and when that source last gave one."""
    theirs, before = phone_score(segment.call), segment.score
    if theirs.mos is not None:
        return theirs, segment.at
    is_missing = before.source is not None and not before.is_ours and segment.at - segment.scored_at < SCORE_HOLD_S
    if is_missing:
        return replace(before, mos=None, r_factor=None), segment.scored_at
    return (estimated if estimated.mos is not None else theirs), segment.at
