"""A value that is typed, judged while it is."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from phonetui.errors import ConfigError
from phonetui.ui.row import clip
from phonetui.ui.screens.dialog import Dialog, more, question

_WAYS = "enter stages it   esc back"


class Valuing(Dialog[tuple[object] | None]):
    """Ends with the value alone in a tuple, since None may be one; or with None."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, question: str, more: str, value: str, read: Callable[[str], object], *, shown: bool) -> None:
        """`read` makes a value of what is typed, or raises ConfigError saying why it is none.

        `shown`: what is typed can be seen.
        """
        super().__init__()
        self._question = question
        self._more = more
        self._value = value
        self._read = read
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            typed = Input(self._value, password=not self._shown, compact=True)
            typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
            yield typed
            yield Static(Content(_WAYS), classes="more", id="told")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._judge(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._judge(event.value):
            self.dismiss((self._read(event.value),))

    def action_leave(self) -> None:
        self.dismiss(None)

    def _judge(self, typed: str) -> str:
        """Why it is no value, which is told; empty where it is one."""
        try:
            self._read(typed)
            why = ""
        except ConfigError as error:
            why = error.message
        told = self.query_one("#told", Static)
        told.set_class(bool(why), "-failed")
        told.update(Content(f"✗ {clip(why, 200)}" if why else _WAYS))
        return why
