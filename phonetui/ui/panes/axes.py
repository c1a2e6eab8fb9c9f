"""The two axes of a chart: which column a moment is in, and which line a value is on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import floor, sqrt, trunc

from phonetui.phone.quality.measure import Grade
from phonetui.phone.quality.thresholds import step
from phonetui.ui.format import GRADES, Mark, count
from phonetui.ui.panes.charted import Figure

SPANS_S = (60, 120, 300, 600, 1800, 3600)
"""What a chart can cover; more than an hour of readings is not kept."""
_ROUND_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_APART = 12
"""Cells between two times of day below the axis, at least."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a chart covers. Columns begin at multiples of their length: what is past stays in its column."""

    until: float
    """Monotonic seconds, in the last column."""
    across: int
    """Columns."""
    step_s: float
    """A column's length."""
    epoch: float
    """Seconds from the start of the monotonic clock to the Unix epoch's, for times of day."""

    @property
    def since(self) -> float:
        return (floor(self.until / self.step_s) - self.across + 1) * self.step_s

    def column(self, at: float) -> int:
        """May be outside 0 … `across` - 1."""
        return floor(at / self.step_s) - floor(self.until / self.step_s) + self.across - 1

    def x(self, at: float) -> float:
        """In columns, for a curve; in halves of a column, so that moving on moves no dot within its cell."""
        x = floor(2 * at / self.step_s) / 2 - floor(self.until / self.step_s) + self.across - 1.25
        return min(max(x, 0.0), self.across - 1.0)

    def at(self, seen_at: datetime) -> float:
        return seen_at.timestamp() - self.epoch

    def clock(self, at: float, zone: tzinfo | None) -> str:
        return f"{datetime.fromtimestamp(at + self.epoch, UTC).astimezone(zone):%H:%M:%S}"

    def ticks(self, zone: tzinfo | None) -> Iterator[tuple[int, str]]:
        """Columns of round times of day, and what is written below them."""
        step_s = next((size for size in _ROUND_S if size >= _APART * self.step_s), _ROUND_S[-1])
        second = (floor((self.since + self.epoch) / step_s) + 1) * step_s
        while second <= self.until + self.epoch:
            words = self.clock(second - self.epoch, zone)
            yield self.column(second - self.epoch), words if step_s < 60 else words[:-3]
            second += step_s


@dataclass(frozen=True, slots=True)
class Scale:
    """A figure's scale over so many lines; line 0 is the lowest."""

    figure: Figure
    high: int

    @property
    def ends(self) -> tuple[float, float]:
        return self.figure.ticks[0], self.figure.ticks[-1]

    def y(self, value: float) -> float:
        """In lines; a value beyond the scale is at its end."""
        low, top = self.ends
        share = min(max((value - low) / (top - low), 0.0), 1.0)
        return (sqrt(share) if self.figure.rooted else share) * (self.high - 1)

    def line(self, value: float) -> int:
        return floor(self.y(value) + 0.5)

    def grade(self, line: int) -> Grade | None:
        """Of a value in the middle of a line; None where nothing is judged."""
        if self.figure.limits is None:
            return None
        share = line / max(self.high - 1, 1)
        low, top = self.ends
        return step(low + (share**2 if self.figure.rooted else share) * (top - low), self.figure.limits)

    def ticks(self) -> dict[int, str]:
        """Line → number; where there is no room for all, those that keep a line between each other."""
        kept: dict[int, str] = {}
        values = self.figure.ticks
        for value in (values[0], values[-1], *values[1:-1]):
            line = self.line(value)
            if not kept.keys() & {line - 1, line, line + 1}:
                kept[line] = f"{value:g}" if value != trunc(value) else count(trunc(value))
        return kept

    def thresholds(self) -> dict[int, tuple[Mark, float]]:
        """Line → the grade that begins beyond it, and where; of two on one line the worse."""
        limits = self.figure.limits
        if limits is None:
            return {}
        steps = ((Grade.FAIR, limits.fair), (Grade.POOR, limits.poor), (Grade.CRITICAL, limits.critical))
        return {self.line(limit): (GRADES[grade], limit) for grade, limit in steps if limit is not None}
