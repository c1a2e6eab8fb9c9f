"""Rows of a call that is up: both ends now, the path over their switch ports, events, what to do next.

PATH    Lobby ── Gi1/0/2 ▲ errors +7 ── access-sw-1 ── Gi1/0/3 ● clean ── Boardroom
GRADE   ▁▁▅▅▅▅████  good 5 %, poor 41 %, critical 54 %   worst 10 s: 9.2 % lost or late, 12:03:24
EVENTS  12:02:48 CRC rising at Lobby's port
NEXT    1 check the cabling of access-sw-1 Gi1/0/2
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import CallEnd, Diagnosis
from phonetui.phone.history import CallHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.next_steps import is_impaired, next_steps
from phonetui.phone.port_counters import network_port, switch
from phonetui.phone.state import Phone
from phonetui.ui.alerts.folded_events import latest_first
from phonetui.ui.alerts.rows import EVENT_MARKS
from phonetui.ui.calls.call_rows import CallSpan, ShownCall, ShownEnd, ShownFigure, titled
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call import headline, location_rows, stillness, verdict
from phonetui.ui.panes.call_metrics import CurrentFigure, MetricStyle
from phonetui.ui.panes.network import short
from phonetui.ui.snapshot import Snapshot, seen
from phonetui.ui.text.format import DASH, name, number
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row

_SHARE_CELLS, _NAME_CELLS = 24, 16


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is up, from one of its ends."""

    record: CallRecord
    near: CallEnd
    near_history: CallHistory | None
    far: CallEnd | None = None
    """The other end, where that is a phone of ours."""
    far_history: CallHistory | None = None
    causes: Sequence[Diagnosis] = ()
    """What the figures of both ends point at, the near one's first."""


