"""The base of dialogs: keys typed before a dialog was painted never answer it.

Pasted text comes within a millisecond, a typed word with 100 to 300 ms from letter to letter, and over SSH both arrive
in one piece. So a dialog takes a key only if it was pressed after the dialog was painted; once one came too early, the
rest of that burst is left out, too, so that a number is never taken without its first digit.

What all dialogs share: which keys they take, and words of a length that leaves their keys on the screen.
"""

import time
from pathlib import Path as File
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from msgspec import Struct
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from phonetui.ui.driver import OutputStats
from phonetui.ui.text.rows import clip

PAUSE_S = 0.4
"""Without a key, after which the next one is meant for what stands on the screen. Words are typed faster than that,
and nobody reads a question in less (both from typing studies' usual figures: 80 words a minute are 150 ms a key)."""


class TypeAhead(Struct, eq=False):
    """What was typed before one dialog was painted. Times are monotonic seconds."""

    wants_pause: bool
    """Whether a pause must come before the first key: for dialogs that one letter answers, since the key that opened
    them may have been the first letter of a word."""
    shown_at: float | None = None
    """When it was painted; None before that."""
    has_left_out: bool = False
    """Whether a key was not taken; the operator is told of the first."""
    _is_in_burst: bool = False

    def __post_init__(self) -> None:
        self._is_in_burst = self.wants_pause

    def takes_key(self, pressed_at: float, before: float, pause_s: float) -> bool:
        """`before`: when the key before this one was pressed."""
        if self.shown_at is None or pressed_at <= self.shown_at:
            self._is_in_burst = True
        elif pressed_at - max(before, self.shown_at) >= pause_s:
            self._is_in_burst = False
        self.has_left_out |= self._is_in_burst
        return not self._is_in_burst

    def is_later(self, at: float) -> bool:
        """Whether the dialog was on the screen already at that time."""
        return self.shown_at is not None and at > self.shown_at


Result = TypeVar("Result")
_QUESTION, _MORE = 240, 700
"""Cells: four rows and a dozen."""
_WRITTEN_S = 0.02
"""Seconds between two looks at whether the terminal took the paint."""


@runtime_checkable
class MeteredApp(Protocol):
    """An app that knows how much of what it painted the terminal took."""

    output_stats: OutputStats


class Dialog(ModalScreen[Result], Generic[Result]):
    """Takes keys and clicks made after it was painted; the app asks `type_ahead` before it hands one over."""

    CSS_PATH = str(File(__file__).parents[1] / "styles/dialog.tcss")  # wherever a dialog is defined
    ACTS_ON_ONE_KEY: ClassVar[bool] = False
    """Whether a single letter does something that is felt outside of the dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.type_ahead = TypeAhead(wants_pause=self.ACTS_ON_ONE_KEY)
        self._status: tuple[str, bool] | None = None

    def action_leave(self) -> None:
        """Ends the dialog without a choice."""
        self.dismiss(None)

    def on_screen_resume(self) -> None:
        """Called when the dialog comes into sight: opened, or uncovered by another one that closed."""
        self.call_after_refresh(self._painted)

    def on_screen_suspend(self) -> None:
        self.type_ahead = TypeAhead(wants_pause=self.ACTS_ON_ONE_KEY)

    def _painted(self) -> None:
        """What is painted waits for the thread that writes; a terminal that is stopped shows nothing of it."""
        output_stats = self.app.output_stats if isinstance(self.app, MeteredApp) else OutputStats()
        self._show_once(output_stats, output_stats.accepted)

    def _show_once(self, output_stats: OutputStats, accepted: int) -> None:
        if output_stats.has_written(accepted):
            self.type_ahead.shown_at = time.monotonic()  # the clock of the toolkit's events
        else:
            self.set_timer(_WRITTEN_S, lambda: self._show_once(output_stats, accepted))

    def update_status(self, words: str, *, failed: bool = False) -> None:
        """Shows words in the line that `status_line` made; the same words are not painted again."""
        if (words, failed) != self._status:
            self._status = (words, failed)
            line = self.query_one("#status", Static)
            line.set_class(failed, "-failed")
            line.update(Content(words))


def question(words: str) -> Static:
    return Static(Content(clip(words, _QUESTION)), classes="question")


def more(words: str) -> Static:
    """What is at stake, or what to type."""
    return Static(Content(clip(words, _MORE)), classes="more")


def status_line(words: str) -> Static:
    """What may be done, or the outcome of it: see `Dialog.update_status`."""
    return Static(Content(words), classes="more", id="status")
