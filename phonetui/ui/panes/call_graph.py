"""Graphs of a call's figures over time, in braille dots; both ends on one scale.

5┤                                  two dots across and four down in each cell; a column of dots is `STEP_S` or more
4┤⠉⠉⠒⢄╌╌╌╌⡠⠒⠉╌╌╌╌╌╌╌╌╌╌╌ fair      the near end's curve has the colours of its grades and lies above the far end's,
3┤    ⠑⢄⡠⠊╌╌╌╌╌╌╌╌╌╌╌╌╌╌ critical   which leaves out every fourth cell, so that colour is not all that tells them apart
1┤12:02     12:03     12:04

Columns are anchored to multiples of their length: what is past stays in its column. Where a row is all the room that
there is, blocks take the place of dots, a cell of them for two columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from math import floor, sqrt
from typing import NamedTuple

from phonetui.phone.diagnosis import CallEnd
from phonetui.phone.history import CallHistory, columns
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import Limits, step
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call_metrics import STEP_S, MetricStyle
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import GRADES, name
from phonetui.ui.text.rows import GAP, Role, Row, Run, cell_width, clipped, row, sparkline

SCALE_CELLS = 5
"""For the numbers at the left, with the axis."""
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Of a braille cell, by column and line."""
_BRAILLE = 0x2800
_DASH = 4
_APART_S = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
_TIME_CELLS = 12
_BLANK = Run(" ")
_AHEAD = 16


