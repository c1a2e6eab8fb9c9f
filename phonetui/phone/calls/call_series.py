"""A call's figures over time as kept with its record: at most `COLUMNS` columns a figure, as short texts.

    began_at 12:02:20   step_s 2   mos "44*12 31 -*2 43*3"   loss_pct "0*12 60 …"

A column has the worst reading in it. Its number is in tenths (scores, percents) or whole (milliseconds); `*` says for
how many columns it stands, and `-` that nothing was known. Texts are bounded on the way in as on the way out: what an
archive, a recording or another machine says is not believed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from phonetui.numeric import integer
from phonetui.phone.measure import Moment
from phonetui.text import NOTHING, Printable

COLUMNS = 180
"""Kept of a call: six minutes at two seconds, an hour at half a minute."""
SHORTEST_S = 2.0
"""Of a column; longer ones are this, doubled as often as it takes."""
LONGEST_S = 86_400.0
_HIGHEST = 9999
_UNKNOWN = "-"


class SeriesFigure(NamedTuple):
    """One figure of the series, whose values are written as whole steps."""

    name: str
    """Of the field in `CallSeries` and in `CallHistory`."""
    per_unit: int
    """Steps in a unit."""
    is_floor: bool = False
    """Whether small is bad."""


FIGURES = (
    SeriesFigure("mos", 10, is_floor=True),
    SeriesFigure("loss_pct", 10),
    SeriesFigure("discard_pct", 10),
    SeriesFigure("jitter_ms", 1),
    SeriesFigure("round_trip_ms", 1),
)

Reading = tuple[float, Sequence[float | None]]
"""Seconds since 1970, and the value of each of `FIGURES`."""


class CallSeries(Struct, frozen=True, omit_defaults=True):
    """Figures of one call over time in columns of equal length, each figure as one short text."""

    began_at: Moment
    """Aware UTC: of the first column."""
    step_s: float
    """Length of a column."""
    mos: Printable = NOTHING
    loss_pct: Printable = NOTHING
    discard_pct: Printable = NOTHING
    jitter_ms: Printable = NOTHING
    round_trip_ms: Printable = NOTHING

    @property
    def column_s(self) -> float:
        """Seconds of a column: `step_s` where that is SHORTEST_S … LONGEST_S, else SHORTEST_S."""
        return self.step_s if SHORTEST_S <= self.step_s <= LONGEST_S else SHORTEST_S

    def readings(self) -> list[Reading]:
        """One reading a column, at its beginning; columns in which nothing was known at all are left out."""
        rows = zip(*(_parsed(getattr(self, figure.name), figure.per_unit) for figure in FIGURES), strict=True)
        since, step_s = self.began_at.timestamp(), self.column_s
        return [
            (since + place * step_s, values)
            for place, values in enumerate(rows)
            if any(value is not None for value in values)
        ]


def compressed(readings: Sequence[Reading]) -> CallSeries | None:
    """A series of at most `COLUMNS` columns from readings in order of time; None where there is nothing to keep."""
    known = [(at, values) for at, values in readings if any(value is not None for value in values)]
    if not known:
        return None
    since, until = known[0][0], known[-1][0]
    apart_s = median([after - before for (before, _), (after, _) in pairwise(known)] or [SHORTEST_S])
    step_s = SHORTEST_S
    while until - since >= step_s * COLUMNS or apart_s > step_s * 1.5:
        step_s *= 2
    columns: list[list[float | None]] = [[None] * (int((until - since) // step_s) + 1) for _ in FIGURES]
    for at, values in known:
        place = int((at - since) // step_s)
        for figure, column, value in zip(FIGURES, columns, values, strict=True):
            if value is not None:
                before = column[place]
                worse = min if figure.is_floor else max
                column[place] = value if before is None else worse(before, value)
    texts = {
        figure.name: _text(column, figure.per_unit) for figure, column in zip(FIGURES, columns, strict=True)
    }  # fmt: skip
    return CallSeries(datetime.fromtimestamp(since, UTC), step_s, **texts)


def joined(before: CallSeries | None, after: CallSeries | None) -> CallSeries | None:
    """The series of one call, from what an earlier run kept and what was measured since; the latter counts."""
    if before is None or after is None:
        return before or after
    later = after.readings()
    since = later[0][0] if later else float("inf")
    return compressed([*(reading for reading in before.readings() if reading[0] < since), *later])


def _text(values: Iterable[float | None], per_unit: int) -> Printable:
    """`44*12 31 -*2`; empty where nothing is known."""
    steps = (None if value is None else min(max(round(value * per_unit), 0), _HIGHEST) for value in values)
    runs = [(number, sum(1 for _ in run)) for number, run in groupby(steps)]
    if all(number is None for number, _ in runs):
        return NOTHING
    words = (_UNKNOWN if number is None else str(number) for number, _ in runs)
    counts = (f"*{count}" if count > 1 else "" for _, count in runs)
    return Printable(" ".join(f"{word}{count}" for word, count in zip(words, counts, strict=True)))


def _parsed(text: str, per_unit: int) -> list[float | None]:
    """`COLUMNS` values; what is no number, or missing, is not known."""
    values = [value for run in text.split()[:COLUMNS] for value in _run(run, per_unit)][:COLUMNS]
    return [*values, *[None] * (COLUMNS - len(values))]


def _run(word: str, per_unit: int) -> Iterator[float | None]:
    number, _, times = word.partition("*")
    value, count = integer(number, most=_HIGHEST), integer(times, most=COLUMNS)
    return iter([None if value is None else value / per_unit] * (1 if count is None else count))
