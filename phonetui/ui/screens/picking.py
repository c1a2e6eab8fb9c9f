"""One of a list: typed parts of words narrow it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from phonetui.ui.row import Role, Run, clip, row
from phonetui.ui.widgets.rows import RowsView

_CELLS = 120
"""Of a choice that are kept."""


class Picking(ModalScreen[int | None]):
    """Ends with the place of what was picked, or None."""

    CSS_PATH = ["dialog.tcss", "picking.tcss"]  # noqa: RUF012 - the toolkit's annotation leaves no room for ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Far up", show=False),
        Binding("pagedown", "move(10)", "Far down", show=False),
    ]

    def __init__(self, question: str, choices: Sequence[str], at: int = 0) -> None:
        """`at` is where the cursor begins."""
        super().__init__()
        self._question = question
        self._choices = tuple(choices)
        self._left = tuple(range(len(self._choices)))
        self._at = at

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(clip(self._question, 200)), classes="question")
            typed = Input(placeholder="type to narrow", compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed
            view = RowsView(id="choices")
            view.can_focus = False
            yield view
            yield Static(Content("↑ ↓ enter picks   esc back"), classes="more")

    def on_mount(self) -> None:
        view = self.query_one(RowsView)
        view.styles.height = min(max(len(self._choices), 1), 10)
        self.call_after_refresh(self._draw, self._at)

    def on_input_changed(self, event: Input.Changed) -> None:
        wanted = event.value.casefold().split()
        left = tuple(
            place for place, words in enumerate(self._choices) if all(each in words.casefold() for each in wanted)
        )
        if left != self._left:
            self._left = left
            self._draw(0)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._left:
            self.dismiss(self._left[self.query_one(RowsView).cursor or 0])

    def action_move(self, by: int) -> None:
        self.query_one(RowsView).action_move(by)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _draw(self, cursor: int) -> None:
        rows = [row(f" {clip(self._choices[place], _CELLS) or '(empty)'}") for place in self._left]
        self.query_one(RowsView).show(rows or [row(Run(" none is like that", Role.DIM))], cursor if rows else None)
