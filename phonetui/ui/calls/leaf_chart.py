"""One leaf of the status tree over time, from what was seen since the tree was opened."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10

from phonetui.phone.leaf_history import HOLD_S, LeafHistory, LeafSeries, MinuteSeries, RisenSeries
from phonetui.ui.calls.chart_screen import ChartScreen
from phonetui.ui.calls.chart_sources import ChartFigure, ChartSubject
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.view_state import ViewState
from phonetui.xapi.path import Path

_LARGE = 10_000
"""From here on a scale has no room for all digits."""
_SHORT_UNIT = 8
_DECIMALS = 2


class LeafChart(ChartScreen):
    """Of the selected phone; its status is always shown as it is now."""

    is_always_live = True

    def __init__(
        self,
        path: Path,
        history: Callable[[], LeafHistory],
        beside: Callable[[Path], Sequence[Path]],
        unit: Callable[[Path], str],
        view_state: ViewState,
    ) -> None:
        """`history` is that of the selected phone; `beside` gives the numbers that lie where a leaf does, `unit` a
        leaf's unit."""
        super().__init__(view_state)
        self._path = path
        self._history = history
        self._beside = beside
        self._unit_of = unit

    def subject(self, snapshot: Snapshot) -> ChartSubject | None:  # noqa: ARG002 - whichever phone is selected
        series = self._history().series(self._path)
        if series is None or not series.values:
            return None
        return ChartSubject(
            tuple(leaf_figures(series, self._unit)), series.since_at, str(self._path), "", 2 * HOLD_S, series.seen_at
        )

    @property
    def _unit(self) -> str:
        unit = self._unit_of(self._path)
        return unit if len(unit) <= _SHORT_UNIT and unit.isalpha() else ""

    def others(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - as above
        return "next number" if len(self._beside(self._path)) > 1 else ""

    def why_empty(self, snapshot: Snapshot) -> str:
        if snapshot.phone is None:
            return NO_PHONES
        return f"{snapshot.phone.name} gives no number as {self._path}: esc leads back to its status."

    def action_chart_call(self) -> None:
        """The next number that lies where this one does."""
        paths = self._beside(self._path)
        if len(paths) < 2:
            self.say("No other number lies beside this one.")
        else:
            self._path = paths[(paths.index(self._path) + 1) % len(paths)] if self._path in paths else paths[0]
            self.refresh_view()


def leaf_figures(series: LeafSeries, unit: str) -> Iterator[ChartFigure]:
    """The value, and by how much it rose within a minute; of a large counter first what it rose by since it was seen
    first."""
    values = series.values
    digits = 0 if all(value.is_integer() for value in values) else _DECIMALS
    low, top = min(values), max(values)
    if top >= _LARGE and top - low < _LARGE:
        ticks = round_ticks(low - values[0], top - values[0])
        yield ChartFigure(label="risen", unit=unit, digits=digits, ticks=ticks, near=RisenSeries(series))
    yield ChartFigure(label="value", unit=unit, digits=digits, ticks=round_ticks(low, top), near=series)
    rises = [value for _, value in MinuteSeries(series).window(series.since_at, series.seen_at) if value is not None]
    ticks = round_ticks(0.0, max(rises, default=0.0))
    yield ChartFigure(label="in a minute", unit=unit, digits=digits, ticks=ticks, near=MinuteSeries(series))


def round_ticks(low: float, top: float) -> tuple[float, ...]:
    """Three to seven round numbers, evenly spaced, from at most `low` to at least `top`."""
    if top - low < abs(top) / 1e6 or top == low:
        low, top = low - max(abs(low) / 100, 1.0) * (low != 0), top + max(abs(top) / 100, 1.0)
    ten = 10.0 ** floor(log10((top - low) / 2))
    steps = (times * ten for times in (1, 2, 5, 10, 20))
    apart = next(step for step in steps if ceil(top / step) - floor(low / step) <= 6)
    first = floor(low / apart)
    return tuple(apart * place for place in range(first, max(ceil(top / apart), first + 2) + 1))
