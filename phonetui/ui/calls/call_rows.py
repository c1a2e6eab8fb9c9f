"""Rows of one call over time, up or over: what both ends hear, one cursor for all graphs, the shown part.

 Boardroom hears  (from Lobby)        ✗ CRITICAL loss │ Lobby hears  (from Boardroom)                 ● good
 MOS CQ    3.1            MOS est   2.4 ✗ CRITICAL    │ …
 MOS CQ                                               │ each graph as high as there is room; where that is little,
   5┤⠉⠒⢄⡠⠒⠉┃⠉⠒⢄⣀⣀                                      │ a row a figure; one figure alone at full height if wanted
     12:02:20      12:03:00                           │
 ┃12:03:24  MOS 2.4  loss 20.0 %  jitter 6 ms         │

What stands above and below comes with the call: `live_rows` has it of one that is up, `kept_rows` of one that is over.

The window is the part of the call's time that is drawn, and the keys of the screen move it:

since ├────────────┤▒▒▒▒▒▒▒▒┃▒▒▒▒▒▒├─────────┤ newest
                    window  cursor
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.history import CallHistory
from phonetui.phone.quality.grading import Limits
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call_graph import (
    LEVELS_S,
    SCALE_CELLS,
    GraphFigure,
    GraphTime,
    fitting_step_s,
    graph_rows,
    spark_row,
    time_row,
    whole_time,
)
from phonetui.ui.panes.call_metrics import STEP_S, MetricStyle
from phonetui.ui.text.format import number
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row, spread

_BEHIND = 4
"""Past an end of the window, the cursor comes to stand a quarter of it from there: one in so many."""


class CallSpan(Struct, frozen=True):
    """What there is of a call, in the seconds of its figures."""

    since: float
    newest: float
    is_over: bool
    """Whether nothing comes any more."""


class TimeWindow(Struct, frozen=True):
    level: int | None = None
    """Of `LEVELS_S`; None shows all of a call that is over, and the last minutes of one that is up."""
    ends_at: float | None = None
    """The moment in the last column; None follows the newest."""
    cursor: float | None = None
    """The moment that is read; None reads the newest."""

    def step_s(self, span: CallSpan, width: int) -> float:
        """The length of a column where a curve has `width` cells of two columns each."""
        if self.level is not None:
            return LEVELS_S[self.level]
        if not span.is_over:
            return STEP_S
        return fitting_step_s(span.since, span.newest, width)

    def moved(self, by: int, time: GraphTime, span: CallSpan) -> "TimeWindow":
        """The cursor so many cells on; past the newest there is none, and the window follows."""
        at = (span.newest if self.cursor is None else self.cursor) + by * 2 * time.step_s
        if at >= span.newest:
            return replace(self, cursor=None, ends_at=None)
        at = max(at, span.since)
        quarter_s, ends_at = time.span_s / _BEHIND, self.ends_at
        if at < time.since:
            ends_at = at + time.span_s - quarter_s
        elif at > time.end:
            ends_at = min(at + quarter_s, span.newest)
        return replace(self, cursor=at, ends_at=ends_at)

    def widened(self, by: int, time: GraphTime, span: CallSpan) -> "TimeWindow":
        """More time (1) or less (-1); the cursor stays in sight."""
        level = LEVELS_S.index(time.step_s) if time.step_s in LEVELS_S else 0
        level = min(max(level + by, 0), len(LEVELS_S) - 1)
        span_s, ends_at = 2 * time.width * LEVELS_S[level], None
        if self.cursor is not None and self.cursor < span.newest - span_s:
            ends_at = min(self.cursor + span_s / 2, span.newest)
        return replace(self, level=level, ends_at=ends_at)

    def shifted(self, by_s: float) -> "TimeWindow":
        """The same moments by another clock."""
        moments = (None if at is None else at + by_s for at in (self.ends_at, self.cursor))
        return TimeWindow(self.level, *moments)

    def can_widen(self, time: GraphTime, span: CallSpan) -> bool:
        return time.span_s < span.newest - span.since and time.step_s < LEVELS_S[-1]


def span_words(span_s: float) -> str:
    """`4 min`, for a title: coarse, because what stands there repaints the frame."""
    if span_s < 90:
        return f"{span_s:.0f} s"
    return f"{span_s / 60:.0f} min" if span_s < 5400 else f"{span_s / 3600:.1f} h"


TWO_FROM = 100
"""Cells from which on both directions stand side by side."""
_FIGURE_CELLS = 19
_FEWEST_GRAPH_ROWS = 6
_GRAPHS_FROM = (0, 11, 17, 26)
"""Rows from which on there are so many graphs, one below the other."""
_SPARKED = (metrics.MOS, metrics.LOSS, metrics.JITTER, metrics.RTT, metrics.DISCARD)
"""In the order in which they have a row where there is room for no graph, and a word in the reading at the cursor."""
_SPARK_CELLS = 18
"""Of the figure before such a row."""


class ShownFigure(NamedTuple):
    style: MetricStyle | None
    """None for our estimate beside the phone's score, which is not kept over time."""
    label: str
    cell: Callable[[int], Row]
    """Its value in so many cells."""


