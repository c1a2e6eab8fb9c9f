"""Figures over time: rings of fixed size, with gaps, read through a window. An hour of a call costs some 50 KB."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from copy import deepcopy
from math import isnan, nan
from typing import Any

CAPACITY = 1800
"""Samples kept a figure: an hour of a call read every 2 s."""
PORT_CAPACITY = 360
"""The same of a port: an hour of a phone read every 10 s."""
DECIMALS = 4
"""To which values are kept: in 4 bytes they are exact to 7 digits, and more than these decimals is never drawn."""


class _Times:
    """The moments of several series that are read together, and the values of each."""

    __slots__ = ("at", "capacity", "oldest", "values")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.at = array("d")
        self.oldest = 0
        """Place of the oldest one in a full ring."""
        self.values: list[array[float]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Times":
        """Much faster than the general way: a display is frozen with all its phones at once."""
        copy = _Times(self.capacity)
        copy.at, copy.oldest, copy.values = self.at[:], self.oldest, [values[:] for values in self.values]
        return copy

    def place(self, at: float) -> int:
        """Of `at`, which is the latest moment or a later one: then a gap in every series."""
        if self.at and self.at[self.oldest - 1] == at:
            return self.oldest - 1
        if len(self.at) < self.capacity:
            self.at.append(at)
            for values in self.values:
                values.append(nan)
            return -1
        place, self.oldest = self.oldest, (self.oldest + 1) % self.capacity
        self.at[place] = at
        for values in self.values:
            values[place] = nan
        return place

    def window(self, since: float, until: float) -> Iterator[int]:
        """Places with `since` < time ≤ `until`, oldest first."""
        for low, high in ((self.oldest, len(self.at)), (0, self.oldest)):
            yield from range(bisect_right(self.at, since, low, high), bisect_right(self.at, until, low, high))


class Series:
    """(time, value) samples in order of time; a value that was not known is a gap."""

    __slots__ = ("_column", "_times")
    _times: _Times

    def __init__(self, capacity: int = CAPACITY, *, beside: "Series | None" = None) -> None:
        """`beside` is a series that is read at the same moments, which are then kept once."""
        self._times = _Times(capacity) if beside is None else beside._times
        self._column = len(self._times.values)
        self._times.values.append(array("f"))

    def __deepcopy__(self, memo: dict[int, Any]) -> "Series":
        copy = Series.__new__(Series)
        copy._times, copy._column = deepcopy(self._times, memo), self._column
        return copy

    def add(self, at: float, value: float | None) -> None:
        """`at` in monotonic seconds, never before the sample before."""
        place = self._times.place(at)
        if value is not None:
            self._times.values[self._column][place] = value

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, oldest first."""
        times, values = self._times.at, self._times.values[self._column]
        for place in self._times.window(since, until):
            value = values[place]
            yield times[place], None if isnan(value) else round(value, DECIMALS)


class CallHistory:
    """The figures of one call as they came, since it began or since we saw it first."""

    __slots__ = ("discard_pct", "jitter_ms", "loss_pct", "mos", "round_trip_ms", "since_at")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.mos = Series()
        self.loss_pct = Series(beside=self.mos)
        self.discard_pct = Series(beside=self.mos)
        self.jitter_ms = Series(beside=self.mos)
        self.round_trip_ms = Series(beside=self.mos)


class PortHistory:
    """The figures of one port as they were read, since we saw the first."""

    __slots__ = ("errors", "rx_per_s", "since_at", "tx_per_s")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.rx_per_s = Series(PORT_CAPACITY)
        self.tx_per_s = Series(beside=self.rx_per_s)
        self.errors = Series(beside=self.rx_per_s)
        """By how many they rose since the reading before."""


def columns(series: Series, *, until: float, width: int, step_s: float) -> list[float | None]:
    """`width` columns of `step_s` seconds, the last one holding `until`; each has the column's highest value.

    Columns are anchored to multiples of `step_s`, so that a drawn column never changes once it is past. A column
    without a value is None.
    """
    last = int(until // step_s)
    drawn: list[float | None] = [None] * width
    for at, value in series.window((last - width + 1) * step_s, until):
        place = int(at // step_s) - last + width - 1
        if value is not None and 0 <= place < width:
            before = drawn[place]
            drawn[place] = value if before is None else max(before, value)
    return drawn
