"""The screen of one call, while it is up and once it is over."""

from collections.abc import Sequence
from functools import partialmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.state import PhoneId
from phonetui.ui.calls.call_rows import ShownCall, TimeWindow, drawn_call, span_words
from phonetui.ui.calls.call_source import CallSource
from phonetui.ui.export import copy, export
from phonetui.ui.keyboard import bindings
from phonetui.ui.panes.call_graph import GraphTime
from phonetui.ui.panes.call_metrics import METRICS, MetricStyle
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.row_list import RowsView, StaticRows


class CallDetail(LiveScreen):
    """One call, up or over: both directions over time with one cursor, and what else is known of it."""

    screen_id = "call"
    CSS_PATH = "../styles/records.tcss"
    AUTO_FOCUS = ""  # every key is the screen's own
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("call"),
        Binding("left", "cursor(-1)", "Earlier", show=False),
        Binding("right", "cursor(1)", "Later", show=False),
        Binding("down,j", "figure(1)", "Next figure", show=False),
        Binding("up,k", "figure(-1)", "Figure before", show=False),
        Binding("pageup", "scroll(-1)", "Page up", show=False),
        Binding("pagedown", "scroll(1)", "Page down", show=False),
        Binding("home", "cursor(-1000000)", "The first reading", show=False),
        Binding("end,G,shift+g", "cursor(1000000)", "The newest reading", show=False),
    ]

    def __init__(self, view_state: ViewState, record: str) -> None:
        """`record` is a record's id."""
        super().__init__(view_state)
        self._id = record
        self._record: CallRecord | None = None
        self._window = TimeWindow()
        self._chosen: MetricStyle | None = None
        """The figure that is drawn alone; None draws as many as have room."""
        self._call: ShownCall | None = None
        self._time: GraphTime | None = None
        """What the graphs that are shown cover."""
        self._source = CallSource(view_state)

    def body(self) -> ComposeResult:
        yield StaticRows(id="card")

    def draw(self, snapshot: Snapshot) -> None:
        records = self._view_state.records
        self._record = self._newest(records)
        view, record = self._view("card"), self._record
        width = view.size.width - 1
        if record is None:
            return
        call = self._source.shown(snapshot, record)
        self._follow(call)
        if call is None:
            view.show(self._source.card(snapshot, record, width))
            view.set_title("Call")
        else:
            self._draw_call(view, call)
        self._draw_key_hints(view)

    def _draw_call(self, view: RowsView, call: ShownCall) -> None:
        rows, self._time = drawn_call(call, self._window, self._chosen, view.size.width - 1, view.size.height)
        view.show(rows)
        view.set_title(f"Call · {span_words(self._time.span_s)}")

    def _newest(self, records: Sequence[CallRecord]) -> CallRecord | None:
        """The record as it is now; as it was last where it is not known any more."""
        phone = self._record.phone if self._record is not None else None
        found = (record for record in records if phone in (None, record.phone) and record.id == self._id)
        return next(found, self._record)

    def _follow(self, call: ShownCall | None) -> None:
        """The moments that are looked at stay the same where another clock counts them: a call ended."""
        before, self._call = self._call, call
        if call is not None and before is not None and call.span.is_over is not before.span.is_over:
            self._window = self._window.shifted(
                before.seen_at.timestamp() - before.span.newest - (call.seen_at.timestamp() - call.span.newest)
            )
        if call is None:
            self._time = None

    def _draw_key_hints(self, view: RowsView) -> None:
        keys = [(self.key_of(f"calls.{name}"), words) for name, words in (("copy", "note"), ("export", "export"))]
        if self._call is None:
            keys = [("↑ ↓", "scroll"), *keys]
        else:
            more = f"{self.key_of('chart.widen')} {self.key_of('chart.narrow')}"
            keys = [("← →", "cursor"), ("↑ ↓", "figure"), (more, "time"), *keys]
        if self._call is not None and len(view.rows) > view.size.height:
            keys.append(("pgdn", "more"))
        self.show_key_hints(keys)

    def action_cursor(self, by: int) -> None:
        """Moves the cursor by cells of the graphs; past the newest it follows again.

        The call is drawn as it was looked at last.
        """
        if self._call is not None and self._time is not None:
            self._window = self._window.moved(by, self._time, self._call.span)
            with self._drawing():
                self._draw_call(self._view("card"), self._call)

    def action_figure(self, by: int) -> None:
        """One figure at full height, the next one, and all of them again; where there are none, a row on."""
        if self._call is None:
            self._view("card").action_move(by)
            return
        figures = (None, *METRICS)
        self._chosen = figures[(figures.index(self._chosen) + by) % len(figures)]
        self.refresh_view()

    def action_scroll(self, by: int) -> None:
        self._view("card").action_page(by)

    def _widen(self, by: int) -> None:
        if self._call is None or self._time is None:
            self.say("No figures over time are shown.")
        elif by > 0 and not self._window.can_widen(self._time, self._call.span):
            self.say("All of the call is shown.")
        else:
            self._window = self._window.widened(by, self._time, self._call.span)
            self.refresh_view()

    action_chart_widen = partialmethod(_widen, 1)
    action_chart_narrow = partialmethod(_widen, -1)

    @property
    def shown_phone(self) -> PhoneId | None:
        return self._record.phone if self._record and self._record.phone in self._session.fleet.phones else None

    def action_calls_export(self) -> None:
        export(self, self._view_state, self._record)

    def action_calls_copy(self) -> None:
        copy(self, self._view_state, self._record)
