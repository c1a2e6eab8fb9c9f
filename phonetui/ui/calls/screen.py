"""The screens of remembered calls: those that are up on top, then the newest; and one of them whole."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.phone.diagnosis import CallEnd
from phonetui.phone.measure import Grade
from phonetui.phone.state import CallKey, Phase, PhoneId
from phonetui.ui import screens
from phonetui.ui.calls import rows as table
from phonetui.ui.calls.call_filter import CALL_FIELDS, CALL_FILTER_HINT, filter_calls, search_terms
from phonetui.ui.calls.live_rows import LiveCall, live_call_rows, time_of
from phonetui.ui.calls.rows import call_card
from phonetui.ui.export import copy, export
from phonetui.ui.keyboard import bindings
from phonetui.ui.panes.call_metrics import STEP_S
from phonetui.ui.screens.live_screen import ListScreen, LiveScreen
from phonetui.ui.screens.phone_list import PhoneListScreen
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.text.filters import Filter
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.footer import key_hints
from phonetui.ui.widgets.row_list import RowsView, StaticRows

NEAR_END = 100
"""Rows between the cursor and the end of the list when older calls are brought."""


class CallsScreen(PhoneListScreen[CallRecord]):
    """Stands still while the display is frozen, as the main screen does."""

    screen_id = "calls"
    CSS_PATH = "../styles/records.tcss"
    AUTO_FOCUS = "#records"
    listing = "records"
    noun = "call"
    typed = CALL_FILTER_HINT
    fields = CALL_FIELDS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("calls"),
        Binding("enter", "open", "The call's card", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._source: Sequence[CallRecord] | None = None
        self._listed: Sequence[CallRecord] = ()
        self._chosen_by: tuple[str, PhoneId | None] = ("", None)
        """The words and the phone that left them of the source."""
        self._silent: frozenset[PhoneId] = frozenset()
        """Phones that do not answer."""

    def body(self) -> ComposeResult:
        with Vertical(id="list"):
            yield StaticRows(id="columns")
            yield RowsView(id="records")
        yield StaticRows(id="record")

    def on_mount(self) -> None:
        self._entitle()

    def _entitle(self) -> None:
        """Written only where it differs: it repaints the whole frame."""
        zone = self._session.clock.now().astimezone(self._session.zone)
        title, frame = Content(f"{self.title_with_scope('Calls')} · times in {zone:%Z}"), self.query_one("#list")
        if frame.border_title != title:
            frame.border_title = title

    def key_of_item(self, item: CallRecord) -> str:
        return item.id

    def phone_of(self, item: CallRecord) -> PhoneId | None:
        return item.phone if item.phone in self._session.fleet.phones else None

    def is_problem(self, item: CallRecord) -> bool:
        return item.grade.severity > Grade.GOOD.severity

    def draw(self, snapshot: Snapshot) -> None:
        self._choose()
        self._entitle()
        self._silent = frozenset(id_ for id_, phone in snapshot.phones.items() if not phone.is_current)
        view = self._view("records")
        width = view.size.width - 1
        self._view("columns").show([table.call_heading(width)])
        rows = table.CallRows(
            snapshot.named(self._listed), snapshot.zone, width, snapshot.thresholds.loss_pct, self._silent
        )
        self.show_list(self._listed, rows if self._listed else [row(Run(self._why_empty(), Role.DIM))])
        self._draw_record()
        if self.only is None:
            self._load_older()
        self._draw_key_hints()

    def _choose(self) -> None:
        """Filters again only what is new: there may be thousands."""
        records = self._view_state.records
        if records is not self._source or (self._words, self.only) != self._chosen_by:
            scoped = self.of_scope(records)
            self._source, self._chosen_by = records, (self._words, self.only)
            self._listed = filter_calls(scoped, self._words) if self._words else scoped

    def _why_empty(self) -> str:
        if self._words:
            return self.no_match
        if self.only is not None and self._source:
            return f"No call of {self.whose}: {self.key_of('calls.scope')} shows those of all phones."
        if not self._session.fleet.phones:
            return NO_PHONES
        if any(phone.has_live_call for phone in self._session.fleet.phones.values()):
            return "Nothing is remembered yet."
        return "No call was seen yet; phones publish calls from PhoneOS 3.6 on, On-Prem ones at their end."

    def filter(self, words: str) -> None:
        """What is not in memory is looked for, and comes a little later."""
        self._search(words)
        super().filter(words)

    def _search(self, words: str) -> None:
        older = self._session.fleet.older_calls
        if older is None:
            return
        if words.split():
            older.search(Filter(CALL_FIELDS, words).fits, search_terms(words))
        else:
            older.end_search()

    def on_unmount(self) -> None:
        self._search("")

    def cursor_moved(self) -> None:
        self._load_older()
        self._draw_record()

    def _draw_record(self) -> None:
        below = self._view("record")
        record = self.item
        is_silent = record is not None and record.phone in self._silent
        below.show(table.call_summary(record, below.size.width, is_silent=is_silent))

    def _load_older(self) -> None:
        """Close to the end of what is in memory, more is brought."""
        older, cursor = self._session.fleet.older_calls, self._view("records").cursor
        if older is not None and cursor is not None and not self._words and cursor >= len(self._listed) - NEAR_END:
            older.load()

    def _draw_key_hints(self) -> None:
        names = ("filter", "export", "copy") if self._listed else ("filter",) if self._source else ()
        hints = [("enter", "card")] if self._listed else []
        hints += [(self.key_of("calls.scope"), self.scope_hint)] if self._source else []
        hints += [(self.key_of(f"calls.{name}"), name) for name in names]
        width = self._view("key-hints").size.width
        self.show_key_hints(hints, self._counts(width - cell_width(key_hints((*hints, ("esc", "back")), width))))

    def _counts(self, room: int) -> Row:
        """How many there are, and whether they will be here tomorrow."""
        older = self._session.fleet.older_calls
        total, listed = len(self._source or ()) + (older.count if older else 0), len(self._listed)
        count = f"{total:,} calls" if listed == total else f"{listed:,} of {total:,} calls"
        if older is not None and older.is_searching:
            count = f"looking further … {count}"
        unkept = self._session.fleet.unkept
        counts = row(Run(f"{count} ", Role.DIM))
        if not unkept:
            return counts if cell_width(counts) < room else ()
        return row(Run(f"{clip(unkept, room - cell_width(counts) - 4)}  ", Role.FAIR), *counts)

    def action_open(self) -> None:
        record = self.require_target()
        if record is not None:
            self.app.push_screen(screens.CallDetail(self._view_state, record.id), lambda _: self.refresh_view())

    action_calls_filter = ListScreen.ask_words

    def action_calls_scope(self) -> None:
        self.change_scope()

    def action_calls_export(self) -> None:
        """The call under the cursor and all that are listed; the latter are written as they are now."""
        export(self, self._view_state, self.target, self._listed)

    def action_calls_copy(self) -> None:
        copy(self, self._view_state, self.target)


class CallDetail(LiveScreen):
    """One call: live with both directions and a time cursor while it is up, as it is remembered once it is over."""

    screen_id = "call"
    CSS_PATH = "../styles/records.tcss"
    AUTO_FOCUS = "#card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("call"),
        Binding("left", "cursor(-1)", "Earlier", show=False),
        Binding("right", "cursor(1)", "Later", show=False),
    ]

    def __init__(self, view_state: ViewState, record: str) -> None:
        """`record` is a record's id."""
        super().__init__(view_state)
        self._id = record
        self._record: CallRecord | None = None
        self._cursor: float | None = None
        """Monotonic seconds of the reading that is read; None is the newest."""
        self._live: LiveCall | None = None

    def body(self) -> ComposeResult:
        yield RowsView(id="card")

    def draw(self, snapshot: Snapshot) -> None:
        records = self._view_state.records
        self._record = next((record for record in records if record.id == self._id), self._record)
        view = self._view("card")
        view.set_title("Call")
        width = view.size.width - 1
        self._live = self._live_call(snapshot, self._record) if self._record is not None else None
        if self._live is not None:
            view.show(live_call_rows(self._live, snapshot, width, view.size.height))
        elif self._record is not None:
            phone = snapshot.phones.get(self._record.phone)
            is_silent = phone is not None and not phone.is_current
            other = other_end(self._record, records)
            view.show(call_card(self._record, other, snapshot.zone, width, is_silent=is_silent))
        read = (("← →", "cursor"),) if self._live else ()
        named = ((self.key_of(f"calls.{name}"), name) for name in ("export", "copy"))
        self.show_key_hints((*read, ("↑ ↓", "scroll"), *named))

    def _live_call(self, snapshot: Snapshot, record: CallRecord) -> LiveCall | None:
        """None once it is over, or while its phone shows no figures of it."""
        near = _end(snapshot, record.phone, record.key) if record.is_up else None
        if near is None or near.call.is_from_events or near.call.phase not in (Phase.TALK, Phase.HELD):
            return None
        partner = self._view_state.partner(record.phone, record.key)
        there = (partner.phone, partner.key) if isinstance(partner, Partner) else None
        far = _end(snapshot, *there) if there else None
        history = self._view_state.history(record.phone).get(record.key)
        far_history = self._view_state.history(there[0]).get(there[1]) if there and far else None
        causes = self._view_state.causes(record.phone, record.key)
        return LiveCall(record, near, history, far, far_history, self._cursor, causes)

    def action_cursor(self, by: int) -> None:
        """By columns of the graphs; past the newest it follows again."""
        live, snapshot = self._live, self._view_state.snapshot()
        if live is None:
            return
        time = time_of(live, snapshot, self._view("card").size.width - 1)
        at = (self._cursor if self._cursor is not None else time.until) + by * 2 * STEP_S
        self._cursor = (
            None if at >= time.until else max(at, time.since, live.near_history.since_at if live.near_history else at)
        )
        self.refresh_view()

    @property
    def shown_phone(self) -> PhoneId | None:
        return self._record.phone if self._record and self._record.phone in self._session.fleet.phones else None

    def action_calls_export(self) -> None:
        export(self, self._view_state, self._record)

    def action_calls_copy(self) -> None:
        copy(self, self._view_state, self._record)


def _end(snapshot: Snapshot, phone: PhoneId, key: CallKey) -> CallEnd | None:
    """Of a call that is up at a phone."""
    known = snapshot.phones.get(phone)
    call = next((call for call in known.calls if call.key == key), None) if known else None
    return CallEnd(known, call, known.measure(key)) if known and call else None
