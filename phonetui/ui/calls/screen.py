"""The screen with the list of calls: calls that are up, then the newest; below it the chosen call.

╭─ Calls ────────────────────────╮
│ began  phone  other party  …   │  as high as it is long, half of the screen at least
╰────────────────────────────────╯
╭─ Call ─────────────────────────╮
│ Lobby hears …  │ Kitchen hears │  what is left, from `_PREVIEW_FROM` rows on; else two lines without a frame
╰────────────────────────────────╯
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from phonetui.phone.calls.call_ends import RECENT, CallEnds, JoinedCalls
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.calls import rows as table
from phonetui.ui.calls.call_rows import TimeWindow, drawn_call
from phonetui.ui.calls.call_source import CallSource
from phonetui.ui.calls.rows import CALL_FIELDS, CALL_FILTER_HINT, RECORD_FIELDS, filter_calls, search_terms
from phonetui.ui.export import copy, export
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.screens.phone_list import PhoneListScreen
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.text.filters import Filter
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.footer import key_hints
from phonetui.ui.widgets.pane import Header
from phonetui.ui.widgets.row_list import RowsView, StaticRows

NEAR_END = 100
"""Rows between the cursor and the end of the list when older calls are brought."""
_PREVIEW_FROM, _PREVIEW_ALWAYS_FROM = 16, 44
"""Rows below the list, and rows for both, from which on the chosen call is drawn."""
_SUMMARY_ROWS = 2
_FRAME = 2


class CallsScreen(PhoneListScreen[CallEnds]):
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
        self._snapshot: Snapshot | None = None
        self._call_source = CallSource(view_state)
        self._source: Sequence[CallRecord] | None = None
        self._joined = JoinedCalls()
        self._calls: Sequence[CallEnds] = ()
        """Of all that there is."""
        self._listed: Sequence[CallEnds] = ()
        self._chosen_by: tuple[str, PhoneId | None] = ("", None)
        """The words and the phone that left these of all calls."""
        self._names: Mapping[PhoneId | None, PhoneId] = {}
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

    def key_of_item(self, item: CallEnds) -> str:
        return item.id

    def phone_of(self, item: CallEnds) -> PhoneId | None:
        return item.near.phone if item.near.phone in self._session.fleet.phones else None

    def is_of(self, item: CallEnds, phone: PhoneId | None) -> bool:
        return item.is_of(phone)

    def is_problem(self, item: CallEnds) -> bool:
        return item.grade.is_impaired

    def draw(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        at = self._choose()
        self._entitle()
        self._silent = frozenset(id_ for id_, phone in snapshot.phones.items() if not phone.is_current)
        self._names = snapshot.names
        view = self._view("records")
        width = view.size.width - 1
        self._view("columns").show([table.call_heading(width)])
        limits = snapshot.thresholds.loss_pct
        rows = table.CallRows(self._listed, snapshot.zone, width, limits, self._silent, self._names)
        self.show_list(self._listed, rows if self._listed else [row(Run(self._why_empty(), Role.DIM))], at=at)
        self._draw_record()
        if self.only is None:
            self._load_older()
        self._draw_key_hints()

    def _choose(self) -> str | None:
        """Filters again only what is new: there may be thousands. Gives the cursor's row if its call was joined."""
        records, before = self._view_state.records, self.item
        if records is not self._source or (self._words, self.only) != self._chosen_by:
            self._calls = self._joined.calls(records)
            scoped = self.of_scope(self._calls)
            scoped = [call.seen_from(self.only) for call in scoped] if self.only is not None else scoped
            self._source, self._chosen_by = records, (self._words, self.only)
            self._listed = filter_calls(scoped, self._words) if self._words else scoped
        if before is None or before.far is not None:
            return None
        id_ = before.near.id
        return next(
            (call.id for call in self._listed[:RECENT] if call.far and id_ in {one.id for one in call.records}), None
        )

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
            older.search(Filter(RECORD_FIELDS, words).fits, search_terms(words))
        else:
            older.end_search()

    def on_unmount(self) -> None:
        self._search("")

    def cursor_moved(self) -> None:
        self._load_older()
        self._draw_record()

    def _draw_record(self) -> None:
        below, call = self._view("record"), self.item
        height = self._preview_height() if call is not None else _SUMMARY_ROWS
        below.set_class(height > _SUMMARY_ROWS, "-drawn")
        if below.styles.height is None or below.styles.height.value != height:
            below.styles.height = height
        if call is not None and self._snapshot is not None and height > _SUMMARY_ROWS:
            below.set_title("Call")
            below.show(self._drawn(call.near, self._snapshot, self.size.width - 5, height - _FRAME))
            return
        is_silent = call is not None and table.is_unheard(call, self._silent)
        below.show(table.call_summary(call, self.size.width, self._names, is_silent=is_silent))

    def _preview_height(self) -> int:
        """Rows of what stands below the list, whose own length doesn't follow every call."""
        around = (self.query_one(Header), self._view("key-hints"))
        both = self.size.height - sum(view.outer_size.height for view in around)
        left = both - _FRAME - 1 - len(self._listed)
        if both >= _PREVIEW_ALWAYS_FROM:
            left = max(left, both // 2)
        return min(left, both * 3 // 4) if left >= _PREVIEW_FROM else _SUMMARY_ROWS

    def _drawn(self, record: CallRecord, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        call = self._call_source.shown(snapshot, record)
        if call is None:
            return self._call_source.card(snapshot, record, width)[:height]
        return drawn_call(call, TimeWindow(), None, width, height).rows[:height]

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
        total, listed = len(self._calls), len(self._listed)
        count = f"{total:,} calls" if listed == total else f"{listed:,} of {total:,} calls"
        if older is not None and older.count:
            count = f"{count}, {older.count:,} older records"
        if older is not None and older.is_searching:
            count = f"looking further … {count}"
        unkept = self._session.fleet.unkept
        counts = row(Run(f"{count} ", Role.DIM))
        if not unkept:
            return counts if cell_width(counts) < room else ()
        return row(Run(f"{clip(unkept, room - cell_width(counts) - 4)}  ", Role.FAIR), *counts)

    def action_open(self) -> None:
        call = self.require_target()
        if call is not None:
            self.app.push_screen(screens.CallDetail(self._view_state, call.near.id), lambda _: self.refresh_view())

    action_calls_filter = ListScreen.ask_words

    def action_calls_scope(self) -> None:
        self.change_scope()

    def action_calls_export(self) -> None:
        """The call under the cursor and all that are listed; the latter are written as they are now."""
        call = self.target
        export(self, self._view_state, call.near if call else None, self._listed)

    def action_calls_copy(self) -> None:
        call = self.target
        copy(self, self._view_state, call.near if call else None)
