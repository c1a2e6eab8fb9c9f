"""What a chart can draw: figures of a phone's calls and ports, and the two time axes."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from math import floor, inf, log10, sqrt, trunc
from statistics import median
from typing import NamedTuple, Protocol

from msgspec import Struct

from phonetui.phone.history import CallHistory, PortHistory, Series
from phonetui.phone.measure import Grade
from phonetui.phone.measure import Metric as Judged
from phonetui.phone.quality.grading import Limits, Thresholds, step
from phonetui.phone.quality.grading import limits as limits_of
from phonetui.phone.state import Call, CallKey
from phonetui.ui.panes.call_metrics import METRICS, MetricStyle
from phonetui.ui.panes.network import NAMES, about, port_name
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import GRADES, Mark, count
from phonetui.ui.text.rows import text

_TICKS: dict[Judged, tuple[float, ...]] = {
    Judged.MOS: (1, 2, 3, 4, 5),
    Judged.LOSS: (0, 1, 2, 5, 10),
    Judged.JITTER: (0, 25, 50, 75, 100),
    Judged.DELAY: (0, 100, 200, 300, 400, 500),
    Judged.DISCARD: (0, 1, 2, 5, 10),
}
"""Those figures first that are looked for first: the last ones give way where there is no room."""
_NO_ERRORS = Limits(0.0, 0.0)
_MIN_TOP = 10.0
"""The top of a port's scale, at least."""


