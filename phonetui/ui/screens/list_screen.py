"""What the screens with a list share: a cursor that stays on its row, and typed words that choose among the rows."""

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.text.rows import Row
from phonetui.ui.widgets.header import Prompt
from phonetui.ui.widgets.row_list import RowsView

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
        self._list_view.steady = self._view_state.session.clock.steady

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
