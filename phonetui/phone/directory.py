"""Which number reaches which line: by the configuration, or learned from calls.

A phone publishes no number of its own. What its calls are called by elsewhere is remembered; it counts once two calls
have agreed, and is forgotten when calls contradict it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.number import digits, is_same
from phonetui.phone.state import PhoneId

Place = tuple[PhoneId, int]
"""A phone and one of its lines."""

KNOWN = 2
"""Calls that must agree on a number before it counts."""
_MOST = 3
"""Calls beyond this make a number no surer: so few contradictions forget it."""


class Learned(NamedTuple):
    number: str
    calls: int
    """That agreed, less those that contradicted; 1 … `_MOST`."""


@dataclass(frozen=True, slots=True)
class Directory:
    given: Mapping[PhoneId, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By the configuration: every number that rings the phone, as `digits` gives them."""
    learned: Mapping[Place, Learned] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, numbers: Mapping[PhoneId, Iterable[str]]) -> "Directory":
        """From the configuration's spellings; phones without numbers are left to be learned."""
        given = {phone: tuple(filter(None, map(digits, spelled))) for phone, spelled in numbers.items()}
        return cls(MappingProxyType({phone: known for phone, known in given.items() if known}))

    def has(self, place: Place, number: str) -> bool | None:
        """Whether `number` reaches the line; None where that isn't known."""
        known = self._known(place)
        if not number or not known:
            return False if number and self._is_elsewhere(place, number) else None
        return any(is_same(number, one) for one in known)

    def agreed(self, place: Place, number: str) -> "Directory":
        """A call has shown that `number` reaches the line."""
        if not number or place[0] in self.given:
            return self
        before = self.learned.get(place)
        if before is None:
            return self._with(place, Learned(number, 1))
        if not is_same(before.number, number):
            weaker = before.calls - 1
            return self._with(place, Learned(before.number, weaker) if weaker else Learned(number, 1))
        return self._with(place, Learned(before.number, min(before.calls + 1, _MOST)))

    def contradicted(self, number: str, absent: Iterable[PhoneId]) -> "Directory":
        """Somebody talked with `number`, and these phones, which it was thought to reach, were not in that call."""
        away = frozenset(absent)
        after = self
        for place, known in self.learned.items():
            if place[0] in away and is_same(known.number, number):
                after = after._with(place, Learned(known.number, known.calls - 1) if known.calls > 1 else None)
        return after

    def without(self, phone: PhoneId) -> "Directory":
        """Nothing was ever learned of it."""
        kept = {place: learned for place, learned in self.learned.items() if place[0] != phone}
        return self if len(kept) == len(self.learned) else replace(self, learned=MappingProxyType(kept))

    def _known(self, place: Place) -> tuple[str, ...]:
        if place[0] in self.given:
            return self.given[place[0]]
        learned = self.learned.get(place)
        return (learned.number,) if learned and learned.calls >= KNOWN else ()

    def _is_elsewhere(self, place: Place, number: str) -> bool:
        """Whether another line is known to have the number."""
        if any(is_same(number, one) for phone, known in self.given.items() if phone != place[0] for one in known):
            return True
        return any(
            learned.calls >= KNOWN and other != place and is_same(number, learned.number)
            for other, learned in self.learned.items()
        )

    def _with(self, place: Place, learned: Learned | None) -> "Directory":
        others = {other: known for other, known in self.learned.items() if other != place}
        return replace(self, learned=MappingProxyType(others if learned is None else {**others, place: learned}))
