"""What is due when; how long to wait."""

import random

import pytest

from phonetui.config.settings import Poll
from phonetui.errors import AccessError, Busy, Dropped, PhonetuiError, ProtocolError, TimedOut, Unreachable
from phonetui.monitor.schedule import METERED, MOST_EASED_S, PARTS, STEADY_S, Pace, RetryPause, Schedule, retry_s
from phonetui.xapi.path import ROOT, Path

POLL = Poll(call_s=2.0, idle_s=10.0, slow_s=60.0)
LINE, LIGHTS = Path.of("Line"), Path.of("LEDStatus")


def readings(*, whole: bool, in_call: bool, seconds: float) -> dict[Path, list[float]]:
    """Every part's times of reading, if each takes no time."""
    schedule = Schedule(POLL)
    schedule.begin(0.0, whole=whole)
    times: dict[Path, list[float]] = {}
    while True:
        path, due = schedule.next()
        if due > seconds:
            return times
        times.setdefault(path, []).append(due)
        schedule.done(path, due, in_call=in_call)


def test_everything_is_read_at_first() -> None:
    times = readings(whole=False, in_call=False, seconds=0.0)
    assert set(times) == set(PARTS)
    assert next(iter(times)) == ("SystemUnit",)


def test_parts_keep_their_pace() -> None:
    times = readings(whole=False, in_call=True, seconds=60.0)
    counts = {Pace.CALL: 31, Pace.IDLE: 7, Pace.SLOW: 2}
    assert {path: len(found) for path, found in times.items()} == {path: counts[pace] for path, pace in PARTS.items()}


def test_an_idle_phone_with_its_tree_in_one_answer_is_asked_once_an_interval() -> None:
    assert readings(whole=True, in_call=False, seconds=60.0) == {ROOT: [0, 10, 20, 30, 40, 50, 60]}


def test_a_call_is_read_beside_the_whole_tree() -> None:
    times = readings(whole=True, in_call=True, seconds=20.0)
    assert times[ROOT] == [0, 10, 20]
    assert times[LINE] == times[LIGHTS] == [2, 4, 6, 8, 12, 14, 16, 18]


def test_a_push_shortens_the_wait_and_never_lengthens_it() -> None:
    schedule = Schedule(POLL)
    schedule.begin(0.0, whole=True)
    schedule.done(ROOT, 0.0, in_call=False)
    schedule.hurry(5.0)
    assert schedule.next() == (LINE, 7.0)
    schedule.hurry(6.0)
    assert schedule.next() == (LINE, 7.0)


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (Unreachable("x"), [1, 2, 3, 3, 3]),
        (TimedOut("x", 1.0), [1, 2, 3, 3, 3]),
        (Dropped("x"), [1, 2, 3, 3, 3]),
        (AccessError("x"), [60, 120, 240, 480, 900, 900]),
        (Busy("x"), [2, 4, 8, 16, 32, 60, 60]),
        (Busy("x", retry_after_s=7.0), [7, 7, 7]),
        (ProtocolError("x"), [15, 15, 15]),
    ],
)
def test_waits(error: PhonetuiError, waits: list[float]) -> None:
    rng = random.Random(1)
    for failures, expected in enumerate(waits, 1):
        assert expected * 0.8 <= retry_s(error, failures, rng) <= expected * 1.2
    assert retry_s(error, 10_000, rng) <= 900


def test_credentials_are_tried_at_most_once_a_minute() -> None:
    assert min(retry_s(AccessError("x"), failures, random.Random(1)) for failures in range(1, 50)) >= 60


def test_the_pace_changes_from_now_on_and_keeps_within_its_limits() -> None:
    schedule = Schedule(POLL)
    schedule.begin(0.0, whole=True)
    schedule.done(ROOT, 0.0, in_call=True)
    schedule.pace(2.0, 4.0)
    assert schedule.poll == Poll(1.0, 5.0, 30.0)
    assert schedule.next()[1] == 4.0, "what is overdue stays due"
    for _ in range(9):
        schedule.pace(2.0, 4.0)
    assert schedule.poll == Poll(0.5, 1.25, 7.5), "never below the floor"
    for _ in range(3):
        schedule.pace(0.5, 4.0)
    assert schedule.poll == POLL, "as many steps back lead back"
    for _ in range(9):
        schedule.pace(0.5, 4.0)
    assert schedule.poll == Poll(16.0, 80.0, 480.0)


