"""A stretch of talk under measurement: from its first reading to its latest, until a hold or a reset ends it.

Not every reading is a sample. One whose counters stand is older than it looks, and one right after another tells
nothing new; both leave the figures as they were, and only time goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from phonetui.phone.quality.codec import codec
from phonetui.phone.quality.emodel import Score, estimate, score
from phonetui.phone.quality.grading import GradeWindow, call_grade, counted, figures
from phonetui.phone.quality.interval_counters import Counts, Interval, RecentIntervals, counts, interval
from phonetui.phone.quality.measure import Grade, JudgedMetric, Metric, Pause
from phonetui.phone.quality.media_flow import MediaFlow, ReceiveStall
from phonetui.phone.quality.thresholds import Thresholds
from phonetui.phone.state import Call

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


@dataclass(frozen=True, slots=True)
class MediaSegment:
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
    estimate: float | None = None
    """Our opinion score of what came lately, whatever the phone says."""
    judged: tuple[JudgedMetric, ...] = ()
    """Worst first."""
    standings: Mapping[Metric, GradeWindow] = field(default_factory=lambda: MappingProxyType({}))
    values: Mapping[Metric, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Of the samples that the grades rest on, latest last."""

    def is_silent(self, at: float) -> bool:
        return self.counts is not None and at - self.at > SILENT_S

    def standstill(self, at: float) -> ReceiveStall:
        """As of monotonic second `at`; what the other end sends decides where it is known."""
        if self.flow is None or self.counts is None:
            return ReceiveStall()
        pause, unheard = self.flow.pause(self.call, self.counts, at), self.unheard
        is_lost = bool(unheard) and pause is Pause.NONE
        return ReceiveStall(at - self.flow.received_at if is_lost else self.flow.stall_s, pause, unheard)

    @property
    def unheard(self) -> int | None:
        return self.flow.unheard(self.counts, codec(self.call.decoder)) if self.flow and self.counts else None

    def grade(self, at: float) -> Grade:
        """The worst of what is judged. Before there is enough to judge by, only a stream that stands is told."""
        if self.is_silent(at) or not (self.judged or self.counts):
            return Grade.UNKNOWN
        if self._is_enough(at):
            return call_grade(self.judged)
        stall = next((found.grade for found in self.judged if found.metric is Metric.STALL), Grade.UNKNOWN)
        return stall if stall.severity >= Grade.POOR.severity else Grade.MEASURING

    def _is_enough(self, at: float) -> bool:
        return at - self.began_at >= min_talk_s(self.call) and (self.counts is None or self.packets >= MIN_PACKETS)


def min_talk_s(call: Call) -> float:
    """Seconds of talk before a grade."""
    known = codec(call.decoder)
    return MIN_TALK_NARROW_S if known and known.is_narrow else MIN_TALK_S


def begin(call: Call, at: float, thresholds: Thresholds, before: MediaFlow | None = None) -> MediaSegment:
    """The baseline: its counters are what later ones are compared with, its other figures are a first sample.

    `before` is the flow of an earlier stretch of the same call.
    """
    now = counts(call)
    flow = (before.resumed(at) if before else MediaFlow(at, at, at)) if now else None
    if now and flow and now.sent is None:
        flow = replace(flow, stall_s=None)
    return _sampled(MediaSegment(call, at, at, now, flow=flow), thresholds)


def after(
    talk: MediaSegment, call: Call, at: float, thresholds: Thresholds, far_sent: int | None = None
) -> MediaSegment:
    """`talk` with a reading of monotonic second `at`: as of the same second before where it is no sample."""
    now, seconds = counts(call), at - talk.at
    talk = replace(talk, flow=_flow(talk, call, now, at, far_sent))
    if seconds < SAMPLE_GAP_S or _is_old(talk, call, now):
        return talk
    if now is None or talk.counts is None:
        if (now is None) is not (talk.counts is None):
            return begin(call, at, thresholds, talk.flow)
        return _sampled(replace(talk, call=call, at=at), thresholds)
    passed = interval(talk.counts, now, seconds)
    if passed is None:
        return begin(call, at, thresholds, talk.flow)
    onward = replace(
        talk,
        call=call,
        at=at,
        counts=now,
        packets=talk.packets + passed.expected,
        interval=passed,
        recent=talk.recent.followed(passed),
        flow=talk.flow if talk.flow is None or call.remote_hold else talk.flow.after(passed, now, at),
    )
    return _sampled(onward, thresholds)


def _flow(talk: MediaSegment, call: Call, now: Counts | None, at: float, far_sent: int | None) -> MediaFlow | None:
    """Whether this reading is a sample or not."""
    if talk.flow is None or now is None:
        return talk.flow
    return talk.flow.held(at) if call.remote_hold else talk.flow.beside(now, far_sent)


def _is_old(talk: MediaSegment, call: Call, now: Counts | None) -> bool:
    """Counters decide where there are any: they are what the other figures are about."""
    return now == talk.counts if now is not None else call == talk.call


def _sampled(talk: MediaSegment, thresholds: Thresholds) -> MediaSegment:
    call, lately = talk.call, talk.recent.lately(thresholds.loss_pct.poor)
    scored = score(call, lately.gone_pct, talk.counts, thresholds)
    found = figures(call, lately, scored, talk.standstill(talk.at), thresholds)
    grades = {figure.metric: figure.grade for figure in found}
    standings = {
        metric: talk.standings.get(metric, GradeWindow()).after(
            grades.get(metric),
            worsen=_AT_ONCE if metric is Metric.STALL else thresholds.worsen,
            recover=thresholds.recover,
        )
        for metric in Metric
    }
    kept = max(thresholds.worsen[1], thresholds.recover[1])
    values = {figure.metric: (*talk.values.get(figure.metric, ()), figure.value)[-kept:] for figure in found}
    return replace(
        talk,
        score=scored,
        estimate=estimate(call, lately.gone_pct).mos,
        judged=_judged(values, standings, {figure.metric: figure.window_s for figure in found}),
        standings=MappingProxyType(standings),
        values=MappingProxyType(values),
    )


def _judged(
    values: Mapping[Metric, tuple[float, ...]],
    standings: Mapping[Metric, GradeWindow],
    windows: Mapping[Metric, float | None],
) -> tuple[JudgedMetric, ...]:
    found = [
        JudgedMetric(metric, samples[-1], grade, samples, windows.get(metric))
        for metric, samples in values.items()
        if (grade := standings[metric].grade) is not None
    ]
    counting = set(counted(found))
    return tuple(sorted(found, key=lambda judged: (judged not in counting, -judged.grade.severity)))
