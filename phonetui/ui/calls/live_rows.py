"""A call that is up, alone on the screen: both directions side by side with one time cursor, path, grades, events, what
to do next.

 Boardroom hears  (from Lobby)        ✗ CRITICAL loss │ Lobby hears  (from Boardroom)                 ● good
 MOS CQ    3.1            MOS est   2.4 ✗ CRITICAL    │ …
 MOS CQ                                               │
   5┤⠉⠒⢄⡠⠒⠉┃⠉⠒⢄⣀⣀                                      │
     12:02:20      12:03:00                           │
 ┃12:03:24  MOS 2.4  loss 20.0 %  jitter 6 ms         │
 PATH    Lobby ── Gi1/0/2 ▲ errors +7 ── access-sw-1 ── Gi1/0/3 ● clean ── Boardroom
 GRADE   ▁▁▅▅▅▅████  good 5 %, poor 41 %, critical 54 %   worst 10 s: 9.2 % lost or late, 12:03:24
 EVENTS  12:02:48 CRC rising at Lobby's port
 NEXT    1 check the cabling of access-sw-1 Gi1/0/2
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import CallEnd, Diagnosis
from phonetui.phone.history import CallHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.port_counters import network_port, switch
from phonetui.phone.state import Phone
from phonetui.ui.alerts.rows import EVENT_MARKS, latest_first
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call import headline, location_rows, stillness, verdict
from phonetui.ui.panes.call_graph import SCALE_CELLS, GraphFigure, GraphTime, graph_rows, time_row
from phonetui.ui.panes.network import short
from phonetui.ui.snapshot import Snapshot, seen
from phonetui.ui.text.format import DASH, name, number
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row, spread

_TWO_FROM = 100
"""Cells from which on both directions stand side by side."""
_LABEL = 8
_FIGURE_CELLS = 19
_FEWEST_GRAPH_ROWS = 6
_SHARE_CELLS = 24


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is up, from one of its ends."""

    record: CallRecord
    near: CallEnd
    near_history: CallHistory | None
    far: CallEnd | None = None
    """The other end, where that is a phone of ours."""
    far_history: CallHistory | None = None
    cursor: float | None = None
    """Monotonic seconds; None reads the newest."""
    causes: Sequence[Diagnosis] = ()
    """What the call's figures point at."""


