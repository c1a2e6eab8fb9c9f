"""A number and its grade never contradict each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.quality.grading import DEFAULT, Limits, digits, round_within_grade, step


@pytest.mark.parametrize(
    ("value", "limits", "least", "shown"),
    [
        (3.46, DEFAULT.mos, 1, "3.46"), (3.44, DEFAULT.mos, 1, "3.4"), (3.999, DEFAULT.mos, 1, "3.999"),
        (1.04, DEFAULT.loss_pct, 1, "1.04"), (1.0, DEFAULT.loss_pct, 1, "1.0"), (30.4, DEFAULT.jitter_ms, 0, "30.4"),
    ],
)  # fmt: skip
def test_as_few_digits_as_tell(value: float, limits: Limits, least: int, shown: str) -> None:
    assert f"{value:.{digits(value, limits, least)}f}" == shown


@given(st.integers(1000, 5000))
def test_what_is_shown_has_the_grade_of_what_is_meant(thousandths: int) -> None:
    value = thousandths / 1000
    assert step(round(value, digits(value, DEFAULT.mos, 1)), DEFAULT.mos) is step(value, DEFAULT.mos)


@given(st.integers(0, 5000), st.sampled_from([DEFAULT.mos, DEFAULT.loss_pct]))
def test_one_decimal_is_enough_to_have_the_grade_of_what_is_meant(thousandths: int, limits: Limits) -> None:
    value = thousandths / 1000
    assert step(round_within_grade(value, limits), limits) is step(value, limits)
    assert abs(round_within_grade(value, limits) - value) < 0.11
