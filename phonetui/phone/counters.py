"""What a port's counters count, by their names, and the rates between two readings.

The names below `Network Statistics` are not published; those on the web pages of the same phones end in telling words.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from phonetui.phone.state import Port

_ERROR = re.compile(
    r"err|drop|discard|collision|excess|nodes|jabber|overrun|runt|undersize|short(?!good)", re.IGNORECASE
)
_HARMLESS = re.compile(r"lldp|cdp|shortgood|longgood", re.IGNORECASE)
STEADY = 0.1
"""A rate keeps its value until the newest is further from it than this part: figures that flicker are not read."""

Counters = tuple[tuple[str, int], ...]
"""A port's, each with the phone's own name."""

_TOTALS = {"rx": ("rxtotalpkt", "rxframes"), "tx": ("txtotalgoodpkt", "txframes")}


@lru_cache(maxsize=1000)
def is_error(name: str) -> bool:
    """Whether a counter should stand still on a sound link."""
    return bool(_ERROR.search(name)) and not _HARMLESS.search(name)


def began_anew(before: Counters, after: Counters) -> bool:
    """Whether a reboot or a wrap lies between two readings."""
    now = dict(after)
    return any(now.get(name, 0) < value for name, value in before)


def rated(before: tuple[Port, ...], after: tuple[Port, ...], at: float) -> tuple[Port, ...]:
    """`after`, read at monotonic second `at`, with rates and risen errors since `before`."""
    known = {port.index: port for port in before}
    return tuple(_rated(known.get(port.index), port, at) for port in after)


def _rated(before: Port | None, after: Port, at: float) -> Port:
    """Rates between the two latest readings that differ: a phone samples more slowly than it is asked."""
    if not after.counters:
        return after  # its link was told before what it counts: that is no reading to compare with
    errors = _errors(after)
    if before is None or before.counted_at is None:
        return replace(after, errors=errors, counted_at=at)
    if before.counters == after.counters:
        return replace(
            after,
            errors=errors,
            counted_at=before.counted_at,
            rx_per_s=before.rx_per_s,
            tx_per_s=before.tx_per_s,
            errors_risen=before.errors_risen,
        )
    seconds = at - before.counted_at
    if seconds <= 0 or began_anew(before.counters, after.counters):
        return replace(after, errors=errors, counted_at=at)  # nothing to compare with
    old, new = dict(before.counters), dict(after.counters)
    return replace(
        after,
        errors=errors,
        counted_at=at,
        rx_per_s=_steady(before.rx_per_s, _rate(old, new, "rx", seconds)),
        tx_per_s=_steady(before.tx_per_s, _rate(old, new, "tx", seconds)),
        errors_risen=_risen(old, new),
    )


def _errors(port: Port) -> int | None:
    errors = [value for name, value in port.counters if is_error(name)]
    return sum(errors) if errors else None


def _risen(old: Mapping[str, int], new: Mapping[str, int]) -> int | None:
    """Of the error counters that both readings have: the total of one that only now is told is of any age."""
    rises = [new[name] - value for name, value in old.items() if name in new and is_error(name)]
    return sum(rises) if rises else None


def _rate(old: Mapping[str, int], new: Mapping[str, int], way: str, seconds: float) -> float | None:
    for name, value in new.items():
        if name.casefold() in _TOTALS[way] and name in old:
            return (value - old[name]) / seconds
    return None


def _steady(before: float | None, now: float | None) -> float | None:
    return before if before and now is not None and abs(now - before) <= STEADY * before else now
