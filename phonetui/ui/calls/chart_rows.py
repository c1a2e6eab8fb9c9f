"""Rows of a chart: one figure of a call or port over time, limits, the other end's curve, and events.

5┤                                   │
 │─────────────────────────────────────  fair 4.0
3┤    ⡠⠤⠤⢄⣀                           │  POOR 3.5
 │⠒⠒⠒⠉      ··                        │
1┤                                   │
 └────────┬───────────┬───────────┬────
      !        ·
       12:03:00    12:03:30

Below it, what it says at one moment: every figure of this end and of the other, and what happened then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import step
from phonetui.ui.alerts.rows import EVENT_MARKS
from phonetui.ui.calls.chart_sources import ChartFigure, Samples, TimeAxis, ValueAxis
from phonetui.ui.text.format import GRADES, number
from phonetui.ui.text.rows import GAP, Role, Row, Run, cell_width, clip, clipped, pad, right, row

_SCALE_CELLS, _THRESHOLD_CELLS = 5, 15
"""Cells for the scale's numbers, and for the words of thresholds."""
_AXIS_LINES = 3
"""Lines below the curve: axis, marks, times."""
_DASH = 4
"""The other end's curve leaves out every so manieth cell, so that colour is not all that tells the two apart."""

_ORDER = tuple(Weight)

Sample = tuple[float, float | None]


class Point(NamedTuple):
    """A place in cells: 0, 0 is the middle of the cell at the bottom left."""

    x: float
    y: float


Stretch = tuple[Point, ...]
"""Points without a gap between them."""


@lru_cache(maxsize=16)
def curve(stretches: tuple[Stretch, ...], width: int, height: int) -> tuple[str, ...]:
    """`height` lines of `width` cells, top first; a cell that no curve passes is a blank.

    Kept for as long as the points stay the same: moving a cursor over a chart draws no curve again.
    """
    points = [point for stretch in stretches for point in stretch]
    if not points:
        return (" " * width,) * height
    lines = _joined(points, _firsts(stretches), width, height)
    return tuple(line.replace("\N{BRAILLE PATTERN BLANK}", " ").ljust(width)[:width] for line in lines[:height])


def _firsts(stretches: tuple[Stretch, ...]) -> list[int]:
    """Which points begin a stretch."""
    firsts, place = [], 0
    for stretch in stretches:
        firsts.append(place)
        place += len(stretch)
    return firsts


def _joined(points: list[Point], firsts: list[int], width: int, height: int) -> list[str]:
    import plotext  # noqa: PLC0415 - 100 ms, for one screen

    plotext.terminal.limit(width=False, height=False)  # else it asks the terminal, and cuts
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless").axes(active=False).legend(active=False)
    for axis, cells in (("x", width), ("y", height)):
        figure.ruler(axis).frequency(0)
        figure.ruler(axis).lim(0, max(cells - 1, 1))
    signal = figure.signal([x for x, _ in points], [y for _, y in points], marker="braille").lines()
    for first in firsts:
        signal.line(first, active=False)
    figure.draw(signal)
    text: str = figure.build().string(colorless=True)
    return text.split("\n")


class ChartCell(NamedTuple):
    glyph: str
    role: Role


_BLANK = ChartCell(" ", Role.PLAIN)


class Chart(Struct, frozen=True, kw_only=True):
    figures: tuple[ChartFigure, ...]
    """All that can be read of a call or a port."""
    chosen: int
    """Which of them is drawn."""
    since_at: float
    """Monotonic seconds: nothing is known from before."""
    entries: Sequence[JournalEntry]
    """What happened to the phone."""
    gap_s: float
    """Readings further apart are not joined."""
    is_current: bool
    """Whether the phone answers: else nothing has a colour."""
    cursor: float | None
    """Monotonic seconds; None reads the newest."""
    zone: tzinfo | None

    @property
    def figure(self) -> ChartFigure:
        return self.figures[self.chosen]


def plot_width(width: int) -> int:
    """Columns of the curve in rows of `width` cells."""
    return max(width - _SCALE_CELLS - _THRESHOLD_CELLS, 2)


def chart_rows(chart: Chart, span: TimeAxis, height: int) -> list[Row]:
    """`height` rows, at least 5."""
    scale = ValueAxis(chart.figure, max(height - _AXIS_LINES, 2))
    cells = _cells(chart, span, scale)
    ticks, limits = scale.ticks(), scale.thresholds()
    drawn = []
    for place, line in enumerate(reversed(range(scale.height))):
        head = f"{right(ticks.get(line, ''), _SCALE_CELLS - 1)}{'┤' if line in ticks else '│'}"
        mark, limit = limits.get(line, (None, 0.0))
        words = f" {mark.glyph} {mark.word} {number(limit, digits=chart.figure.digits)}" if mark else ""
        drawn.append(row(Run(head, Role.LABEL), *_runs(cells[place]), Run(words, mark.role if mark else Role.PLAIN)))
    return [*drawn, *_axis_rows(chart, span)]


