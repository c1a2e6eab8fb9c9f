"""The screen of one figure over time: of a call, a port, or a leaf of the status tree."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partialmethod
from math import ceil, floor, log10
from typing import ClassVar, NamedTuple

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.history import CallHistory
from phonetui.phone.leaf_history import HOLD_S, LeafHistory, LeafSeries, MinuteSeries, RisenSeries
from phonetui.phone.state import Call, CallKey, Phone
from phonetui.ui.calls import chart_rows as pane
from phonetui.ui.calls.chart_rows import Chart, figure_names, readout
from phonetui.ui.calls.chart_sources import (
    SPANS_S,
    ChartFigure,
    ChartKey,
    ChartSubject,
    TimeAxis,
    call_figures,
    chart_keys,
    port_subject,
)
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.text.format import STATES, name
from phonetui.ui.text.rows import Role, Run, clip, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.row_list import StaticRows
from phonetui.xapi.path import Path

REFRESH_S = 1.0
"""Seconds between two looks: a call is not read more often."""
_DEFAULT_SPAN = SPANS_S.index(300)
_EPOCH_S = 0.5
"""How far two readings of the clocks may differ before the times of day are moved."""


class ChartView(NamedTuple):
    """What is on the screen, and where in time."""

    chart: Chart
    span: TimeAxis


class ChartScreen(LiveScreen):
    """Shows the moment that the main screen shows: a frozen display stays frozen."""

    screen_id = "chart"
    CSS_PATH = "../styles/chart.tcss"
    AUTO_FOCUS = ""  # every key is the screen's own
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("chart"),
        Binding("down,tab", "metric(1)", "Next figure", show=False),
        Binding("up,shift+tab", "metric(-1)", "Figure before", show=False),
        Binding("left", "cursor(-1)", "Earlier", show=False),
        Binding("right", "cursor(1)", "Later", show=False),
        Binding("pageup", "cursor(-10)", "Much earlier", show=False),
        Binding("pagedown", "cursor(10)", "Much later", show=False),
        Binding("home", "cursor(-100000)", "The first reading", show=False),
        Binding("end", "follow", "The newest reading", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state, refresh_s=REFRESH_S)
        self._figure = ""
        """What is drawn, by its label; the first of those that there are if it is none of them."""
        self._span = _DEFAULT_SPAN
        self._key: ChartKey | None = None
        """The call or port that was chosen; None takes the first."""
        self._on: ChartKey | None = None
        """The one that is drawn."""
        self._cursor: float | None = None
        """Monotonic seconds of a reading; None follows the newest."""
        self._epoch = 0.0
        self._drawn: ChartView | None = None

    def body(self) -> ComposeResult:
        yield StaticRows(id="metrics")
        yield StaticRows(id="chart")
        yield StaticRows(id="reading")

    def draw(self, snapshot: Snapshot) -> None:
        subject = self.subject(snapshot)
        if snapshot.phone is None or subject is None or snapshot.phone.connection.fresh_at is None:
            self._drawn = None
            self._view("chart").set_title("Chart")
            self._view("chart").show([row(Run(self.why_empty(snapshot), Role.DIM))])
            self._view("metrics").show([])
            self._view("reading").show([])
        else:
            self._draw_chart(snapshot, snapshot.phone, subject)
        self.show_key_hints(self._key_hints(snapshot))

    def subject(self, snapshot: Snapshot) -> ChartSubject | None:
        """What was chosen, as long as it has figures; else the first that has: calls come before ports."""
        keys = chart_keys(snapshot)
        key = self._key if self._key in keys else keys[0] if keys else None
        if key != self._on:
            self._on, self._cursor = key, None
        if isinstance(key, int):
            return port_subject(snapshot, key)
        return self._call(snapshot, key) if key is not None else None

    def _call(self, snapshot: Snapshot, key: CallKey) -> ChartSubject | None:
        call = next((call for call in snapshot.phone.calls if call.key == key), None) if snapshot.phone else None
        if call is None:
            return None
        near, (far, far_note) = snapshot.histories[key], self._other_end(snapshot, call)
        remote = " ".join(filter(None, (call.remote_name, call.remote_number)))
        interval_s = snapshot.phone.connection.interval_s if snapshot.phone else 0.0
        figures = call_figures(call, snapshot.thresholds, near, far)
        return ChartSubject(figures, near.since_at, f"L{call.line} · {remote}", far_note, 3 * interval_s)

    def _draw_chart(self, snapshot: Snapshot, phone: Phone, subject: ChartSubject) -> None:
        view = self._view("chart")
        labels = [figure.label for figure in subject.figures]
        span = self._time(snapshot, subject.until or phone.connection.fresh_at, pane.plot_width(view.size.width))
        chart = Chart(
            figures=subject.figures, chosen=labels.index(self._figure) if self._figure in labels else 0,
            since_at=subject.since_at, entries=[entry for entry in snapshot.entries if entry.phone == phone.id],
            gap_s=max(subject.gap_s, 5.0), is_current=phone.is_current, cursor=self._cursor, zone=snapshot.zone,
        )  # fmt: skip
        figure = chart.figure
        if self._cursor is not None and self._cursor <= span.since:
            self._cursor = next((at for at, _ in figure.near.window(span.since, span.until)), None)
            chart = replace(chart, cursor=self._cursor)
        self._drawn = ChartView(chart, span)
        state = "" if phone.is_current else f" · {STATES[phone.connection.state].word}"
        view.set_title(clip(f"{figure.label} · {phone.name} · {subject.words}{state}", view.size.width - 4))
        view.show(pane.chart_rows(chart, span, view.size.height))
        more = f"last {span.width * span.step_s / 60:g} min"
        self._view("metrics").show([figure_names(chart.figures, figure, self.size.width - 2, more)])
        self._view("reading").show(readout(chart, span, (name(phone), subject.far_note), self.size.width - 2))

    def _time(self, snapshot: Snapshot, until: float | None, width: int) -> TimeAxis:
        """Ends at the newest answer, not now: it stands still while nothing comes."""
        epoch = snapshot.moment.timestamp() - snapshot.at
        if abs(epoch - self._epoch) > _EPOCH_S:
            self._epoch = epoch
        return TimeAxis(until or snapshot.at, width, SPANS_S[self._span] / width, self._epoch)

    def _other_end(self, snapshot: Snapshot, call: Call) -> tuple[CallHistory | None, str]:
        """Its figures and its name, or why there are none."""
        partner = snapshot.partners.get(call.key)
        if isinstance(partner, Partner) and partner.phone in snapshot.phones:
            far = self._view_state.history(partner.phone).get(partner.key)
            other = name(snapshot.phones[partner.phone])
            return far, other if far is not None else f"far end: {other}, without figures"
        why = "several calls could be it" if isinstance(partner, Ambiguous) else "not known"
        return None, f"far end: {why}"

    def action_metric(self, by: int) -> None:
        if self._drawn is not None:
            chart = self._drawn.chart
            self._figure = chart.figures[(chart.chosen + by) % len(chart.figures)].label
            self.refresh_view()

    def _widen(self, by: int) -> None:
        self._span = min(max(self._span + by, 0), len(SPANS_S) - 1)
        self.refresh_view()

    action_chart_widen = partialmethod(_widen, 1)
    action_chart_narrow = partialmethod(_widen, -1)

    def action_chart_call(self) -> None:
        """The phone's next call that has figures, then its ports."""
        keys = chart_keys(self._view_state.snapshot())
        if len(keys) < 2:
            self.say("This phone has no other call or port with figures.")
        else:
            self._key = keys[(keys.index(self._on) + 1) % len(keys)] if self._on in keys else keys[0]
            self.refresh_view()

    def selection_changed(self) -> None:
        self._key = self._cursor = None
        self.refresh_view()

    def action_cursor(self, by: int) -> None:
        """Moves the cursor by columns that have a reading; past the newest it follows again."""
        if self._drawn is None:
            return
        chart, span = self._drawn
        last = {span.column(at): at for at, _ in chart.figure.near.window(span.since, span.until)}
        columns = sorted(last)
        here = columns[-1] if columns and self._cursor is None else span.column(self._cursor or 0.0)
        place = (bisect_left(columns, here) if by < 0 else bisect_right(columns, here) - 1) + by
        self._cursor = last[columns[max(place, 0)]] if place < len(columns) - 1 else None
        self.refresh_view()

    def action_follow(self) -> None:
        self._cursor = None
        self.refresh_view()

    def _key_hints(self, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
        if self._drawn:
            yield from (("← →", "read"), ("↑ ↓", "figure"))
            yield f"{self.key_of('chart.widen')} {self.key_of('chart.narrow')}", "time"
        if snapshot.phone is not None:
            yield f"{self.key_of('phone.previous')} {self.key_of('phone.next')}", "phone"
        if others := self.others(snapshot):
            yield self.key_of("chart.call"), others if self.size.width >= 70 else "next"

    def others(self, snapshot: Snapshot) -> str:
        """What the key of the next call leads to, in a word or two; empty where it leads nowhere."""
        return "call, port" if len(chart_keys(snapshot)) > 1 else ""

    def why_empty(self, snapshot: Snapshot) -> str:
        phone = snapshot.phone
        if phone is None:
            return NO_PHONES
        if not phone.is_current:
            reason = ": ".join(filter(None, (STATES[phone.connection.state].word, phone.connection.detail)))
            return f"{name(phone)} has no figures to draw: {clip(reason, 200)}. {phone.connection.hint}".rstrip()
        if phone.has_live_call:
            return f"{name(phone)}: no figures yet. They begin when the call is answered and the phone gives any."
        return f"{name(phone)}: no call is up and its ports told nothing yet. Calls that are over are among the calls."


_LARGE = 10_000
"""From here on a scale has no room for all digits."""
_SHORT_UNIT = 8
_DECIMALS = 2


class LeafChart(ChartScreen):
    """A chart of numbers of the selected phone's status, which is always shown as it is now."""

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
    """The value, and its rise within a minute; of a large counter first its rise since it was seen first."""
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
