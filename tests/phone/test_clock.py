"""A phone's clock in the spellings of its family, against ours."""

from datetime import UTC, datetime

import pytest

from phonetui.phone.clock import is_another_day, skew_s
from phonetui.text import Printable

SEEN_AT = datetime(2026, 11, 21, 3, 4, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [
        ("11/21/26 03:04:29", 0),
        ("11/21/26 4:06:00 a.m.", 91),
        ("21.11.2026 08:34:09", -20),
        ("2026-11-21T04:04:39+01:00", 10),
        ("2026-11-21T03:04:00Z", -29),
        ("2026-11-21 05:04:29", 0),
        ("noon", None),
        (None, None),
        ("2026-99-99T99:99:99Z", None),
    ],
)
def test_the_phones_clock_is_compared_with_ours(clock: str | None, seconds: float | None) -> None:
    assert skew_s(Printable(clock) if clock is not None else None, SEEN_AT) == seconds


@pytest.mark.parametrize(
    ("clock", "wrong"),
    [
        ("11/21/26 03:04:29", False), ("21.11.2026 08:34:09", False), ("2026-11-21T03:04:00Z", False), ("11/22/26 1:00:00 a.m.", False),
        ("1/1/1970 00:03:11", True), ("01/01/03 12:00:00", True), ("12/31/26 03:04:29", True), ("03:04:29", False), (None, False),
        ("99/99/99 03:04:29", False),
    ],
)  # fmt: skip
def test_another_day_is_told_from_another_zone(clock: str | None, wrong: bool) -> None:
    assert is_another_day(Printable(clock) if clock is not None else None, SEEN_AT) is wrong
