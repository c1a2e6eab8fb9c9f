"""Rings with gaps, and columns that do not wobble."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.history import Series, columns

samples = st.lists(st.tuples(st.floats(0.01, 9.0), st.none() | st.floats(0, 5)), max_size=60)


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
    assert series.latest() == (kept[-1][1] if kept else None)


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