def live_call(live: LiveCall, snapshot: Snapshot) -> ShownCall:
    """Both ends have one time, which ends at the near phone's newest answer.

    What stands beside the graphs is kept: a cursor that moves over them has all of it drawn again.
    """
    near, far, connection = live.near, live.far, live.near.phone.connection
    ends = [_end(snapshot, near, far, live.near_history)]
    if far is not None:
        ends.append(_end(snapshot, far, near, live.far_history))
    newest = connection.fresh_at or snapshot.at
    began = min((end.history.since_at for end in ends if end.history is not None), default=newest)

    @cache
    def above(width: int) -> list[Row]:
        words = headline(near.call, metrics.worse_measure(near, far), width)
        return [seen(near.phone, words), *stillness(snapshot, near.phone, near.call)]

    @cache
    def below(width: int, height: int) -> list[Row]:
        fixed = [
            *([row(Run("─" * width, Role.DIM))] if height >= _RULED_FROM else []),
            *location_rows(near, far, width),
            *titled("PATH", _path(near.phone, far.phone if far else None), width),
            *titled("GRADE", list(_grades(live, snapshot, is_low=height < _RULED_FROM)), width),
        ]
        most = max((height - len(fixed)) // 8, 1)
        events, steps = _events(live, snapshot)[:most], _next_steps(live, snapshot)[:most]
        return [*fixed, *titled("EVENTS", events, width), *titled("NEXT", steps, width)]

    span = CallSpan(began, newest, is_over=False)
    return ShownCall(tuple(ends), span, connection.seen_at or snapshot.moment, snapshot.zone, above, below)


_RULED_FROM = 24
"""Rows from which on there is one for a line between figures and words."""


def _end(snapshot: Snapshot, end: CallEnd, other: CallEnd | None, history: CallHistory | None) -> ShownEnd:
    figures = [_figure(snapshot, end, style, metrics.label(style, end)) for style in metrics.METRICS]
    if metrics.has_estimate_row(end):
        figures.insert(1, _figure(snapshot, end, None, "MOS est"))
    for words, (found,) in metrics.ground_rows([end], snapshot.thresholds):
        figures.append(ShownFigure(found.style, words, _cell(snapshot, end, found)))
    call = end.call
    counted = f"received {metrics.received_words(call)}  lost {number(call.lost_packets)}"
    total = row(Run("total  ", Role.LABEL), f"{counted}  discarded {number(call.discarded_packets)}")
    return ShownEnd(
        name(end.phone), name(other.phone) if other else "", verdict(end.measure), figures, seen(end.phone, total),
        history, lambda style: metrics.limits(style, call, snapshot.thresholds), 3 * end.phone.connection.interval_s,
        is_current=end.phone.is_current, why_blank="No figures over time so far.",
    )  # fmt: skip


def _figure(snapshot: Snapshot, end: CallEnd, style: MetricStyle | None, label: str) -> ShownFigure:
    """`style` None is our estimate."""
    thresholds = snapshot.thresholds
    found = (
        metrics.estimated_figure(end, thresholds) if style is None else metrics.current_figure(style, end, thresholds)
    )
    return ShownFigure(style, label, _cell(snapshot, end, found))


def _cell(snapshot: Snapshot, end: CallEnd, found: CurrentFigure) -> Callable[[int], Row]:
    return cache(lambda cells: metrics.figure_cell(found, end, snapshot.zone, cells))


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


def _grades(live: LiveCall, snapshot: Snapshot, *, is_low: bool) -> Iterator[Row]:
    """How each end stood so far, or the worse one where rows are few; of one end alone without its name."""
    ends = [live.near] if live.far is None else [live.near, live.far]
    worse = metrics.worse_measure(live.near, live.far)
    for end in ends:
        if is_low and worse is not None and end.measure is not worse:
            continue
        who = Run(f"{pad(name(end.phone), _NAME_CELLS)} " if len(ends) > 1 else "", Role.LABEL)
        shares = end.measure.shares if end.measure else live.record.shares
        if not shares.total_s:
            yield row(who, Run("measuring", Role.MEASURING))
            continue
        worst = metrics.worst_words(end.measure.worst, snapshot.zone) if end.measure else ""
        bar = metrics.share_bar(shares, _SHARE_CELLS if len(ends) == 1 else _SHARE_CELLS // 2)
        yield row(who, *bar, f"  {metrics.share_summary(shares)}   ", Run(worst, Role.LABEL))


def _events(live: LiveCall, snapshot: Snapshot) -> list[Row]:
    """What happened to both phones since the call began, newest first."""
    names = {end.phone.id: name(end.phone) for end in (live.near, live.far) if end is not None}
    found = [
        _event(entry, names[entry.phone], snapshot)
        for entry in latest_first(snapshot.entries)
        if entry.phone in names and entry.seen_at >= live.record.began_at
    ]
    return found or [row(Run("none since the call began", Role.DIM))]


def _event(entry: JournalEntry, phone: str, snapshot: Snapshot) -> Row:
    glyph, role = EVENT_MARKS[entry.weight]
    clock = f"{entry.seen_at.astimezone(snapshot.zone):%H:%M:%S} "
    return row(Run(clock, Role.DIM), Run(f"{clip(phone, 16)} ", Role.LABEL), Run(f"{glyph} {entry.text}", role))


def _next_steps(live: LiveCall, snapshot: Snapshot) -> list[Row]:
    """Where to look, the surest first; what no figure explains has a step that finds out more."""
    ends = {end.phone.id for end in (live.near, live.far) if end is not None}
    shared = [hint for hint in snapshot.hints if not ends.isdisjoint(hint.phones) and hint not in live.causes]
    lines = [
        row(Run(f"{place} {hint.words}", Role.INFO), Run(f"  {hint.evidence}", Role.LABEL))
        for place, hint in enumerate((*live.causes, *shared), 1)
    ]
    if lines:
        return lines
    role = Role.INFO if any(is_impaired(end) for end in (live.near, live.far) if end) else Role.DIM
    return [row(Run(step, role)) for step in next_steps(live.near, live.far)]
