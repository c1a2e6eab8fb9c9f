"""Moments as people type them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phonetui.errors import ConfigError
from phonetui.recording.moments import moment_from

FIRST, LAST = datetime(2026, 11, 29, 20, 0, tzinfo=UTC), datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
HERE = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("14:03", datetime(2026, 11, 30, 14, 3, tzinfo=UTC)),
        ("14:03:21", datetime(2026, 11, 30, 14, 3, 21, tzinfo=UTC)),
        ("23:10", datetime(2026, 11, 29, 23, 10, tzinfo=UTC)),
        ("2026-11-30T14:03:21Z", datetime(2026, 11, 30, 14, 3, 21, tzinfo=UTC)),
        ("2026-11-30T14:03", datetime(2026, 11, 30, 14, 3, tzinfo=UTC)),
        (" -5m ", HERE - timedelta(minutes=5)),
        ("+30s", HERE + timedelta(seconds=30)),
        ("-1.5h", HERE - timedelta(hours=1.5)),
    ],
)
def test_a_moment_is_read(words: str, expected: datetime) -> None:
    assert moment_from(words, (FIRST, LAST), HERE, UTC) == expected


def test_a_time_of_day_is_that_of_the_operators_zone() -> None:
    found = moment_from("15:03", (FIRST, LAST), HERE, ZoneInfo("Europe/Berlin"))
    assert found == datetime(2026, 11, 30, 14, 3, tzinfo=UTC)


@pytest.mark.parametrize("words", ["", "25:00", "14:61", "soon", "-5x", "2026-13-01T00:00Z", "9" * 400])
def test_other_words_are_refused_with_what_is_allowed(words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        moment_from(words, (FIRST, LAST), HERE, UTC)
    assert "14:03" in caught.value.hint
