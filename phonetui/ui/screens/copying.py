"""In which of several notations something is copied or written."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from phonetui import numeric
from phonetui.ui.row import Role, Row, Run, clip, pad, row
from phonetui.ui.screens.dialog import Dialog, question
from phonetui.ui.widgets.rows import RowsView

MOST = 5
"""Rows that are seen at once."""
SHOWN = 200
"""Characters of a notation that the menu shows."""


class Copying(Dialog[tuple[str, str] | None]):
    """Ends with the name and the text of what was chosen, or None."""

    CSS_PATH = "dialog.tcss"
    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("enter,y,space", "choose", "Choose"),
    ]

    def __init__(
        self, notations: Sequence[tuple[str, str]], *, question: str = "Copy as", does: str = "copies"
    ) -> None:
        """`does` is what choosing does, in a word."""
        super().__init__()
        self._notations = notations
        self._question = question
        self._does = does

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield RowsView(id="notations")
            yield Static(Content(f"enter or its number {self._does}   esc back"), classes="more")

    def on_mount(self) -> None:
        view = self.query_one(RowsView)
        view.styles.height = min(len(self._notations), MOST)
        choices = range(len(self._notations))
        self.call_after_refresh(lambda: view.show(rows(self._notations), choices, asked=True))

    def on_key(self, event: events.Key) -> None:
        number = numeric.integer(event.key, most=len(self._notations))
        if number:
            event.stop()
            self.dismiss(self._notations[number - 1])

    def action_choose(self) -> None:
        place = self.query_one(RowsView).target
        if place is not None:
            self.dismiss(self._notations[place])

    def action_leave(self) -> None:
        self.dismiss(None)


def rows(notations: Sequence[tuple[str, str]]) -> list[Row]:
    return [
        row(Run(f"{number} ", Role.KEY), Run(pad(name, 11), Role.LABEL), clip(text, SHOWN) or "(empty)")
        for number, (name, text) in enumerate(notations, 1)
    ]
