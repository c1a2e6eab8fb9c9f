"""A question whose default answer is no.

The question before what cannot be undone, or reaches many phones: its answer is typed out.
"""

from typing import ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from phonetui.ui.screens.dialog import Dialog, more, question
from phonetui.ui.text.rows import clip


class Confirm(Dialog[bool]):
    """True only after an explicit yes."""

    CSS_PATH = "../styles/dialog.tcss"
    AUTO_FOCUS = "#no"
    ACTS_ON_ONE_KEY = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
        Binding("left,right,h,l", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, question: str, more: str = "") -> None:
        super().__init__()
        self._question = question
        self._more = more

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield more(self._more)
            with Horizontal(classes="buttons"):
                yield Button(Content("No (n)"), id="no", compact=True)
                yield Button(Content("Yes (y)"), id="yes", compact=True)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class TypedConfirm(Dialog[bool]):
    """True only once the words were typed as they stand there: a phone's name, or how many phones."""

    CSS_PATH = "../styles/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, words: str, command: str, where: str, more: str) -> None:
        """`command` on `where`? `more` says what to type, which is `words`."""
        super().__init__()
        self._words = words
        self._question = f"{clip(command, 100)} on {clip(where, 100)}?"
        self._more = more

    @classmethod
    def of_phone(cls, name: str, command: str) -> Self:
        return cls(name, command, name, "No other command undoes it. Type the phone's name to go on.")

    @classmethod
    def of_count(cls, count: int, command: str, more: str) -> Self:
        return cls(str(count), command, f"{count} phone{'' if count == 1 else 's'}", more)

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
