"""A whole call, over its holds and resets: how long it stood how, and how bad it was at its worst."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Measure, Shares
from phonetui.phone.state import Phase
from tests.phone.quality.conversation import FAIR_WEATHER, NOON, Conversation, Desk, Weather

LOSSY = Weather(loss=0.1)


def troubled(clear_s: float, trouble_s: float, after_s: float, every_s: float = 2.0) -> tuple[Desk, Measure]:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, clear_s, every_s)
    conversation.weather = LOSSY
    desk.follow(conversation, trouble_s, every_s)
    conversation.weather = FAIR_WEATHER
    return desk, desk.follow(conversation, after_s, every_s)[-1]


def test_shares_are_seconds_by_grade() -> None:
    _, measure = troubled(60, 20, 60)
    shares = measure.shares
    assert shares.total_s == pytest.approx(140 - 10)  # all but what is needed for a first grade
    assert shares.critical_s == pytest.approx(20, abs=8)
    assert shares.label is Grade.GOOD


@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0, 5.0])
def test_the_worst_ten_seconds(every_s: float) -> None:
    _, measure = troubled(60, 10, 60, every_s)
    worst = measure.worst
    assert worst is not None
    assert worst.seconds == 10.0
    assert worst.began_at == NOON + timedelta(seconds=60)
    assert (worst.loss_discard_pct, worst.loss_pct, worst.jitter_ms) == (10.0, 10.0, 3.0)
    assert worst.mos == pytest.approx(3.32, abs=0.01)


@pytest.mark.parametrize(("every_s", "readings"), [(1.96, 5), (4.7, 2), (9.2, 1)])
def test_readings_that_come_a_little_early_make_ten_seconds_too(every_s: float, readings: int) -> None:
    """One more of them, a good one, would make the trouble look smaller than it was."""
    _, measure = troubled(20 * every_s, readings * every_s, 20 * every_s, every_s)
    assert measure.worst is not None
    assert measure.worst.seconds == pytest.approx(readings * every_s)
    assert measure.worst.loss_pct == pytest.approx(10.0, abs=0.3)


def test_eight_bad_seconds_are_not_taken_for_ten() -> None:
    for clear_s, loss_pct in ((60, 8.0), (0, 6.0)):  # before its first reading nothing is counted
        _, measure = troubled(clear_s, 8, 60)
        assert measure.worst is not None
        assert measure.worst.seconds == 10.0
        assert measure.worst.loss_pct == pytest.approx(loss_pct, abs=0.5)


def test_a_short_call_has_a_shorter_worst_stretch() -> None:
    measures = Desk().follow(Conversation(), 8)
    assert [measure.worst and measure.worst.seconds for measure in measures] == [None, 2.0, 4.0, 6.0]


def test_of_two_stretches_alike_the_one_with_more_jitter_is_worse() -> None:
    desk, conversation = Desk(), Conversation()
    desk.follow(conversation, 20)
    conversation.weather = Weather(jitter_ms=25.0)
    desk.follow(conversation, 20)
    conversation.weather = FAIR_WEATHER
    worst = desk.follow(conversation, 20)[-1].worst
    assert worst is not None
    assert worst.jitter_ms == 25.0


def test_what_was_goes_on_over_a_hold_and_a_reset() -> None:
    desk, before = troubled(40, 10, 20)
    held = desk.take(72.0, replace(Conversation().reading(), phase=Phase.HELD, packets_received=None))
    assert (held.shares, held.worst) == (before.shares, before.worst)
    again = Conversation()
    again.at = 80.0
    after = desk.follow(again, 20)[-1]
    assert after.worst == before.worst
    assert after.shares.good_s > before.shares.good_s
    assert after.call_loss_pct == pytest.approx(100 * 50 / (70 * 50 + 20 * 50))


def test_totals_count_what_was_before_we_came() -> None:
    desk, conversation = Desk(), Conversation()
    conversation.weather = Weather(loss=0.02, discard=0.01)
    conversation.wait(100)
    conversation.weather = FAIR_WEATHER
    measure = desk.follow(conversation, 100)[-1]
    assert measure.call_loss_pct == pytest.approx(1.0)
    assert measure.call_discard_pct == pytest.approx(0.5)


def test_highest_jitter_and_round_trip_stay() -> None:
    desk, conversation = Desk(), Conversation()
    conversation.weather = Weather(jitter_ms=41.0, round_trip_ms=310.0)
    desk.follow(conversation, 4)
    conversation.weather = Weather(jitter_ms=None, round_trip_ms=None)
    measure = desk.follow(conversation, 20)[-1]
    assert (measure.highest_jitter_ms, measure.highest_round_trip_ms) == (41.0, 310.0)


def test_what_is_not_counted_has_no_totals() -> None:
    call = replace(Conversation().reading(), packets_received=100, lost_packets=None, discarded_packets=None)
    measure = Desk().take(0.0, call)
    assert (measure.call_loss_pct, measure.call_discard_pct, measure.worst) == (None, None, None)
    assert measure.shares == Shares()
