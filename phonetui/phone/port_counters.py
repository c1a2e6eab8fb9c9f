"""What a port's counters count, the rates between two readings, the errors of the last minute, and the network port.

The names below `Network Statistics` are not published; those on the web pages of the same phones end in telling words.
Counters run since boot, so of errors only what rises counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from phonetui.phone.state import Phone, Port
from phonetui.text import Printable

_ERROR = re.compile(
    r"err|drop|discard|collision|excess|nodes|jabber|overrun|runt|undersize|short(?!good)", re.IGNORECASE
)
_HARMLESS = re.compile(r"lldp|cdp|shortgood|longgood", re.IGNORECASE)
STEADY = 0.1
"""A rate keeps its value until the newest is further from it than this part: figures that flicker are not read."""

Counters = tuple[tuple[str, int], ...]
"""A port's, each with the phone's own name."""

_KEPT = ("counted_at", "has_moved", "rx_per_s", "tx_per_s", "errors_risen")
"""What is as before where the counters stand."""
_TOTALS = {"rx": ("rxtotalpkt", "rxframes"), "tx": ("txtotalgoodpkt", "txframes")}


@lru_cache(maxsize=1000)
def is_error(name: str) -> bool:
    """Whether a counter should stand still on a sound link."""
    return bool(_ERROR.search(name)) and not _HARMLESS.search(name)


class CounterKind(NamedTuple):
    """What a counter counts, by parts of its name (web pages of MPP and CUCM phones, 79xx manuals)."""

    parts: tuple[str, ...]
    words: str
    advice: str
    is_grave: bool = True


_KINDS = (
    CounterKind(("latecoll",), "late collisions", "a duplex mismatch, or a cable that is too long"),
    CounterKind(("crc",), "CRC", "check cable and plug, or a duplex mismatch"),
    CounterKind(("fcs",), "FCS", "check cable and plug, or a duplex mismatch"),
    CounterKind(("align",), "alignment", "check cable and plug, or a duplex mismatch"),
    CounterKind(("jabber",), "jabber", "a faulty network card"),
    CounterKind(("longerr",), "long frames", "a faulty network card"),
    CounterKind(("excesslength", "excessivecoll"), "given up after collisions", "a duplex mismatch"),
    CounterKind(("token", "drop", "nodes"), "dropped", "a broadcast storm or a flood"),
    CounterKind(("overrun",), "overruns", "a broadcast storm or a flood"),
    CounterKind(("short", "undersize", "runt"), "short frames", "debris of collisions", is_grave=False),
    CounterKind(("coll",), "collisions", "one end may be at half duplex", is_grave=False),
    CounterKind(("defer",), "deferred", "one end may be at half duplex", is_grave=False),
)
"""First match counts; a counter that none fits is named as the phone names it."""


@lru_cache(maxsize=1000)
def counter_kind(name: str) -> CounterKind:
    folded = "".join(filter(str.isalnum, name)).casefold()
    unknown = CounterKind((), name, "look at both ends of the link", is_grave=False)
    return next((kind for kind in _KINDS if any(part in folded for part in kind.parts)), unknown)


def began_anew(before: Counters, after: Counters) -> bool:
    """Whether a reboot or a wrap lies between two readings."""
    now = dict(after)
    return any(now.get(name, 0) < value for name, value in before)


def with_rates(before: tuple[Port, ...], after: tuple[Port, ...], at: float) -> tuple[Port, ...]:
    """`after`, read at monotonic second `at`, with rates and risen errors since `before`."""
    known = {port.index: port for port in before}
    return tuple(_with_rates(known.get(port.index), port, at) for port in after)


def _with_rates(before: Port | None, after: Port, at: float) -> Port:
    """Rates between the two latest readings that differ: a phone samples more slowly than it is asked.

    The first that differs gives none: how old the counters before it were isn't known.
    """
    if not after.counters:
        return after  # its link was read before what it counts: that is no reading to compare with
    errors = [value for name, value in after.counters if is_error(name)]
    after = replace(after, errors=sum(errors) if errors else None, counted_at=at)
    if before is None or before.counted_at is None:
        return after
    if before.counters == after.counters:
        rates = {name: getattr(before, name) for name in _KEPT}
        return replace(after, **rates)
    seconds = at - before.counted_at
    if seconds <= 0 or began_anew(before.counters, after.counters):
        return after
    old, new = dict(before.counters), dict(after.counters)
    after = replace(after, has_moved=True, errors_risen=_risen(old, new))
    if not before.has_moved:
        return after
    return replace(
        after,
        rx_per_s=_steady(before.rx_per_s, _rate(old, new, "rx", seconds)),
        tx_per_s=_steady(before.tx_per_s, _rate(old, new, "tx", seconds)),
    )


def _risen(old: Mapping[str, int], new: Mapping[str, int]) -> int | None:
    """Of the error counters that both readings have: the total of one that is only now reported is of any age."""
    rises = [new[name] - value for name, value in old.items() if name in new and is_error(name)]
    return sum(rises) if rises else None


def _rate(old: Mapping[str, int], new: Mapping[str, int], direction: str, seconds: float) -> float | None:
    for name, value in new.items():
        if name.casefold() in _TOTALS[direction] and name in old:
            return (value - old[name]) / seconds
    return None


def _steady(before: float | None, now: float | None) -> float | None:
    return before if before and now is not None and abs(now - before) <= STEADY * before else now


WINDOW_S = 60.0
"""How far back errors count as present ones."""
STEP_S = 5.0
"""Between two readings that are kept: a window has a dozen."""

Reading = tuple[float, Mapping[str, int]]
"""A monotonic second, and the error counters under the phone's own names."""


