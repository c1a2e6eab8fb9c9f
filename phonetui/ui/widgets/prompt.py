"""A line for typing a few words, at the bottom of the screen."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static


class Prompt(Horizontal):
    """Mounted when it is needed: an input costs a tenth of the time to the first frame."""

    def __init__(self, sign: str, words: str, hint: str) -> None:
        super().__init__()
        self._sign = sign
        self._words = words
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Static(Content(self._sign))
        typed = Input(self._words, placeholder=self._hint, compact=True)
        typed.cursor_blink = False  # a blinking cursor alone sends 2 kB/s
        yield typed

    def on_mount(self) -> None:
        self.query_one(Input).focus()
