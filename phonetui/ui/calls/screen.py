"""The list of calls: those that are up on top, then the newest."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.calls import rows as table
from phonetui.ui.calls.call_filter import CALL_FIELDS, CALL_FILTER_HINT, filter_calls, search_terms
from phonetui.ui.export import copy, export
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.live_screen import ListScreen
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
