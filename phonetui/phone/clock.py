"""A phone's clock against ours, changes of our own wall clock, and times in words.

How phones write the time is inferred from the web pages of the same firmware.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import trunc

from msgspec import Struct

from phonetui import numeric
from phonetui.text import Printable

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_TIME = re.compile(r"(\d{1,2}):(\d\d):(\d\d)")
_DATE = re.compile(r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})")
_LONGEST = 100
"""Characters of what may be a time."""
_ZONES_S = 900
"""Every zone of the world is a multiple of a quarter of an hour away from UTC."""


def skew_s(clock: Printable | None, seen_at: datetime) -> float | None:
    """By how many seconds a phone's clock is ahead of ours (aware, when it was read); None where it has no time.

    Phones say local time without a zone, so whole quarters of an hour cannot be told from a zone: without one the
    result lies within ±450 s.
    """
    words = (clock or "")[:_LONGEST]
    if iso := _ISO.search(words):
        try:
            shown = datetime.fromisoformat(iso[0])
        except ValueError:
            return None
        if shown.tzinfo is not None:
            return (shown - seen_at).total_seconds()
    match = _TIME.search(words)
    if match is None:
        return None
    hours, minutes, seconds = (numeric.integer(part) or 0 for part in match.groups())
    shown_s = hours * 3600 + minutes * 60 + seconds
    ours = seen_at.astimezone(UTC)
    ours_s = ours.hour * 3600 + ours.minute * 60 + ours.second
    return (shown_s - ours_s + _ZONES_S / 2) % _ZONES_S - _ZONES_S / 2


def is_another_day(clock: Printable | None, seen_at: datetime) -> bool:
    """Whether a phone's date is wrong in every order of day, month and year that it may be written in.

    A day either way is a matter of zones. A phone that says no date is not wrong about it.
    """
    match = _DATE.search((clock or "")[:_LONGEST])
    return match is not None and _is_another_day(match.groups(), seen_at.date())


@lru_cache(maxsize=64)  # that of a whole fleet is one
def _is_another_day(parts: tuple[str, ...], today: date) -> bool:
    numbers = [numeric.integer(part) or 0 for part in parts]
    days = [day for order in _ORDERS if (day := _day(*(numbers[place] for place in order)))]
    return bool(days) and all(abs((day - today).days) > 1 for day in days)


_ORDERS = ((0, 1, 2), (2, 0, 1), (2, 1, 0))
"""Where year, month and day stand: year first, month first, day first."""


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


LEAST_STEP = timedelta(seconds=2)
"""A clock that is steered (adjtime, NTP) and not set differs by far less between two looks."""
NOT_SET = timedelta()


class TimeReference(Struct, frozen=True):
    """One moment by two clocks: the wall's, which may be set, and one that only counts."""

    at: float
    """Monotonic seconds, those among them in which the machine slept."""
    seen_at: datetime
    """The same moment by the wall clock, aware UTC."""

    def set_by(self, at: float, seen_at: datetime) -> timedelta:
        """By how much the wall clock was set forward since (back: negative); NOT_SET for less than `LEAST_STEP`."""
        step = (seen_at - self.seen_at) - timedelta(seconds=at - self.at)
        return step if abs(step) >= LEAST_STEP else NOT_SET


def instant(at: datetime) -> str:
    """The moment in UTC for other programs: `2026-11-21T12:00:00.123Z`."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def span(seconds: float) -> str:
    """A time gone by in its largest unit, for sentences: `40 s`, `12 min`, `3 h`, `7 d`."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{trunc(seconds)} s"
