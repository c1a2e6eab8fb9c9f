"""Every number that a stranger wrote, at and beyond each bound."""

import pytest

from phonetui import numeric


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("007", 7), (str(2**64 - 1), 2**64 - 1), (str(2**64), None), ("9" * 400, None), ("9" * 5000, None),
        ("", None), ("-1", None), ("+1", None), ("1.0", None), ("\u00b2", None), ("\u0663", None), (" 1", None),
    ],
)  # fmt: skip
def test_integers(text: str, value: int | None) -> None:
    assert numeric.integer(text) == value


def test_an_integer_has_the_bound_that_its_place_has() -> None:
    assert numeric.integer("999999999", most=numeric.MAX_INDEX) == 999_999_999
    assert numeric.integer("1000000000", most=numeric.MAX_INDEX) is None
    assert numeric.signed("-32601") == -32601
    assert numeric.signed("--1") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14", 14.0), ("14 ms", 14.0), ("14ms", 14.0), (" 0.4 %", 0.4), ("-3", -3.0), ("+3", 3.0), ("1e3", 1000.0),
        ("1E-2 s", 0.01), ("-0", 0.0), ("1e400", None), ("1e-400", 0.0), ("9" * 20, None), ("9" * 400, None),
        ("1,234", None), ("10.0.0.5", None), ("0x1F", None), ("12:30", None), ("NaN", None), ("inf", None), ("", None),
        ("1" + " " * 100_000, None), ("1" * 100_000 + "x", None),
    ],
)  # fmt: skip
def test_decimals(text: str, value: float | None) -> None:
    found = numeric.decimal(text)
    assert found == value
    assert str(found) != "-0.0"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", 2**53 + 1), (str(2**64 - 1), 2**64 - 1), (str(2**64), None), ("12.7", 12), ("-1", None),
        ("-0", 0), ("12 packets", 12), ("1e3", 1000), ("1e400", None),
    ],
)  # fmt: skip
def test_counts_are_exact(text: str, value: int | None) -> None:
    assert numeric.count(text) == value


def test_times_have_their_limits() -> None:
    assert numeric.milliseconds("65535") == 65535.0
    assert numeric.milliseconds("4294967295") is None
    assert numeric.milliseconds("-1") is None
    assert numeric.seconds(numeric.MAX_SECONDS) == numeric.MAX_SECONDS
    assert numeric.seconds(4_294_967_295.0) is None
    assert numeric.seconds(float("nan")) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (5, 5.0), (0.5, 0.5), ("5", 5.0), (True, None), (None, None), ([], None), (10**400, None), (float("inf"), None),
        (float("nan"), None), (-(2**63), -(2.0**63)),
    ],
)  # fmt: skip
def test_numbers_of_json(value: object, found: float | None) -> None:
    assert numeric.real(value) == found
