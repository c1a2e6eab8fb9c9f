"""One direction of a test call: loss, delay and score at the phone that heard it, and a verdict on them.

    A's packets ──► network ──► B's counters: the direction A → B is what B reports

Shares are of all packets that were expected from the first to the last reading. The opinion score is the phone's own,
which is of the whole call; where it gives none, or contradicts itself, ours for the same packets (G.107).
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from phonetui.mesh.mesh_call import CallReading
from phonetui.mesh.plan import MeshLimits
from phonetui.phone.measure import WORDS, Grade, Metric
from phonetui.phone.quality import grading
from phonetui.phone.quality.emodel import Score, estimate, phone_score
from phonetui.phone.quality.loss import Counts, Interval, counts, interval, joined
from phonetui.phone.quality.media_segment import MIN_PACKETS, min_talk_s
from phonetui.phone.state import Call, PhoneId

SILENT_SHARE = 0.02
"""Share of the sent packets below which the direction counts as silent: a few may have been in flight."""
LEAST_SENT = 100
"""Packets that must have been sent before silence counts as one-way audio: two seconds of speech."""


class Verdict(Enum):
    """The verdict on a direction, worst last; the value is its word."""

    word: str
    severity: int

    NOT_RUN = ("not run", 0)
    UNKNOWN = ("unknown", 1)
    """The call was started, but its readings do not allow a verdict."""
    OK = ("ok", 2)
    WARN = ("warn", 3)
    CRITICAL = ("critical", 4)

    def __new__(cls, word: str, severity: int) -> "Verdict":
        verdict = object.__new__(cls)
        verdict._value_ = verdict.word = word
        verdict.severity = severity
        return verdict

    @property
    def is_judged(self) -> bool:
        return self.severity >= 2

    @property
    def is_bad(self) -> bool:
        return self.severity >= 3


_BY_GRADE = {
    Grade.GOOD: Verdict.OK,
    Grade.FAIR: Verdict.WARN,
    Grade.POOR: Verdict.CRITICAL,
    Grade.CRITICAL: Verdict.CRITICAL,
}


class DirectionInterval(Struct, frozen=True):
    """What was counted between two readings."""

    at_s: float
    """Seconds of talk at the end of the interval."""
    seconds: float
    received: int
    lost: int | None = None
    discarded: int | None = None
    jitter_ms: float | None = None
    mos: float | None = None
    """Our estimate, for this interval alone."""

    @property
    def loss_pct(self) -> float | None:
        return Interval(self.seconds, self.received, self.lost, self.discarded).loss_pct


class DirectionFigures(Struct, frozen=True, kw_only=True):
    """The figures of one direction."""

    speaker: PhoneId
    listener: PhoneId
    verdict: Verdict
    words: str
    """What the verdict rests on: `loss 4.1 %, MOS 3.4`; why there is none."""
    is_silent: bool = False
    """Whether the listener heard nothing of what the speaker sent."""
    seconds: float = 0.0
    sent: int | None = None
    """Packets sent, by the speaker's own count."""
    received: int | None = None
    lost: int | None = None
    discarded: int | None = None
    loss_pct: float | None = None
    discard_pct: float | None = None
    jitter_ms: float | None = None
    """The highest reading."""
    round_trip_ms: float | None = None
    """The highest reading."""
    mos: float | None = None
    mos_source: str | None = None
    codec: str | None = None
    intervals: tuple[DirectionInterval, ...] = ()


def direction(
    speaker: PhoneId,
    listener: PhoneId,
    sent: Sequence[CallReading],
    heard: Sequence[CallReading],
    limits: MeshLimits,
    *,
    talked_s: float,
) -> DirectionFigures:
    """`sent` are the speaker's readings in talk, `heard` the listener's, oldest first."""
    steps = _steps(heard)
    whole = joined([step for _, step in steps]) if steps else None
    sent_packets = _sent(sent)
    if whole is None or not heard or heard[-1].call.packets_received is None:
        words = "the phone counted nothing" if heard else "the phone was not read in talk"
        return DirectionFigures(
            speaker=speaker, listener=listener, verdict=Verdict.UNKNOWN, words=words, sent=sent_packets
        )
    last = heard[-1].call
    score = _score(last, whole)
    found = DirectionFigures(
        speaker=speaker,
        listener=listener,
        verdict=Verdict.UNKNOWN,
        words="",
        is_silent=_is_silent(whole, sent_packets, talked_s),
        seconds=whole.seconds,
        sent=sent_packets,
        received=whole.received,
        lost=whole.lost,
        discarded=whole.discarded,
        loss_pct=whole.loss_pct,
        discard_pct=whole.discard_pct,
        jitter_ms=max((one.call.jitter_ms for one in heard if one.call.jitter_ms is not None), default=None),
        round_trip_ms=max(
            (one.call.round_trip_ms for one in heard if one.call.round_trip_ms is not None), default=None
        ),
        mos=score.mos,
        mos_source=score.source,
        codec=str(last.decoder) if last.decoder else None,
        intervals=tuple(_interval(reading, step, heard[0].at) for reading, step in steps),
    )
    return _judged(found, last, whole, limits, talked_s)


