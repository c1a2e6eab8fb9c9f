"""A port's counters, rates between two readings, errors of the last minute, and the network port.

The names below `Network Statistics` are not published; those on the web pages of the same phones end in telling words.
Counters run since boot, so of errors only what rises counts.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui import numeric
from phonetui.phone import parse
from phonetui.phone.state import Phone, Port
from phonetui.text import Printable
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import Path

_ERROR = re.compile(
    r"err|drop|discard|collision|excess|nodes|jabber|overrun|runt|undersize|short(?!good)", re.IGNORECASE
)
_HARMLESS = re.compile(r"lldp|cdp|shortgood|longgood", re.IGNORECASE)
STEADY = 0.1
"""A rate keeps its value until the newest is further from it than this part: figures that flicker are not read."""

PORTS = 16
COUNTERS = 200
"""Of one port; firmware is known to have 40."""
LEAVES = {1: "SWPort", 2: "PCPort"}
"""Port number → its leaf in `PhoneStatus` (that port 1 is the switch port is inferred)."""
_STATISTICS = Path.of("Network", "Statistics")
_PORT_COUNTERS = _STATISTICS / "Port"
STATUS = frozenset(f"{name}{more}" for name in LEAVES.values() for more in ("", "Config"))

Counters = tuple[tuple[str, int], ...]
"""A port's, each with the phone's own name."""

_KEPT = ("counted_at", "has_moved", "rx_per_s", "tx_per_s", "errors_risen")
"""What is as before where the counters stand."""
_UNCOUNTED: Mapping[str, Any] = {"has_moved": False, "rx_per_s": None, "tx_per_s": None, "errors_risen": None}
"""Of a port whose counters have nothing to be compared with."""
TOTALS = {"rx": ("rxtotalpkt", "rxframes"), "tx": ("txtotalgoodpkt", "txframes")}
"""All packets received and sent: names in small letters, of which a phone has one."""


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
    """What the counter of this name counts; an unknown one counts as an error that isn't grave."""
    folded = "".join(filter(str.isalnum, name)).casefold()
    unknown = CounterKind((), name, "look at both ends of the link", is_grave=False)
    return next((kind for kind in _KINDS if any(part in folded for part in kind.parts)), unknown)


def began_anew(before: Counters, after: Counters) -> bool:
    """Whether a reboot or a wrap lies between two readings."""
    if len(before) == len(after):
        for (name, value), (known, now) in zip(before, after, strict=True):
            if name != known:
                break
            if now < value:
                return True
        else:
            return False
    found = dict(after)
    return any(found.get(name, 0) < value for name, value in before)


def observe_ports(
    before: tuple[Port, ...], document: Document, changes: Iterable[Update], at: float
) -> tuple[Port, ...]:
    """The ports as `document` shows them after `changes`, with rates and risen errors since `before`."""
    return with_rates(before, _with_counts(before, changes) or _read_ports(document), at)


def with_rates(before: tuple[Port, ...], after: tuple[Port, ...], at: float) -> tuple[Port, ...]:
    """`after`, read at monotonic second `at`, with rates and risen errors since `before`."""
    known = {port.index: port for port in before}
    return tuple(_with_rates(known.get(port.index), port, at) for port in after)


def _with_counts(before: tuple[Port, ...], changes: Iterable[Update]) -> tuple[Port, ...] | None:
    """The ports with other values of counters that they had; None where anything else of them changed, or nothing."""
    counted: dict[int, dict[str, int]] = {}
    known: dict[str | int, Port] = {port.index: port for port in before}
    index: str | int = ""
    counters: dict[str, int] = {}
    for path, raw, _ in changes:
        first = path[0] if path else ""
        if first == "PhoneStatus" and (len(path) == 1 or path[1] in STATUS):
            return None
        if first != "Network" or path[:3] != _PORT_COUNTERS:
            if len(path) < len(_PORT_COUNTERS) and path == _PORT_COUNTERS[: len(path)]:
                return None  # the end of all of them
            continue
        value = numeric.integer(raw) if raw is not None and len(path) > 4 else None
        if value is None:
            return None
        if path[3] != index:  # what changes of one port mostly comes in a row
            index = path[3]
            if (port := known.get(index)) is None:
                return None
            counters = counted.setdefault(port.index, {}) or dict(port.counters)
            counted[port.index] = counters
        name = str(path[4]) if len(path) == 5 else " ".join(map(str, path[4:]))
        if name not in counters:
            return None
        counters[name] = value
    if not counted:
        return None
    return tuple(
        replace(port, counters=tuple(counted[port.index].items())) if port.index in counted else port for port in before
    )


