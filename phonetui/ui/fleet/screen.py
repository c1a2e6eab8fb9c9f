"""The screen of the fleet: every phone in one table, the worst on top."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import partialmethod
from operator import is_
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.errors import ConfigError
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.export import ExportFormat, offer
from phonetui.ui.fleet import rows as table
from phonetui.ui.fleet.columns import DEFAULT_COLUMNS, WITH_WEBEX, CellContext, csv_table, json_table, markdown_table
from phonetui.ui.fleet.rows import GROUPINGS, Entry, GroupHeading, phone_detail, restore_arrangement
from phonetui.ui.keyboard import bindings
from phonetui.ui.phone_filter import PHONE, PHONE_FILTER_HINT, filtered, worst_call
from phonetui.ui.screen_state import URGENCY, Arrangement, BatchProgress
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.status import command_dispatch
from phonetui.ui.status.command_dispatch import PACE_S
from phonetui.ui.status.command_line import TypedCommand, parse_line
from phonetui.ui.text.format import NOBODY, TROUBLE, Troubled, mark, urgency
from phonetui.ui.text.rows import Role, Row, Run, clip, clipped, row, spread
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import available_cloud, why_unavailable
from phonetui.ui.widgets.footer import key_hints
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.webex.inventory import counterparts
from phonetui.xapi.command import redacted_line

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice

HOLD_S = 3.0
"""The order stands still for so long after the cursor moved: a row must not leave under the operator's eyes."""
_KEPT = "fleet"
"""The name of this screen's preferences."""
_NAMED = 200
"""Cells of the phones' names in the question before one command for all of them."""
_COMMAND = "one command for all marked phones: SystemUnit Boot"


