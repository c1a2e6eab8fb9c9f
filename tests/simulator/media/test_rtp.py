"""Counting what arrives: by RFC 3550 appendix A, whatever the order, and by the play-out time."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.simulator.media.rtp import RtpPacket, RtpReceiver

CLOCK_HZ, SAMPLES, PACKET_S = 8000, 160, 0.02


def packet(sequence: int, timestamp: int, ssrc: int = 7) -> RtpPacket:
    return RtpPacket(0, sequence % 65536, timestamp % 2**32, ssrc, b"")


def received(delays_s: dict[int, float], *, first: int = 0, clock: int = 0) -> RtpReceiver:
    """Packets by number, each `delays_s` after it was sent, in the order in which they arrive."""
    receiver = RtpReceiver(CLOCK_HZ)
    for number in sorted(delays_s, key=lambda number: number * PACKET_S + delays_s[number]):
        receiver.arrive(packet(first + number, clock + number * SAMPLES), number * PACKET_S + delays_s[number])
    return receiver


@given(
    st.lists(st.booleans(), min_size=1, max_size=400),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**16),
)
def test_what_is_missing_between_the_first_and_the_last_is_lost(
    arrives: list[bool], first: int, clock: int, seed: int
) -> None:
    random = Random(seed)
    kept = {number: 0.05 + random.random() * 0.015 for number, flag in enumerate(arrives) if flag}
    heard = received(kept, first=first, clock=clock).reception()
    span = max(kept) - min(kept) + 1 if kept else 0
    assert (heard.received, heard.lost, heard.discarded) == (len(kept), span - len(kept), 0)


def test_jitter_is_the_filter_of_the_standard() -> None:
    random = Random(3)
    delays = {number: 0.05 + random.random() * 0.018 for number in range(300)}
    expected = 0.0
    for before, after in pairwise(delays.values()):
        expected += (abs(after - before) * 1000 - expected) / 16
    assert received(delays).reception().jitter_ms == pytest.approx(expected, abs=1e-6)


def test_silence_is_no_jitter() -> None:
    """Timestamps go on through a hold, sequence numbers don't."""
    receiver = RtpReceiver(CLOCK_HZ)
    for number in range(100):
        slot = number if number < 50 else number + 500
        receiver.arrive(packet(number, slot * SAMPLES), slot * PACKET_S)
    heard = receiver.reception()
    assert (heard.received, heard.lost, heard.discarded) == (100, 0, 0)
    assert heard.jitter_ms == pytest.approx(0, abs=1e-6)


def test_who_comes_out_of_order_is_neither_lost_nor_late() -> None:
    delays = dict.fromkeys(range(100), 0.02)
    delays[50] = 0.055
    heard = received(delays).reception()
    assert (heard.received, heard.lost, heard.discarded, heard.burst_ms) == (100, 0, 0, 0)
    assert heard.burst_ratio == 1


def test_who_comes_after_its_turn_is_discarded_and_counts_as_bad() -> None:
    delays = dict.fromkeys(range(200), 0.02)
    delays |= {100: 0.2, 102: 0.2}
    heard = received(delays).reception()
    assert (heard.received, heard.lost, heard.discarded) == (200, 0, 2)
    assert heard.burst_ms == 60
    assert heard.burst_density == pytest.approx(2 / 3)
    assert heard.gap_density == 0


def test_a_twin_is_received_but_fills_no_gap() -> None:
    receiver = received(dict.fromkeys((0, 1, 3, 4), 0.02))
    receiver.arrive(packet(3, 3 * SAMPLES), 0.1)
    heard = receiver.reception()
    assert (heard.received, heard.lost) == (5, 0)
    block = receiver.block(last_report=0, delay=0)
    assert block
    assert block.lost == 0


def test_the_buffer_moves_along_with_a_lasting_delay() -> None:
    delays = {number: 0.02 if number < 500 else 0.2 for number in range(1500)}
    heard = received(delays).reception()
    assert 0 < heard.discarded <= 200
    assert heard.buffer_ms == 40


def test_a_stray_is_ignored_and_two_in_a_row_are_a_new_start() -> None:
    receiver = received(dict.fromkeys(range(50), 0.02))
    receiver.arrive(packet(30_000, 50 * SAMPLES), 1.0)
    assert receiver.reception().received == 50
    receiver.arrive(packet(50, 50 * SAMPLES), 1.02)
    assert (receiver.reception().received, receiver.reception().lost) == (51, 0)
    receiver.arrive(packet(30_000, 51 * SAMPLES), 1.04)
    receiver.arrive(packet(30_001, 52 * SAMPLES), 1.06)
    assert (receiver.reception().received, receiver.reception().lost) == (1, 0)


def test_another_source_is_counted_from_its_start() -> None:
    receiver = received(dict.fromkeys(range(50), 0.02))
    receiver.arrive(packet(9, 0, ssrc=8), 2.0)
    assert (receiver.ssrc, receiver.reception().received) == (8, 1)


def test_a_report_block_tells_the_time_since_the_one_before() -> None:
    receiver = RtpReceiver(CLOCK_HZ)
    assert receiver.block(last_report=1, delay=2) is None
    for number in (65530, 65531, 65533, 65536):
        receiver.arrive(packet(number, number * SAMPLES), number * PACKET_S)
    first = receiver.block(last_report=1, delay=2)
    assert first
    assert (first.ssrc, first.lost, first.fraction_lost, first.highest) == (7, 3, 3 * 256 // 7, 65536)
    assert (first.last_report, first.delay, first.jitter) == (1, 2, 0)
    for number in range(65537, 65547):
        receiver.arrive(packet(number, number * SAMPLES), number * PACKET_S)
    second = receiver.block(last_report=1, delay=2)
    assert second
    assert (second.lost, second.fraction_lost) == (3, 0)