def _cells(chart: Chart, span: TimeAxis, scale: ValueAxis) -> list[list[ChartCell]]:
    """From the bottom of the pile up: thresholds, gaps, cursor, the other end's curve, this end's."""
    near = _samples(chart.figure.near, span)
    cells = [[_BLANK] * span.width for _ in range(scale.height)]
    for line in scale.thresholds():
        cells[scale.height - 1 - line] = [ChartCell("─", Role.DIM)] * span.width
    for column in _gaps(chart, near, span):
        cells[-1][column] = ChartCell(GAP, Role.GAP)
    if chart.cursor is not None:
        for width in cells:
            width[span.column(chart.cursor)] = ChartCell("│", Role.ACCENT)
    if chart.figure.far is not None:
        far = _curve(_samples(chart.figure.far, span), chart, span, scale)
        role = Role.INFO if chart.is_current else Role.STALE
        _overlay(cells, far, lambda _, column: role if column % _DASH else None)
    worst = _worst(near, span, scale)
    _overlay(cells, _curve(near, chart, span, scale), lambda line, column: _role(chart, scale, worst, (line, column)))
    return cells


def _overlay(cells: list[list[ChartCell]], lines: Sequence[str], role_of: Callable[[int, int], Role | None]) -> None:
    """Lays a curve over what is there; `role_of` is asked for line and column, and None leaves the cell out."""
    for line, (under, drawn) in enumerate(zip(reversed(cells), reversed(lines), strict=True)):
        for column, glyph in enumerate(drawn):
            if glyph != " " and (role := role_of(line, column)) is not None:
                under[column] = ChartCell(glyph, role)


def _runs(cells: Sequence[ChartCell]) -> Iterator[Run]:
    return (Run(glyph, role) for glyph, role in cells)


def _samples(series: Samples, span: TimeAxis) -> list[Sample]:
    return list(series.window(span.since, span.until))


def _curve(samples: Sequence[Sample], chart: Chart, span: TimeAxis, scale: ValueAxis) -> tuple[str, ...]:
    joined = tuple(
        tuple(Point(span.x(at), scale.y(value)) for at, value in segment) for segment in segments(samples, chart.gap_s)
    )
    return curve(joined, span.width, scale.height)


def segments(samples: Sequence[Sample], gap_s: float) -> list[list[tuple[float, float]]]:
    """What may be joined: neither across a value that was not known, nor across a time without a reading."""
    joined: list[list[tuple[float, float]]] = []
    last = None
    for at, value in samples:
        if value is None:
            last = None
            continue
        if last is None or at - last > gap_s:
            joined.append([])
        joined[-1].append((at, value))
        last = at
    return joined


def _gaps(chart: Chart, samples: Sequence[Sample], span: TimeAxis) -> Iterator[int]:
    """Columns of its time in which nothing is known."""
    known: set[int] = set()
    for segment in segments(samples, chart.gap_s):
        known.update(range(span.column(segment[0][0]), span.column(segment[-1][0]) + 1))
    first = max(span.column(chart.since_at), 0)
    return (column for column in range(first, span.width) if column not in known)


def _worst(samples: Sequence[Sample], span: TimeAxis, scale: ValueAxis) -> dict[tuple[int, int], Grade]:
    """Line and column → the worst of the readings there."""
    worst: dict[tuple[int, int], Grade] = {}
    limits = scale.figure.limits
    if limits is None:
        return worst
    for at, value in samples:
        if value is not None:
            found, place = step(value, limits), (scale.line(value), span.column(at))
            worst[place] = max(worst.get(place, found), found, key=lambda grade: grade.severity)
    return worst


def _role(chart: Chart, scale: ValueAxis, worst: Mapping[tuple[int, int], Grade], place: tuple[int, int]) -> Role:
    """As bad as a reading in this cell; where the curve only passes, as this height would be."""
    if not chart.is_current:
        return Role.STALE
    grade = worst.get(place) or scale.grade(place[0])
    if grade is None:
        return Role.INFO
    return Role.CRITICAL_LINE if grade is Grade.CRITICAL else GRADES[grade].role


