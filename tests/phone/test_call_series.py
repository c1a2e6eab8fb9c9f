"""A call's figures over time as short texts: what is kept of them, how long they may get, and what strangers write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.calls.call_series import COLUMNS, FIGURES, CallSeries, compressed, joined
from phonetui.phone.history import CallHistory
from phonetui.text import Printable

BEGAN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AT = BEGAN.timestamp()
Values = tuple[float | None, ...]


def reading(second: float, *values: float | None) -> tuple[float, Values]:
    return AT + second, (*values, *[None] * (len(FIGURES) - len(values)))


def test_a_call_comes_back_as_it_was_read() -> None:
    history = CallHistory(100.0)
    for place, loss in enumerate((0.0, 2.5, None, 12.5)):
        at = 100.0 + 2 * place
        history.mos.add(at, 4.1)
        history.loss_pct.add(at, loss)
        history.jitter_ms.add(at, 7.0)
    series = history.series(AT - 100.0)
    assert series == CallSeries(
        BEGAN, 2.0, mos=Printable("41*4"), loss_pct=Printable("0 25 - 125"), jitter_ms=Printable("7*4")
    )
    back = CallHistory.kept(series)
    assert [value for _, value in back.loss_pct.window(0.0, AT + 60)] == [0.0, 2.5, None, 12.5]
    assert [at - AT for at, _ in back.mos.window(0.0, AT + 60)] == [0.0, 2.0, 4.0, 6.0]


def test_a_long_call_keeps_the_worst_of_each_column() -> None:
    hour = [reading(second, 4.4, 0.0) for second in range(0, 3600, 2)]
    hour[700] = reading(1400, 1.9, 31.0)
    series = compressed(hour)
    assert series is not None
    assert series.step_s == 32.0
    values = [values for _, values in series.readings()]
    assert len(values) <= COLUMNS
    assert (min(one[0] or 5.0 for one in values), max(one[1] or 0.0 for one in values)) == (1.9, 31.0)


def test_columns_are_no_shorter_than_a_slow_phone_is_read() -> None:
    series = compressed([reading(10.0 * place, 4.0) for place in range(12)])
    assert series is not None
    assert series.step_s == 8.0


def test_of_nothing_nothing_is_kept() -> None:
    assert compressed([]) is None
    assert compressed([reading(0.0), reading(2.0)]) is None
    assert CallHistory(1.0).series(AT) is None


@given(
    st.lists(
        st.tuples(st.floats(0.5, 90.0), *(st.none() | st.floats(0.0, 2e4) for _ in FIGURES)), min_size=1, max_size=120
    )
)
def test_texts_are_short_and_no_value_is_better_than_it_was(
    rows: list[tuple[float, *tuple[float | None, ...]]],
) -> None:
    at, readings = AT, []
    for apart, *values in rows:
        at += apart
        readings.append((at, values))
    series = compressed(readings)
    if series is None:
        assert all(value is None for _, *values in rows for value in values)
        return
    assert all(len(getattr(series, figure.name)) <= 5 * COLUMNS for figure in FIGURES)
    assert compressed(series.readings()) is not None
    highest = max((value for _, values in readings if (value := values[1]) is not None), default=None)
    shown = max((value for _, values in series.readings() if (value := values[1]) is not None), default=None)
    assert (shown is None) == (highest is None)
    assert shown is None or highest is None or abs(shown - min(highest, 999.9)) <= 0.051


def test_what_an_earlier_run_kept_goes_before_what_was_measured_since() -> None:
    before, after = compressed([reading(0, 4.0), reading(2, 3.0)]), compressed([reading(60, 2.0), reading(62, 2.0)])
    both = joined(before, after)
    assert both is not None
    scores = [values[0] for _, values in both.readings()]
    assert [score for score in scores if score is not None] == [4.0, 3.0, 2.0, 2.0]
    assert (joined(before, None), joined(None, after), joined(before, before)) == (before, after, before)


@pytest.mark.parametrize(
    "text",
    ["44*999999999", "4444444444444444", "-*-", "x", "1*", "*", "١*٢", "9" * 5000, "1 " * 5000, "-1", "1e9", "NaN"],
)
@pytest.mark.parametrize("step_s", [2.0, 0.0, -1.0, 1e300, float("nan"), float("inf")])
def test_what_a_stranger_wrote_costs_little_and_fails_nowhere(text: str, step_s: float) -> None:
    series = CallSeries(BEGAN, step_s, mos=Printable(text), loss_pct=Printable("10*3"))
    assert len(series.readings()) <= COLUMNS
    assert [values[1] for _, values in series.readings()][:3] == [1.0, 1.0, 1.0]
    assert joined(series, series) is not None
