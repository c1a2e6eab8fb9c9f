"""What a chart says at one moment: every figure of this end and of the other, and what happened then."""

from collections.abc import Iterable

from phonetui.phone.history import CallHistory
from phonetui.phone.journal import Entry
from phonetui.phone.measure import Metric as Judged
from phonetui.phone.thresholds import step
from phonetui.ui.format import GRADES, number
from phonetui.ui.panes.axes import Span
from phonetui.ui.panes.chart import Chart, marked
from phonetui.ui.panes.events import MARKS
from phonetui.ui.panes.figures import METRICS, Metric
from phonetui.ui.row import Role, Row, Run, clip, clipped, pad, row, width

_ORDER = (Judged.MOS, Judged.LOSS, Judged.JITTER, Judged.DELAY, Judged.DISCARD)
CHARTED = tuple(sorted(METRICS, key=lambda metric: _ORDER.index(metric.judged)))
"""The figures, those first that are looked for first: the last ones give way where there is no room."""
_NEAR, _FAR = "─── ", "─ ─ "
"""How each end's curve is drawn."""
_NAME = 12


def head(chosen: Metric, across: int, more: str) -> Row:
    """Which metric is drawn, of those that could be."""
    runs = []
    for metric in CHARTED:
        is_chosen = metric is chosen
        runs.append(Run(f"{'▸' if is_chosen else ' '}{metric.label} ", Role.TITLE if is_chosen else Role.LABEL))
    return clipped(row(*runs, Run(f"  {more}", Role.DIM)), across)


def reading(chart: Chart, span: Span, names: tuple[str, str], across: int) -> list[Row]:
    """Three rows: this end, the other end, and the entry that is marked there. `names` are the ends'."""
    times = [at for at, _ in chart.near.mos.window(span.since, span.until)]
    at = chart.cursor if chart.cursor is not None else times[-1] if times else None
    if at is None:
        return [row(Run("No reading in this time.", Role.DIM))]
    clock = span.clock(at, chart.zone)
    room = across - len(clock) - 1
    near = row(Run(f"{clock} ", Role.DIM), *_end(_NEAR + pad(names[0], _NAME), chart.near, at, chart, room))
    far: Row = (Run(names[1], Role.DIM),)
    if chart.far is not None:
        far = _end(_FAR + pad(names[1], _NAME), chart.far, at, chart, room)
    found = marked(chart.entries, span).get(span.column(at)) if chart.cursor is not None else None
    return [clipped(runs, across) for runs in (near, row(" " * (len(clock) + 1), *far), _entry(found, span, chart))]


def _end(name: str, history: CallHistory, at: float, chart: Chart, room: int) -> Row:
    """As many figures as there is room for."""
    runs: Row = (Run(f"{name} ", Role.LABEL),)
    for metric in CHARTED:
        value = nearest(metric.series(history).window(at - chart.gap_s, at + chart.gap_s), at)
        mark = None if value is None else GRADES[step(value, chart.every_limits[metric.judged])]
        role = Role.DIM if mark is None else mark.role if chart.is_current else Role.STALE
        told = f"{number(value, metric.unit, digits=metric.digits)}{f' {mark.glyph}' if mark else ''}"
        figure = (Run(f"{metric.label} ", Role.LABEL), Run(f"{told}  ", role))
        if width((*runs, *figure)) > room + 2:
            break
        runs = (*runs, *figure)
    return row(*runs)


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