@dataclass(frozen=True, slots=True)
class GraphTime:
    """What the columns of a graph are: they end at `until`, the newest answer, and not now, or at a chosen moment."""

    until: float
    """Monotonic seconds; of a call that is over, seconds since 1970. So are the others below."""
    seen_at: datetime
    """The same, aware UTC."""
    zone: tzinfo | None
    width: int
    """Cells of the curve."""
    cursor: float | None = None
    """The moment that is read; None follows the newest."""
    gap_s: float = 6.0
    """Readings that are further apart are not joined."""
    step_s: float = STEP_S
    """The length of a column."""
    ends_at: float | None = None
    """The moment in the last column; None follows the newest."""

    @property
    def last_column(self) -> int:
        """The curve grows into `_AHEAD` columns before all of it moves: what stands still costs no bytes."""
        if self.ends_at is not None:
            return floor(self.ends_at / self.step_s)
        ahead = min(_AHEAD, self.width)
        return (floor(self.until / self.step_s) // ahead + 1) * ahead - 1

    @property
    def since(self) -> float:
        """Monotonic second at which the first column begins."""
        return (self.last_column - 2 * self.width + 1) * self.step_s

    @property
    def end(self) -> float:
        """Within the last column."""
        return (self.last_column + 0.999) * self.step_s

    @property
    def span_s(self) -> float:
        """Seconds of all columns together."""
        return 2 * self.width * self.step_s

    def cell(self, at: float) -> int:
        return (floor(at / self.step_s) - self.last_column + 2 * self.width - 1) // 2

    def clock(self, at: float) -> datetime:
        """The moment in the operator's zone."""
        return (self.seen_at + timedelta(seconds=at - self.until)).astimezone(self.zone)

    def ticks(self) -> Iterator[tuple[int, str]]:
        """Cells of round times of day that have come, and what is written there."""
        apart_s = next((size for size in _APART_S if size >= _TIME_CELLS * 2 * self.step_s), _APART_S[-1])
        epoch = self.seen_at.timestamp() - self.until
        second = (floor((self.since + epoch) / apart_s) + 1) * apart_s
        while second <= min(self.end, self.until) + epoch:
            clock = self.clock(second - epoch)
            yield self.cell(second - epoch), f"{clock:%H:%M}" if apart_s >= 60 else f"{clock:%H:%M:%S}"
            second += apart_s


LEVELS_S = tuple(STEP_S * 2.0**level for level in range(-4, 7))
"""Lengths of a column. The shortest draw each reading over several columns: a short call fills the room, too."""


def fitting_step_s(began: float, until: float, width: int) -> float:
    """The shortest length of a column that lets that time fit into `width` cells."""
    fitting = (step_s for step_s in LEVELS_S if floor(until / step_s) - floor(began / step_s) < 2 * width)
    return next(fitting, LEVELS_S[-1])


def whole_time(time: GraphTime, began: float) -> GraphTime:
    """The time of all of a call, from the left edge on, where it fits into columns of that length; else the same.

    Columns are as short as let it fit: at least half of the width is drawn, and nothing moves until they double.
    """
    step_s = fitting_step_s(began, time.until, time.width)
    if step_s > time.step_s:
        return time
    first = floor(began / step_s)
    return replace(time, step_s=step_s, ends_at=(first + 2 * time.width - 0.5) * step_s)


def time_row(time: GraphTime, lead: int = SCALE_CELLS) -> Row:
    """Times of day below a graph that begins after `lead` cells."""
    words = ""
    for cell, clock in time.ticks():
        if cell >= len(words) + bool(words) and cell + len(clock) <= time.width:
            words = f"{words:<{cell}}{clock}"
    return row(" " * lead, Run(f"{words:<{time.width}}", Role.DIM))


class GraphFigure(NamedTuple):
    style: MetricStyle
    limits: Limits
    near: CallHistory | None
    far: CallHistory | None = None
    """Of another phone's end of the same call."""


def graph_rows(figure: GraphFigure, time: GraphTime, height: int, *, is_current: bool = True) -> list[Row]:
    """`height` rows of `SCALE_CELLS` and `time.width` cells; the cursor is behind the curves."""
    newest = tuple(history.mos.newest_at for history in (figure.near, figure.far) if history is not None)
    drawn = _drawn(figure, replace(time, cursor=None), height, is_current, newest)
    cell = time.cell(time.cursor) if time.cursor is not None else -1
    return [_crossed(runs, SCALE_CELLS + cell) for runs in drawn] if 0 <= cell < time.width else list(drawn)


def _crossed(runs: Row, cell: int) -> Row:
    """A row of cells of one character each with the cursor in it, unless a curve or a word is there."""
    crossed: list[Run] = []
    for run in runs:
        text = run.text
        if 0 <= cell < len(text) and text[cell] in " ╌":
            parts = (Run(text[:cell], run.role), Run("┃", Role.ACCENT), Run(text[cell + 1 :], run.role))
            crossed += [part for part in parts if part.text]
        else:
            crossed.append(run)
        cell -= len(text)
    return tuple(crossed)


@lru_cache(maxsize=32)
def _drawn(
    figure: GraphFigure,
    time: GraphTime,
    height: int,
    is_current: bool,
    newest: tuple[float | None, ...],  # noqa: ARG001 - as that
) -> tuple[Row, ...]:
    """Kept for as long as nothing comes: moving a cursor over a graph draws no curve again."""
    style, limits, near, far = figure
    cells = [[_BLANK] * time.width for _ in range(height)]
    for line in _limit_lines(style, limits, height):
        cells[line] = [Run("╌", Role.DIM)] * time.width
    for history, is_near in ((far, False), (near, True)):
        if history is not None:
            _lay(cells, figure, history, time, role=_role_of(figure, is_near=is_near, is_current=is_current))
    for line, words in _limit_lines(style, limits, height).items():
        text = f" {words}"
        if time.width > 3 * len(text) and all(run.text == "╌" for run in cells[line][-len(text) :]):
            cells[line][-len(text) :] = [Run(letter, Role.DIM) for letter in text]
    scale = _scale(style, height)
    return tuple(row(Run(f"{scale[line]:>{SCALE_CELLS - 1}}┤", Role.LABEL), *cells[line]) for line in range(height))


def spark_row(figure: GraphFigure, time: GraphTime, *, is_current: bool = True) -> Row:
    """The near end's figure in one row of `time.width` cells, each as bad as the worst in it."""
    style, history = figure.style, figure.near
    if history is None:
        return (Run(" " * time.width),)
    values = columns(
        style.series(history), until=time.end, width=2 * time.width, step_s=time.step_s, lowest=style.is_floor
    )
    bridged = _bridged(values, int(time.gap_s // time.step_s))
    role, worse = _role_of(figure, is_near=True, is_current=is_current), min if style.is_floor else max
    first, last = time.cell(history.since_at), time.cell(time.until)
    cells = []
    for cell in range(time.width):
        known = [value for value in bridged[2 * cell : 2 * cell + 2] if value is not None]
        if time.cursor is not None and cell == time.cell(time.cursor):
            cells.append(Run("┃", Role.ACCENT))
        elif known:
            cells.append(Run(sparkline([worse(known)], style.low, style.high, rooted=style.rooted), role(known)))
        else:
            cells.append(Run(GAP, Role.GAP) if first <= cell <= last else _BLANK)
    return row(*cells)


def _limit_lines(style: MetricStyle, limits: Limits, height: int) -> dict[int, str]:
    """Line from the top → the grade that begins there."""
    found = {}
    for grade, limit in ((Grade.FAIR, limits.fair), (Grade.CRITICAL, limits.critical)):
        if limit is not None and style.low < limit < style.high and height >= 4:
            found[_line(style, limit, height) // 4] = GRADES[grade].word
    return found


def _scale(style: MetricStyle, height: int) -> Mapping[int, str]:
    """Line → the number at its middle: top and bottom, and what lies between where there is room."""
    found = dict.fromkeys(range(height), "")
    found[0], found[height - 1] = f"{style.high:g}", f"{style.low:g}"
    inner = {_line(style, value, height) // 4: value for value in style.ticks}
    for line, value in inner.items():
        if 1 < line < height - 2:
            found[line] = f"{value:g}"
    return found


def _line(style: MetricStyle, value: float, height: int) -> int:
    """In dots from the top."""
    share = min(max((value - style.low) / (style.high - style.low), 0.0), 1.0)
    return round((1.0 - (sqrt(share) if style.rooted else share)) * (4 * height - 1))


RoleOf = Callable[[Sequence[float]], Role]
"""Of the values in a cell."""


def _lay(cells: list[list[Run]], figure: GraphFigure, history: CallHistory, time: GraphTime, role: RoleOf) -> None:
    """A curve over what is there, joined over neighbouring columns that have a value."""
    style, height = figure.style, len(cells)
    width = 2 * time.width
    values = columns(style.series(history), until=time.end, width=width, step_s=time.step_s, lowest=style.is_floor)
    dots = [[0] * time.width for _ in range(height)]
    before: int | None = None
    bridged = _bridged(values, int(time.gap_s // time.step_s))
    for place, value in enumerate(bridged):
        if value is None:
            before = None
            continue
        at = _line(style, value, height)
        for dot in range(min(at, at if before is None else before), max(at, at if before is None else before) + 1):
            dots[dot // 4][place // 2] |= _DOTS[place % 2][dot % 4]
        before = at
    for cell in range(time.width):
        found = role([value for value in bridged[2 * cell : 2 * cell + 2] if value is not None])
        if found is Role.INFO and cell % _DASH == _DASH - 1:
            continue
        for line in range(height):
            if dots[line][cell]:
                cells[line][cell] = Run(chr(_BRAILLE + dots[line][cell]), found)


def _bridged(values: Sequence[float | None], most: int) -> list[float | None]:
    """With up to `most` empty columns between two readings as the reading before them: a phone may be read seldom."""
    found, known = list(values), None
    for place, value in enumerate(values):
        if value is None:
            continue
        if known is not None and 1 < place - known <= most:
            found[known + 1 : place] = [values[known]] * (place - known - 1)
        known = place
    return found


def _role_of(figure: GraphFigure, *, is_near: bool, is_current: bool) -> RoleOf:
    """The near end's curve is as bad as the worst in a cell; the far end's is `INFO`, and drawn with dashes."""

    def role(values: Sequence[float]) -> Role:
        if not is_current or not is_near:
            return Role.INFO if is_current else Role.STALE
        if not values:
            return Role.PLAIN
        grade = step(min(values) if figure.style.is_floor else max(values), figure.limits)
        return Role.CRITICAL_LINE if grade is Grade.CRITICAL else GRADES[grade].role

    return role


def call_graphs(snapshot: Snapshot, near: CallEnd, far: CallEnd | None, width: int, height: int) -> list[Row]:
    """Graphs of as many figures as have room in `height` rows, the first one highest; times of day at the end."""
    styles = [
        style
        for style in (metrics.MOS, metrics.LOSS, metrics.JITTER, metrics.RTT)
        if metrics.value(style, near) is not None
    ] or [metrics.LOSS]
    styles = styles[: 1 + (height >= 14) + (height >= 22) + (height >= 34)]
    connection = near.phone.connection
    key = near.call.key
    histories = snapshot.histories.get(key), snapshot.far_histories.get(key)
    time = GraphTime(
        connection.fresh_at or 0.0, connection.seen_at or snapshot.moment, snapshot.zone, width - SCALE_CELLS,
        gap_s=3 * connection.interval_s,
    )  # fmt: skip
    time = whole_time(time, min((known.since_at for known in histories if known is not None), default=time.until))
    drawn: list[Row] = []
    left = height - 1
    for place, style in enumerate(styles):
        rows = -(-left // (len(styles) - place))
        left -= rows
        drawn.append(_title(style, near, far, width))
        figure = GraphFigure(style, metrics.limits(style, near.call, snapshot.thresholds), *histories)
        drawn += graph_rows(figure, time, rows - 1, is_current=near.phone.is_current)
    return [*drawn, time_row(time)]


def _title(style: MetricStyle, near: CallEnd, far: CallEnd | None, width: int) -> Row:
    """Which curve is whose; without room for both, that of the far end, as the pane is the near one's."""
    label = Run(f"{metrics.label(style, near)} {style.unit}".rstrip(), Role.TITLE)
    if far is None:
        return clipped(row(" ", label), width)
    here, there = name(near.phone), name(far.phone)
    both = row(" ", label, Run("  ── ", Role.LABEL), here, Run("  ─ ─ ", Role.INFO), there)
    if cell_width(both) <= width:
        return both
    return clipped(row(" ", label, Run("  ─ ─ ", Role.INFO), there), width)
