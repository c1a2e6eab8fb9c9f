"""Figures of the calls of a period. Calls are taken one after another, and memory is bounded.

A figure is of an end of a call: each phone hears its own. A call between two watched phones has two ends and counts as
one call.
"""

import heapq
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import count

from msgspec import Struct

from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.calls.call_record import CallRecord, other_end, unique_by_end
from phonetui.phone.diagnosis import advice
from phonetui.phone.measure import Grade, Shares
from phonetui.phone.state import CallKey, PhoneId
from phonetui.text import Printable

BAD_S = 10.0
"""Seconds of poor or critical sound from which on a call had trouble: the length of a worst window."""
MOST_WORST = 20
FRESH = timedelta(minutes=2)
"""How long ago a call that is up was written last, at most: every half a minute. An older one ended unseen."""
MOST_ADVICE = 100
"""The most different texts that are counted for one phone."""
GRADES = (Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL)


class ScoreBand(Struct, frozen=True):
    """Opinion scores from `low` up to the next band's, and what listeners say of such calls (G.107 Annex B)."""

    low: float
    words: str
    grade: Grade
    """The grade whose colour the band has."""


SCORE_BANDS = (
    ScoreBand(1.0, "not recommended", Grade.CRITICAL),
    ScoreBand(2.58, "nearly all dissatisfied", Grade.CRITICAL),
    ScoreBand(3.10, "many dissatisfied", Grade.POOR),
    ScoreBand(3.60, "some dissatisfied", Grade.FAIR),
    ScoreBand(4.03, "satisfied", Grade.GOOD),
    ScoreBand(4.34, "very satisfied", Grade.GOOD),
)


class ScoreCount(Struct, frozen=True):
    """The number of call ends in a band."""

    band: ScoreBand
    at_end: int
    """By the latest score: the phone's own where it gives one, else our estimate."""
    worst: int
    """By our estimate of the worst ten seconds."""


class TimeColumn(Struct, frozen=True):
    """Ends of calls that were over in a part of the time, by how they were heard: see `heard_grade`."""

    began_at: datetime
    """Aware UTC."""
    counts: tuple[int, int, int, int]
    """Counts in the order of `GRADES`."""
    unjudged: int


class WorstCall(Struct, frozen=True):
    record: CallRecord
    other: CallRecord | None
    """The record of the far end, where that was bad as well."""

    @property
    def bad_s(self) -> float:
        return bad_s(self.record)


class PhoneCalls(Struct, frozen=True):
    """Figures of the calls of one phone."""

    ends: int
    bad: int
    shares: Shares
    worst_mos: float | None
    """The lowest score of the worst ten seconds of any call."""
    advice: Printable | None
    """What was reported most often; None where nothing was."""


class CallFigures(Struct, frozen=True, kw_only=True):
    calls: int
    ends: int
    answered: int
    """The number of ends that were in talk."""
    up: int
    """The number of ends that were up when last written."""
    lost: int
    """The number of ends whose end was not observed."""
    judged: int
    bad: int
    """Ends with trouble: `BAD_S` seconds of poor or critical sound, or more poor than good."""
    one_way: int
    talk_s: float
    shares: Shares
    scores: tuple[ScoreCount, ...]
    columns: tuple[TimeColumn, ...]
    column_s: float
    worst: tuple[WorstCall, ...]
    """The calls with the longest trouble, at most `MOST_WORST`."""
    phones: dict[PhoneId, PhoneCalls]
    first_at: datetime | None
    """When the earliest of them was over; None without any."""


def bad_s(record: CallRecord) -> float:
    """Seconds of poor or critical sound."""
    return record.shares.poor_s + record.shares.critical_s


def is_bad(record: CallRecord) -> bool:
    return bad_s(record) >= BAD_S or record.grade in (Grade.POOR, Grade.CRITICAL)


def heard_grade(shares: Shares, longest: Grade) -> Grade:
    """The worst grade of which there were `BAD_S` seconds, or `longest`, which held longest, where that is worse.

    Poor and critical seconds together make a call poor.
    """
    poor_s = shares.poor_s + shares.critical_s
    parts = ((Grade.CRITICAL, shares.critical_s), (Grade.POOR, poor_s), (Grade.FAIR, shares.fair_s))
    lasted = (grade for grade, seconds in parts if seconds >= BAD_S)
    return max(longest, next(lasted, Grade.UNKNOWN))


def call_figures(
    records: Iterable[CallRecord], began_at: datetime, ended_at: datetime, zone: tzinfo | None
) -> CallFigures:
    """Of records in the order in which they ended, all of them between two moments (aware UTC).

    Parts of the time begin with whole hours or days of `zone` (None: the machine's).
    """
    sums = _Sums(column_starts(began_at, ended_at, zone), ended_at)
    for record in unique_by_end(records):
        sums.add(record)
    return sums.figures()


_STEPS_S = (300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400)
MOST_COLUMNS = 56


def column_starts(began_at: datetime, ended_at: datetime, zone: tzinfo | None) -> Sequence[datetime]:
    """Where the parts of a time begin, aware UTC: equal ones but where clocks are set; the last element is an end."""
    total_s = max((ended_at - began_at).total_seconds(), 1.0)
    step = timedelta(seconds=next((step for step in _STEPS_S if total_s / step <= MOST_COLUMNS), _STEPS_S[-1]))
    local = began_at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + (local - midnight) // step * step
    if zone is not None:  # hours of its own wall clock
        starts = (start + step * number for number in count())
    else:
        starts = ((start.replace(tzinfo=None) + step * number).astimezone() for number in count())
    found = []
    for moment in starts:
        found.append(moment.astimezone(began_at.tzinfo))
        if moment > ended_at or len(found) > 2 * MOST_COLUMNS:
            return found
    return found


