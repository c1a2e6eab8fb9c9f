"""Decides when a screen redraws: as soon as something changed, but at most every `interval_s`, and less often where one
look takes long, which it does with tens of thousands of phones.

change ──longer than the interval ago that it was drawn──► looks at once
       ──sooner──────────────────────────────────────────► looks when the interval is over
time alone (ages, blinking, the minute of the clock) ─────► looks every interval, or when one of them takes its step
"""

from collections.abc import Callable
from contextvars import copy_context

from textual.screen import Screen
from textual.timer import Timer

from phonetui.ui.session import Session

SOON_S = 0.02
"""A push comes in several parts, which are drawn together."""


REST = 3.0
"""Times as long as a look took that nothing is looked at after it. Of the last two the shorter one counts: that the
garbage collector paused in the other says nothing of the fleet.
"""
STEP = "step"
"""The name of the timer for what time alone changes."""


class RefreshTimer:
    def __init__(self, screen: Screen[None], session: Session, look: Callable[[], bool], interval_s: float) -> None:
        """`look` draws what changed, if anything did; whether it drew."""
        self._screen = screen
        self._session = session
        self._look = look
        self._interval_s = interval_s
        self._looked_at = 0.0
        self._took_s = (0.0, 0.0)
        """Of the last two looks for what happened."""
        self._pending: Timer | None = None
        self._context = copy_context()
        """The screen's: the toolkit finds its program there, and the fleet's tasks may have another."""

    def start(self, quiet_s: Callable[[], float] | None = None) -> None:
        """For as long as the screen is mounted.

        With `quiet_s`, which gives the seconds until time alone changes what is shown, nothing is looked at in between,
        as each look wakes the program: where the fleet says when something changed, and is no recording.
        """
        self._context = copy_context()
        session = self._session
        says_so = session.parts(session.unmasked).notifying is not None
        if quiet_s is not None and says_so and session.timeline is None:
            self._set_step_timer(quiet_s)
        else:
            self._screen.set_interval(self._interval_s, self._look_at_interval)
        self._await_change()

    def _set_step_timer(self, quiet_s: Callable[[], float]) -> None:
        def look() -> None:
            self._look_at_time()  # about once a second: what happens right after it doesn't wait for the interval
            self._set_step_timer(quiet_s)

        self._screen.set_timer(max(quiet_s(), self._interval_s), look, name=STEP)

    def _look_at_interval(self) -> None:
        if self._look_at_time():
            self._looked_at = self._session.clock.steady()

    def _look_at_time(self) -> bool:
        """Draws what time alone changed, unless a look is coming that draws it, too; whether it drew."""
        if self._pending is not None:
            return False
        drew = self._look()
        self._await_change()
        return drew

    def _look_at_change(self) -> None:
        self._pending, began = None, self._session.clock.steady()
        self._look()
        self._looked_at = self._session.clock.steady()
        self._took_s = (self._took_s[1], self._looked_at - began)
        self._await_change()

    def _await_change(self) -> None:
        if self._pending is None:
            fleet = self._session.parts(self._session.unmasked).notifying
            if fleet is not None:
                fleet.on_next_change(self._note_change)

    def _note_change(self) -> None:
        """In the middle of what the fleet does: nothing but a timer is set."""
        if self._pending is None and self._screen.is_running:
            rest_s = max(self._interval_s - self._took_s[1], REST * min(self._took_s))
            wait_s = self._looked_at + rest_s - self._session.clock.steady()
            self._pending = self._context.run(self._screen.set_timer, max(wait_s, SOON_S), self._look_at_change)
