"""What phones in the same trouble have in common, and the others don't: a switch, a VLAN, a jump host, a firmware."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from phonetui.phone.ends import End
from phonetui.phone.link import switch
from phonetui.phone.measure import Metric
from phonetui.phone.partner import Hint
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable

FEWEST = 2
"""Phones in trouble that make a group worth naming."""
SHARE_INSIDE = 0.5
"""At least this share of the group's phones in a call is in trouble …"""
SHARE_OUTSIDE = 0.25
"""… and at most this share of the phones outside it, of which there is one at least: else it distinguishes nothing."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Something that phones can have in common."""

    words: str
    of: Callable[[Phone], Printable | None]

    def place(self, value: str) -> str:
        return f"{self.words} {value}".strip()


_KINDS = (
    _Kind("", switch),
    _Kind("VLAN", lambda phone: phone.network.vlan),
    _Kind("jump host", lambda phone: None if phone.is_behind_webex else phone.via),
    _Kind("firmware", lambda phone: phone.system.version),
)
"""What explains most first: where a switch does, its VLAN and its phones' firmware say nothing more."""
_TROUBLES = {
    Metric.LOSS: "lose inbound packets",
    Metric.DISCARD: "throw inbound packets away",
    Metric.JITTER: "hear with jitter",
    Metric.DELAY: "have long round trips",
}
"""The worst first: who loses packets has jitter as well."""


def correlations(ends: Iterable[End]) -> tuple[Hint, ...]:
    """Of all phones in a call that can be judged; each phone is explained once."""
    calls: dict[PhoneId, list[End]] = defaultdict(list)
    for end in ends:
        if end.is_open and end.measure is not None and end.measure.grade.is_verdict:
            calls[end.phone.id].append(end)
    hints = []
    explained: set[PhoneId] = set()
    for metric, trouble in _TROUBLES.items():
        bad = {phone for phone, judged in calls.items() if any(end.is_bad(metric) for end in judged)}
        for kind in _KINDS:
            for value, inside in _groups(kind, calls).items():
                found = sorted((bad - explained) & inside)
                if len(found) >= FEWEST and _distinguishes(inside, bad, set(calls)):
                    rising = sum(bool(calls[phone][0].rise.bad_sums) for phone in found)
                    told = _evidence(kind.place(value), trouble, len(found), rising)
                    told += f", {len(calls) - len(inside)} elsewhere mostly don't"
                    hints.append(Hint(printable(f"look at {kind.place(value)}"), printable(told), tuple(found)))
                    explained.update(found)
    return tuple(hints)


def _groups(kind: _Kind, calls: Mapping[PhoneId, list[End]]) -> dict[str, set[PhoneId]]:
    groups: dict[str, set[PhoneId]] = defaultdict(set)
    for phone, ends in calls.items():
        if value := kind.of(ends[0].phone):
            groups[value].add(phone)
    return groups


def _distinguishes(inside: set[PhoneId], bad: set[PhoneId], everybody: set[PhoneId]) -> bool:
    outside = everybody - inside
    if not outside:
        return False
    return len(bad & inside) >= SHARE_INSIDE * len(inside) and len(bad & outside) <= SHARE_OUTSIDE * len(outside)


def _evidence(place: str, trouble: str, phones: int, rising: int) -> str:
    whose = "their" if rising == phones else f"{rising} of their"
    return f"{phones} phones on {place} {trouble}" + (f", {whose} CRC counters rise" if rising else "")
