"""The status screen: one phone's summary above its whole tree."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size

from phonetui.phone.clock import skew_s
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.export import send
from phonetui.ui.keyboard import bindings
from phonetui.ui.panes.call import notice, title
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.status import document as status
from phonetui.ui.status import rows as summary
from phonetui.ui.status.document import DeviceFacts, LeafChange, SipMessageRate, StatusLeaf
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import status_row
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path

_CLOCK = Path.of("PhoneStatus", "CurrentTime")


class StatusScreen(ListScreen[StatusLeaf | int]):
    screen_id = "status"
    is_always_live = True
    CSS_PATH = "../styles/status.tcss"
    AUTO_FOCUS = "#tree"
    listing = "tree"
    noun = "leaf"
    typed = "part of a path, a value or a meaning; enter keeps it, esc shows all"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("status")]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._changes_alone = False
        self._begin(view_state.selected)

    def _begin(self, phone: PhoneId | None) -> None:
        """From here on is counted what changes."""
        self._phone = phone
        self._was_private = self._session.is_private
        self._before: Document = EMPTY
        self._opened_at = self._session.clock.steady()
        self._document: Document | None = None
        self._leaves: tuple[StatusLeaf, ...] = ()
        self._chosen: tuple[StatusLeaf, ...] = ()
        self._absences: tuple[status.Absence, ...] = ()
        self._device = DeviceFacts()
        self._traffic = SipMessageRate()

    def body(self) -> ComposeResult:
        self.set_class(self._session.cloud is not None, "-webex")
        yield RowsView(id="device")
        yield RowsView(id="tree")
        yield StaticRows(id="leaf")

    def key_of_item(self, item: StatusLeaf | int) -> Path | int:
        """Rows below the status.leaves, which tell what the phone doesn't publish, are numbered."""
        return item.path if isinstance(item, StatusLeaf) else item

    def draw(self, snapshot: Snapshot) -> None:
        if (self._view_state.selected, self._session.is_private) != (self._phone, self._was_private):
            self._begin(self._view_state.selected)
        if snapshot.phone is None:
            self.show_list((), [row(Run("No phone is selected.", Role.DIM))])
            return
        self._read(snapshot.phone)
        above = self._view("device")
        above.show(self._summary(snapshot, snapshot.phone, above.size))
        above.set_title(title(snapshot.phone).replace("Calls", "Device", 1))
        self._draw_tree(snapshot.phone, snapshot.at)
        changed = sum(leaf.change is not LeafChange.NONE for leaf in self._leaves)
        counts = summary.leaf_counts(len(self._chosen), len(self._leaves), changed)
        self.show_key_hints(self._key_hints(), counts)

    def _summary(self, snapshot: Snapshot, phone: Phone, room: Size) -> list[Row]:
        notices = list(notice(phone, snapshot.at))
        if not self._document:
            return [*notices, row(Run(" Nothing was read yet.", Role.DIM))]
        trees = self._session.trees
        trust = summary.trust_row(trees.trust(phone.id)) if trees else ()
        context = summary.SummaryContext(
            phone, self._device, self._skew(phone), self._traffic.per_min, trust, status_row(snapshot)
        )
        return [*notices, *summary.summary_rows(context, room.width, room.height - len(notices))]

    def _read(self, phone: Phone) -> None:
        """Takes what is new; nothing is computed again as long as the phone says nothing new."""
        trees = self._session.trees
        if trees is None:
            return
        document = trees.document(phone.id)
        if document is self._document:
            return
        changed_at = trees.changed_at(phone.id)
        if not self._before:
            self._before = document
        self._document = document
        self._leaves = status.leaves(document, changed_at, before=self._before, opened_at=self._opened_at)
        self._absences = status.absences(phone, document)
        self._device = status.device_facts(document)
        self._traffic.take(self._device, max((changed_at.get(path, 0.0) for path in status.SIP_COUNTERS), default=0.0))
        self._choose()

    def _choose(self) -> None:
        self._chosen = status.filter_leaves(self._leaves, self._words, changes_alone=self._changes_alone)

    def _skew(self, phone: Phone) -> float | None:
        """The phone's clock against ours at the moment when it was read."""
        session = self._view_state.session
        changed_at = session.trees.changed_at(phone.id).get(_CLOCK) if session.trees else None
        if changed_at is None:
            return None
        return skew_s(phone.clock, session.clock.now() - timedelta(seconds=session.clock.steady() - changed_at))

    def _draw_tree(self, phone: Phone, at: float) -> None:
        view = self._view("tree")
        absent = () if self._words or self._changes_alone else self._absences
        rows = summary.LeafRows(self._chosen, absent, view.size.width - 2, at, phone.is_current)
        items = (*self._chosen, *range(len(rows) - len(self._chosen)))
        self.show_list(items, rows if len(rows) else [row(Run(self._why_empty(), Role.DIM))])
        self.cursor_moved()
        view.set_title(summary.tree_heading(self._words, changes_alone=self._changes_alone))

    def _why_empty(self) -> str:
        if self._words:
            return "Nothing matches: esc shows all again."
        return "Nothing has changed since you came: c shows all." if self._changes_alone else "Nothing was read yet."

    def cursor_moved(self) -> None:
        below, leaf = self._view("leaf"), self.item
        phone = self._view_state.snapshot(live=True).phone
        pushes = phone is not None and phone.connection.pushes
        below.show(summary.leaf_detail(leaf if isinstance(leaf, StatusLeaf) else None, below.size.width, pushes=pushes))

    def selection_changed(self) -> None:
        self.relist()

    action_status_search = ListScreen.ask_words

    def relist(self) -> None:
        self._choose()
        super().relist()

    def action_status_changes(self) -> None:
        self._changes_alone = not self._changes_alone
        self.relist()

    def action_status_copy(self) -> None:
        leaf = self.require_target()
        if isinstance(leaf, int):
            self.notify("There is no leaf under the cursor.", markup=False)
        elif leaf is not None:
            self.app.push_screen(screens.Menu(status.notations(leaf)), self._copied)

    def _copied(self, what: tuple[str, str] | None) -> None:
        if what is not None:
            send(self.app, what[1], what[0])

    def cursor_terms(self) -> "Sequence[screens.Term]":
        leaf = self.item
        if not isinstance(leaf, StatusLeaf):
            return ()
        found = leaf.description
        facts = (
            f"in {leaf.unit}" if leaf.unit else "",
            found.release and f"since PhoneOS {found.release}",
            found.deployment,
        )
        return [screens.Term("leaf", found.meaning, f"{leaf.names}  {' · '.join(filter(None, facts))}")]

    def back(self) -> None:
        if self._changes_alone:
            self.action_status_changes()
        else:
            self.dismiss(None)

    def _key_hints(self) -> Iterator[tuple[str, str]]:
        if self._leaves:
            yield self.key_of("status.search"), "search"
            yield self.key_of("status.changes"), "all leaves" if self._changes_alone else "changes alone"
            yield self.key_of("status.copy"), "copy"
        yield f"{self.key_of('phone.previous')} {self.key_of('phone.next')}", "phone"
        yield "tab", "summary"