@dataclass(frozen=True, slots=True)
class ErrorRise:
    """The error counters of one port over the last minute."""

    readings: tuple[Reading, ...] = ()
    """Oldest first: those of the window and the one before."""

    def read(self, port: Port | None, at: float) -> "ErrorRise":
        """With what the port shows at monotonic second `at`; the same value where nothing moved."""
        if port is None or port.counted_at is None:
            return self if not self.readings else ErrorRise()
        kept = self.readings
        if not kept or kept[-1][0] != port.counted_at:
            counts = {name: value for name, value in port.counters if is_error(name)}
            kept = (*self._before(port.counted_at, counts), (port.counted_at, counts))
        pace_s = kept[-1][0] - kept[-2][0] if len(kept) > 1 else 0.0
        if kept[-1][0] < at - max(WINDOW_S, 1.5 * pace_s):  # one that is read seldom isn't late yet
            kept = kept[-1:]
        return self if kept == self.readings else ErrorRise(kept)

    def _before(self, counted_at: float, counts: Mapping[str, int]) -> tuple[Reading, ...]:
        """What a new reading is compared with."""
        kept = self.readings
        if kept and any(counts.get(name, 0) < value for name, value in kept[-1][1].items()):
            return ()  # counted afresh: a reboot, or a wrap
        if len(kept) > 1 and kept[-1][0] - kept[-2][0] < STEP_S:
            kept = kept[:-1]
        while len(kept) > 1 and kept[1][0] <= counted_at - WINDOW_S:
            kept = kept[1:]
        return kept

    @property
    def by_counter(self) -> Mapping[str, int]:
        """Those that rose, each since it was first given: a total that is only now reported is of any age."""
        if len(self.readings) < 2:
            return {}
        first: dict[str, int] = {}
        for _, counts in reversed(self.readings):
            first.update(counts)
        return {name: value - first[name] for name, value in self.readings[-1][1].items() if value != first[name]}

    @property
    def seconds(self) -> float:
        """How much of the window was seen."""
        return self.readings[-1][0] - self.readings[0][0] if self.readings else 0.0

    @property
    def bad_sums(self) -> int:
        """Frames with a bad checksum."""
        return sum(rise for name, rise in self.by_counter.items() if counter_kind(name).words in ("CRC", "FCS"))

    @property
    def errors(self) -> int:
        return sum(self.by_counter.values())

    def __str__(self) -> str:
        """`CRC errors +14 in the last minute`; empty where none rose."""
        if not self.errors:
            return ""
        kind, count = ("CRC errors", self.bad_sums) if self.bad_sums else ("errors", self.errors)
        minutes = round(self.seconds / WINDOW_S)
        return f"{kind} +{count} in the last {'minute' if minutes < 2 else f'{minutes} minutes'}"


NETWORK_PORT = 1
"""The one towards the switch (inferred)."""


def network_port(phone: Phone) -> Port | None:
    return next((port for port in phone.ports if port.index == NETWORK_PORT), None)


def is_half_duplex(phone: Phone) -> bool:
    port = network_port(phone)
    return port is not None and port.link is not None and port.link.full_duplex is False


def counts_errors(phone: Phone) -> bool:
    port = network_port(phone)
    return port is not None and port.errors is not None


def switch(phone: Phone) -> Printable | None:
    """By CDP or LLDP."""
    port = network_port(phone)
    return port.neighbour if port else None


def place(phone: Phone) -> str:
    """`port 1 / sw-2f Gi1/0/14 of lobby`, the switch left out where it isn't known."""
    port = network_port(phone)
    beside = " ".join(filter(None, (port.neighbour, port.neighbour_port))) if port else ""
    return f"port {NETWORK_PORT}{f' / {beside}' if beside else ''} of {phone.name}"
