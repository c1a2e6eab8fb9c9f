"""The status screen: one phone's summary above its whole tree."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partialmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size

from phonetui.phone.clock import skew_s
from phonetui.phone.leaf_history import LeafHistory, leaf_number
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.export import send
from phonetui.ui.keyboard import bindings
from phonetui.ui.panes.call import notice, title
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.status import document as status
from phonetui.ui.status import rows as summary
from phonetui.ui.status import tree
from phonetui.ui.status.document import Absence, DeviceFacts, LeafChange, SipMessageRate, StatusLeaf
from phonetui.ui.status.tree import StatusBranch, TreeRow, branch_key
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import status_row
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import ROOT, Path

_CLOCK = Path.of("PhoneStatus", "CurrentTime")
_SAMPLE_S = 1.0
"""Seconds between two looks at the numbers, whatever is on the screen."""


class StatusScreen(ListScreen[TreeRow]):
    screen_id = "status"
    is_always_live = True
    CSS_PATH = "../styles/status.tcss"
    AUTO_FOCUS = "#tree"
    listing = "tree"
    noun = "leaf"
    typed = "part of a path, a value or a meaning; enter keeps it, esc shows all"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("status"),
        Binding("enter", "enter", "Open or close the heading, or chart the number", show=False),
        Binding("left,h", "close", "Close the heading", show=False),
        Binding("right,l", "open", "Open the heading", show=False),
        Binding("shift+left", "close_all", "Close all headings", show=False),
        Binding("shift+right", "open_all", "Open all headings", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._changes_alone = False
        self._folds: dict[Path, bool] = {}
        """The headings that the operator opened (True) or shut, on whichever phone."""
        self._to: object = None
        """The key of the row to which the cursor goes next."""
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
        self._absences: tuple[Absence, ...] = ()
        self._root = StatusBranch(ROOT, "")
        self._tree: tuple[TreeRow, ...] = ()
        self._history = LeafHistory(self._opened_at)
        self._device = DeviceFacts()
        self._traffic = SipMessageRate()

    def body(self) -> ComposeResult:
        self.set_class(self._session.cloud is not None, "-webex")
        yield RowsView(id="device")
        yield RowsView(id="tree")
        yield StaticRows(id="leaf")

    def on_mount(self) -> None:
        self._view("tree").clicked = self._clicked
        self.set_interval(_SAMPLE_S, self._sample)

    def key_of_item(self, item: TreeRow) -> object:
        return item.key

    def draw(self, snapshot: Snapshot) -> None:
        self._follow_selection()
        if snapshot.phone is None:
            self.show_list((), [row(Run("No phone is selected.", Role.DIM))])
            return
        self._read(snapshot.phone)
        above = self._view("device")
        above.show(self._summary(snapshot, snapshot.phone, above.size))
        above.set_title(title(snapshot.phone).replace("Calls", "Device", 1))
        self._draw_tree(snapshot.phone, snapshot.at)
        self._draw_hints()

    def _draw_hints(self) -> None:
        changed = sum(leaf.change is not LeafChange.NONE for leaf in self._leaves)
        counts = tree.leaf_counts(len(self._chosen), len(self._leaves), changed)
        self.show_key_hints(self._key_hints(), counts)

    def _follow_selection(self) -> None:
        if (self._view_state.selected, self._session.is_private) != (self._phone, self._was_private):
            self._begin(self._view_state.selected)

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
        self._sample()
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
        self._root = tree.build(self._chosen, () if self._shows_part else self._absences)
        self._fold()

    def _fold(self) -> None:
        self._tree = tree.visible_rows(self._root, self._folds, opens_all=self._shows_part)

    @property
    def _shows_part(self) -> bool:
        """Whether some leaves alone are shown: what was looked for is never folded away."""
        return bool(self._words) or self._changes_alone

    def _sample(self) -> None:
        """Keeps the numbers, for whoever charts one of them later."""
        self._follow_selection()
        phone, trees = self._session.fleet.phones.get(self._phone or PhoneId("")), self._session.trees
        if phone is None or trees is None:
            return
        fresh_at = phone.connection.fresh_at
        if fresh_at is not None:
            document, changed_at = trees.document(phone.id), trees.changed_at(phone.id)
            self._history.take(document, changed_at, fresh_at, is_current=phone.is_current)

    def _skew(self, phone: Phone) -> float | None:
        """The phone's clock against ours at the moment when it was read."""
        session = self._view_state.session
        changed_at = session.trees.changed_at(phone.id).get(_CLOCK) if session.trees else None
        if changed_at is None:
            return None
        return skew_s(phone.clock, session.clock.now() - timedelta(seconds=session.clock.steady() - changed_at))

    def _draw_tree(self, phone: Phone, at: float) -> None:
        view = self._view("tree")
        rows = tree.StatusRows(self._tree, view.size.width - 2, at, phone.is_current)
        to, self._to = self._to, None
        where = next((row.key for row in self._tree if row.key == to), None)
        self.show_list(self._tree, rows if len(rows) else [row(Run(self._why_empty(), Role.DIM))], at=where)
        self._draw_detail()
        view.set_title(tree.tree_heading(self._words, changes_alone=self._changes_alone))

    def _why_empty(self) -> str:
        if self._words:
            return "Nothing matches: esc shows all again."
        return (
            f"Nothing has changed since you came: {self.key_of('status.changes')} shows all."
            if self._changes_alone
            else "Nothing was read yet."
        )

    def cursor_moved(self) -> None:
        self._draw_detail()
        self._draw_hints()

    def _draw_detail(self) -> None:
        below, phone = self._view("leaf"), self._view_state.snapshot(live=True).phone
        pushes = phone is not None and phone.connection.pushes
        below.show(tree.detail(self.item, below.size.width, pushes=pushes))

    def selection_changed(self) -> None:
        self.relist()

    action_status_search = ListScreen.ask_words

    def filter(self, words: str) -> None:
        """Goes to the first leaf that matches; with the words gone, the leaf under the cursor is opened up to."""
        before = self.item
        self._words = words
        self._show_part(before)

    def _show_part(self, before: TreeRow | None) -> None:
        """Other leaves are shown than before, when the cursor was on `before`."""
        self._choose()
        if self._words:
            self._to = next((row.key for row in self._tree if isinstance(row.node, StatusLeaf)), None)
        elif before is not None and isinstance(before.node, StatusLeaf):
            self._folds.update(dict.fromkeys(tree.headings_above(self._root, before.node.path), True))
            self._fold()
        self.relist()

    def action_status_changes(self) -> None:
        self._changes_alone = not self._changes_alone
        self._show_part(self.item)

    def _turn(self, wanted: bool | None) -> None:
        """Opens or closes the heading under the cursor, turns it round (None), or goes to the one around."""
        row = self.require_target()
        if row is None:
            return
        heading = row.node if isinstance(row.node, StatusBranch) else None
        if wanted is None:
            wanted = not row.is_open
        if heading is not None and wanted != row.is_open:
            if self._shows_part:
                self.say("What was looked for is always open: esc shows all again.")
                return
            self._folds[heading.path] = wanted
            self._fold()
            self.relist()
        elif wanted and heading is not None:
            self._view("tree").action_move(1)
        elif not wanted and row.above != ROOT:
            self._to = branch_key(row.above)
            self.relist()

    action_open = partialmethod(_turn, True)
    action_close = partialmethod(_turn, False)

    def _turn_all(self, wanted: bool) -> None:
        """Closed, the cursor is on the heading of the top level that it was below."""
        item = self.item
        self._folds = dict.fromkeys(tree.all_headings(self._root), True) if wanted else {}
        self._fold()
        if item is not None and not wanted and not isinstance(item.node, Absence):
            above = next(tree.headings_above(self._root, item.node.path), None)
            self._to = branch_key(above) if above is not None else None
        self.relist()

    action_open_all = partialmethod(_turn_all, True)
    action_close_all = partialmethod(_turn_all, False)

    def action_enter(self) -> None:
        row = self.require_target()
        match row.node if row is not None else None:
            case StatusBranch():
                self._turn(None)
            case StatusLeaf() as leaf:
                self._chart(leaf)
            case Absence(group=group, why=why):
                self.say(f"{group}: {why}.")

    def _clicked(self) -> None:
        """A click on a heading turns it round; one on a leaf chooses it."""
        row = self.target
        if row is not None and isinstance(row.node, StatusBranch):
            self._turn(None)

    def _chart(self, leaf: StatusLeaf) -> None:
        if leaf_number(leaf.value) is None:
            copies = self.key_of("status.copy")
            self.say(f"{leaf.path[-1]} is no number, so there is nothing to chart: {copies} copies it.")
            return
        chart = screens.LeafChart(leaf.path, self._sampled, self._beside, status.unit_of, self._view_state)
        self.app.push_screen(chart, lambda _: self.selection_changed())

    def _sampled(self) -> LeafHistory:
        """Of the phone that is selected by now."""
        self._sample()
        return self._history

    def _beside(self, path: Path) -> list[Path]:
        """The numbers right beside a leaf, in the order of the tree."""
        return [leaf.path for leaf in tree.siblings(self._root, path) if leaf_number(leaf.value) is not None]

    def action_status_copy(self) -> None:
        row = self.require_target()
        if row is None:
            return
        if isinstance(row.node, StatusLeaf):
            self.app.push_screen(screens.Menu(status.notations(row.node)), self._copied)
        elif isinstance(row.node, StatusBranch) and row.node.children:
            notations = status.branch_notations(row.node.path, tuple(row.node.all_leaves()))
            self.app.push_screen(screens.Menu(notations), self._copied)
        else:
            self.say("There is no leaf under the cursor.")

    def _copied(self, what: tuple[str, str] | None) -> None:
        if what is not None:
            send(self.app, what[1], what[0])

    def cursor_terms(self) -> "Sequence[screens.Term]":
        leaf = self.item.node if self.item is not None else None
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
        node = self.item.node if self.item is not None else None
        if isinstance(node, StatusBranch) and not self._shows_part:
            yield "enter", "close" if self.item is not None and self.item.is_open else "open"
        elif isinstance(node, StatusLeaf) and leaf_number(node.value) is not None:
            yield "enter", "chart"
        if self._leaves:
            yield self.key_of("status.search"), "search"
            yield self.key_of("status.changes"), "all leaves" if self._changes_alone else "changes alone"
            yield self.key_of("status.copy"), "copy"
        yield f"{self.key_of('phone.previous')} {self.key_of('phone.next')}", "phone"
        yield "tab", "summary"