class ShownEnd(NamedTuple):
    """What one end hears."""

    name: str
    other: str
    """Whom it hears; empty where that is no phone of ours."""
    standing: Run
    """Its grade in words."""
    figures: Sequence[ShownFigure]
    total: Row
    """What was counted of the whole call."""
    history: CallHistory | None
    limits: Callable[[MetricStyle], Limits]
    gap_s: float
    """Readings that are further apart are not joined."""
    is_current: bool = True
    why_blank: str = ""
    """Why there is no history."""

    def label(self, style: MetricStyle) -> str:
        return next((figure.label for figure in self.figures if figure.style is style), style.label)


class ShownCall(NamedTuple):
    ends: tuple[ShownEnd, ...]
    span: CallSpan
    seen_at: datetime
    """Aware UTC: of the newest moment in the span."""
    zone: tzinfo | None
    above: Callable[[int], list[Row]]
    """For so many cells."""
    below: Callable[[int, int], list[Row]]
    """For so many cells, and rows of which it may take a share."""
    more: Callable[[int], list[Row]] = lambda _: []
    """Below all that, for whoever scrolls."""


class DrawnCall(NamedTuple):
    rows: list[Row]
    time: GraphTime
    """What its graphs cover."""


def drawn_call(call: ShownCall, window: TimeWindow, chosen: MetricStyle | None, width: int, height: int) -> DrawnCall:
    """`height` rows, and what can be scrolled to; `chosen` is drawn alone, as high as there is room."""
    above, below = call.above(width), call.below(width, height)
    is_beside = len(call.ends) > 1 and width >= TWO_FROM
    cells = (width - 3) // 2 if is_beside else width
    room = height - len(above) - len(below)
    each = room if is_beside else max(room // len(call.ends), 0)
    drawing = _Drawing(call, window, chosen, cells, each)
    sides = [drawing.end_rows(end) for end in call.ends]
    if is_beside:
        left, right = sides
        drawn = [
            row(*one, " " * (cells - cell_width(one)), Run(" │ ", Role.DIM), *other)
            for one, other in zip_longest(left, right, fillvalue=())
        ]
    else:
        drawn = [line for side in sides for line in side]
    return DrawnCall([*above, *drawn, *below, *call.more(width)], drawing.time)


class _Drawing:
    """All directions of a call, in `room` rows of `width` cells each."""

    def __init__(
        self, call: ShownCall, window: TimeWindow, chosen: MetricStyle | None, width: int, room: int
    ) -> None:  # fmt: skip
        self._call = call
        self._window = window
        self._chosen = chosen
        self._width = width
        self._room = room
        is_read = window.cursor is not None
        self._left = room - 3 - is_read
        """Rows between the head of a direction and what was counted, less the times of day."""
        self._table_rows = -(-max(len(end.figures) for end in call.ends) // 2)
        """As many at both ends, so that their graphs lie side by side."""
        self._has_table = self._left - self._table_rows >= _FEWEST_GRAPH_ROWS
        self._left -= self._table_rows if self._has_table else 0
        self._has_graphs = self._has_table or (chosen is not None and self._left >= 2)
        lead = SCALE_CELLS if self._has_graphs else metrics.LABEL_CELLS + _SPARK_CELLS
        self._lead = lead
        cells = max(width - lead, 1)
        step_s = window.step_s(call.span, cells)
        ends_at = call.span.newest if call.span.is_over and window.ends_at is None else window.ends_at
        gap_s = max((end.gap_s for end in call.ends), default=step_s)
        time = GraphTime(call.span.newest, call.seen_at, call.zone, cells, window.cursor, gap_s, step_s, ends_at)
        is_chosen = window.level is not None or window.ends_at is not None
        self.time = time if is_chosen else whole_time(time, call.span.since)

    def end_rows(self, end: ShownEnd) -> list[Row]:
        whom = f"  (from {clip(end.other, 24)})" if end.other else ""
        head = row(Run(f"{clip(end.name, 24)} hears", Role.TITLE), Run(whom, Role.LABEL))
        drawn = [spread(head, row(end.standing), self._width)]
        if self._has_table:
            drawn += self._table(end)
        if end.history is None:
            drawn += self._table(end) if not self._has_table else []
            drawn.append(clipped(row(Run(end.why_blank, Role.DIM)), self._width))
        elif self._has_graphs:
            drawn += self._graphs(end, end.history)
        else:
            drawn += self._sparks(end, end.history)
        reading = self._reading(end)
        drawn = drawn[: max(self._room - len(reading), 1)]
        blank = [()] * max(self._room - len(reading) - len(drawn), 0) if end.history is None else []
        return [*drawn, *reading, *blank]

    def _table(self, end: ShownEnd) -> Iterator[Row]:
        """Two figures a row, with their grades."""
        cells = max(self._width // 2 - metrics.LABEL_CELLS, _FIGURE_CELLS)
        parts = [
            row(Run(pad(figure.label, metrics.LABEL_CELLS), Role.LABEL), *figure.cell(cells - 1), " ")
            for figure in end.figures
        ]
        for place in range(0, 2 * self._table_rows, 2):
            yield clipped(row(*(run for part in parts[place : place + 2] for run in part)), self._width)

    def _graphs(self, end: ShownEnd, history: CallHistory) -> Iterator[Row]:
        left = self._left
        styles = [metrics.MOS, metrics.LOSS, metrics.JITTER, metrics.RTT]
        styles = styles[: sum(left >= rows for rows in _GRAPHS_FROM)] if self._chosen is None else [self._chosen]
        for place, style in enumerate(styles):
            rows = -(-left // (len(styles) - place))
            left -= rows
            yield row(Run(f"{end.label(style)} {style.unit}".rstrip(), Role.TITLE))
            figure = GraphFigure(style, end.limits(style), history)
            yield from graph_rows(figure, self.time, rows - 1, is_current=end.is_current)
        yield time_row(self.time)

    def _sparks(self, end: ShownEnd, history: CallHistory) -> Iterator[Row]:
        """A row a figure: its value and its line over time; the chosen one first."""
        styles = [style for style in _SPARKED if style is not self._chosen]
        styles = styles if self._chosen is None else [self._chosen, *styles]
        cells = {figure.style: figure.cell for figure in end.figures}
        room = self._left + 1
        for style in styles[: room - 1] if room > len(styles) else styles[: max(room, 1)]:
            line = spark_row(GraphFigure(style, end.limits(style), history), self.time, is_current=end.is_current)
            head = Run(pad(end.label(style), metrics.LABEL_CELLS), Role.LABEL)
            value = cells[style](_SPARK_CELLS - 1) if style in cells else (Run(" " * (_SPARK_CELLS - 1)),)
            yield row(head, *value, " ", *line)
        if room > len(styles):
            yield time_row(self.time, self._lead)

    def _reading(self, end: ShownEnd) -> list[Row]:
        """Every figure at the cursor; then what was counted of the whole call."""
        found = [clipped(end.total, self._width)]
        cursor = self.time.cursor
        if cursor is not None and end.history is not None:
            read = row(Run(f"┃{self.time.clock(cursor):%H:%M:%S}", Role.ACCENT))
            for style in _SPARKED:
                longer = row(*read, f"  {style.label} {self._at(style, end.history, cursor)}")
                read = longer if cell_width(longer) <= self._width else read
            found.insert(0, read)
        elif cursor is not None:
            found.insert(0, ())
        return found

    def _at(self, style: MetricStyle, history: CallHistory, at: float) -> str:
        """The value of the reading at or before `at`, unless that is too old."""
        since = at - max(2 * self.time.step_s, self.time.gap_s)
        values = [value for _, value in style.series(history).window(since, at + 0.001)]
        return number(values[-1] if values else None, style.unit, digits=style.digits)


def titled(title: str, lines: Sequence[Row], width: int) -> list[Row]:
    """`lines`, with a heading before the first."""
    heads = [title] + [""] * (len(lines) - 1)
    return [
        clipped(row(Run(pad(head, _TITLE_CELLS), Role.TITLE), *line), width)
        for head, line in zip(heads, lines, strict=False)
    ]


_TITLE_CELLS = 8