def _axis_rows(chart: Chart, span: TimeAxis) -> Iterator[Row]:
    """The axis with its ticks, what happened, and the times of day."""
    ticks = dict(span.ticks(chart.zone))
    axis = "".join("┬" if column in ticks else "─" for column in range(span.width))
    yield row(Run(f"{'└':>{_SCALE_CELLS}}{axis}", Role.LABEL))
    marks = [_BLANK] * span.width
    for column, entry in marked_entries(chart.entries, span).items():
        marks[column] = ChartCell(*EVENT_MARKS[entry.weight])
    yield row(" " * _SCALE_CELLS, *_runs(marks))
    words = ""
    for column, time in ticks.items():
        at = _SCALE_CELLS + column - len(time) // 2
        if at >= len(words):
            words = f"{words:<{at}}{time}"
    yield row(Run(words, Role.DIM))


def marked_entries(entries: Sequence[JournalEntry], span: TimeAxis) -> dict[int, JournalEntry]:
    """Column → the entry that asks most for attention, the newest of its kind."""
    marked: dict[int, JournalEntry] = {}
    for entry in entries:
        column = span.column(span.at(entry.seen_at))
        if 0 <= column < span.width:
            before = marked.get(column)
            if before is None or _ORDER.index(entry.weight) >= _ORDER.index(before.weight):
                marked[column] = entry
    return marked


_NEAR, _FAR = "─── ", "─ ─ "
"""How each end's curve is drawn."""
_NAME = 12


def figure_names(figures: Iterable[ChartFigure], chosen: ChartFigure, width: int, more: str) -> Row:
    """The names of the figures that can be drawn, with the drawn one marked."""
    runs = []
    for figure in figures:
        is_chosen = figure is chosen
        runs.append(Run(f"{'▸' if is_chosen else ' '}{figure.label} ", Role.TITLE if is_chosen else Role.LABEL))
    return clipped(row(*runs, Run(f"  {more}", Role.DIM)), width)


def readout(chart: Chart, span: TimeAxis, names: tuple[str, str], width: int) -> list[Row]:
    """Three rows: this end, the other end or more words, and the entry that is marked there. `names` are the ends'."""
    times = [at for at, _ in chart.figure.near.window(span.since, span.until)]
    at = chart.cursor if chart.cursor is not None else times[-1] if times else None
    if at is None:
        return [row(Run("No reading in this time.", Role.DIM))]
    clock = span.clock(at, chart.zone)
    room = width - len(clock) - 1
    nears, fars = [figure.near for figure in chart.figures], [figure.far for figure in chart.figures]
    near = row(Run(f"{clock} ", Role.DIM), *_end_row(_NEAR + pad(names[0], _NAME), nears, at, chart, room))
    far: Row = (Run(names[1], Role.DIM),)
    if chart.figure.far is not None:
        far = _end_row(_FAR + pad(names[1], _NAME), fars, at, chart, room)
    found = marked_entries(chart.entries, span).get(span.column(at)) if chart.cursor is not None else None
    return [clipped(runs, width) for runs in (near, row(" " * (len(clock) + 1), *far), _entry(found, span, chart))]


def _end_row(name: str, ends: Iterable[Samples | None], at: float, chart: Chart, room: int) -> Row:
    """As many figures as there is room for; `ends` has the series of each at this end."""
    runs: Row = (Run(f"{name} ", Role.LABEL),)
    for figure, series in zip(chart.figures, ends, strict=True):
        value = nearest_value(series.window(at - chart.gap_s, at + chart.gap_s), at) if series is not None else None
        longer = (*runs, Run(f"{figure.label} ", Role.LABEL), _value(figure, value, chart))
        if cell_width(longer) > room + 2:
            break
        runs = longer
    return row(*runs)


def _value(figure: ChartFigure, value: float | None, chart: Chart) -> Run:
    words = number(value, figure.unit, digits=figure.digits)
    if value is None:
        return Run(f"{words}  ", Role.DIM)
    if figure.limits is None:
        return Run(f"{words}  ", Role.VALUE if chart.is_current else Role.STALE)
    mark = GRADES[step(value, figure.limits)]
    return Run(f"{words} {mark.glyph}  ", mark.role if chart.is_current else Role.STALE)


def nearest_value(samples: Iterable[tuple[float, float | None]], at: float) -> float | None:
    """The value of the reading that is nearest to `at`; None where that one knew none."""
    return min(samples, key=lambda sample: abs(sample[0] - at), default=(0.0, None))[1]


def _entry(entry: JournalEntry | None, span: TimeAxis, chart: Chart) -> Row:
    if entry is None:
        return ()
    glyph, role = EVENT_MARKS[entry.weight]
    return row(
        Run(f"{span.clock(span.at(entry.seen_at), chart.zone)} ", Role.DIM),
        Run(f"{glyph} {clip(entry.text, 200)}", role),
    )