class FleetScreen(ListScreen[Entry]):
    screen_id = "fleet"
    CSS_PATH = "../styles/fleet.tcss"
    AUTO_FOCUS = "#table"
    listing = "table"
    noun = "phone"
    typed = PHONE_FILTER_HINT
    fields = PHONE
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("fleet"),
        Binding("enter", "open", "Open the phone", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        usual = WITH_WEBEX if self._session.cloud else DEFAULT_COLUMNS
        self._arrangement = self._session.arrangement or restore_arrangement(
            self._session.preferences.get(_KEPT), usual
        )
        self._marked: set[PhoneId] = set()
        self._entries: Sequence[Entry] = ()
        self._addressed: Sequence[Phone] = ()
        """The phones that were marked when the line for their command was opened."""
        self._ordered_by: tuple[object, ...] = (None, None, None)
        """What the order of the entries followed from, as the same objects; but for an order by urgency, phones too."""
        self._held_until = 0.0
        self._at: PhoneId | None = None
        """Where the cursor is to go."""
        self._worst: Troubled = NOBODY
        self._snapshot: Snapshot | None = None
        """What is drawn."""
        self._cell_context = CellContext(0.0)
        """What the cells that are shown were made with."""

    def body(self) -> ComposeResult:
        yield StaticRows(id="title")
        yield TableHeading(self.sort_by, id="head")
        yield RowsView(id="table")
        yield StaticRows(id="detail")

    def key_of_item(self, item: Entry) -> Hashable:
        return (item.words,) if isinstance(item, GroupHeading) else item.id

    def phone_of(self, item: Entry) -> PhoneId | None:
        return None if isinstance(item, GroupHeading) else item.id

    def is_problem(self, item: Entry) -> bool:
        return not isinstance(item, GroupHeading) and urgency(item, self._worst) >= TROUBLE

    def draw(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._worst = snapshot.summary.worst
        phones = filtered(snapshot.phones.values(), self._words)
        self._entries = self._in_order(phones, snapshot)
        view = self._view("table")
        is_swept = snapshot.cloud is None or not snapshot.cloud.failure
        self._cell_context = CellContext(snapshot.at, self._worst, snapshot.moment, is_swept, snapshot.zone)
        marked, width = frozenset(self._marked), view.size.width
        rows = table.FleetTable(self._entries, self._arrangement, marked, width, self._cell_context)
        rows = rows.following(view.rows)
        empty = [row(Run(self.no_match if snapshot.phones else NO_PHONES, Role.DIM))]
        first = self._first(phones) if self.item is None or self._is_relisting else None
        at, self._at = self._at, None
        self.show_list(self._entries, rows if len(rows) else empty, at=at, fallback=first)
        self.query_one(TableHeading).show_columns(self._arrangement, view.size.width)
        is_whole = len(phones) == len(snapshot.phones)
        counts = snapshot.summary.glyphs if is_whole else Counter([mark(one, self._worst).glyph for one in phones])
        title = table.table_title(self._arrangement, self._words, counts, len(phones), len(snapshot.phones))
        self._view("title").show([clipped(title, view.size.width)])
        self._draw_detail(snapshot)
        hints = key_hints((*self._key_hints(), ("esc", "back")), self.size.width)
        state = self._state()
        self._view("key-hints").show([spread(hints, state, self.size.width)])

    def _in_order(self, phones: Sequence[Phone], snapshot: Snapshot) -> Sequence[Entry]:
        """As arranged; while the operator moves, in the order that stands there, as far as it holds the same phones."""
        arrangement = self._arrangement
        ordered_by = (snapshot.summary, arrangement, self._words)
        is_ordered = arrangement.order == URGENCY and all(map(is_, ordered_by, self._ordered_by))
        is_held = self._session.clock.steady() < self._held_until
        if (is_held or is_ordered) and not arrangement.grouping:
            known = {phone.id: phone for phone in phones}
            standing = [entry.id for entry in self._entries if not isinstance(entry, GroupHeading)]
            if known.keys() == set(standing):
                return [known[phone] for phone in standing]
        self._ordered_by = ordered_by
        return table.arrange(phones, arrangement, self._worst)

    def _first(self, phones: Sequence[Phone]) -> PhoneId | None:
        """Where the eye belongs: on the phone in the worst trouble; without trouble, on the selected one.

        Where words choose among the phones, on the first that they leave.
        """
        if self._words:
            return next((entry.id for entry in self._entries if not isinstance(entry, GroupHeading)), None)
        first = max(phones, key=lambda phone: urgency(phone, self._worst), default=None)
        return first.id if first and urgency(first, self._worst) >= TROUBLE else self._view_state.selected

    def _draw_detail(self, snapshot: Snapshot) -> None:
        """Of the phone under the cursor, or of the group."""
        view, entry = self._view("detail"), self.item
        if entry is None:
            view.show([])
        elif isinstance(entry, GroupHeading):
            view.show([table.heading_row(entry, self._worst)])
        else:
            call = worst_call(entry)
            causes = self._view_state.causes(entry.id, call.key) if call else ()
            own = [alert for alert in snapshot.troubles if alert.phone == entry.id]
            view.show(phone_detail(entry, own, causes, call, zone=snapshot.zone, width=view.size.width))

    def _state(self) -> Row:
        """What is marked, and how far a command for many is; and why words choose nothing."""
        words = [self.filter_problem] if self._words and self.filter_problem else []
        if self._marked:
            words.append(f"{len(self._marked)} marked")
        if self._session.sending is not None:
            words.append(str(self._session.sending))
        return row(Run("  ".join(words) + " ", Role.ACCENT)) if words else ()

    def cursor_terms(self) -> "Sequence[screens.Term]":
        entry = self.item
        if entry is None or isinstance(entry, GroupHeading):
            return ()
        state = entry.connection
        what = " ".join(filter(None, (state.state.value, state.detail, state.hint))) or state.state.value
        return [screens.Term(clip(entry.name, 11), what, "the phone under the cursor")]

    def cursor_moved(self) -> None:
        self._held_until = self._session.clock.steady() + HOLD_S
        if self._snapshot is not None:
            self._draw_detail(self._snapshot)

    def selection_changed(self) -> None:
        """The cursor goes to the phone that is selected now."""
        self._at, self._held_until = self._view_state.selected, 0.0
        self.refresh_view()

    def action_open(self) -> None:
        entry = self.require_target()
        if isinstance(entry, GroupHeading):
            self.notify("There is no phone under the cursor, but the heading of a group.", markup=False)
        elif entry is not None:
            self._view_state.selected = entry.id
            self.dismiss(None)

    def _order(self, by: int) -> None:
        """Through the columns that can be seen."""
        columns, _ = table.shown_columns(self._arrangement, self._view("table").size.width)
        orders = [column.id for column in columns]
        place = orders.index(self._arrangement.order) if self._arrangement.order in orders else 0
        self._arrange(order=orders[(place + by) % len(orders)], is_reversed=False)

    action_fleet_sort_next = partialmethod(_order, 1)
    action_fleet_sort_back = partialmethod(_order, -1)

    def sort_by(self, column: str) -> None:
        """A click on its heading; on the one that sorts already, turns the order round."""
        is_same = column == self._arrangement.order
        self._arrange(order=column, is_reversed=is_same and not self._arrangement.is_reversed)

    def action_fleet_export(self) -> None:
        phones = [entry for entry in self._entries if not isinstance(entry, GroupHeading)]
        if not phones:
            self.notify("There is nothing to write.", markup=False)
            return
        columns, context = self._arrangement.columns, self._cell_context
        extent = f"{len(phones):,} phone{'' if len(phones) == 1 else 's'} as listed"
        name = f"fleet-{self._session.clock.now():%Y%m%dT%H%M%SZ}"
        offer(self, [
            ExportFormat("CSV", extent, name, "csv", lambda: csv_table(phones, columns, context)),
            ExportFormat("JSON Lines", extent, name, "jsonl", lambda: json_table(phones, columns, context)),
            ExportFormat("Markdown", extent, name, "md", lambda: markdown_table(phones, columns, context)),
        ])  # fmt: skip

    def action_fleet_reverse(self) -> None:
        self._arrange(is_reversed=not self._arrangement.is_reversed)

    def action_fleet_group(self) -> None:
        names = list(GROUPINGS)
        self._arrange(grouping=names[(names.index(self._arrangement.grouping) + 1) % len(names)])

    def action_fleet_columns(self) -> None:
        def took(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                arrangement = self._arrangement.with_columns(chosen)
                self._arrange(columns=chosen, order=arrangement.order)

        self.app.push_screen(screens.ColumnPicker(self._arrangement.columns), took)

    def _arrange(self, **fields: object) -> None:
        self._arrangement = replace(self._arrangement, **fields)
        self._session.arrangement = self._arrangement
        if self._session.keep is not None:
            self._session.keep(_KEPT, self._arrangement.kept)
        self._held_until = 0.0
        self.relist()

    def action_fleet_mark(self) -> None:
        entry = self.require_target()
        if entry is None:
            return
        phones = {phone.id for phone in entry.members} if isinstance(entry, GroupHeading) else {entry.id}
        self._marked = self._marked - phones if phones <= self._marked else self._marked | phones
        self.refresh_view()
        if not isinstance(entry, GroupHeading):
            self._view("table").action_move(1)

    def action_fleet_unmark(self) -> None:
        if not self._marked:
            self.say(_NONE_MARKED)
            return
        self._marked.clear()
        self.refresh_view()

    action_fleet_filter = ListScreen.ask_words

    async def action_fleet_command(self) -> None:
        """One for all that are marked; where none is, its key does what it does on every screen."""
        if not self._marked:
            await self.action_screen_command()
        elif self._session.trees is None:
            self.notify("Commands are not offered here.", markup=False)
        elif self._session.sending is not None and not self._session.sending.is_over:
            self.notify("The last command is still on its way.", markup=False)
        else:
            self._addressed = tuple(each for each in self._session.fleet.phones.values() if each.id in self._marked)
            await self.open_prompt(f"{len(self._addressed)} phones :", "", _COMMAND)

    def action_fleet_tag(self) -> None:
        if found := self._marked_in_webex():
            self.app.push_screen(screens.TagDialog(self._view_state, *found))

    def action_fleet_configure(self) -> None:
        if found := self._marked_in_webex():
            self.app.push_screen(screens.RolloutDialog(self._view_state, *found))

    def _marked_in_webex(self) -> "Sequence[WebexDevice]":
        """Those marked phones that Webex lists, too; says why there are none, or fewer."""
        cloud, phones = available_cloud(self._session), self._session.fleet.phones
        marked = [phones[phone] for phone in phones if phone in self._marked]
        if cloud is None:
            self.notify(why_unavailable(self._session), markup=False)
        elif not marked:
            self.notify(_NONE_MARKED, markup=False)
        elif found := counterparts(marked, cloud.state.inventory):
            if len(found) < len(marked):
                words = f"Webex lists {len(found)} of the {len(marked)} marked phones."
                self.notify(words, severity="warning", markup=False)
            return found
        else:
            self.notify("Webex lists none of the marked phones.", severity="warning", markup=False)
        return ()

    def answered(self, words: str) -> None:
        """One command, for all that were marked when the line was opened."""
        try:
            typed = parse_line(words)
        except ConfigError as error:
            self.notify(f"Nothing was sent: {error}", severity="warning", markup=False)
            return
        if typed.file is not None:
            self.notify("Nothing was sent: a data block goes to one phone at a time.", severity="warning", markup=False)
            return
        named = clip(", ".join(phone.name for phone in self._addressed), _NAMED)
        phones = [phone.id for phone in self._addressed]
        more = f"{named}: one after another, {PACE_S:g} s apart. Type how many phones they are to go on."
        self.app.push_screen(
            screens.TypedConfirm.of_count(len(phones), redacted_line(words), more),
            lambda yes: self._confirmed(phones, typed, yes=yes),
        )

    def _confirmed(self, phones: Sequence[PhoneId], typed: TypedCommand, *, yes: bool | None) -> None:
        if yes:
            self._session.sending = BatchProgress(len(phones))
            run = command_dispatch.run_batch(self._session, phones, typed.command, self._sent)
            self.app.run_worker(run, exit_on_error=True)  # goes on when this screen is left

    def _sent(self, tally: BatchProgress) -> None:
        self._session.sending = tally
        if tally.is_over:
            worst = tally.refused[0] if tally.refused else None
            why = f" The first: {worst[0]}: {worst[1]}" if worst else ""
            self.app.notify(f"{tally}.{why}", severity="warning" if worst else "information", markup=False)
        self.refresh_view()

    def back(self) -> None:
        """The marks are let go of before the screen."""
        if self._marked:
            self.action_fleet_unmark()
        else:
            self.dismiss(None)

    def _key_hints(self) -> list[tuple[str, str]]:
        if not self._entries:
            return [(self.key_of("fleet.filter"), "filter")] if self._words else []
        return [("enter", "open"), *((self.key_of(f"fleet.{name}"), word) for name, word in _KEY_HINTS.items())]


_NONE_MARKED = "No phone is marked: space marks the one under the cursor."
_KEY_HINTS = {"filter": "filter", "sort.next": "sort", "reverse": "reverse"} | {
    name: name for name in ("group", "columns", "mark", "command", "export")
}


class TableHeading(StaticRows):
    """The columns' names; a click on one sorts by it."""

    def __init__(self, clicked: Callable[[str], object], *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`clicked` is called with the column's id."""
        super().__init__(id=id)
        self._clicked = clicked
        self._columns: tuple[Arrangement, int] | None = None

    def show_columns(self, arrangement: Arrangement, width: int) -> None:
        self._columns = arrangement, width
        self.show([table.table_heading(arrangement, width)])

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        column = table.column_at(*self._columns, place.x) if place is not None and self._columns is not None else None
        if column is not None:
            self._clicked(column)
