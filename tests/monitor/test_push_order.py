"""Repeated events are one, and pushes that may have overtaken each other are noticed."""

import time

import pytest

from phonetui.config.settings import Poll
from phonetui.monitor.push_order import MOST_EVENTS, MOST_LEAVES, REPEAT_BY_ID_S, RecentEvents, RecentValues
from phonetui.monitor.schedule import Schedule
from phonetui.text import printable
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path


def event(at: float, name: str = "SipCallDisconnect", **fields: str) -> Event:
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in fields.items()), at)


def update(path: str, value: str | None) -> Update:
    return Update(Path.parse(path), None if value is None else printable(value), 0.0)


@pytest.mark.parametrize(
    ("first", "second", "is_repeat"),
    [
        (event(0.0, CallId="1", Cause="16"), event(0.1, CallId="1", Cause="16"), True),
        (event(0.0, CallId="1", Cause="16"), event(0.1, Cause="16", CallId="1"), True),
        (event(0.0, CallId="1", Cause="16"), event(0.1, CallId="2", Cause="16"), False),
        (event(0.0, CallId="1", Cause="16"), event(9.0, CallId="1", Cause="16"), False),
        (event(0.0), event(1.5), True),
        (event(0.0), event(0.1, "BootEvent"), False),
        (event(0.0, EventId="7", Cause="16"), event(99.0, EventId="7", Cause="17"), True),
        (event(0.0, EventId="7"), event(0.1, EventId="8"), False),
        (event(0.0, EventId=""), event(9.0, EventId=""), False),
    ],
)
def test_what_is_the_same_event(first: Event, second: Event, is_repeat: bool) -> None:
    events = RecentEvents()
    assert not events.is_repeat(first)
    assert events.is_repeat(second) is is_repeat


def test_a_post_that_is_tried_again_and_again_is_one_event() -> None:
    events = RecentEvents()
    assert [events.is_repeat(event(second, CallId="1")) for second in range(10)] == [False] + [True] * 9


def test_what_is_remembered_of_events_is_bounded() -> None:
    events = RecentEvents()
    for number in range(10 * MOST_EVENTS):
        events.is_repeat(event(0.0, EventId=str(number)))
    assert len(events) == MOST_EVENTS


def test_an_event_is_remembered_no_longer_than_it_may_be_repeated() -> None:
    """Each end of a call has kilobytes of figures of its own."""
    events = RecentEvents()
    for number in range(100):
        events.is_repeat(event(10.0 * number, CallId=str(number)))
        events.is_repeat(event(10.0 * number, EventId=str(number)))
    assert len(events) == 1 + int(REPEAT_BY_ID_S / 10) + 1


def test_two_values_of_one_leaf_contest_its_branch() -> None:
    values = RecentValues()
    assert values.contested([update("Standby Level", "Off")], 0.0) == frozenset()
    assert values.contested([update("Standby Level", "Off")], 1.0) == frozenset()
    assert values.contested([update("Bookings Current Id", "1")], 1.0) == frozenset()
    assert values.contested([update("Standby Level", "Halfwake")], 10.0) == {"Standby"}
    assert values.contested([update("Standby Level", "Off")], 24.0) == {"Standby"}
    assert values.contested([update("Standby Level", "Halfwake")], 60.0) == frozenset()


def test_ends_and_what_lies_below_them_contest_their_branch() -> None:
    values = RecentValues()
    assert values.contested([update("Line 1 Call 0", None), update("Line 1 Call 0 Jitter", "3")], 0.0) == frozenset()
    assert values.contested([update("Line 1 Call 0 Duration", "9")], 0.1) == {"Line"}
    assert values.contested([update("Line 1 Call 1", None)], 0.2) == {"Line"}
    assert values.contested([update("Line 2 Call 0 Jitter", "3")], 0.3) == frozenset()


def test_a_flood_of_leaves_is_bounded_in_time_and_memory() -> None:
    values = RecentValues()
    flood = [update(f"Line {number} Call 0 Jitter", "3") for number in range(10_000)]
    began = time.process_time()
    for second in range(5):
        values.contested([*flood, update("Line 9 Call 0", None)], float(second))
    assert time.process_time() - began < 2.0
    assert sum(len(span.values) for span in values._spans) <= 2 * MOST_LEAVES


def test_a_contested_part_is_read_once_no_more_is_pushed_and_not_all_the_time() -> None:
    schedule = Schedule(Poll(call_s=1.0, idle_s=20.0, slow_s=60.0))
    schedule.begin(0.0, whole=True)
    for part in (Path(), Path.of("Line"), Path.of("LEDStatus")):
        schedule.done(part, 0.0, in_call=False)
    standby = Path.of("Standby")
    schedule.check([standby], 1.0)
    schedule.check([standby], 1.5)
    assert schedule.next() == (standby, 2.5)
    schedule.done(Path(), 1.6, in_call=False, asked_at=1.4)
    assert schedule.next() == (standby, 2.5)
    schedule.done(standby, 2.6, in_call=False, asked_at=2.5)
    assert schedule.next()[1] == 21.6
    schedule.check([standby], 3.0)
    assert schedule.next() == (standby, 12.6)
    schedule.done(Path(), 4.0, in_call=False)
    assert schedule.next()[1] > 20.0 - 1e-9