class _Sums:
    """Sums over the calls so far."""

    def __init__(self, starts: Sequence[datetime], until: datetime) -> None:
        self._starts = starts
        self._until = until
        self._columns = [[0] * (len(GRADES) + 1) for _ in starts[:-1]]
        self._counts: Counter[str] = Counter()
        self._talk_s = 0.0
        self._shares = Shares()
        self._scores = [[0, 0] for _ in SCORE_BANDS]
        self._worst: list[tuple[float, float, int, CallRecord]] = []
        self._ordinal = count()
        self._phones: dict[PhoneId, _PhoneSums] = {}
        self._waiting: dict[tuple[PhoneId, CallKey], CallRecord] = {}
        """Ends whose far end has not come yet, by where they are: a place holds one call at a time."""
        self._first_at: datetime | None = None

    def add(self, record: CallRecord) -> None:
        self._first_at = min(filter(None, (self._first_at, record.last_at)))
        bad, judged = is_bad(record), record.grade in GRADES
        is_up = record.is_up and self._until - record.seen_at < FRESH
        counted = {
            "ends": True, "answered": record.answered_at is not None, "judged": judged, "bad": bad,
            "up": is_up, "lost": record.ended_at is None and not is_up, "pairs": self._is_second_end(record),
            "one_way": any(alert.id is AlertId.ONE_WAY_AUDIO for alert in record.alerts),
        }  # fmt: skip
        self._counts.update(name for name, holds in counted.items() if holds)
        self._talk_s += record.talk_s or 0.0
        self._shares += record.shares
        for place, score in enumerate((record.mos, record.worst.mos if record.worst else None)):
            if score is not None:
                self._scores[_band(score)][place] += 1
        column = min(max(bisect_right(self._starts, record.last_at), 1), len(self._columns)) - 1
        grade = heard_grade(record.shares, record.grade)
        self._columns[column][GRADES.index(grade) if judged else -1] += 1
        if bad:
            row = (bad_s(record), record.shares.critical_s, next(self._ordinal), record)
            (heapq.heappush if len(self._worst) < 2 * MOST_WORST else heapq.heappushpop)(self._worst, row)
        self._phones.setdefault(record.phone, _PhoneSums()).add(record, bad=bad)

    def _is_second_end(self, record: CallRecord) -> bool:
        if record.partner is None:
            return False
        first = self._waiting.get(record.partner)
        if first is not None and other_end(record, (first,)) is first and first.partner == (record.phone, record.key):
            del self._waiting[record.partner]
            return True
        self._waiting[record.phone, record.key] = record
        return False

    def figures(self) -> CallFigures:
        counts = self._counts
        columns = zip(self._starts[:-1], self._columns, strict=True)
        return CallFigures(
            calls=counts["ends"] - counts["pairs"],
            ends=counts["ends"],
            answered=counts["answered"],
            up=counts["up"],
            lost=counts["lost"],
            judged=counts["judged"],
            bad=counts["bad"],
            one_way=counts["one_way"],
            talk_s=self._talk_s,
            shares=self._shares,
            scores=tuple(ScoreCount(band, *found) for band, found in zip(SCORE_BANDS, self._scores, strict=True)),
            columns=tuple(TimeColumn(start, (row[0], row[1], row[2], row[3]), row[4]) for start, row in columns),
            column_s=(self._starts[1] - self._starts[0]).total_seconds(),
            worst=_paired([row[3] for row in sorted(self._worst, reverse=True)]),
            phones={phone: sums.figures() for phone, sums in self._phones.items()},
            first_at=self._first_at,
        )


class _PhoneSums:
    def __init__(self) -> None:
        self._ends = self._bad = 0
        self._shares = Shares()
        self._worst_mos: float | None = None
        self._advice: Counter[Printable] = Counter()

    def add(self, record: CallRecord, *, bad: bool) -> None:
        self._ends += 1
        self._bad += bad
        self._shares += record.shares
        if record.worst is not None and record.worst.mos is not None:
            self._worst_mos = min(record.worst.mos, self._worst_mos or record.worst.mos)
        if bad and record.hints and len(self._advice) < MOST_ADVICE:
            self._advice[advice(record.hints[0])] += 1

    def figures(self) -> PhoneCalls:
        most = self._advice.most_common(1)
        return PhoneCalls(self._ends, self._bad, self._shares, self._worst_mos, most[0][0] if most else None)


def _band(score: float) -> int:
    return max((place for place, band in enumerate(SCORE_BANDS) if score >= band.low), default=0)


def _paired(worst: Sequence[CallRecord]) -> tuple[WorstCall, ...]:
    """Worst first; a call both of whose ends are among them once, with the worse end."""
    found: list[WorstCall] = []
    second: set[str] = set()
    for record in worst:
        if record.id in second:
            continue
        other = other_end(record, worst)
        if other is not None:
            second.add(other.id)
        found.append(WorstCall(record, other))
    return tuple(found[:MOST_WORST])
