"""How a call stands: its readings one after another → what we make of it now, and of the whole call.

    Call, now ──► Talk ────────── samples of one stretch of talk: intervals, figures, grades with hysteresis
               └► Course ──────── the whole call, over holds and resets: shares, worst ten seconds, totals
                    └──► Measure  what all others see

A phone's own rates are averages since the call began, so loss is what happened between two readings. A metric that the
phone doesn't give takes no part, and without any a call is unknown, never good.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from phonetui.phone.measure import Measure, Pause
from phonetui.phone.quality import talk as talks
from phonetui.phone.quality.course import Course
from phonetui.phone.quality.flow import Flow
from phonetui.phone.quality.intervals import Interval, counts
from phonetui.phone.quality.scales import Scale, percent
from phonetui.phone.quality.score import Score
from phonetui.phone.quality.talk import Talk
from phonetui.phone.state import Call, Phase
from phonetui.phone.thresholds import Thresholds

_ONCE_UP = (Phase.TALK, Phase.HELD, Phase.ENDING, Phase.ERROR)
_BEGINNING = (Phase.SETUP, Phase.ALERTING)
_NOTHING = Interval(0.0, 0)
_SILENCE = Interval(1.0, 0, sent=0)
_CLOCK_SLACK_S = 2.0
"""A pushed duration may be younger than a read one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What must be known of a call to measure its next reading."""

    measure: Measure
    course: Course = field(default_factory=Course)
    talk: Talk | None = None
    """None outside of talk."""
    is_sample: bool = False
    """Whether the latest reading said anything new."""
    has_talked: bool = False
    """Whether the call was ever seen in talk."""
    flow: Flow | None = None
    """Of the latest talk, kept over a hold."""


def take(
    tally: Tally | None,
    call: Call,
    at: float,
    seen_at: datetime,
    thresholds: Thresholds,
    *,
    scale: Scale | None = None,
    far_sent: int | None = None,
    is_after_outage: bool = False,
) -> Tally:
    """The next reading of a call, of monotonic second `at` and aware UTC time `seen_at`; `scale` is of its rates.

    `far_sent` is the other end's own count of what it sent, where that is a monitored phone in sight. Hold, resume and
    counters that began anew begin a new stretch of talk, and so does the first reading after an outage: what was
    counted over that is nobody's talk. Another call in the slot wants another tally.
    """
    known = tally or Tally(Measure(call.line, call.id))
    course = known.course.read(call, counts(call))
    if call.phase is not Phase.TALK:
        return Tally(_measure(call, course, scale), course.interrupted(), has_talked=known.has_talked, flow=known.flow)
    if known.talk is None or is_after_outage:
        talk, course = talks.begin(call, at, thresholds, known.flow), course.interrupted()
    else:
        talk = talks.after(known.talk, call, at, thresholds, far_sent)
        course = _gone_on(course, known.talk, talk, seen_at)
    measure = _in_talk(_measure(call, course, scale), talk, at)
    is_sample = known.talk is None or talk.at != known.talk.at
    return Tally(measure, course, talk, is_sample=is_sample, has_talked=True, flow=talk.flow)


def is_another(before: Call, after: Call) -> bool:
    """Whether a slot that was never seen empty holds another call than it did."""
    if before.phase in _ONCE_UP and after.phase in _BEGINNING:
        return True
    if before.phase is Phase.ERROR and after.phase in (Phase.TALK, Phase.HELD):
        return True  # a call that failed is not answered any more
    if None not in (before.direction, after.direction) and before.direction is not after.direction:
        return True
    if before.duration_s is None or after.duration_s is None:
        return False
    return after.duration_s < before.duration_s - _CLOCK_SLACK_S


def _gone_on(course: Course, before: Talk, after: Talk, seen_at: datetime) -> Course:
    if after.at == before.at:
        return course
    if after.began_at != before.began_at:
        return course.interrupted()
    graded = course.graded(after.grade(after.at), after.at - before.at)
    return graded.passed(after.call, after.interval, seen_at) if after.interval else graded


def _measure(call: Call, course: Course, scale: Scale | None) -> Measure:
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


def _in_talk(measure: Measure, talk: Talk, at: float) -> Measure:
    """A call that fell silent has no figures of now, but those of the silence itself."""
    is_silent, still = talk.is_silent(at), talk.standstill(at)
    is_lost = bool(still.unheard) and still.pause is Pause.NONE
    silent_s = None if talk.flow is None else 0.0 if is_lost else talk.flow.silent_s(at)
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
        stall_s=still.seconds,
        silent_s=silent_s,
        pause=still.pause if still.seconds or silent_s else Pause.NONE,
        unheard=still.unheard,
        mos=score.mos,
        mos_source=score.source,
        r_factor=score.r_factor,
        estimate=None if is_silent else talk.estimate,
        measured_s=at - talk.began_at,
        measured_packets=talk.packets,
    )
