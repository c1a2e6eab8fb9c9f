"""What the screens with a filter share: typed words choose from a list while the cursor keys still walk in it."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.ui.screens.looking import Looking
from phonetui.ui.widgets.prompt import Prompt

_FILTER = "/"


class Filtering(Looking):
    """Typing filters at once; enter keeps the words, escape lets go of them, and then of the screen."""

    listing: ClassVar[str]
    """The id of the list that is chosen from."""
    typed: ClassVar[str]
    """What may be typed."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("down", "cursor(1)", "Down", show=False),
        Binding("up", "cursor(-1)", "Up", show=False),
    ]

    _words = ""
    _sign = ""
    """The sign of the line that is open, or was last."""

    async def ask_words(self) -> None:
        await self.open_prompt(_FILTER, self._words, self.typed)

    async def open_prompt(self, sign: str, words: str, hint: str) -> None:
        """Opens a line to type in above the keys, unless there is one."""
        if not self.query(Prompt):
            self._sign = sign
            await self.mount(Prompt(sign, words, hint), before="#ways")
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
        self.again()

    def again(self) -> None:
        """The words are other ones: chooses anew, and looks."""
        self.look()

    def end_prompt(self) -> None:
        self.set_class(False, "-filtering")
        self.query(Prompt).remove()
        self._view(self.listing).focus()
        self.call_after_refresh(self.look)

    def action_cursor(self, by: int) -> None:
        """While the filter has the keyboard."""
        self._view(self.listing).action_move(by)

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
