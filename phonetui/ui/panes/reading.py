"""What a chart says at one moment: every figure of this end and of the other, and what happened then."""

from collections.abc import Callable, Iterable

from phonetui.phone.history import Series
from phonetui.phone.journal import Entry
from phonetui.phone.quality.thresholds import step
from phonetui.ui.format import GRADES, number
from phonetui.ui.panes.axes import Span
from phonetui.ui.panes.chart import Chart, marked
from phonetui.ui.panes.charted import Figure
from phonetui.ui.panes.events import MARKS
from phonetui.ui.row import Role, Row, Run, clip, clipped, pad, row, width

_NEAR, _FAR = "─── ", "─ ─ "
"""How each end's curve is drawn."""
_NAME = 12


def head(figures: Iterable[Figure], chosen: Figure, across: int, more: str) -> Row:
    """Which figure is drawn, of those that could be."""
    runs = []
    for figure in figures:
        is_chosen = figure is chosen
        runs.append(Run(f"{'▸' if is_chosen else ' '}{figure.label} ", Role.TITLE if is_chosen else Role.LABEL))
    return clipped(row(*runs, Run(f"  {more}", Role.DIM)), across)


def reading(chart: Chart, span: Span, names: tuple[str, str], across: int) -> list[Row]:
    """Three rows: this end, the other end or more words, and the entry that is marked there. `names` are the ends'."""
    times = [at for at, _ in chart.figure.near.window(span.since, span.until)]
    at = chart.cursor if chart.cursor is not None else times[-1] if times else None
    if at is None:
        return [row(Run("No reading in this time.", Role.DIM))]
    clock = span.clock(at, chart.zone)
    room = across - len(clock) - 1
    near = row(Run(f"{clock} ", Role.DIM), *_end(_NEAR + pad(names[0], _NAME), _near, at, chart, room))
    far: Row = (Run(names[1], Role.DIM),)
    if chart.figure.far is not None:
        far = _end(_FAR + pad(names[1], _NAME), _far, at, chart, room)
    found = marked(chart.entries, span).get(span.column(at)) if chart.cursor is not None else None
    return [clipped(runs, across) for runs in (near, row(" " * (len(clock) + 1), *far), _entry(found, span, chart))]


def _near(figure: Figure) -> Series | None:
    return figure.near


def _far(figure: Figure) -> Series | None:
    return figure.far


def _end(name: str, end: Callable[[Figure], Series | None], at: float, chart: Chart, room: int) -> Row:
    """As many figures as there is room for."""
    runs: Row = (Run(f"{name} ", Role.LABEL),)
    for figure in chart.figures:
        series = end(figure)
        value = nearest(series.window(at - chart.gap_s, at + chart.gap_s), at) if series is not None else None
        told = (Run(f"{figure.label} ", Role.LABEL), _value(figure, value, chart))
        if width((*runs, *told)) > room + 2:
            break
        runs = (*runs, *told)
    return row(*runs)


def _value(figure: Figure, value: float | None, chart: Chart) -> Run:
    words = number(value, figure.unit, digits=figure.digits)
    if value is None:
        return Run(f"{words}  ", Role.DIM)
    if figure.limits is None:
        return Run(f"{words}  ", Role.VALUE if chart.is_current else Role.STALE)
    mark = GRADES[step(value, figure.limits)]
    return Run(f"{words} {mark.glyph}  ", mark.role if chart.is_current else Role.STALE)


def nearest(samples: Iterable[tuple[float, float | None]], at: float) -> float | None:
    """The value of the reading that is nearest to `at`; None where that one knew none."""
    return min(samples, key=lambda sample: abs(sample[0] - at), default=(0.0, None))[1]


def _entry(entry: Entry | None, span: Span, chart: Chart) -> Row:
    if entry is None:
        return ()
    glyph, role = MARKS[entry.weight]
    return row(
        Run(f"{span.clock(span.at(entry.seen_at), chart.zone)} ", Role.DIM),
        Run(f"{glyph} {clip(entry.text, 200)}", role),
    )
