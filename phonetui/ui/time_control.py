"""The keys that move through time, on every screen: play, stop and jump in a recording.

They work while a recording is shown: a replay, or a frozen live dashboard that records. Digits set the speed.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from phonetui.actions import ACTIONS, TIME_ALONE, toolkit_keys
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.fleet.extensions import ReplayControl, TimeJump
from phonetui.ui import screens
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.text.format import TIMES, name
from phonetui.ui.view_state import ViewState

if TYPE_CHECKING:
    from phonetui.phone.state import PhoneId

SPEEDS = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 16, "6": 32, "7": 64}
LOOK_S = 0.25
"""Seconds between two looks while time runs in a display that went back: what it shows tells nobody that it changed."""
NOT_RECORDED = "Nothing is recorded, so there is no way back from here: start with --record DIR."
LIVE = "This is now: freeze a display that records, or look at a recording with 'phonetui replay DIR'."


class TimeControl:
    def __init__(self, app: "App[None]", view_state: ViewState) -> None:
        self._app = app
        self._view_state = view_state
        self._running: asyncio.Task[None] | None = None
        self._looking: Timer | None = None
        acts = {
            "time.run": self.run, "time.back": lambda: self._step_change(-1), "time.on": lambda: self._step_change(1),
            "time.call.back": lambda: self._step_call(-1), "time.call.on": lambda: self._step_call(1),
            "time.problem.back": lambda: self._step_problem(-1), "time.problem.on": lambda: self._step_problem(1),
            "time.strip": self._turn_strip, "time.go": self._ask_moment,
            "time.mark": self._ask_mark, "time.marks": self._choose_mark,
        }  # fmt: skip
        keys = view_state.session.keys
        self._only_back = frozenset(key for action in TIME_ALONE for key in toolkit_keys(keys[action]))
        self._acts: Mapping[str, Callable[[], object]] = {
            key: acts[action.id] for action in ACTIONS if action.id in acts for key in toolkit_keys(keys[action.id])
        }

    def take_key(self, key: str, character: str | None) -> bool:
        """Whether the key was one of time's, and time can be moved."""
        if isinstance(self._app.focused, Input) or self._has_dialog:
            return False
        act = self._acts.get(key)
        if act is None and character not in SPEEDS:
            return False
        if self._view_state.timeline is None and (act is None or not self._go_back(key)):
            return key in self._only_back
        if act is not None:
            act()
        else:
            self._set_speed(SPEEDS[character or ""])
        return True

    def _go_back(self, key: str) -> bool:
        """Whether a frozen display has a recording of its own, which is looked at from here on."""
        session = self._view_state.session
        if session.recorder is None or session.recorder.failure:
            if key in self._only_back:
                self._say(NOT_RECORDED if self._view_state.is_frozen else LIVE)
            return False
        if not self._view_state.is_frozen:
            self._say(LIVE)
            return False
        try:
            replay = self._view_state.go_back()
        except PhonetuiError as error:
            self._say(f"The recording cannot be looked at: {error}")
            return False
        if replay is None:
            return False
        self._running = asyncio.create_task(replay.run(), name="replay")
        if self._looking is None:
            self._looking = self._app.set_interval(LOOK_S, self._look)
        self._redraw()
        return True

    def _look(self) -> None:
        """Until the display is live again. Other screens than the main one look that often by themselves."""
        timeline, looking = self._timeline, self._looking
        if timeline is None and looking is not None:
            looking.stop()
            self._looking = None
        elif timeline is not None and timeline.is_running and self._top is self._app.screen_stack[0]:
            self._redraw()

    @property
    def _has_dialog(self) -> bool:
        return isinstance(self._app.screen, Dialog)

    @property
    def _timeline(self) -> ReplayControl | None:
        return self._view_state.timeline

    def run(self) -> None:
        if (timeline := self._timeline) is not None:
            timeline.toggle()
            self._redraw()

    def _set_speed(self, speed: int) -> None:
        if (timeline := self._timeline) is not None:
            if timeline.speed == speed:
                self._say(f"The speed is {TIMES}{speed} already.")
            timeline.set_speed(speed)
            self._redraw()

    def _turn_strip(self) -> None:
        """It follows the cursor from phone to phone, until it is the whole fleet's again."""
        view_state = self._view_state
        view_state.has_phone_strip = not view_state.has_phone_strip
        self._redraw()

    def _step_change(self, by: int) -> None:
        phone, timeline = self._view_state.selected, self._timeline
        if timeline is None:
            return
        if phone is None:
            self._say("No phone is selected.")
        elif not timeline.step_change(phone, by):
            self._say(f"Nothing of {phone} changes {'after' if by > 0 else 'before'} this moment.")
        self._redraw()

    def _step_call(self, by: int) -> None:
        if (timeline := self._timeline) is not None:
            self._notify(timeline.step_call(by), "call", by)

    def _step_problem(self, by: int) -> None:
        if (timeline := self._timeline) is not None:
            self._notify(timeline.step_problem(by), "problem", by)

    def _notify(self, jump: TimeJump | None, what: str, by: int) -> None:
        if jump is None:
            self._say(f"There is no {what} {'after' if by > 0 else 'before'} this moment.")
            return
        if jump.phone is not None:
            self._select(jump.phone)
        phone = self._view_state.phone(jump.phone)
        whose = f"{name(phone)}: " if phone is not None else ""
        self._say(f"{whose}{jump.words}")
        self._redraw()

    def _select(self, phone: "PhoneId") -> None:
        """Puts the cursor of the main screen there, from wherever."""
        go_to = getattr(self._app.screen_stack[0], "go_to", None)
        if go_to is not None and phone in self._view_state.snapshot().phones:
            go_to(phone)

    def _ask_moment(self) -> None:
        timeline = self._timeline
        if timeline is not None:
            timeline.is_running = False
            more = "14:03, 14:03:21, 2026-11-30T14:03Z, -5m or +30s from here."
            self._app.push_screen(screens.InputDialog("Go to which moment?", more, shown=True), self._go)

    def _go(self, words: str | None) -> None:
        timeline = self._timeline
        if words is None or timeline is None:
            return
        try:
            timeline.seek_words(words.removeprefix("at ").strip(), self._view_state.session.zone)
        except ConfigError as error:
            self._say(str(error))
        self._redraw()

    def _ask_mark(self) -> None:
        timeline = self._timeline
        if timeline is not None:
            timeline.is_running = False
            more = "A word or a few; they stand in the list of marks."
            self._app.push_screen(screens.InputDialog("What is to be marked here?", more, shown=True), self._mark)

    def _mark(self, words: str | None) -> None:
        timeline = self._timeline
        if words is not None and timeline is not None:
            self._say(timeline.mark(words) or f"Marked: {words}")
            self._redraw()

    def _choose_mark(self) -> None:
        timeline = self._timeline
        if timeline is None:
            return
        marks, zone = timeline.marks, self._view_state.session.zone
        if not marks:
            self._say("Nothing is marked in this recording.")
            return
        choices = [(f"{mark.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", mark.words) for mark in marks]

        def chosen(places: tuple[int, ...] | None) -> None:
            if places:
                timeline.is_running = False
                timeline.seek(marks[places[0]].at)
                self._redraw()

        self._app.push_screen(screens.Picker("Go to which mark?", choices), chosen)

    def _say(self, words: str) -> None:
        self._app.notify(words, markup=False)

    def _redraw(self) -> None:
        refresh = getattr(self._top, "refresh_view", None)
        if refresh is not None:
            refresh()

    @property
    def _top(self) -> Screen[object]:
        """Below dialogs, which show nothing of a phone."""
        stack = self._app.screen_stack
        return next((screen for screen in reversed(stack) if not isinstance(screen, Dialog)), stack[-1])