def _steps(heard: Sequence[CallReading]) -> list[tuple[CallReading, Interval]]:
    """What was counted between each two readings; the first one counts from the beginning of the call."""
    first = Counts(0, 0, 0, 0)
    steps: list[tuple[CallReading, Interval]] = []
    for before, after in pairwise((None, *heard)):
        if after is None or (now := counts(after.call)) is None:
            continue
        base = counts(before.call) if before is not None else None
        if before is not None and base is None:
            continue
        seconds = after.at - before.at if before is not None else after.call.duration_s or 0.0
        step = interval(base or first, now, seconds)
        if step is not None and (step.seconds or step.expected):
            steps.append((after, step))
    return steps


def _sent(readings: Sequence[CallReading]) -> int | None:
    known = [reading.call.packets_sent for reading in readings if reading.call.packets_sent is not None]
    return max(known) if known else None


def _score(last: Call, whole: Interval) -> Score:
    own = phone_score(last)
    if own.mos is not None and own.speaks_for_now:
        return own
    return estimate(last, whole.loss_discard_pct)


def _is_silent(whole: Interval, sent: int | None, talked_s: float) -> bool:
    """Whether one-way audio is proven: the other end sent, and as good as nothing came."""
    if sent is None:
        return whole.received == 0 and talked_s >= min_talk_s(Call(0, 0))
    return sent >= LEAST_SENT and whole.received <= SILENT_SHARE * sent


def _interval(reading: CallReading, step: Interval, began_at: float) -> DirectionInterval:
    return DirectionInterval(
        at_s=reading.at - began_at,
        seconds=step.seconds,
        received=step.received,
        lost=step.lost,
        discarded=step.discarded,
        jitter_ms=reading.call.jitter_ms,
        mos=estimate(reading.call, step.loss_discard_pct).mos,
    )


def _judged(
    found: DirectionFigures, last: Call, whole: Interval, limits: MeshLimits, talked_s: float
) -> DirectionFigures:
    if found.is_silent:
        what = f"no audio: {found.received} of {found.sent} packets came" if found.sent is not None else "no audio"
        return replace(found, verdict=Verdict.CRITICAL, words=what)
    least_s = min_talk_s(last)
    if talked_s < least_s or whole.expected < MIN_PACKETS:
        words = f"too little to judge: {talked_s:.0f} s of {least_s:g} s, {whole.expected} of {MIN_PACKETS} packets"
        return replace(found, words=words)
    grades = sorted(_graded(found, last, whole, limits), key=lambda graded: -graded[0].severity)
    if not grades:
        return replace(found, words="nothing that can be judged")
    worst = grades[0][0]
    named = [words for grade, words in grades if worst is Grade.GOOD or grade is not Grade.GOOD]
    return replace(found, verdict=_BY_GRADE[worst], words=", ".join(named))


def _graded(
    found: DirectionFigures, last: Call, whole: Interval, limits: MeshLimits
) -> Iterator[tuple[Grade, str]]:  # fmt: skip
    """Each figure that there is with its grade; those that impair most first."""
    lost_pct = whole.loss_discard_pct
    score = Metric.MOS if found.mos_source != "estimate" else Metric.ESTIMATE
    values = ((Metric.LOSS, lost_pct), (score, found.mos), (Metric.JITTER, found.jitter_ms),
              (Metric.DELAY, found.round_trip_ms))  # fmt: skip
    for metric, value in values:
        if value is None:
            continue
        limit = grading.limits(metric, last, limits.quality)
        grade = grading.step(value, limit)
        if metric is Metric.JITTER and lost_pct is not None and lost_pct <= limits.quality.loss_pct.fair:
            grade = min(grade, Grade.FAIR)  # the buffer absorbs it
        words = WORDS[metric].describe(value, grading.digits(value, limit, WORDS[metric].digits))
        yield grade, f"{WORDS[metric].name} {words}"
