"""What two readings of the counters say of the time between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.phone.quality.loss import ENOUGH, KEPT_S, Counts, Interval, RecentIntervals, RecentLoss, interval, joined
from phonetui.phone.quality.media_segment import MediaFlow

HEAVY_PCT = 3.0


def test_loss_is_of_the_interval() -> None:
    passed = interval(Counts(10_000, 1000, 0, 9000), Counts(10_097, 1003, 1, 9100), 2.0)
    assert passed == Interval(2.0, 97, 3, 1, 100)
    assert (passed.loss_pct, passed.discard_pct, passed.loss_discard_pct) == (3.0, 1.0, 4.0)
    assert (passed.received_per_s, passed.sent_per_s) == (48.5, 50.0)


def test_nothing_expected_is_no_loss_figure() -> None:
    passed = interval(Counts(100, 0, 0), Counts(100, 0, 0), 2.0)
    assert passed is not None
    assert (passed.loss_pct, passed.discard_pct, passed.loss_discard_pct) == (None, None, None)


def test_what_the_phone_does_not_count_is_not_zero() -> None:
    passed = interval(Counts(100), Counts(200), 2.0)
    assert passed == Interval(2.0, 100)
    assert (passed.loss_pct, passed.discard_pct, passed.loss_discard_pct, passed.sent_per_s) == (None, None, None, None)
    discarding = interval(Counts(100, None, 0), Counts(200, None, 5), 2.0)
    assert discarding is not None
    assert (discarding.loss_pct, discarding.discard_pct, discarding.loss_discard_pct) == (None, 5.0, None)


@pytest.mark.parametrize(
    "after",
    [Counts(10, 0, 0, 0), Counts(150, 5, 0, 200), Counts(100, 5, 10, 200), Counts(150, 90, 10, 3)],
    ids=["all", "discarded", "lost", "sent"],
)
def test_counters_that_went_back_begin_anew(after: Counts) -> None:
    assert interval(Counts(100, 90, 10, 100), after, 2.0) is None


def test_duplicates_may_take_a_lost_packet_back() -> None:
    assert interval(Counts(100, 5, 0), Counts(200, 4, 0), 2.0) == Interval(2.0, 100, 0, 0)


def test_a_counter_may_wrap_at_32_bits() -> None:
    passed = interval(Counts(2**32 - 40, 7, 0, 2**32 - 1), Counts(60, 7, 0, 99), 2.0)
    assert passed == Interval(2.0, 100, 0, 0, 100)
    assert interval(Counts(2**31, 7, 0, 100), Counts(60, 7, 0, 200), 2.0) is None


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**4), st.integers(0, 10**4))
def test_percent_stays_percent(received: int, lost: int, more: int, gone: int) -> None:
    passed = interval(Counts(received, lost, 0), Counts(received + more, lost + gone, gone), 2.0)
    assert passed is not None
    assert passed.expected == more + gone
    for pct in (passed.loss_pct, passed.discard_pct, passed.loss_discard_pct):
        assert pct is None if not passed.expected else pct is not None and 0.0 <= pct <= 100.0


def test_intervals_are_added_up_as_far_as_they_know() -> None:
    assert joined([Interval(2.0, 97, 3, 1, 100), Interval(1.0, 50, 0, 0, 50)]) == Interval(3.0, 147, 3, 1, 150)
    assert joined([Interval(2.0, 97, 3), Interval(1.0, 50)]) == Interval(3.0, 147, None)
    assert joined([]) == Interval(0, 0, 0, 0, 0)


def recent(*lost: int, packets: int = 50, seconds: float = 1.0) -> RecentIntervals:
    found = RecentIntervals()
    for count in lost:
        found = found.append(Interval(seconds, packets - count, count, 0, packets))
    return found


def test_one_packet_of_three_is_no_loss_figure() -> None:
    assert recent(1, packets=3).onset(HEAVY_PCT) == RecentLoss()
    assert recent(0, 0, 1, packets=ENOUGH // 3).onset(HEAVY_PCT).loss_pct is None


def test_heavy_loss_is_told_by_the_last_second() -> None:
    assert recent(*[0] * 20, 5).onset(HEAVY_PCT).loss_pct == 10.0


def test_less_is_told_by_longer_stretches_that_agree() -> None:
    assert recent(*[0] * 20, 1).onset(HEAVY_PCT).loss_pct == 0.25  # one of 400
    assert recent(*[1] * 20).onset(HEAVY_PCT).loss_pct == 2.0
    assert recent(*[1] * 20, 0, 0, 0, 0).onset(HEAVY_PCT).loss_pct == 0.0


def test_what_is_long_past_is_forgotten() -> None:
    paused = recent(25, 25).append(Interval(KEPT_S, 3, 0, 0, 3))
    assert paused.onset(HEAVY_PCT) == RecentLoss()


def flow(*intervals: Interval, is_held: bool = False) -> tuple[MediaFlow, float]:
    found, at, total = MediaFlow(0.0, 0.0, 0.0), 0.0, Counts(1000, 0, 0, 1000)
    for passed in intervals:
        at += passed.seconds
        total = replace(total, received=total.received + passed.received)
        found = found.hold(at) if is_held else found.after(passed, total, at)
    return found, at


COMES, STANDS, SILENT = Interval(2.0, 100, 0, 0, 100), Interval(2.0, 0, 0, 0, 100), Interval(2.0, 0, 0, 0, 0)


def test_a_stream_stands_while_the_other_one_goes() -> None:
    assert flow(COMES, STANDS, STANDS)[0].no_receive_s == 4.0
    assert flow(STANDS, STANDS, COMES)[0].no_receive_s == 0.0
    assert flow(COMES, Interval(2.0, 100))[0].no_receive_s is None


def test_a_far_end_that_holds_owes_no_packets() -> None:
    assert flow(STANDS, STANDS, is_held=True)[0].no_receive_s == 0.0


def test_silence_both_ways_is_no_stall_not_even_afterwards() -> None:
    assert flow(COMES, *[SILENT] * 30)[0].no_receive_s == 0.0
    woken, _ = flow(COMES, Interval(60.0, 0, 0, 0, 20))
    assert woken.no_receive_s is not None
    assert woken.no_receive_s < 1.0


def test_silence_is_told_once_the_phone_would_have_counted() -> None:
    found, at = flow(COMES, COMES)
    assert [found.no_media_s(at + seconds) for seconds in (2.0, 3.0, 4.0)] == [0.0, 0.0, 4.0]
    slow, at = flow(Interval(5.0, 250, 0, 0, 250))
    assert [slow.no_media_s(at + seconds) for seconds in (5.0, 8.0)] == [0.0, 8.0]