def _read_ports(document: Document) -> tuple[Port, ...]:
    found: dict[int, dict[str, Printable]] = {
        index: {} for index, name in LEAVES.items() if Path.of("PhoneStatus", name) in document
    }
    for path, raw in document.below(*_STATISTICS).items():
        if len(path) > 4 and path[2] == "Port" and isinstance(index := path[3], int):
            if index not in found and len(found) >= PORTS:
                continue
            named = found.setdefault(index, {})
            if len(named) < COUNTERS:
                named[" ".join(map(str, path[4:]))] = raw
    return tuple(_port(document, index, found[index]) for index in sorted(found))


def _port(document: Document, index: int, named: Mapping[str, Printable]) -> Port:
    name = LEAVES.get(index, "")
    return Port(
        index,
        link=parse.link(document.get(Path.of("PhoneStatus", name))),
        configured=document.get(Path.of("PhoneStatus", f"{name}Config")),
        counters=tuple((key, value) for key, raw in named.items() if (value := numeric.integer(raw)) is not None),
        neighbour=_neighbour(named, "deviceid"),
        neighbour_port=_neighbour(named, "port"),
    )


def _neighbour(leaves: Mapping[str, Printable], ending: str) -> Printable | None:
    """What a `CdpNeighborDeviceId` or a twin of it says; CDP first, which Cisco switches fill best."""
    folded = ((name.casefold(), raw) for name, raw in leaves.items())
    found = sorted((name, raw) for name, raw in folded if "neighbor" in name and name.endswith(ending))
    return next((raw for _, raw in found if parse.text(raw)), None)


def _with_rates(before: Port | None, after: Port, at: float) -> Port:
    """Rates between the two latest readings that differ: a phone samples more slowly than it is asked.

    The first that differs gives none: how old the counters before it were isn't known.
    """
    if not after.counters:
        return after  # its link was read before what it counts: that is no reading to compare with
    if after is before and before.counted_at is not None:
        return before
    new = dict(after.counters)
    names = _named(tuple(new))
    errors = sum([new[name] for name in names.errors]) if names.errors else None
    if before is None or before.counted_at is None:
        return replace(after, errors=errors, **_UNCOUNTED, counted_at=at)
    if before.counters == after.counters:
        return replace(after, errors=errors, **{name: getattr(before, name) for name in _KEPT})
    seconds = at - before.counted_at
    if seconds <= 0 or began_anew(before.counters, after.counters):
        return replace(after, errors=errors, **_UNCOUNTED, counted_at=at)
    old = dict(before.counters)
    rx_per_s = tx_per_s = None
    if before.has_moved:
        rx_per_s = _steady(before.rx_per_s, _rate(old, new, names.rx, seconds))
        tx_per_s = _steady(before.tx_per_s, _rate(old, new, names.tx, seconds))
    return replace(
        after,
        counted_at=at,
        has_moved=True,
        rx_per_s=rx_per_s,
        tx_per_s=tx_per_s,
        errors=errors,
        errors_risen=_risen(old, new, names.errors),
    )


class _Named(NamedTuple):
    """What the counters of one port are by their names."""

    errors: tuple[str, ...]
    rx: str | None
    tx: str | None


@lru_cache(maxsize=256)
def _named(names: tuple[str, ...]) -> _Named:
    rx, tx = (next((name for name in names if name.casefold() in TOTALS[kind]), None) for kind in ("rx", "tx"))
    return _Named(tuple(filter(is_error, names)), rx, tx)


