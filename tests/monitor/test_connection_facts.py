"""The eight states, from facts and time alone."""

from math import inf

import pytest
from msgspec.structs import replace

from phonetui.errors import (
    AccessError,
    Asleep,
    Busy,
    ConfigError,
    Dropped,
    ProtocolError,
    Restarting,
    TimedOut,
    Unreachable,
)
from phonetui.monitor.connection_facts import ConnectionFacts, lasts_until, state
from phonetui.phone.state import State

FRESH = ConnectionFacts(answered_at=100.0)
LOST = Dropped("x")


def lost(facts: ConnectionFacts, times: int) -> ConnectionFacts:
    for _ in range(times):
        facts = facts.after_failure(LOST, 101.0)
    return facts


def known_away() -> Unreachable:
    error = Unreachable("Webex says so")
    error.is_certain = True
    return error


def paused(facts: ConnectionFacts, times: int) -> ConnectionFacts:
    """By a pause for all that are asked the same way."""
    error = Busy("x", retry_after_s=5.0)
    error.is_shared = True
    for _ in range(times):
        facts = facts.after_failure(error, 101.0)
    return facts


@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        (ConnectionFacts(), 0.0, State.CONNECTING),
        (lost(ConnectionFacts(), 2), 101.0, State.CONNECTING),
        (lost(ConnectionFacts(), 3), 101.0, State.UNREACHABLE),
        (FRESH, 130.0, State.LIVE),
        (FRESH, 131.0, State.STALE),
        (replace(FRESH, paced_at=125.0), 131.0, State.LIVE),
        (lost(FRESH, 2), 101.0, State.LIVE),
        (lost(FRESH, 3), 101.0, State.UNREACHABLE),
        (lost(FRESH, 3).after_answer(102.0), 103.0, State.LIVE),
        (FRESH.after_failure(LOST, 101.0, asleep=True), 101.0, State.SLEEPING),
        (FRESH.after_failure(AccessError("x"), 101.0), 101.0, State.REFUSED),
        (FRESH.after_failure(ConfigError("x"), 101.0), 101.0, State.REFUSED),
        (FRESH.after_failure(ProtocolError("x"), 101.0), 101.0, State.NOT_XAPI),
        (FRESH.after_failure(Asleep("x"), 101.0, asleep=True), 101.0, State.SLEEPING),
        (FRESH.after_failure(known_away(), 101.0), 101.0, State.UNREACHABLE),
        (paused(FRESH, 5), 130.0, State.LIVE),
        (paused(FRESH, 5), 131.0, State.STALE),
        (FRESH.after_failure(Restarting("x"), 101.0), 101.0, State.REBOOTING),
        (lost(replace(FRESH, boot_at=100.0), 5), 399.0, State.REBOOTING),
        (lost(replace(FRESH, boot_at=100.0), 5), 401.0, State.UNREACHABLE),
        (FRESH.after_failure(TimedOut("x", 1.0), 101.0), 101.0, State.LIVE),
        (replace(FRESH, broken=True), 101.0, State.CONNECTING),
        (lost(replace(FRESH, broken=True), 2), 101.0, State.CONNECTING),
        (lost(replace(FRESH, broken=True), 3), 101.0, State.UNREACHABLE),
        (replace(FRESH, boot_at=100.0, broken=True), 101.0, State.REBOOTING),
        (replace(FRESH, broken=True).after_answer(102.0), 103.0, State.LIVE),
    ],
)
def test_states(facts: ConnectionFacts, now: float, expected: State) -> None:
    assert state(facts, 10.0, now) is expected


def test_a_phone_that_says_it_goes_down_may_still_answer() -> None:
    going = replace(FRESH, boot_at=101.0).after_answer(102.0)
    assert state(going, 10.0, 103.0) is State.REBOOTING
    back = lost(going, 4).after_answer(120.0)
    assert state(back, 10.0, 121.0) is State.LIVE


def test_a_boot_that_never_came_is_forgotten() -> None:
    assert state(replace(FRESH, boot_at=101.0).after_answer(117.0), 10.0, 118.0) is State.LIVE


@pytest.mark.parametrize(
    ("facts", "until", "then"),
    [
        (ConnectionFacts(), inf, State.CONNECTING),
        (FRESH, 130.0, State.STALE),
        (replace(FRESH, paced_at=125.0), 155.0, State.STALE),
        (lost(replace(FRESH, boot_at=125.0), 5), 130.0, State.REBOOTING),
        (lost(ConnectionFacts(boot_at=125.0), 5), 425.0, State.UNREACHABLE),
    ],
)
def test_time_alone_changes_nothing_before_it_is_due(facts: ConnectionFacts, until: float, then: State) -> None:
    now = 126.0
    assert lasts_until(facts, 10.0, now) == until
    assert state(facts, 10.0, min(until, 1e6)) is state(facts, 10.0, now)
    assert state(facts, 10.0, min(until, 1e6) + 0.01) is then
    assert lasts_until(facts, 10.0, until + 2.0) > until or until == inf
