"""Alert rules for ports: rising errors, a changed link, half duplex.

Counters run since boot, so what counts is by how much they rose lately; an old total is no alert.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import trunc

from msgspec import Struct, field

from phonetui import numeric
from phonetui.phone.alerts.alert import AlertCondition, AlertId, Severity
from phonetui.phone.port_counters import WINDOW_S, CounterKind, ErrorRise, counter_kind
from phonetui.phone.state import Link, Phone, Port
from phonetui.text import Printable, printable

FEW = 5
"""Fewer errors than this in a window are no more than fair."""
SWITCH, PC = 1, 2
"""Port numbers (inferred)."""
_NAMES = {SWITCH: "switch", PC: "PC"}


_LASTING = frozenset({AlertId.PORT_ERRORS, AlertId.DUPLEX})


def lasting(conditions: Iterable[AlertCondition]) -> tuple[AlertCondition, ...] | None:
    """Conditions of ports that hold until a port or time changes something; None where a link has just changed."""
    found = tuple(conditions)
    if any(condition.id is AlertId.PORT_LINK for condition in found):
        return None
    return tuple(condition for condition in found if condition.id in _LASTING)


class PortPast(Struct, frozen=True):
    """What is remembered of a port between two readings."""

    link: Link | None = None
    """The last one in known words."""
    rise: ErrorRise = field(default_factory=ErrorRise)


_OF_HALF_DUPLEX = ("collisions", "deferred")
"""As they must be where two take turns."""
_OF_MISMATCH = ("CRC", "FCS", "alignment", "short frames")
"""What the full end of a mismatch counts; the half end counts late collisions."""


def assess_ports(
    phone: Phone, pasts: Mapping[int, PortPast], at: float
) -> tuple[tuple[AlertCondition, ...], Mapping[int, PortPast]]:
    """What is wrong with the phone's ports at monotonic second `at`, and what to compare the next readings with."""
    found: list[AlertCondition] = []
    after = {}
    for port in phone.ports:
        past = pasts.get(port.index, PortPast())
        now = after[port.index] = _remember(past, port, at)
        found += (*_errors(port, now.rise), *_link(port, past), *_duplex(port, now.rise))
    return tuple(found), after


def _remember(past: PortPast, port: Port, at: float) -> PortPast:
    is_known = port.link is not None and port.link.is_up is not None
    return PortPast(port.link if is_known else past.link, past.rise.read(port, at))


def _errors(port: Port, risen: ErrorRise) -> Iterator[AlertCondition]:
    is_half = port.link is not None and port.link.full_duplex is False
    rises: dict[str, tuple[int, CounterKind]] = {}
    for name, rise in risen.by_counter.items():
        kind = counter_kind(name)
        if not (is_half and kind.words in _OF_HALF_DUPLEX):
            rises[kind.words] = (rises.get(kind.words, (0, kind))[0] + rise, kind)
    if not rises:
        return
    ordered = sorted(rises.values(), key=lambda found: (found[1].is_grave, found[0]), reverse=True)
    rise, worst = ordered[0]
    counts = ", ".join(f"{kind.words} +{_lately(rise, risen.seconds)}" for rise, kind in ordered)
    every = " a minute" if risen.seconds >= WINDOW_S / 2 else ""
    words = f"{_where(port)}: {counts}{every}{_neighbour(port)}: {worst.advice}"
    severity = Severity.POOR if worst.is_grave and rise >= FEW else Severity.FAIR
    yield AlertCondition(AlertId.PORT_ERRORS, f"port {port.index}", severity, printable(words))


def _lately(rise: int, seconds: float) -> int:
    """A minute's worth in two digits, once enough of one was seen; until then what was counted."""
    if seconds < WINDOW_S / 2:
        return rise
    per_min = max(rise * 60.0 / seconds, 1.0)
    return trunc(numeric.decimal(f"{per_min:.2g}") or per_min)


def _link(port: Port, past: PortPast) -> Iterator[AlertCondition]:
    """Something else than was known. That nothing is plugged into the PC port, or that a PC sleeps, is no error."""
    link, known = port.link, past.link
    if link is None or known is None or link.is_up is None or _capacity(link) == _capacity(known):
        return
    if port.index != SWITCH and not (link.is_up and known.is_up):
        return
    is_worse = port.index == SWITCH and _capacity(link) < _capacity(known)
    words = f"{_where(port)}: link is {link.raw}, was {known.raw}{_neighbour(port)}"
    severity = Severity.FAIR if is_worse else Severity.INFO
    yield AlertCondition(AlertId.PORT_LINK, f"port {port.index}", severity, printable(words))


def _capacity(link: Link) -> tuple[bool, int, bool]:
    return (bool(link.is_up), link.speed_mbps or 0, link.full_duplex is not False)


def _duplex(port: Port, risen: ErrorRise) -> Iterator[AlertCondition]:
    """Half duplex by itself, and what speaks for two ends that disagree."""
    link = port.link
    if link is None or not link.is_up or link.full_duplex is None:
        return
    if link.full_duplex and not risen.by_counter:
        return
    rising = {counter_kind(name).words for name in risen.by_counter}
    configured = port.configured or Printable("")
    is_fixed = any(word in configured.casefold() for word in ("full", "half"))
    late, debris = "late collisions" in rising, [words for words in _OF_MISMATCH if words in rising]
    evidence = (
        f"configured {configured}" if configured else "",
        "late collisions rise" if late else "",
        f"{' and '.join(debris)} errors rise" if debris else "",
    )
    is_half = not link.full_duplex
    is_mismatch = late or (is_half and is_fixed) or (is_fixed and bool(debris))
    if not is_half and not is_mismatch:
        return
    verdict = "a duplex mismatch is likely" if is_mismatch else "half duplex"
    words = f"{_where(port)}: {verdict}: link is {', '.join(filter(None, (link.raw, *evidence)))}{_neighbour(port)}"
    severity = Severity.POOR if is_mismatch else Severity.FAIR
    yield AlertCondition(AlertId.DUPLEX, f"port {port.index}", severity, printable(words))


def _where(port: Port) -> str:
    name = _NAMES.get(port.index)
    return f"port {port.index} ({name})" if name else f"port {port.index}"


def _neighbour(port: Port) -> str:
    """The other end, where the phone knows it."""
    named = " ".join(filter(None, (port.neighbour, port.neighbour_port)))
    return f", at {named}" if named else ""
