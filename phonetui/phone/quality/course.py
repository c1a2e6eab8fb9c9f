"""How a call went as a whole, over its holds and resets: shares of grades, the worst ten seconds, totals."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from phonetui.phone.measure import Grade, Shares, Stretch
from phonetui.phone.quality.intervals import Counts, Interval, interval, joined
from phonetui.phone.quality.score import estimate
from phonetui.phone.state import Call

STRETCH_S = 10.0
_NEARLY_S = 9.0
"""As long as a stretch is at least: intervals come out a little shorter or longer than they should."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything that the phone counted since the call began."""

    before: Interval = field(default_factory=lambda: Interval(0.0, 0, lost=0, discarded=0))
    """By counters that have begun anew since."""
    latest: Counts | None = None

    def after(self, counts: Counts | None) -> "Totals":
        if counts is None or counts == self.latest:
            return self
        began_anew = self.latest is not None and interval(self.latest, counts, 0.0) is None
        return Totals(self.whole if began_anew else self.before, counts)

    @property
    def whole(self) -> Interval:
        if self.latest is None:
            return self.before
        lost, discarded = _plus(self.before.lost, self.latest.lost), _plus(self.before.discarded, self.latest.discarded)
        return Interval(0.0, self.before.received + self.latest.received, lost, discarded)


@dataclass(frozen=True, slots=True)
class Course:
    shares: Shares = field(default_factory=Shares)
    worst: Stretch | None = None
    totals: Totals = field(default_factory=Totals)
    highest_jitter_ms: float | None = None
    highest_round_trip_ms: float | None = None
    latest: tuple[tuple[Interval, float | None], ...] = ()
    """The last intervals in a row with the jitter at the end of each, at most `STRETCH_S` of them."""

    def read(self, call: Call, counts: Counts | None) -> "Course":
        """Any reading, in talk or not."""
        return replace(
            self,
            totals=self.totals.after(counts),
            highest_jitter_ms=_highest(self.highest_jitter_ms, call.jitter_ms),
            highest_round_trip_ms=_highest(self.highest_round_trip_ms, call.round_trip_ms),
        )

    def interrupted(self) -> "Course":
        """What comes next doesn't join what was."""
        return replace(self, latest=()) if self.latest else self

    def passed(self, call: Call, interval: Interval, ended_at: datetime) -> "Course":
        """An interval of talk with counters, which ended at `ended_at`."""
        latest = _last((*self.latest, (interval, call.jitter_ms)))
        stretch = _stretch(call, latest, ended_at)
        is_worse = stretch is not None and (self.worst is None or _weight(stretch) > _weight(self.worst))
        return replace(self, latest=latest, worst=stretch if is_worse else self.worst)

    def graded(self, grade: Grade, seconds: float) -> "Course":
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


def _stretch(call: Call, latest: tuple[tuple[Interval, float | None], ...], ended_at: datetime) -> Stretch | None:
    """None where lost packets aren't counted, or none was expected."""
    whole = joined(passed for passed, _ in latest)
    loss_pct, gone_pct = whole.loss_pct, whole.gone_pct
    if loss_pct is None or gone_pct is None:
        return None
    return Stretch(
        began_at=ended_at - timedelta(seconds=whole.seconds),
        seconds=whole.seconds,
        gone_pct=gone_pct,
        loss_pct=loss_pct,
        jitter_ms=max((jitter for _, jitter in latest if jitter is not None), default=None),
        mos=estimate(call, gone_pct).mos,
    )


def _weight(stretch: Stretch) -> tuple[float, ...]:
    """A whole stretch before a part of one, then by what was gone, then by jitter; parts by their length."""
    if stretch.seconds < _NEARLY_S:
        return (0.0, stretch.seconds)
    return (1.0, stretch.gone_pct, stretch.jitter_ms or 0.0)


def _highest(known: float | None, value: float | None) -> float | None:
    return known if value is None else value if known is None else max(known, value)


def _plus(known: int | None, rise: int | None) -> int | None:
    """What a part of the call doesn't know isn't known of all."""
    return None if known is None or rise is None else known + rise
