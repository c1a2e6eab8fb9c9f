"""Figures over time in rings of fixed size, with gaps; and counters since a chosen moment.

An hour of a call costs some 50 KB. What the counters were at a chosen moment is taken off what they are, for looking at
alone. A counter that was reset since (a reboot, another call in the place, a hold) has nothing to take off any more:
what it shows was all counted after the moment.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from math import inf, isnan, nan
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import SLACK_S, is_same_call
from phonetui.phone.calls.call_series import FIGURES, CallSeries, compressed
from phonetui.phone.port_counters import began_anew
from phonetui.phone.quality.loss import Counts, counts, interval
from phonetui.phone.state import Call, CallKey, Phone, Port

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

    @property
    def newest_at(self) -> float | None:
        """The moment of the newest sample; None before the first."""
        times = self._times
        return times.at[times.oldest - 1] if times.at else None

    def add(self, at: float, value: float | None) -> None:
        """Appends a sample; `at` is monotonic seconds, never before those of the sample before."""
        place = self._times.place(at)
        if value is not None:
            self._times.values[self._column][place] = value

    def samples_after(self, at: float) -> "FigureSamples":
        """The samples after second `at`, of all series that are read at the same moments."""
        times = self._times
        places = list(times.window(at, inf))
        columns = tuple(array("f", [values[place] for place in places]).tobytes() for values in times.values)
        return FigureSamples(array("d", [times.at[place] for place in places]).tobytes(), columns)

    def join(self, samples: "FigureSamples") -> None:
        """Takes what `samples_after` gave of another one, which lies after all that there is.

        Raises ValueError where it is none.
        """
        times, columns = array("d", samples.times), [array("f", column) for column in samples.columns]
        if len(columns) != len(self._times.values) or any(len(column) != len(times) for column in columns):
            raise ValueError("samples of other series")
        for place, at in enumerate(times):
            where = self._times.place(at)
            for values, column in zip(self._times.values, columns, strict=True):
                values[where] = column[place]

    def window(self, since: float, until: float) -> Iterator[tuple[float, float | None]]:
        """Samples with `since` < time ≤ `until`, oldest first."""
        times, values = self._times.at, self._times.values[self._column]
        for place in self._times.window(since, until):
            value = values[place]
            yield times[place], None if isnan(value) else round(value, DECIMALS)


class FigureSamples(NamedTuple):
    """Samples of several series that are read at the same moments, as the machine keeps them."""

    times: bytes
    columns: tuple[bytes, ...]


class CallHistory:
    """The series of one call's figures, since it began or was first observed."""

    __slots__ = ("discard_pct", "jitter_ms", "loss_pct", "mos", "round_trip_ms", "since_at")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.mos = Series()
        self.loss_pct = Series(beside=self.mos)
        self.discard_pct = Series(beside=self.mos)
        self.jitter_ms = Series(beside=self.mos)
        self.round_trip_ms = Series(beside=self.mos)

    def series(self, since_1970_s: float) -> CallSeries | None:
        """What is kept with the call's record; `since_1970_s` is what the steady clock lags behind the wall's."""
        figures = [getattr(self, figure.name).window(-inf, inf) for figure in FIGURES]
        return compressed(
            [(samples[0][0] + since_1970_s, [value for _, value in samples]) for samples in zip(*figures, strict=True)]
        )

    @classmethod
    def kept(cls, series: CallSeries) -> "CallHistory":
        """A history made of what was kept; its times are seconds since 1970."""
        readings = series.readings()
        history = cls(readings[0][0] if readings else series.began_at.timestamp())
        for at, values in readings:
            for figure, value in zip(FIGURES, values, strict=True):
                getattr(history, figure.name).add(at, value)
        return history


class PortHistory:
    """The figures of one port as they were read."""

    __slots__ = ("errors", "rx_per_s", "since_at", "tx_per_s")

    def __init__(self, since_at: float) -> None:
        self.since_at = since_at
        self.rx_per_s = Series(PORT_CAPACITY)
        self.tx_per_s = Series(beside=self.rx_per_s)
        self.errors = Series(beside=self.rx_per_s)
        """By how many they rose since the reading before."""


def columns(series: Series, *, until: float, width: int, step_s: float, lowest: bool = False) -> list[float | None]:
    """`width` columns of `step_s` seconds, the last one holding `until`; each has the column's highest value, or the
    `lowest`.

    Columns are anchored to multiples of `step_s`, so that a drawn column never changes once it is past. A column
    without a value is None.
    """
    last = int(until // step_s)
    drawn: list[float | None] = [None] * width
    worse = min if lowest else max
    for at, value in series.window((last - width + 1) * step_s, until):
        place = int(at // step_s) - last + width - 1
        if value is not None and 0 <= place < width:
            before = drawn[place]
            drawn[place] = value if before is None else worse(before, value)
    return drawn


class Baseline(Struct, frozen=True):
    """The counters of a phone at a chosen moment, from which on what is shown is counted."""

    taken_at: datetime
    """Aware UTC."""
    phone: Phone
    """As it was followed last: what was reset shows between this and the next."""
    calls: Mapping[CallKey, Counts]
    """What is taken off; calls that came later are not among them."""
    errors: Mapping[int, int]
    """The same of the ports, by index."""

    @classmethod
    def begin(cls, phone: Phone, now: datetime) -> "Baseline":
        """A baseline of all counters as they are at `now` (aware UTC)."""
        calls = {call.key: counted for call in phone.calls if (counted := counts(call))}
        return cls(now, phone, calls, {port.index: port.errors for port in phone.ports if port.errors is not None})

    def follow(self, phone: Phone) -> "Baseline":
        """The baseline with the phone as it is now; to be called as often as the phone may have changed."""
        before = self.phone
        if phone is before:
            return self
        ports = {port.index: port.counters for port in before.ports}
        anew = {port.index for port in phone.ports if began_anew(ports.get(port.index, ()), port.counters)}
        calls, passed_s = {call.key: call for call in before.calls}, _passed_s(before, phone)
        stayed = {call.key for call in phone.calls if call.key in calls and _goes_on(calls[call.key], call, passed_s)}
        return replace(
            self,
            phone=phone,
            calls={key: base for key, base in self.calls.items() if key in stayed},
            errors={index: base for index, base in self.errors.items() if index not in anew},
        )

    def call(self, call: Call) -> Call:
        """The call with what was counted since the baseline."""
        base = self.calls.get(call.key)
        if base is None:
            return call
        lost = None if call.lost_packets is None else max(call.lost_packets - (base.lost or 0), 0)
        return replace(
            call,
            packets_sent=_risen(base.sent, call.packets_sent),
            packets_received=_risen(base.received, call.packets_received),
            lost_packets=lost,  # late packets take lost ones back: nothing was reset
            discarded_packets=_risen(base.discarded, call.discarded_packets),
        )

    def port(self, port: Port) -> Port:
        """The port with its errors counted since the baseline."""
        return replace(port, errors=_risen(self.errors.get(port.index), port.errors))


def _risen(base: int | None, value: int | None) -> int | None:
    return value if base is None or value is None or value < base else value - base


def _passed_s(before: Phone, after: Phone) -> float:
    first, last = before.connection.seen_at, after.connection.seen_at
    return (last - first).total_seconds() if first and last else 0.0


def _goes_on(before: Call, after: Call, passed_s: float) -> bool:
    if not is_same_call(before, after, passed_s, was_seen=passed_s <= SLACK_S):
        return False
    old, new = counts(before), counts(after)
    return old is None or new is None or interval(old, new, passed_s) is not None
