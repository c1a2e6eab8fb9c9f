"""The question before what cannot be undone, or reaches many phones: its answer is typed out."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from phonetui.ui.row import clip
from phonetui.ui.screens.dialog import Dialog, more, question


class Naming(Dialog[bool]):
    """True only once the words were typed as they stand there: a phone's name, or how many phones."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, words: str, command: str, where: str, more: str) -> None:
        """`command` on `where`? `more` says what to type, which is `words`."""
        super().__init__()
        self._words = words
        self._question = f"{clip(command, 100)} on {clip(where, 100)}?"
        self._more = more

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            typed = Input(placeholder=clip(self._words, 100), compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed
            yield Static(Content("enter sends it   esc back: nothing is sent"), classes="more", id="told")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._words:
            self.dismiss(True)
            return
        told = self.query_one("#told", Static)
        told.add_class("-failed")
        told.update(Content(f"That is not {clip(self._words, 100)}: nothing was sent."))

    def action_leave(self) -> None:
        self.dismiss(False)
