"""A screen looks at once when something happened, and four times a second while things keep happening."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from phonetui.monitor.journal import Journal
from phonetui.ui.screens.refresh_timer import SOON_S, STEP, RefreshTimer


class Rig:
    """A timer over a fleet of which nothing but a journal exists, and a screen that keeps its timers."""

    def __init__(self, *, quiet_s: float | None = None, notifies: bool = True) -> None:
        self.journal, self.at, self.looks = Journal(), 100.0, 0
        self.is_running = True
        self.look_s = 0.0
        self.interval: Callable[[], None] = lambda: None
        self.timers: list[tuple[float, Callable[[], None]]] = []
        fleet = SimpleNamespace(on_next_change=self.journal.on_next_change)
        session = SimpleNamespace(
            unmasked=fleet,
            clock=SimpleNamespace(steady=lambda: self.at),
            parts=lambda fleet: SimpleNamespace(notifying=fleet if notifies else None),
            timeline=None,
            recorder=object(),
        )
        self.timer = RefreshTimer(cast("Any", self), cast("Any", session), self._look, 0.25)
        self.timer.start(None if quiet_s is None else lambda: quiet_s)

    def set_interval(self, interval_s: float, look: Callable[[], None]) -> None:
        self.interval_s, self.interval = interval_s, look

    def set_timer(self, delay_s: float, look: Callable[[], None], name: str = "") -> object:
        if name == STEP:
            self.interval_s, self.interval = delay_s, look
            return self
        self.timers.append((delay_s, look))
        return self

    def _look(self) -> bool:
        self.looks += 1
        self.at += self.look_s
        return True

    def fire(self) -> float:
        """The timer's time comes; the delay that was asked for."""
        ((delay_s, look),) = self.timers
        self.timers.clear()
        self.at += delay_s
        look()
        return delay_s


def test_a_change_after_a_while_is_looked_at_at_once() -> None:
    rig = Rig()
    rig.journal.touch()
    assert (rig.fire(), rig.looks) == (SOON_S, 1)


def test_one_change_after_the_other_waits_for_the_interval() -> None:
    rig = Rig()
    rig.journal.touch()
    rig.fire()
    rig.journal.touch()
    rig.journal.touch()
    assert (round(rig.fire(), 6), rig.looks) == (0.25, 2)


def test_what_time_alone_drew_counts_as_drawn() -> None:
    rig = Rig()
    rig.interval()
    rig.at += 0.1
    rig.journal.touch()
    assert round(rig.fire(), 6) == 0.15


def test_a_change_that_is_going_to_be_looked_at_is_not_looked_at_in_between() -> None:
    """While things keep happening a screen draws four times a second, not eight."""
    rig = Rig()
    rig.journal.touch()
    rig.fire()
    rig.journal.touch()
    rig.interval()
    assert rig.looks == 1
    rig.fire()
    assert rig.looks == 2


def test_time_alone_is_looked_at_when_it_takes_a_step_where_the_fleet_says_when_something_changed() -> None:
    assert Rig(quiet_s=4.0).interval_s == 4.0
    assert Rig(quiet_s=4.0, notifies=False).interval_s == 0.25
    assert Rig().interval_s == 0.25


def test_one_step_of_time_comes_after_the_other() -> None:
    rig = Rig(quiet_s=4.0)
    first = rig.interval
    first()
    assert (rig.looks, rig.interval_s) == (1, 4.0)
    assert rig.interval is not first


def test_a_screen_that_is_gone_sets_no_timer() -> None:
    rig = Rig()
    rig.is_running = False
    rig.journal.touch()
    assert rig.timers == []


def test_the_journal_calls_once_for_each_wish() -> None:
    journal, calls = Journal(), list[int]()

    def changed() -> None:
        calls.append(journal.version)

    journal.on_next_change(changed)
    journal.on_next_change(changed)
    journal.touch()
    journal.touch()
    journal.on_next_change(changed)
    journal.version += 0
    journal.version += 3
    assert calls == [1, 5]


def test_what_no_screen_shows_calls_nobody() -> None:
    """Another answer with nothing new in it: whoever asks for the phones gets them, and no screen draws."""
    journal, calls = Journal(), list[int]()
    journal.on_next_change(lambda: calls.append(journal.version))
    journal.touch(is_visible=False)
    assert (calls, journal.version, journal.revision) == ([], 0, 1)
    journal.touch()
    assert (calls, journal.revision) == ([1], 2)


def test_what_happens_right_after_a_step_of_time_is_looked_at_at_once() -> None:
    rig = Rig(quiet_s=1.0)
    rig.at += 1.0
    rig.interval()
    rig.journal.touch()
    assert (rig.fire(), rig.looks) == (SOON_S, 2)


def test_a_fleet_that_takes_long_to_look_at_is_left_most_of_the_time() -> None:
    rig = Rig()
    rig.look_s = 0.5
    for _ in range(2):
        rig.journal.touch()
        rig.fire()
    rig.journal.touch()
    assert round(rig.fire(), 6) == 3 * 0.5


def test_one_look_that_took_long_is_no_reason_to_look_less_often() -> None:
    rig = Rig()
    rig.look_s = 0.5
    rig.journal.touch()
    rig.fire()
    rig.journal.touch()
    assert rig.fire() == SOON_S
