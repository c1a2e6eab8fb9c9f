"""The fleet: every phone in one table, the worst on top; and the choice of its columns."""

from collections.abc import Hashable, Sequence
from functools import partialmethod
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from phonetui.errors import ConfigError
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.fleet import rows as table
from phonetui.ui.fleet.columns import COLUMNS, DEFAULT_COLUMNS, WITH_WEBEX, CellContext
from phonetui.ui.fleet.rows import GROUPINGS, Entry, GroupHeading, restore_arrangement
from phonetui.ui.keyboard import bindings
from phonetui.ui.phone_filter import PHONE, PHONE_FILTER_HINT, filtered
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.snapshot import NO_PHONES, Snapshot
from phonetui.ui.status import command_dispatch
from phonetui.ui.status.command_dispatch import PACE_S, BatchProgress
from phonetui.ui.status.command_line import TypedCommand, parse_line
from phonetui.ui.text.format import NOBODY, TROUBLE, Troubled, troubled, urgency
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row, spread
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
        self._held_until = 0.0
        self._at: PhoneId | None = None
        """Where the cursor is to go."""
        self._worst: Troubled = NOBODY

    def body(self) -> ComposeResult:
        yield StaticRows(id="head")
        yield RowsView(id="table")

    def key_of_item(self, item: Entry) -> Hashable:
        return (item.words,) if isinstance(item, GroupHeading) else item.id

    def phone_of(self, item: Entry) -> PhoneId | None:
        return None if isinstance(item, GroupHeading) else item.id

    def is_problem(self, item: Entry) -> bool:
        return not isinstance(item, GroupHeading) and urgency(item, self._worst) >= TROUBLE

    def draw(self, snapshot: Snapshot) -> None:
        self._worst = troubled(snapshot.troubles)
        phones = filtered(snapshot.phones.values(), self._words)
        self._entries = self._in_order(phones)
        view = self._view("table")
        is_swept = snapshot.cloud is None or not snapshot.cloud.failure
        context = CellContext(snapshot.at, self._worst, snapshot.moment, is_swept)
        rows = table.FleetTable(self._entries, self._arrangement, self._marked, view.size.width, context)
        empty = [row(Run(self.no_match if snapshot.phones else NO_PHONES, Role.DIM))]
        first = self._first(phones) if self.item is None or self._is_relisting else None
        at, self._at = self._at, None
        self.show_list(self._entries, rows if len(rows) else empty, at=at, fallback=first)
        self._view("head").show([table.table_heading(self._arrangement, view.size.width)])
        hints = key_hints((*self._key_hints(), ("esc", "back")), self.size.width)
        state = self._state(len(phones), len(snapshot.phones))
        self._view("key-hints").show([spread(hints, state, self.size.width)])

    def _in_order(self, phones: Sequence[Phone]) -> Sequence[Entry]:
        """As arranged; while the operator moves, in the order that stands there, as far as it holds the same phones."""
        known = {phone.id: phone for phone in phones}
        standing = [entry.id for entry in self._entries if not isinstance(entry, GroupHeading)]
        holds = self._session.clock.steady() < self._held_until and set(standing) == set(known)
        if holds and not self._arrangement.grouping:
            return [known[phone] for phone in standing]
        return table.arrange(phones, self._arrangement, self._worst)

    def _first(self, phones: Sequence[Phone]) -> PhoneId | None:
        """Where the eye belongs: on the phone in the worst trouble; without trouble, on the selected one.

        Where words choose among the phones, on the first that they leave.
        """
        if self._words:
            return next((entry.id for entry in self._entries if not isinstance(entry, GroupHeading)), None)
        first = max(phones, key=lambda phone: urgency(phone, self._worst), default=None)
        return first.id if first and urgency(first, self._worst) >= TROUBLE else self._view_state.selected

    def _state(self, listed: int, phones: int) -> Row:
        """Of how many phones the table is, how arranged, and how far a command for many is."""
        arrangement, words = self._arrangement, []
        if self._words:
            words.append(self.filter_problem or f"/{self._words}: {listed} of {phones}")
        if arrangement.grouping:
            words.append(f"by {arrangement.grouping}")
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
        self._marked.clear()
        self.refresh_view()

    action_fleet_filter = ListScreen.ask_words

    async def action_fleet_command(self) -> None:
        if not self._marked:
            self.notify("No phone is marked: space marks the one under the cursor.", markup=False)
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
            self.notify("No phone is marked: space marks the one under the cursor.", markup=False)
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


_KEY_HINTS = {"filter": "filter", "sort.next": "sort", "reverse": "turn"} | {
    name: name for name in ("group", "columns", "mark", "command")
}


class ColumnPicker(Dialog[tuple[str, ...] | None]):
    """Ends with the chosen columns in their order, or None."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "show_or_hide", "Show or hide"),
        Binding("J,plus,right", "shift(1)", "Later"),
        Binding("K,minus,left", "shift(-1)", "Earlier"),
        Binding("0", "restore", "As it was"),
        Binding("enter", "take", "Take"),
        Binding("escape,q", "leave", "Back"),
    ]

    def __init__(self, chosen: Sequence[str]) -> None:
        super().__init__()
        self._order = [*chosen, *(name for name in COLUMNS if name not in chosen)]
        self._shown = set(chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content("Columns, first to last"), classes="question")
            yield RowsView(id="columns")
            yield Static(
                Content("space shows or hides   + - moves   0 restores   enter takes them   esc back"), classes="more"
            )

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def action_show_or_hide(self) -> None:
        name = self._target
        if name is not None:
            self._shown ^= {name}
            self._draw()

    def action_shift(self, by: int) -> None:
        name = self._target
        if name is not None:
            at = self._order.index(name)
            self._order.insert(min(max(at + by, 0), len(self._order) - 1), self._order.pop(at))
            self._draw()

    def action_restore(self) -> None:
        self._order = [*DEFAULT_COLUMNS, *(name for name in COLUMNS if name not in DEFAULT_COLUMNS)]
        self._shown = set(DEFAULT_COLUMNS)
        self._draw()

    def action_take(self) -> None:
        chosen = tuple(name for name in self._order if name in self._shown)
        if chosen:
            self.dismiss(chosen)
        else:
            self.notify("A table needs a column.", markup=False)

    @property
    def _target(self) -> str | None:
        """The column under the cursor."""
        found: str | None = self.query_one(RowsView).target
        return found

    def _draw(self) -> None:
        self.query_one(RowsView).show([self._row(name) for name in self._order], tuple(self._order), asked=True)

    def _row(self, name: str) -> Row:
        shown = name in self._shown
        box = Run("[x] " if shown else "[ ] ", Role.KEY if shown else Role.DIM)
        return row(box, Run(pad(COLUMNS[name].heading, 14), Role.VALUE if shown else Role.DIM))