def live_call_rows(live: LiveCall, snapshot: Snapshot, width: int, height: int) -> list[Row]:
    """As many rows as there are, where that is enough: graphs grow."""
    near, far = live.near, live.far
    above = [seen(near.phone, headline(near.call, near.measure, width)), *stillness(snapshot, near.phone, near.call)]
    below = [
        row(Run("─" * width, Role.DIM)),
        *location_rows(near, far, width),
        *_titled("PATH", _path(near.phone, far.phone if far else None), width),
        *_titled("GRADE", _grades(live, snapshot), width),
    ]
    room = height - len(above) - len(below)
    steps, events = _next_steps(live, snapshot), _events(live, snapshot)
    most = max(room // 5, 1)
    below += _titled("EVENTS", events[: max(most, 2)], width) + _titled("NEXT", steps[: max(most, 2)], width)
    room = height - len(above) - len(below)
    ends = [(near, far, live.near_history)] + ([(far, near, live.far_history)] if far else [])
    if len(ends) > 1 and width >= _TWO_FROM:
        half = (width - 3) // 2
        left, right = (_direction(live, snapshot, end, half, room) for end in ends)
        sides = [
            row(*one, " " * (half - cell_width(one)), Run(" │ ", Role.DIM), *other)
            for one, other in zip_longest(left, right, fillvalue=())
        ]
        return [*above, *sides, *below]
    each = max(room // len(ends), 0)
    return [*above, *(line for end in ends for line in _direction(live, snapshot, end, width, each)), *below]


End = tuple[CallEnd, CallEnd | None, CallHistory | None]


def time_of(live: LiveCall, snapshot: Snapshot, width: int) -> GraphTime:
    """Both ends have one time, which ends at the near phone's newest answer; for rows of `width` cells."""
    connection = live.near.phone.connection
    cells = ((width - 3) // 2 if live.far and width >= _TWO_FROM else width) - SCALE_CELLS
    return GraphTime(
        connection.fresh_at or snapshot.at, connection.seen_at or snapshot.moment, snapshot.zone, max(cells, 1),
        live.cursor, 3 * connection.interval_s,
    )  # fmt: skip


def _direction(live: LiveCall, snapshot: Snapshot, shown: End, width: int, room: int) -> list[Row]:
    """What one end hears: figures, graphs that fill `room` rows, the reading at the cursor."""
    end, other, history = shown
    whom = f"  (from {clip(name(other.phone), 24)})" if other else ""
    head = row(Run(f"{clip(name(end.phone), 24)} hears", Role.TITLE), Run(whom, Role.LABEL))
    drawn = [seen(end.phone, spread(head, row(verdict(end.measure)), width)), *_figures(snapshot, end, width)]
    reading = _reading(live, snapshot, end, history, width)
    connection = live.near.phone.connection
    time = GraphTime(
        connection.fresh_at or snapshot.at, connection.seen_at or snapshot.moment, snapshot.zone,
        width - SCALE_CELLS, live.cursor, 3 * connection.interval_s,
    )  # fmt: skip
    left = room - len(drawn) - len(reading) - 1
    if history is None or left < _FEWEST_GRAPH_ROWS:
        return [*drawn, *reading]
    styles = [metrics.MOS, metrics.LOSS, metrics.JITTER, metrics.RTT][: 1 + (left >= 11) + (left >= 20) + (left >= 32)]
    for place, style in enumerate(styles):
        rows = -(-left // (len(styles) - place))
        left -= rows
        drawn.append(row(Run(f"{metrics.label(style, end)} {style.unit}".rstrip(), Role.TITLE)))
        figure = GraphFigure(style, metrics.limits(style, end.call, snapshot.thresholds), history)
        drawn += graph_rows(figure, time, rows - 1, is_current=end.phone.is_current)
    return [*drawn, time_row(time), *reading]


def _figures(snapshot: Snapshot, end: CallEnd, width: int) -> Iterator[Row]:
    """Two figures a row, with their grades."""
    cells = max(width // 2 - metrics.LABEL_CELLS, _FIGURE_CELLS)
    figures = [
        (metrics.label(style, end), metrics.current_figure(style, end, snapshot.thresholds))
        for style in metrics.METRICS
    ]
    if metrics.has_estimate_row(end):
        figures.insert(1, ("MOS est", metrics.estimated_figure(end, snapshot.thresholds)))
    parts = [
        row(Run(pad(label, metrics.LABEL_CELLS), Role.LABEL), *metrics.figure_cell(figure, end, snapshot.zone, cells))
        for label, figure in figures
    ]
    for place in range(0, len(parts), 2):
        yield clipped(row(*(run for part in parts[place : place + 2] for run in part)), width)


def _reading(live: LiveCall, snapshot: Snapshot, end: CallEnd, history: CallHistory | None, width: int) -> list[Row]:
    """Every figure at the cursor; then what was counted of the whole call."""
    call = end.call
    counted = f"received {metrics.received_words(call)}  lost {number(call.lost_packets)}"
    total = row(Run("total  ", Role.LABEL), f"{counted}  discarded {number(call.discarded_packets)}")
    found = [seen(end.phone, clipped(total, width))]
    if live.cursor is not None and history is not None:
        time = time_of(live, snapshot, width)
        parts = [f"{metrics.label(style, end)} {_at(style, history, live.cursor)}" for style in metrics.METRICS]
        read = row(Run(f"┃{time.clock(live.cursor):%H:%M:%S}  ", Role.ACCENT), "  ".join(parts))
        found.insert(0, clipped(read, width))
    return found


def _at(style: metrics.MetricStyle, history: CallHistory, at: float) -> str:
    """The value of the reading at or before `at`, which is at most two columns older."""
    values = [value for _, value in style.series(history).window(at - 2 * metrics.STEP_S, at + 0.001)]
    return number(values[-1] if values else None, style.unit, digits=style.digits)


def _titled(title: str, lines: Sequence[Row], width: int) -> list[Row]:
    heads = [title] + [""] * (len(lines) - 1)
    return [
        clipped(row(Run(pad(head, _LABEL), Role.TITLE), *line), width) for head, line in zip(heads, lines, strict=False)
    ]


def _path(near: Phone, far: Phone | None) -> list[Row]:
    """From phone to phone over their switch ports, with what these count."""
    if far is None:
        return [row(name(near), *_hop(near))]
    there = _hop(far)
    between: Row = () if switch(near) == switch(far) else (Run(" ··· ", Role.DIM), Run(switch(far) or DASH))
    return [
        row(name(near), *_hop(near), *between, Run(" ── ", Role.DIM), *there[1:-2], Run(" ── ", Role.DIM), name(far))
    ]


def _hop(phone: Phone) -> Row:
    """` ── Gi1/0/2 ▲ errors +7 ── access-sw-1`"""
    port = network_port(phone)
    if port is None:
        return (Run(" ── ", Role.DIM), Run(f"port {DASH}"), Run(" ── ", Role.DIM), Run(DASH))
    risen = port.errors_risen
    state = Run(f" {DASH}", Role.DIM) if risen is None else Run(" ● clean", Role.GOOD)
    if risen:
        state = Run(f" ▲ errors +{risen}", Role.POOR)
    place, beside = short(port.neighbour_port) or "port", switch(phone) or DASH
    return (Run(" ── ", Role.DIM), Run(place), state, Run(" ── ", Role.DIM), Run(beside))


def _grades(live: LiveCall, snapshot: Snapshot) -> list[Row]:
    measure = live.near.measure
    shares = measure.shares if measure else live.record.shares
    if not shares.total_s:
        return [row(Run("measuring", Role.MEASURING))]
    worst = metrics.worst_words(measure, snapshot.zone) if measure else ""
    return [
        row(*metrics.share_bar(shares, _SHARE_CELLS), f"  {metrics.share_summary(shares)}   ", Run(worst, Role.LABEL))
    ]


def _events(live: LiveCall, snapshot: Snapshot) -> list[Row]:
    """What happened to both phones since the call began, newest first."""
    phones = {live.near.phone.id, *([live.far.phone.id] if live.far else [])}
    found = [
        entry
        for entry in latest_first(snapshot.entries)
        if entry.phone in phones and entry.seen_at >= live.record.began_at
    ]
    return [_event(entry, snapshot) for entry in found] or [row(Run("none since the call began", Role.DIM))]


def _event(entry: JournalEntry, snapshot: Snapshot) -> Row:
    glyph, role = EVENT_MARKS[entry.weight]
    clock = f"{entry.seen_at.astimezone(snapshot.zone):%H:%M:%S} "
    return row(Run(clock, Role.DIM), Run(f"{clip(entry.phone, 16)} ", Role.LABEL), Run(f"{glyph} {entry.text}", role))


def _next_steps(live: LiveCall, snapshot: Snapshot) -> list[Row]:
    """Where to look, the surest first."""
    phone = live.near.phone.id
    shared = [hint for hint in snapshot.hints if phone in hint.phones]
    lines = [
        row(Run(f"{place} {hint.words}", Role.INFO), Run(f"  {hint.evidence}", Role.LABEL))
        for place, hint in enumerate((*live.causes, *shared), 1)
    ]
    return lines or [row(Run("nothing to do: no figure points anywhere", Role.DIM))]