class Samples(Protocol):
    """What a curve is drawn of, such as a `Series`."""

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until` in monotonic seconds, oldest first; None is a gap."""


class ChartFigure(Struct, frozen=True, kw_only=True):
    label: str
    unit: str
    digits: int
    ticks: tuple[float, ...]
    """Numbers of the scale, which reaches from the first to the last."""
    is_square_root: bool = False
    """Whether small values get more room than large ones."""
    limits: Limits | None = None
    """None where no value is better than another."""
    near: Samples
    far: Samples | None = None
    """Of the other end, where that is a phone of this dashboard."""


def call_figures(
    call: Call, thresholds: Thresholds, near: CallHistory, far: CallHistory | None = None
) -> tuple[ChartFigure, ...]:
    """The figures of a call, on fixed scales, so that a height means the same on every call."""
    metrics = {metric.judged: metric for metric in METRICS}

    def figure(metric: MetricStyle, ticks: tuple[float, ...]) -> ChartFigure:
        return ChartFigure(
            label=metric.label, unit=metric.unit, digits=metric.digits, is_square_root=metric.rooted, ticks=ticks,
            limits=limits_of(metric.judged, call, thresholds),
            near=metric.series(near), far=metric.series(far) if far else None,
        )  # fmt: skip

    return tuple(figure(metrics[judged], ticks) for judged, ticks in _TICKS.items())


def port_figures(history: PortHistory) -> tuple[ChartFigure, ...]:
    """Both ways on one scale, which grows with the most that was seen."""
    rates = _ticks(history.rx_per_s, history.tx_per_s)
    errors = _ticks(history.errors)
    return (
        ChartFigure(label="received", unit="p/s", digits=0, ticks=rates, near=history.rx_per_s),
        ChartFigure(label="sent", unit="p/s", digits=0, ticks=rates, near=history.tx_per_s),
        ChartFigure(label="errors", unit="", digits=0, ticks=errors, limits=_NO_ERRORS, near=history.errors),
    )


def _ticks(*series: Series) -> tuple[float, ...]:
    """Up to a round number that nothing kept exceeds."""
    most = max((value for each in series for _, value in each.window(-inf, inf) if value is not None), default=0.0)
    most = max(most, _MIN_TOP)
    ten = 10.0 ** trunc(log10(most))
    times, parts = next(step for step in ((1, 2), (2, 4), (5, 5), (10, 2)) if step[0] * ten >= most)
    return tuple(times * ten * part / parts for part in range(parts + 1))


ChartKey = CallKey | int
"""Of a call, or of a port."""


class ChartSubject(NamedTuple):
    """What is charted."""

    figures: tuple[ChartFigure, ...]
    since_at: float
    words: str
    far_note: str
    """Of the other end, where that has no figures."""
    gap_s: float
    """Readings further apart are not joined."""
    until: float | None = None
    """Monotonic seconds of the newest reading, where that is not the phone's newest answer."""


def chart_keys(snapshot: Snapshot) -> list[ChartKey]:
    if snapshot.phone is None:
        return []
    calls = [call.key for call in snapshot.phone.calls if call.key in snapshot.histories]
    return [*calls, *(port.index for port in snapshot.phone.ports if port.index in snapshot.port_histories)]


def gap_s(times: Sequence[float]) -> float:
    """Three of the usual intervals: a port is read less often than calls are."""
    return 3 * median([after - before for before, after in pairwise(times)] or [0.0])


def port_subject(snapshot: Snapshot, index: int) -> ChartSubject | None:
    port = next((port for port in snapshot.phone.ports if port.index == index), None) if snapshot.phone else None
    if port is None:
        return None
    history = snapshot.port_histories[index]
    words = f"{port_name(port)} port" if port.index in NAMES else port_name(port)
    times = [at for at, _ in history.errors.window(-inf, inf)]
    return ChartSubject(
        port_figures(history), history.since_at, words, text(about(port)), gap_s(times), max(times, default=None)
    )


def _scale_number(value: float) -> str:
    """In four characters, a few huge ones aside: `0.25`, `9999`, `12k`, `1.2M`, `12M`."""
    if value != trunc(value):
        return f"{value:.3g}"
    words = count(trunc(abs(value)))
    short = words if len(words) <= 4 else re.sub(r"[.]\d", "", words)
    return f"-{short}" if value < 0 else short


SPANS_S = (60, 120, 300, 600, 1800, 3600)
"""What a chart can cover; more than an hour of readings is not kept."""
_ROUND_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_APART = 12
"""Cells between two times of day below the axis, at least."""


class TimeAxis(Struct, frozen=True):
    """The time that a chart covers. Columns begin at multiples of their length: what is past stays in its column."""

    until: float
    """Monotonic seconds, in the last column."""
    width: int
    """Columns."""
    step_s: float
    """A column's length."""
    epoch: float
    """Seconds from the start of the monotonic clock to the Unix epoch's, for times of day."""

    @property
    def since(self) -> float:
        return (floor(self.until / self.step_s) - self.width + 1) * self.step_s

    def column(self, at: float) -> int:
        """The column of a moment; may be outside 0 … `width` - 1."""
        return floor(at / self.step_s) - floor(self.until / self.step_s) + self.width - 1

    def x(self, at: float) -> float:
        """The place of a moment in columns, for a curve; in halves, so that moving on moves no dot within its cell."""
        x = floor(2 * at / self.step_s) / 2 - floor(self.until / self.step_s) + self.width - 1.25
        return min(max(x, 0.0), self.width - 1.0)

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


class ValueAxis(Struct, frozen=True):
    """A figure's scale over so many lines; line 0 is the lowest."""

    figure: ChartFigure
    height: int

    @property
    def ends(self) -> tuple[float, float]:
        return self.figure.ticks[0], self.figure.ticks[-1]

    def y(self, value: float) -> float:
        """The place of a value in lines; a value beyond the scale is at its end."""
        low, top = self.ends
        share = min(max((value - low) / (top - low), 0.0), 1.0)
        return (sqrt(share) if self.figure.is_square_root else share) * (self.height - 1)

    def line(self, value: float) -> int:
        return floor(self.y(value) + 0.5)

    def grade(self, line: int) -> Grade | None:
        """The grade of a value in the middle of a line; None where nothing is judged."""
        if self.figure.limits is None:
            return None
        share = line / max(self.height - 1, 1)
        low, top = self.ends
        return step(low + (share**2 if self.figure.is_square_root else share) * (top - low), self.figure.limits)

    def ticks(self) -> dict[int, str]:
        """Line → number; where there is no room for all, those that keep a line between each other."""
        kept: dict[int, str] = {}
        values = self.figure.ticks
        for value in (values[0], values[-1], *values[1:-1]):
            line = self.line(value)
            if not kept.keys() & {line - 1, line, line + 1}:
                kept[line] = _scale_number(value)
        return kept

    def thresholds(self) -> dict[int, tuple[Mark, float]]:
        """Line → the grade that begins beyond it, and where; of two on one line the worse."""
        limits = self.figure.limits
        if limits is None:
            return {}
        steps = ((Grade.FAIR, limits.fair), (Grade.POOR, limits.poor), (Grade.CRITICAL, limits.critical))
        return {self.line(limit): (GRADES[grade], limit) for grade, limit in steps if limit is not None}
