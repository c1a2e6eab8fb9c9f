"""What phones in the same trouble have in common, and the others don't: a switch, a VLAN, a jump host, a firmware.

A place is named by Fisher's exact test, one-sided: of N phones that can be judged K are in trouble, and n of the N are
in the place. Were trouble blind to places, k or more of the n would be in trouble with the chance

    p = sum over i = k … min(n, K) of C(n, i) C(N - n, K - i) / C(N, K)

A place is named for p of at most ALPHA, shared among the places that could be named (Bonferroni): those with at least
FEWEST phones. Where two explain the same phones equally well, nothing tells which it is, and neither is named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from math import comb, isclose

from phonetui.phone.diagnosis import CallEnd, Diagnosis
from phonetui.phone.measure import Metric
from phonetui.phone.port_counters import switch
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable

FEWEST = 3
"""Phones in trouble that make a group worth naming."""
ALPHA = 0.05
"""The chance at which a place would be named where trouble has nothing to do with places."""


_KINDS: tuple[tuple[str, Callable[[Phone], Printable | None]], ...] = (
    ("", switch),
    ("VLAN", lambda phone: phone.network.vlan),
    ("jump host", lambda phone: None if phone.is_behind_webex else phone.via),
    ("firmware", lambda phone: phone.system.version),
)
"""What phones can have in common: words, and how to find it."""
_TROUBLES = {
    Metric.LOSS: "lose inbound packets",
    Metric.DISCARD: "throw inbound packets away",
    Metric.JITTER: "hear with jitter",
    Metric.DELAY: "have long round trips",
}
"""The worst first: who loses packets has jitter as well."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Phones with something in common, some of which are in trouble."""

    place: str
    inside: Set[PhoneId]
    bad: Set[PhoneId]
    """Of those inside."""
    p: float
    """The chance of so many, or more, where trouble is blind to the place."""

    def ties_with(self, other: "_Group") -> bool:
        return other is not self and bool(other.bad & self.bad) and isclose(other.p, self.p, rel_tol=1e-9)


def correlations(ends: Iterable[CallEnd]) -> tuple[Diagnosis, ...]:
    """Of all phones in a call that can be judged; each phone is explained once."""
    calls: dict[PhoneId, list[CallEnd]] = defaultdict(list)
    for end in ends:
        if end.is_open:
            calls[end.phone.id].append(end)
    diagnoses = []
    explained: set[PhoneId] = set()
    for metric, trouble in _TROUBLES.items():
        judged = {phone: known for phone, known in calls.items() if any(end.judged(metric) for end in known)}
        bad = {phone for phone, known in judged.items() if any(end.is_bad(metric) for end in known)}
        groups = sorted(_standing_out(judged, bad), key=lambda group: group.p)
        for group in groups:
            found = sorted(group.bad - explained)
            if len(found) < FEWEST:
                continue
            if not any(map(group.ties_with, groups)):
                rising = sum(bool(judged[phone][0].rise.bad_sums) for phone in found)
                elsewhere = f"{len(bad - group.inside)} of {len(judged) - len(group.inside)}"
                whose = "their" if rising == len(found) else f"{rising} of their"
                crc = f", {whose} CRC counters rise" if rising else ""
                evidence = f"{len(found)} phones on {group.place} {trouble}{crc}, {elsewhere} elsewhere do"
                diagnoses.append(Diagnosis(printable(f"look at {group.place}"), printable(evidence), tuple(found)))
            explained.update(found)  # by this or by nobody: what explains them less well doesn't either
    return tuple(diagnoses)


def fisher(bad_inside: int, inside: int, bad: int, everybody: int) -> float:
    """The p of the module's head, 0 … 1."""
    most = min(inside, bad)
    cases = sum(comb(inside, some) * comb(everybody - inside, bad - some) for some in range(bad_inside, most + 1))
    return cases / comb(everybody, bad)


def _standing_out(judged: Mapping[PhoneId, list[CallEnd]], bad: Set[PhoneId]) -> Iterator[_Group]:
    """The groups whose phones are clearly more in trouble than all others."""
    tried = [
        (f"{words} {value}".strip(), inside)
        for words, trait in _KINDS
        for value, inside in _groups(trait, judged).items()
        if FEWEST <= len(inside) < len(judged)
    ]
    for place, inside in tried:
        p = fisher(len(bad & inside), len(inside), len(bad), len(judged))
        if len(bad & inside) >= FEWEST and p <= ALPHA / len(tried):
            yield _Group(place, inside, bad & inside, p)


def _groups(
    trait: Callable[[Phone], Printable | None], calls: Mapping[PhoneId, list[CallEnd]]
) -> dict[str, set[PhoneId]]:
    groups: dict[str, set[PhoneId]] = defaultdict(set)
    for phone, ends in calls.items():
        if value := trait(ends[0].phone):
            groups[value].add(phone)
    return groups
