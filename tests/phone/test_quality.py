"""Loss is what happens now; what nobody measured is never good."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.measure import Grade, Measure
from phonetui.phone.quality import Counts, Interval, Tally, grade, interval, step, take
from phonetui.phone.state import Call, Phase
from phonetui.phone.thresholds import DEFAULT
from phonetui.text import printable

TALK = Call(1, 0, phase=Phase.TALK, decoder=printable("G722"))


def reading(received: int, lost: int, discarded: int = 0, **fields: float) -> Call:
    return replace(
        TALK, packets_received=received, lost_packets=lost, discarded_packets=discarded, **fields  # type: ignore[arg-type]
    )  # fmt: skip


def follow(*calls: Call, step_s: float = 2.0) -> Measure | None:
    tally: Tally | None = None
    measure: Measure | None = None
    for number, call in enumerate(calls):
        tally, measure = take(tally, call, number * step_s, DEFAULT)
    return measure


def test_loss_is_of_the_interval() -> None:
    passed = interval(Counts(0, 10_000, 1000, 0), Counts(2, 10_097, 1003, 1))
    assert passed == Interval(100, 3.0, 1.0)


def test_nothing_expected_is_no_loss_figure() -> None:
    assert interval(Counts(0, 100, 0, 0), Counts(2, 100, 0, 0)) == Interval(0, None, None)


@pytest.mark.parametrize("after", [Counts(2, 10, 0, 0), Counts(2, 150, 5, 0), Counts(2, 100, 90, 1)])
def test_counters_that_went_back_begin_anew(after: Counts) -> None:
    assert interval(Counts(0, 100, 90, 10), after) is None


def test_duplicates_may_take_a_lost_packet_back() -> None:
    assert interval(Counts(0, 100, 5, 0), Counts(2, 200, 4, 0)) == Interval(100, 0.0, 0.0)


@given(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**4), st.integers(0, 10**4))
def test_percent_stays_percent(received: int, lost: int, more: int, gone: int) -> None:
    passed = interval(Counts(0, received, lost, 0), Counts(2, received + more, lost + gone, gone))
    assert passed is not None
    assert passed.expected == more + gone
    if passed.expected:
        assert 0.0 <= (passed.loss_pct or 0.0) <= 100.0
        assert 0.0 <= (passed.discard_pct or 0.0) <= 100.0


def test_measuring_until_500_packets_and_10_seconds() -> None:
    grades = []
    tally = None
    for number in range(8):
        tally, measure = take(tally, reading(100 * number, 0), 2.0 * number, DEFAULT)
        assert measure is not None
        grades.append(measure.grade)
    assert grades == [Grade.MEASURING] * 5 + [Grade.GOOD] * 3


def test_narrow_codecs_are_measured_for_30_seconds() -> None:
    calls = [replace(reading(100 * n, 0), decoder=printable("G729a")) for n in range(15)]
    assert (follow(*calls) or Measure(1, 0)).grade is Grade.MEASURING


def test_fresh_loss_shows_in_a_long_call() -> None:
    calls = [reading(100 * n, 0) for n in range(100)]
    measure = follow(*calls, reading(calls[-1].packets_received or 0, 10), reading(9990, 20))
    assert measure is not None
    assert measure.grade is Grade.CRITICAL
    assert measure.loss_pct == pytest.approx(100 * 10 / (10 + 90))


def test_no_figures_are_unknown_and_never_good() -> None:
    measure = follow(*[TALK] * 20)
    assert measure is not None
    assert (measure.grade, measure.loss_pct, measure.mos) == (Grade.UNKNOWN, None, None)


def test_held_calls_are_not_measured_and_resume_begins_anew() -> None:
    tally, _ = take(None, reading(0, 0), 0.0, DEFAULT)
    tally, measure = take(tally, replace(reading(900, 0), phase=Phase.HELD), 20.0, DEFAULT)
    assert (tally, measure) == (None, None)
    tally, measure = take(tally, reading(900, 0), 40.0, DEFAULT)
    assert measure is not None
    assert (measure.grade, measure.measured_packets) == (Grade.MEASURING, 0)


@pytest.mark.parametrize(
    ("fields", "passed", "expected"),
    [
        ({}, Interval(100, 0.0, 0.0), Grade.GOOD),
        ({}, Interval(100, 1.0, 0.0), Grade.GOOD),
        ({}, Interval(100, 1.01, 0.0), Grade.FAIR),
        ({}, Interval(100, 3.5, 0.0), Grade.POOR),
        ({}, Interval(100, 6.0, 0.0), Grade.CRITICAL),
        ({}, Interval(100, 0.0, 2.5), Grade.POOR),
        ({}, Interval(100, 2.0, 1.9), Grade.POOR),
        ({"jitter_ms": 80.0}, Interval(100, 0.0, 0.0), Grade.FAIR),
        ({"jitter_ms": 80.0}, Interval(100, 1.5, 0.0), Grade.POOR),
        ({"round_trip_ms": 350.0}, None, Grade.FAIR),
        ({"round_trip_ms": 501.0}, None, Grade.CRITICAL),
        ({"mos_cq": 3.4}, None, Grade.POOR),
        ({"mos_lq": 4.2}, None, Grade.GOOD),
        ({"r_factor": 65.0}, None, Grade.POOR),
        ({"burst_ms": 150.0}, None, Grade.FAIR),
    ],
)
def test_grades(fields: dict[str, float], passed: Interval | None, expected: Grade) -> None:
    assert grade(replace(TALK, **fields), passed, DEFAULT) is expected  # type: ignore[arg-type]


def test_a_narrow_codec_is_judged_by_its_own_scale() -> None:
    assert grade(replace(TALK, mos_cq=3.6, decoder=printable("G.729ab")), None, DEFAULT) is Grade.GOOD
    assert grade(replace(TALK, mos_cq=3.6), None, DEFAULT) is Grade.FAIR


def test_a_missing_figure_takes_no_part() -> None:
    assert step(None, DEFAULT.loss_pct) is None
    assert grade(TALK, Interval(0, None, None), DEFAULT) is Grade.UNKNOWN
