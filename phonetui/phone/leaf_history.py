"""Numbers of one phone's status over time, from when somebody opened its tree.

A number is kept where it changed, and holds until the next: a leaf that stands still for an hour costs nothing. Where
the phone was away, nothing is known.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from math import floor

from phonetui import numeric
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

CAPACITY = 720
"""Changes kept a leaf: two hours of a counter that is read every 10 s."""
HOLD_S = 5.0
"""Seconds between two samples of a number that stands still."""
MINUTE_S = 60.0
_BEFORE_S = 0.001
"""From the last sample of what held until a change."""
_NUMBER = re.compile(r"\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*[A-Za-z%/]{0,8}\s*", re.ASCII)

Samples = list[tuple[float, float | None]]


def leaf_number(value: str) -> float | None:
    """The number that a value is, with a short unit perhaps: `14`, `0.4 %`.

    None for dates, addresses, durations and words.
    """
    is_one = len(value) <= numeric.MAX_CHARACTERS and _NUMBER.fullmatch(value) is not None
    return numeric.decimal(value) if is_one else None


class LeafSeries:
    """One leaf's number: samples in order of time. A time without the phone is a gap."""

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.seen_at = since_at
        """Up to here the newest value is known to hold, in monotonic seconds."""
        self._changes: deque[tuple[float, float | None]] = deque(maxlen=CAPACITY)

    def add(self, at: float, value: float | None) -> None:
        """Appends the value at monotonic second `at`; None where the phone gives none.

        A moment before the latest sample counts as that of the latest one; a value that didn't change takes no room.
        """
        if self._changes and at < self._changes[-1][0]:
            at = self._changes[-1][0]
        if not self._changes or self._changes[-1][1] != value:
            self._changes.append((at, value))
        self.seen_at = max(self.seen_at, at)

    @property
    def values(self) -> list[float]:
        """Every one that was taken, oldest first."""
        return [value for _, value in self._changes if value is not None]

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, oldest first: every change, and between them what holds."""
        changes = list(self._changes)
        for place, (at, value) in enumerate(changes):
            after = changes[place + 1][0] - _BEFORE_S if place + 1 < len(changes) else self.seen_at
            if since < at <= until:
                yield at, value
            if value is not None:
                yield from ((held, value) for held in _grid(max(at, since), min(after, until)))

    def value(self, at: float) -> float | None:
        """What held at that moment; None before the first, and in a gap."""
        place = bisect_right(self._changes, at, key=lambda change: change[0])
        return self._changes[place - 1][1] if place and at <= self.seen_at else None


class RisenSeries:
    """By how much a leaf's number is above what it was first."""

    def __init__(self, series: LeafSeries) -> None:
        self._series = series

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, each less the first value of all."""
        first = next(iter(self._series.values), 0.0)
        return ((at, None if value is None else value - first) for at, value in self._series.window(since, until))


class MinuteSeries:
    """By how much a leaf's number rose within the minute before; a counter that was reset has no such value."""

    def __init__(self, series: LeafSeries) -> None:
        self._series = series

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, each the increase over the minute before; None after a reset."""
        for at, value in self._series.window(since, until):
            before = self._series.value(at - MINUTE_S)
            yield at, None if value is None or before is None or value < before else value - before


class LeafHistory:
    """All numbers of one phone's tree."""

    def __init__(self, since_at: float) -> None:
        self._since_at = since_at
        self._series: dict[Path, LeafSeries] = {}
        self._seen: tuple[Document, bool] | None = None

    def take(self, document: Document, changed_at: Mapping[Path, float], at: float, *, is_current: bool) -> None:
        """Takes the samples of a status tree; to be called now and then.

        `at` is when the phone answered last, in monotonic seconds.
        """
        if self._seen is not None and self._seen[0] is document and self._seen[1] == is_current:
            if is_current:
                for series in self._series.values():
                    series.seen_at = max(series.seen_at, at)
            return
        before, self._seen = self._seen, (document, is_current)
        was_away = before is not None and not before[1]
        for path, value in document.items():
            number = leaf_number(value)
            if number is None and path not in self._series:
                continue
            series = self._series.setdefault(path, LeafSeries(self._since_at))
            is_first = not series.values or was_away
            series.add(at if is_first else min(changed_at.get(path, at), at), number if is_current else None)
            series.seen_at = max(series.seen_at, at)
        for path in self._series.keys() - document.keys():
            self._series[path].add(at, None)

    def series(self, path: Path) -> LeafSeries | None:
        """The samples of one leaf; None where it has never been a number."""
        return self._series.get(path)


def _grid(since: float, until: float) -> Iterator[float]:
    """Multiples of `HOLD_S` between the two, and the last moment."""
    at = (floor(since / HOLD_S) + 1) * HOLD_S
    while at < until:
        yield at
        at += HOLD_S
    if since < until:
        yield until
