"""Rings with gaps, and columns that do not wobble."""

import tracemalloc
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.history import CAPACITY, CallHistory, Series, columns

values = st.integers(0, 50_000).map(lambda number: number / 10_000)
"""To as many decimals as are kept."""
samples = st.lists(st.tuples(st.floats(0.01, 9.0), st.none() | values), max_size=60)


def filled(
    pairs: list[tuple[float, float | None]], capacity: int = 20
) -> tuple[Series, list[tuple[float, float | None]]]:
    series, at, kept = Series(capacity), 0.0, []
    for gap, value in pairs:
        at += gap
        series.add(at, value)
        kept.append((at, value))
    return series, kept[-capacity:]


@given(samples)
def test_keeps_the_newest_in_order(pairs: list[tuple[float, float | None]]) -> None:
    series, kept = filled(pairs)
    assert list(series.window(-1.0, 1e9)) == kept


@given(samples, samples)
def test_a_copy_stays_as_it_was_and_goes_on_by_itself(
    pairs: list[tuple[float, float | None]], more: list[tuple[float, float | None]]
) -> None:
    series, kept = filled(pairs)
    copy = deepcopy(series)
    for place, (_, value) in enumerate(more):
        series.add(1e4 + place, value)
    assert list(copy.window(-1.0, 1e9)) == kept
    copy.add(1e6, 1.0)
    assert [*copy.window(-1.0, 1e9)] == [*kept, (1e6, 1.0)][-20:]
    assert 1e6 not in dict(series.window(-1.0, 1e9))


@given(samples, st.floats(0, 300), st.floats(0, 300))
def test_a_window_is_half_open(pairs: list[tuple[float, float | None]], since: float, until: float) -> None:
    series, kept = filled(pairs)
    assert list(series.window(since, until)) == [(at, value) for at, value in kept if since < at <= until]


def test_columns_hold_the_worst_and_gaps_stay_gaps() -> None:
    series = Series()
    for at, value in ((10.1, 1.0), (11.0, 3.0), (14.5, None), (16.2, 2.0)):
        series.add(at, value)
    assert columns(series, until=17.0, width=5, step_s=2.0) == [None, 3.0, None, None, 2.0]


def test_a_past_column_never_changes() -> None:
    series = Series()
    for second in range(40):
        series.add(float(second), float(second))
    before = columns(series, until=31.9, width=10, step_s=2.0)
    after = columns(series, until=33.9, width=10, step_s=2.0)
    assert after[:-1] == before[1:]


@given(st.lists(st.tuples(st.floats(0.01, 9.0), st.none() | values, st.none() | values), max_size=60))
def test_figures_that_are_read_together_keep_their_times_once(
    rows: list[tuple[float, float | None, float | None]],
) -> None:
    one = Series(20)
    other, at, kept = Series(beside=one), 0.0, []
    for gap, *pair in rows:
        at += gap
        for series, value in zip((one, other), pair, strict=True):
            series.add(at, value)
        kept.append((at, *pair))
    assert [(at, value, found) for (at, value), (_, found) in zip(*_whole(one, other), strict=True)] == kept[-20:]
    copy = deepcopy([one, other])
    one.add(at + 1.0, 4.5)
    assert [value for _, value in other.window(at, at + 9.0)] == [None]
    copy[1].add(at + 2.0, 0.5)
    assert [*copy[0].window(at, at + 9.0)] == [(at + 2.0, None)]


def _whole(*series: Series) -> tuple[list[tuple[float, float | None]], ...]:
    return tuple(list(each.window(-1.0, 1e9)) for each in series)


@given(st.floats(0, 5) | st.floats(0, 100) | st.floats(0, 5000))
def test_a_value_is_as_exact_as_it_is_drawn(value: float) -> None:
    series = Series()
    series.add(1.0, value)
    ((_, found),) = series.window(0.0, 1.0)
    assert found == pytest.approx(value, abs=1e-4 if value <= 1000 else 5e-4)


def test_an_hour_of_a_call_costs_fifty_kilobytes() -> None:
    history = CallHistory(0.0)
    tracemalloc.start()
    for place in range(CAPACITY + 10):
        for series in (history.mos, history.loss_pct, history.discard_pct, history.jitter_ms, history.round_trip_ms):
            series.add(2.0 * place, 3.5)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size <= 60_000