def _risen(old: Mapping[str, int], new: Mapping[str, int], errors: Iterable[str]) -> int | None:
    """Of the error counters that both readings have: the total of one that is only now reported is of any age."""
    rises = [new[name] - old[name] for name in errors if name in old]
    return sum(rises) if rises else None


def _rate(old: Mapping[str, int], new: Mapping[str, int], total: str | None, seconds: float) -> float | None:
    return None if total is None or total not in old else (new[total] - old[total]) / seconds


def _steady(before: float | None, now: float | None) -> float | None:
    return before if before and now is not None and abs(now - before) <= STEADY * before else now


WINDOW_S = 60.0
"""How far back errors count as present ones."""
STEP_S = 5.0
"""Seconds between two readings that are kept: a window has a dozen."""

Reading = tuple[float, Mapping[str, int]]
"""A monotonic second, and the error counters under the phone's own names."""


class ErrorRise(Struct, frozen=True):
    """The error counters of one port over the last minute."""

    readings: tuple[Reading, ...] = ()
    """Oldest first: those of the window and the one before."""

    def read(self, port: Port | None, at: float) -> "ErrorRise":
        """The rise after what the port shows at monotonic second `at`; the same value where nothing moved."""
        if port is None or port.counted_at is None:
            return self if not self.readings else ErrorRise()
        kept = self.readings
        if not kept or kept[-1][0] != port.counted_at:
            counts: Mapping[str, int] = {name: value for name, value in port.counters if is_error(name)}
            if kept and kept[-1][1] == counts:
                counts = kept[-1][1]  # nearly always: kept once
            kept = (*self._before(port.counted_at, counts), (port.counted_at, counts))
        after = self if kept == self.readings else ErrorRise(kept)
        return ErrorRise(kept[-1:]) if after.until < at else after

    @property
    def until(self) -> float:
        """Monotonic second up to which time alone makes nothing else of it; one that is read seldom isn't late yet."""
        if len(self.readings) < 2:
            return inf
        latest_at = self.readings[-1][0]
        return latest_at + max(WINDOW_S, 1.5 * (latest_at - self.readings[-2][0]))

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
        """The counters that rose, each since it was first given: a total that is only now reported is of any age."""
        if len(self.readings) < 2 or self.readings[0][1] == self.readings[-1][1]:
            return {}
        first: dict[str, int] = {}
        for _, counts in reversed(self.readings):
            first.update(counts)
        return {name: value - first[name] for name, value in self.readings[-1][1].items() if value != first[name]}

    @property
    def seconds(self) -> float:
        """Seconds of the window for which the port was observed."""
        return self.readings[-1][0] - self.readings[0][0] if self.readings else 0.0

    @property
    def bad_sums(self) -> int:
        """How many frames with a bad checksum came within the window."""
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


def newly_risen(port: Port, at: float) -> int | None:
    """The errors that rose in the reading at second `at`: 0 where nothing rose, None where they aren't known."""
    return port.errors_risen if port.counted_at == at or port.errors_risen is None else 0


def network_port(phone: Phone) -> Port | None:
    """The port towards the switch; None where the phone publishes none."""
    return next((port for port in phone.ports if port.index == NETWORK_PORT), None)


def is_half_duplex(phone: Phone) -> bool:
    """Whether the network port's link is known to be half duplex."""
    port = network_port(phone)
    return port is not None and port.link is not None and port.link.full_duplex is False


def counts_errors(phone: Phone) -> bool:
    """Whether the phone publishes error counters of its network port."""
    port = network_port(phone)
    return port is not None and port.errors is not None


def switch(phone: Phone) -> Printable | None:
    """The name of the switch that a port is connected to, by CDP or LLDP; None where it isn't known."""
    port = network_port(phone)
    return port.neighbour if port else None


def place(phone: Phone) -> str:
    """`port 1 / sw-2f Gi1/0/14 of lobby`, the switch left out where it isn't known."""
    port = network_port(phone)
    beside = " ".join(filter(None, (port.neighbour, port.neighbour_port))) if port else ""
    return f"port {NETWORK_PORT}{f' / {beside}' if beside else ''} of {phone.name}"
