"""Base classes of screens over the fleet: each draws the newest snapshot while it is visible; many are lists.

A screen that is covered is left alone: the toolkit would repaint the whole terminal for it.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partialmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui import screens
from phonetui.ui.keyboard import shown
from phonetui.ui.screens.phone_commands import PhoneCommands
from phonetui.ui.screens.refresh_timer import RefreshTimer
from phonetui.ui.screens.screen_commands import in_sight
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.filters import Filter, Readers
from phonetui.ui.text.format import name
from phonetui.ui.text.rows import Role, Row, Run, row, sentence
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.footer import KeyHints, key_hints
from phonetui.ui.widgets.pane import Header, Prompt
from phonetui.ui.widgets.row_list import RowsView

if TYPE_CHECKING:
    from phonetui.ui.screens import Term


REFRESH_S = 0.25


class LiveScreen(PhoneCommands):
    """Draws the newest snapshot, while it can be seen."""

    is_always_live: ClassVar[bool] = False
    """Whether it shows the phones as they are now, whatever the main screen has frozen."""

    def __init__(self, view_state: ViewState, *, refresh_s: float = REFRESH_S) -> None:
        """`refresh_s` is the time between two looks at whether anything moved."""
        super().__init__()
        self._view_state = view_state
        self._session = view_state.session
        self._seen: object = None
        """The stamp of what is drawn."""
        self._refresh_s = refresh_s

    @property
    def view_state(self) -> ViewState:
        return self._view_state

    def compose(self) -> ComposeResult:
        yield Header()
        yield from self.body()
        yield KeyHints(id="key-hints")

    def body(self) -> ComposeResult:
        """What lies between the header and the key hints."""
        yield from ()

    def on_mount(self) -> None:
        """Comes after a screen's own, as the toolkit calls both."""
        self.call_after_refresh(self.refresh_view)
        RefreshTimer(self, self._session, self._refresh_if_changed, self._refresh_s).start()

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_view)

    def refresh_view(self) -> None:
        """Draws the header and what is below it, once there is a size to draw for; a fault becomes a sentence there."""
        if not self.is_mounted or not self.size:
            return
        with self._drawing():
            self._seen = self.stamp
            snapshot = self._view_state.snapshot(live=self.is_always_live)
            self.query_one(Header).refresh_from(snapshot)
            self.draw(snapshot)

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """A fault in what is drawn within becomes a sentence on the screen."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what it can be is not known: phones are watched all the same
            self.show_fault(error)

    def draw(self, snapshot: Snapshot) -> None:
        """Draws what is below the header."""
        raise NotImplementedError

    def action_view_freeze(self) -> None:
        if self.is_always_live:
            self.say("This screen always shows the phone as it is now.")
        else:
            super().action_view_freeze()

    def action_view_zero(self) -> None:
        """What is counted is seen elsewhere, so it is said."""
        phone = self.require_phone()
        if phone is not None:
            counts = self._view_state.zero()
            since = "from now, for this session only" if counts else "since boot again"
            self.say(f"{name(phone)}: counters count {since}.")

    def action_view_explain(self) -> None:
        self.app.push_screen(screens.Explanation(self.screen_id, self._session.config.quality, self.cursor_terms()))

    def cursor_terms(self) -> "Sequence[Term]":
        """What is to be said of what is under the cursor, before everything else."""
        return ()

    def show_key_hints(self, hints: Iterable[tuple[str, str]], counts: str | Row = "") -> None:
        """Keys and what they do; the way back follows them, and `counts` stands at the end where there is room."""
        view = self._view("key-hints")
        view.show([key_hints((*hints, ("esc", "back")), view.size.width, counts)])

    def show_whole(self, name: str, rows: Sequence[Row]) -> None:
        """Shows rows in a view that becomes as high as they are."""
        view = self._view(name)
        if view.styles.height is None or view.styles.height.value != len(rows):
            view.styles.height = len(rows)
        view.show(rows)

    @property
    def stamp(self) -> object:
        """Differs whenever there may be something else to draw."""
        return self._view_state.stamp

    def show_fault(self, error: Exception) -> None:
        """Shows a fault in the first list that can have the cursor, else in the largest."""
        views = sorted(self.query(RowsView), key=lambda view: (view.can_focus, view.size.height))
        if views:
            next((view for view in self.query(RowsView) if view.can_focus), views[-1]).show([sentence(self, error)])

    def action_leave(self) -> None:
        self.dismiss(None)

    def _refresh_if_changed(self) -> bool:
        is_new = self.stamp != self._seen and in_sight(self)
        if is_new:
            self.refresh_view()
        return is_new

    def key_of(self, action: str) -> str:
        """The first key of an action, as it is shown."""
        return shown(self._session.keys[action].partition(",")[0])

    def _view(self, name: str) -> RowsView:
        return self.query_one(f"#{name}", RowsView)


Item = TypeVar("Item", bound=Hashable)
_FILTER = "/"


class ListScreen(LiveScreen, Generic[Item]):
    """Whatever is done is done to `target`: the row that was shown under the cursor when the key was pressed.

    Typing filters at once; enter keeps the words, escape lets go of them, and then of the screen.
    """

    listing: ClassVar[str]
    """The id of the list."""
    noun: ClassVar[str] = "row"
    """What one of its rows is."""
    typed: ClassVar[str] = ""
    """What may be typed."""
    fields: ClassVar[Readers[Any]] = {}
    """What the filter may name."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        Binding("up", "cursor(-1)", "Up", show=False),
    ]

    _words = ""
    _sign = ""
    """The sign of the line that is open, or was last."""
    _is_relisting = False

    def key_of_item(self, item: Item) -> Hashable | None:
        """What stays the same for as long as it is the same thing; None where the cursor has no business."""
        return item

    def cursor_moved(self) -> None:
        """The operator moved the cursor."""

    def on_mount(self) -> None:
        """Comes after a screen's own, as the toolkit calls both; so does that of `Looking`."""
        self._list_view.moved = self.cursor_moved
        self._list_view.steady = self._session.clock.steady

    @property
    def _list_view(self) -> RowsView:
        return self._view(self.listing)

    def show_list(
        self,
        items: Sequence[Item],
        rows: Sequence[Row],
        *,
        at: Hashable | None = None,
        fallback: Hashable | None = None,
    ) -> None:
        """`items` one a row, as far as the rows are of any; for `at` and `fallback` see `ListCursor.update`."""
        self._list_view.show(
            rows, items, key_of=self.key_of_item, at=at, fallback=fallback, asked=self._is_relisting
        )  # fmt: skip

    def relist(self) -> None:
        """Looks, because the operator wants other rows; the cursor need not stay where it was."""
        self._is_relisting = True
        try:
            self.refresh_view()
        finally:
            self._is_relisting = False

    @property
    def item(self) -> Item | None:
        """Under the cursor, for what is drawn."""
        found: Item | None = self._list_view.item
        return found

    @property
    def target(self) -> Item | None:
        """What a key hits."""
        found: Item | None = self._list_view.target
        return found

    def phone_of(self, item: Item) -> PhoneId | None:  # noqa: ARG002 - some lists are of one phone
        """The phone that a row is of, for the keys that act on phones; None where it is of none in particular."""
        return None

    def is_problem(self, item: Item) -> bool:  # noqa: ARG002 - as above
        """Whether the keys of the next and previous problem stop there."""
        return False

    @property
    def _has_phones(self) -> bool:
        return type(self).phone_of is not ListScreen.phone_of and self.item is not None

    def take_cursor(self) -> bool:
        if not self._has_phones:
            return super().take_cursor()
        item = self.require_target()
        phone = None if item is None else self.phone_of(item)
        if phone is not None:
            self._view_state.selected = phone
        return item is not None

    def require_phone(self) -> Phone | None:
        """The phone of the row under the cursor.

        On a row of no phone nothing is done to the one that was selected before.
        """
        if self._has_phones and (item := self.target) is not None and self.phone_of(item) is None:
            self.say(f"This {self.noun} is of no phone in particular.")
            return None
        return super().require_phone()

    def _go_to_problem(self, by: int) -> None:
        if type(self).is_problem is ListScreen.is_problem:
            super()._go_to_problem(by)
            return
        before = self._list_view.cursor
        if not self._list_view.move_to(self.is_problem, by):
            self.say("No problem is listed here.")
        elif self._list_view.cursor == before:
            self.say(f"No other {self.noun} here is a problem.")

    action_problem_next = partialmethod(_go_to_problem, 1)
    action_problem_previous = partialmethod(_go_to_problem, -1)

    def require_target(self) -> Item | None:
        """What a key hits; where that is nothing, says so."""
        found = self.target
        if found is None:
            words = f"There is no {self.noun} under the cursor."
            if self.item is not None:
                words = f"Another {self.noun} came under the cursor just now, so nothing was done: press again."
            self.notify(words, markup=False)
        return found

    async def ask_words(self) -> None:
        await self.open_prompt(_FILTER, self._words, self.typed)

    async def open_prompt(self, sign: str, words: str, hint: str) -> None:
        """Opens a line to type in above the keys, unless there is one."""
        if not self.query(Prompt):
            self._sign = sign
            await self.mount(Prompt(sign, words, hint), before="#key-hints")
            self.set_class(True, "-filtering")

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._sign == _FILTER:
            self.filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._sign != _FILTER:
            self.answered(event.value)
        self.end_prompt()

    def answered(self, words: str) -> None:
        """What was typed into a line that is not the filter."""

    def filter(self, words: str) -> None:
        self._words = words
        self.relist()

    @property
    def filter_problem(self) -> str:
        """What is wrong with the words that are filtered by: an unknown field, a number that is none."""
        return Filter(self.fields, self._words).problem if self._words else ""

    @property
    def no_match(self) -> str:
        """Why the filter leaves nothing."""
        problem = self.filter_problem
        return f"{problem[:1].upper()}{problem[1:]}" if problem else "No match: esc shows all again."

    def show_key_hints(self, hints: Iterable[tuple[str, str]], counts: str | Row = "") -> None:
        """As in every live screen; what is wrong with the filter stands in place of the counts."""
        problem = self.filter_problem
        super().show_key_hints(hints, row(Run(f"{problem} ", Role.FAIR)) if problem else counts)

    def end_prompt(self) -> None:
        self.set_class(False, "-filtering")
        self.query(Prompt).remove()
        self._list_view.focus()
        self.call_after_refresh(self.refresh_view)

    def action_cursor(self, by: int) -> None:
        """While the filter has the keyboard."""
        self._list_view.action_move(by)

    def action_back(self) -> None:
        """One step back: out of the filter, then out of what else is in the way, then out of the screen."""
        if self.query(Prompt) and self._sign != _FILTER:
            self.end_prompt()
        elif self._words or self.query(Prompt):
            self.filter("")
            self.end_prompt()
        else:
            self.back()

    def back(self) -> None:
        self.dismiss(None)
