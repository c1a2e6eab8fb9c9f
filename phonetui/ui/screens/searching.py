"""Those of Webex's answers that are long: words that are typed choose among them."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.prompt import Prompt
from phonetui.webex.device import Device


class Searching(Enquiring):
    """Every word must be somewhere in what is kept; enter keeps the words, escape lets go of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor(1)", "Down", show=False),
        Binding("up", "cursor(-1)", "Up", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint, device: Device) -> None:
        super().__init__(viewpoint, device)
        self._words = ""

    def titled(self) -> str:
        return f"{super().titled()} · /{self._words}" if self._words else super().titled()

    async def action_answers_search(self) -> None:
        if not self.query(Prompt):
            await self.mount(Prompt("/", self._words, "parts of names, values and reasons"), before="#ways")
            self.set_class(True, "-filtering")

    def action_cursor(self, by: int) -> None:
        """While the search has the keyboard."""
        self._view("asked").action_move(by)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._words = event.value
        self.look()

    def on_input_submitted(self) -> None:
        self._end_search()

    def action_back(self) -> None:
        """Out of the search first."""
        if self._words or self.query(Prompt):
            self._words = ""
            self._end_search()
        else:
            super().action_back()

    def _end_search(self) -> None:
        self.set_class(False, "-filtering")
        self.query(Prompt).remove()
        self._view("asked").focus()
        self.call_after_refresh(self.look)
