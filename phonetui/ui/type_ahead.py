"""Keys that were typed before a dialog could be read: they were meant for something else and must not answer it.

Pasted text comes within a millisecond, a typed word with 100 to 300 ms from letter to letter, and over SSH both arrive
in one piece. So a dialog takes a key only if it was pressed after the dialog was painted; once one came too early, the
rest of that burst is left out, too, so that a number is never taken without its first digit.
"""

from dataclasses import dataclass, field

PAUSE_S = 0.4
"""Without a key, after which the next one is meant for what stands on the screen. Words are typed faster than that,
and nobody reads a question in less (both from typing studies' usual figures: 80 words a minute are 150 ms a key)."""


@dataclass(slots=True)
class TypeAhead:
    """Of one dialog. Times are monotonic seconds."""

    wants_pause: bool
    """Whether a pause must come before the first key: for dialogs that one letter answers, since the key that opened
    them may have been the first letter of a word."""
    shown_at: float | None = None
    """When it was painted; None before that."""
    has_left_out: bool = False
    """Whether a key was not taken; the operator is told of the first."""
    _is_in_burst: bool = field(init=False)

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
