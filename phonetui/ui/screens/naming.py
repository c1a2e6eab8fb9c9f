"""The question before a command that takes a phone from its user: its answer is the phone's name, typed out."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from phonetui.ui.row import clip


class Naming(ModalScreen[bool]):
    """True only once the name was typed as it stands there."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, name: str, command: str) -> None:
        super().__init__()
        self._named = name
        self._command = command

    def compose(self) -> ComposeResult:
        shown = clip(self._named, 100)
        with Vertical(classes="dialog"):
            yield Static(Content(f"{clip(self._command, 100)} on {shown}?"), classes="question")
            yield Static(Content("No other command undoes it. Type the phone's name to go on."), classes="more")
            typed = Input(placeholder=shown, compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed
            yield Static(Content("enter sends it   esc back: nothing is sent"), classes="more", id="told")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self._named:
            self.dismiss(True)
            return
        told = self.query_one("#told", Static)
        told.add_class("-failed")
        told.update(Content("That is not its name: nothing was sent."))

    def action_leave(self) -> None:
        self.dismiss(False)
