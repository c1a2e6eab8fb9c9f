"""Figures over time: rings of fixed size, with gaps, read through a window."""

from array import array
from collections.abc import Iterator
from math import isnan, nan

CAPACITY = 1800
"""Samples kept a metric: an hour of a call read every 2 s."""
PORT_CAPACITY = 360
"""The same of a port: an hour of a phone read every 10 s."""


class Series:
    """A ring of (time, value) samples in order of time; a value that was not known is a gap."""

    __slots__ = ("_at", "_capacity", "_next", "_values")

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._at = array("d")
        self._values = array("d")
        self._next = 0

    def __len__(self) -> int:
        return len(self._at)

    def __deepcopy__(self, memo: object) -> "Series":
        """Much faster than the general way: a display is frozen with all its phones at once."""
        copy = Series(self._capacity)
        copy._at, copy._values, copy._next = self._at[:], self._values[:], self._next
        return copy

    def add(self, at: float, value: float | None) -> None:
        """`at` in monotonic seconds, never before the sample before."""
        number = nan if value is None else value
        if len(self._at) < self._capacity:
            self._at.append(at)
            self._values.append(number)
            return
        self._at[self._next] = at
        self._values[self._next] = number
        self._next = (self._next + 1) % self._capacity

    def latest(self) -> float | None:
        """The newest value; None if it is a gap or there is none."""
        if not self._at:
            return None
        number = self._values[self._next - 1]
        return None if isnan(number) else number

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, oldest first."""
        for offset in range(len(self._at)):
            place = (self._next + offset) % len(self._at)
            at = self._at[place]
            if since < at <= until:
                number = self._values[place]
                yield at, None if isnan(number) else number


class CallHistory:
    """The figures of one call as they came, since it began or since we saw it first."""

    __slots__ = ("discard_pct", "jitter_ms", "loss_pct", "mos", "round_trip_ms", "since_at")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.mos = Series()
        self.loss_pct = Series()
        self.discard_pct = Series()
        self.jitter_ms = Series()
        self.round_trip_ms = Series()


class PortHistory:
    """The figures of one port as they were read, since we saw the first."""

    __slots__ = ("errors", "rx_per_s", "since_at", "tx_per_s")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.rx_per_s = Series(PORT_CAPACITY)
        self.tx_per_s = Series(PORT_CAPACITY)
        self.errors = Series(PORT_CAPACITY)
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
