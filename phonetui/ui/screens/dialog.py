"""What all dialogs share: which keys they take, and words of a length that leaves their keys on the screen."""

import time
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from phonetui.ui.meter import Meter
from phonetui.ui.row import clip
from phonetui.ui.type_ahead import TypeAhead

Result = TypeVar("Result")
_QUESTION, _MORE = 240, 700
"""Cells: four rows and a dozen."""
_WRITTEN_S = 0.02
"""Between two looks at whether the terminal took the paint."""


@runtime_checkable
class Metered(Protocol):
    """An app that knows how much of what it painted the terminal took."""

    meter: Meter


class Dialog(ModalScreen[Result], Generic[Result]):
    """Takes keys and clicks made after it was painted; the app asks `type_ahead` before it hands one over."""

    ACTS_ON_ONE_KEY: ClassVar[bool] = False
    """Whether a single letter does something that is felt outside of the dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.type_ahead = TypeAhead(wants_pause=self.ACTS_ON_ONE_KEY)

    def on_screen_resume(self) -> None:
        """It comes into sight: opened, or uncovered by another dialog that closed."""
        self.call_after_refresh(self._painted)

    def on_screen_suspend(self) -> None:
        self.type_ahead = TypeAhead(wants_pause=self.ACTS_ON_ONE_KEY)

    def _painted(self) -> None:
        """What is painted waits for the thread that writes; a terminal that is stopped shows nothing of it."""
        meter = self.app.meter if isinstance(self.app, Metered) else Meter()
        self._show_once(meter, meter.accepted)

    def _show_once(self, meter: Meter, accepted: int) -> None:
        if meter.has_written(accepted):
            self.type_ahead.shown_at = time.monotonic()  # the clock of the toolkit's events
        else:
            self.set_timer(_WRITTEN_S, lambda: self._show_once(meter, accepted))


def question(words: str) -> Static:
    return Static(Content(clip(words, _QUESTION)), classes="question")


def more(words: str) -> Static:
    """What is at stake, or what to type."""
    return Static(Content(clip(words, _MORE)), classes="more")