@pytest.mark.parametrize(
    ("asked_s", "waits_s"), [(0.0, 1.0), (0.4, 1.0), (1.0, 1.0), (30.0, 30.0), (900.0, 900.0), (86_400.0, 900.0)]
)
@pytest.mark.parametrize("failures", [1, 9])
def test_a_busy_phone_is_left_alone_as_long_as_it_wishes_within_reason(
    asked_s: float, waits_s: float, failures: int
) -> None:
    """One that says 0 must not be asked at once for ever, one that says a day must not be given up for a day."""
    assert retry_s(Busy("busy", retry_after_s=asked_s), failures, random.Random(1)) == waits_s


def test_what_is_to_come_comes_sooner_or_later_by_as_much() -> None:
    schedule = Schedule(POLL)
    schedule.begin(0.0, whole=True)
    schedule.done(ROOT, 0.0, in_call=False)
    schedule.pace(2.0, 2.0)
    assert schedule.next()[1] == 6.0
    schedule.pace(0.5, 2.0)
    assert schedule.next()[1] == 10.0


def test_through_webex_the_whole_tree_is_read_at_the_pace_in_force_and_no_oftener_than_it_bears() -> None:
    plan = Schedule(Poll(call_s=2.0, idle_s=90.0), METERED)
    plan.begin(0.0, whole=True)
    assert plan.next() == (ROOT, 0.0)
    plan.done(ROOT, 0.0, in_call=False)
    assert plan.next() == (ROOT, 90.0)
    plan.soon(5.0)
    plan.done(ROOT, 5.0, in_call=True)
    assert plan.next() == (ROOT, 20.0)
    for _ in range(3):
        plan.pace(2.0, 5.0)
    assert plan.poll == Poll(15.0, 60.0, 300.0)
    plan.pace(0.5, 5.0)
    assert plan.poll == Poll(20.0, 120.0, 400.0), "it is felt at once: what was more than it bears was not counted"


def test_connections_that_broke_dont_make_the_first_refusal_a_late_one() -> None:
    """A phone whose connections were cut, and which then isn't ready yet after its restart, is tried again at once."""
    pause = RetryPause(0.0, random.Random(1))
    for _ in range(6):
        assert pause.seconds(Dropped("cut"), 1, lasted_s=5.0) < 2.0
    waits = [pause.seconds(Busy("not ready"), 1, lasted_s=0.1) for _ in range(6)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert pause.seconds(Dropped("cut"), 1, lasted_s=5.0) < 2.0
    assert pause.seconds(Busy("not ready"), 1, lasted_s=0.1) == 60.0
    assert pause.seconds(Busy("not ready"), 1, lasted_s=STEADY_S) == 2.0


def test_a_phone_that_answers_slowly_is_asked_less_often() -> None:
    schedule = Schedule(Poll(call_s=2.0, idle_s=10.0))
    schedule.note_answer(0.2)
    assert not schedule.is_eased
    schedule.note_answer(3.0)  # one late answer
    assert schedule.poll.call_s < 6.0
    for _ in range(20):
        schedule.note_answer(3.0)
    assert 12.0 <= schedule.poll.call_s == schedule.poll.idle_s <= 15.0
    assert schedule.is_eased
    in_force = schedule.poll
    schedule.note_answer(3.2)
    assert schedule.poll is in_force, "small changes change nothing"
    for _ in range(20):
        schedule.note_answer(0.1)
    assert (schedule.poll, schedule.is_eased) == (Poll(call_s=2.0, idle_s=10.0), False)
    for _ in range(20):
        schedule.note_answer(60.0)
    assert schedule.poll.call_s == MOST_EASED_S


def test_phones_connected_together_are_read_one_after_the_other() -> None:
    schedule = Schedule(Poll(call_s=2.0, idle_s=10.0))
    schedule.begin(100.0, whole=True, later=0.5)
    assert schedule.next() == (ROOT, 105.0)
    schedule.begin(100.0, whole=True, later=0.5, in_call=True)
    assert schedule.next()[1] == 101.0
    schedule.begin(100.0, whole=False, later=0.5)
    assert schedule.next()[1] == 100.0
