"""Which number reaches which line: by the configuration, or learned from calls.

A phone publishes no number of its own. What its calls are called by elsewhere is remembered; it counts once two calls
have agreed, and is forgotten when calls contradict it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.parse import digits, is_same, tail
from phonetui.phone.state import PhoneId

Place = tuple[PhoneId, int]
"""A phone and one of its lines."""

KNOWN = 2
"""Calls that must agree on a number before it counts."""
Reach = tuple[PhoneId, int | None]
"""A phone and one of its lines; None is any of them."""

LEARNED = 5_000
"""Lines whose numbers were learned; the one that was learned longest ago is forgotten first."""
_REMEMBERED = 2_000
"""Numbers whose places are remembered; of more at once each is looked up again."""
_MOST = 3
"""Calls beyond this make a number no surer: so few contradictions forget it."""


class LearnedExtension(NamedTuple):
    number: str
    calls: int
    """That agreed, less those that contradicted; 1 … `_MOST`."""


class NumberIndex:
    """Which places a number reaches: a directory's entries by number."""

    def __init__(self, directory: "ExtensionDirectory") -> None:
        self._exact: dict[str, list[Reach]] = defaultdict(list)
        self._tails: dict[str, list[tuple[str, Reach]]] = defaultdict(list)
        self._found: dict[str, frozenset[Reach]] = {}
        self._known: set[Reach] = set()
        for phone, numbers in directory.given.items():
            for number in numbers:
                self._add(number, (phone, None))
        for place, learned in directory.learned.items():
            if learned.calls >= KNOWN and place[0] not in directory.given:
                self._add(learned.number, place)

    def reached(self, number: str) -> frozenset[Reach]:
        """The places of which it is known that `number` reaches them."""
        found = self._found.get(number)
        if found is None:
            spelled = (place for known, place in self._tails.get(tail(number), ()) if is_same(known, number))
            found = frozenset((*self._exact.get(number, ()), *spelled)) if number else frozenset()
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[number] = found
        return found

    def has(self, place: Place, number: str) -> bool | None:
        """Whether `number` reaches the line; None where that isn't known."""
        if not number:
            return None
        reached = self.reached(number)
        if reached and (place in reached or (place[0], None) in reached):
            return True
        return False if reached or self.is_known(place) else None

    def is_known(self, place: Place) -> bool:
        """Whether it is known by which number the line is reached."""
        return place in self._known or (place[0], None) in self._known

    def _add(self, number: str, place: Reach) -> None:
        self._known.add(place)
        self._exact[number].append(place)
        if ending := tail(number):
            self._tails[ending].append((number, place))


@dataclass(frozen=True, slots=True)
class ExtensionDirectory:
    given: Mapping[PhoneId, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By the configuration: every number that rings the phone, as `digits` gives them."""
    learned: Mapping[Place, LearnedExtension] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, numbers: Mapping[PhoneId, Iterable[str]]) -> "ExtensionDirectory":
        """From the configuration's spellings; phones without numbers are left to be learned."""
        given = {phone: tuple(filter(None, map(digits, spelled))) for phone, spelled in numbers.items()}
        return cls(MappingProxyType({phone: known for phone, known in given.items() if known}))

    def confirm(self, place: Place, number: str) -> "ExtensionDirectory":
        """A call has shown that `number` reaches the line."""
        if not number or place[0] in self.given:
            return self
        before = self.learned.get(place)
        if before is None:
            return self._with(place, LearnedExtension(number, 1))
        if is_same(before.number, number):
            return self._with(place, LearnedExtension(before.number, min(before.calls + 1, _MOST)))
        weaker = before.calls - 1
        return self._with(place, LearnedExtension(before.number, weaker) if weaker else LearnedExtension(number, 1))

    def contradict(self, number: str, absent: Iterable[PhoneId]) -> "ExtensionDirectory":
        """Somebody talked with `number`, and these phones, which it was thought to reach, were not in that call."""
        away = frozenset(absent)
        after = self
        for place, known in self.learned.items():
            if place[0] in away and is_same(known.number, number):
                after = after._with(place, LearnedExtension(known.number, known.calls - 1) if known.calls > 1 else None)
        return after

    def without(self, phone: PhoneId) -> "ExtensionDirectory":
        """Nothing was ever learned of it."""
        kept = {place: learned for place, learned in self.learned.items() if place[0] != phone}
        return self if len(kept) == len(self.learned) else replace(self, learned=MappingProxyType(kept))

    def _with(self, place: Place, learned: LearnedExtension | None) -> "ExtensionDirectory":
        others = {other: known for other, known in self.learned.items() if other != place}
        if learned is not None and len(others) >= LEARNED:
            del others[next(iter(others))]
        return replace(self, learned=MappingProxyType(others if learned is None else {**others, place: learned}))
