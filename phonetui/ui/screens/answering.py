"""A question that is answered by typing: a passphrase, a code, a whole yes. Left alone, it gives nothing."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from phonetui.ui.screens.dialog import Dialog, more, question


class Answering(Dialog[str | None]):
    """Ends with what was typed, or None."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, question: str, more: str, *, shown: bool, may_be_empty: bool = False) -> None:
        """`shown`: what is typed can be seen; `may_be_empty`: typing nothing is an answer, too."""
        super().__init__()
        self._may_be_empty = may_be_empty
        self._question = question
        self._more = more
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            typed = Input(password=not self._shown, compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value if event.value or self._may_be_empty else None)

    def action_leave(self) -> None:
        self.dismiss(None)
