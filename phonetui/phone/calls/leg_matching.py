"""Whether two legs may be one call: what rules it out, and which number or name connects them.

Two calls that merely run at the same time fit each other as well as two ends of one. So only who is called decides;
states, moments and media can but rule out. A phone publishes no number of its own: the configuration gives it, or what
its calls are called by elsewhere is learned. That counts once two calls have agreed, and is forgotten when calls
contradict it. Two calls that came up, were answered and ended at the same moments, with nobody else's fitting, are
probably one: too little to show them as one, but enough to learn from.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import TALK, CallLeg, Leg
from phonetui.phone.parse import digits, is_same, tail
from phonetui.phone.state import Call, CallDirection, Phase, Phone, PhoneId

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
    """A line's number as calls have shown it, and how sure that is."""

    number: str
    calls: int
    """That agreed, less those that contradicted; 1 … `_MOST`."""


class NumberIndex:
    """The places that each number reaches, as of one directory."""

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


class ExtensionDirectory(Struct, frozen=True):
    """The numbers by which lines are reached: given by the configuration, or learned from calls."""

    given: Mapping[PhoneId, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By the configuration: every number that rings the phone, as `digits` gives them."""
    learned: Mapping[Place, LearnedExtension] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, numbers: Mapping[PhoneId, Iterable[str]]) -> "ExtensionDirectory":
        """A directory of the configuration's numbers, in any spelling; those of other phones are left to be learned."""
        given = {phone: tuple(filter(None, map(digits, spelled))) for phone, spelled in numbers.items()}
        return cls(MappingProxyType({phone: known for phone, known in given.items() if known}))

    def with_given(self, numbers: Mapping[PhoneId, Iterable[str]]) -> "ExtensionDirectory":
        """The directory with other numbers from the configuration; what was learned of phones without any stays."""
        given = ExtensionDirectory.of(numbers).given
        learned = {place: known for place, known in self.learned.items() if place[0] not in given}
        return replace(self, given=given, learned=MappingProxyType(learned))

    def confirm(self, place: Place, number: str) -> "ExtensionDirectory":
        """The directory once a call has shown that `number` reaches the line."""
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
        """The directory once somebody talked with `number`, and these phones, thought to have it, had no such call."""
        away = frozenset(absent)
        after = self
        for place, known in self.learned.items():
            if place[0] in away and is_same(known.number, number):
                after = after._with(place, LearnedExtension(known.number, known.calls - 1) if known.calls > 1 else None)
        return after

    def without(self, phone: PhoneId) -> "ExtensionDirectory":
        """The directory without what was learned of a phone's lines."""
        kept = {place: learned for place, learned in self.learned.items() if place[0] != phone}
        return self if len(kept) == len(self.learned) else replace(self, learned=MappingProxyType(kept))

    def _with(self, place: Place, learned: LearnedExtension | None) -> "ExtensionDirectory":
        others = {other: known for other, known in self.learned.items() if other != place}
        if learned is not None and len(others) >= LEARNED:
            del others[next(iter(others))]
        return replace(self, learned=MappingProxyType(others if learned is None else {**others, place: learned}))


SIGNALLING_S = 1.5
"""How far apart the two phones may see one beginning."""
PACKETS_PER_S = 100
"""The most that speech codecs send: 10 ms packets."""
BOTH = 2
"""Ends of two that are known to be each other's."""
_DIRECTIONS = {Phase.SETUP: CallDirection.OUTGOING, Phase.ALERTING: CallDirection.INCOMING}


class CallParty(NamedTuple):
    """One phone of a call that may be paired, as it has been seen so far."""

    phone: Phone
    leg: CallLeg
    lag_s: float
    """How old a reading of this phone may be."""

    @property
    def call(self) -> Call:
        return self.leg.call

    @property
    def is_up(self) -> bool:
        """Answered, and not over."""
        return self.call.phase in TALK and self.leg.answered is not None

    @property
    def direction(self) -> CallDirection | None:
        return self.call.direction or _DIRECTIONS.get(self.call.phase)

    def is_settled(self, at: float) -> bool:
        """Whether everything that began when this call was answered has been read by now."""
        return self.is_up and at - self.leg.phase_at >= self.lag_s


@lru_cache(maxsize=10_000)
def _casefolded(name: str) -> str:
    """Kept, as the names of all phones are looked at once a second."""
    return name.casefold()


class PartyIndex(Struct, frozen=True):
    """Monitored phones by number and by name, for finding the far end of a leg."""

    numbers: NumberIndex
    names: Mapping[str, PhoneId | None]
    """Folded; None where several phones share one."""

    @classmethod
    def of(cls, numbers: NumberIndex, phones: Mapping[PhoneId, Phone]) -> "PartyIndex":
        """An index of these phones; a name that two of them have leads nowhere."""
        names: dict[str, PhoneId | None] = {}
        for phone in phones.values():
            name, host = _casefolded(phone.name), _casefolded(phone.system.host_name or "")
            names[name] = None if name in names else phone.id
            if host and host != name:
                names[host] = None if host in names else phone.id
        return cls(numbers, names)

    def places(self, near: CallParty) -> frozenset[Reach]:
        """The places where the far end of `near` may be, by number or name; empty where neither is known."""
        reached, named = self.numbers.reached(near.leg.number), self._named(near)
        return reached if named is None else reached | {(named, None)}

    def is_far_end(self, near: CallParty, far: CallParty) -> bool | None:
        """Whether the phone that `near` talks with is `far`, by number before name; None where neither is known."""
        by_number = self.numbers.has((far.phone.id, far.call.line), near.leg.number)
        if by_number is not None:
            return by_number
        named = self._named(near)
        return None if named is None else named == far.phone.id

    def denies(self, one: CallParty, other: CallParty) -> bool:
        """Whether either end's far end is known to be somebody else."""
        return self.is_far_end(one, other) is False or self.is_far_end(other, one) is False

    def _named(self, near: CallParty) -> PhoneId | None:
        name = near.call.remote_name
        return self.names.get(name.casefold()) if name else None


def match_score(one: CallParty, other: CallParty, at: float, known: PartyIndex | None = None) -> int | None:
    """How many of two ends are `known` to be each other's far end, 0 … 2; None where they cannot be one call."""
    if one.phone.id == other.phone.id or not (_moments_agree(one, other) and _states_agree(one, other, at)):
        return None
    sides = (known.is_far_end(one, other), known.is_far_end(other, one)) if known else ()
    if False in sides or (one.leg.number and one.leg.number == other.leg.number):
        return None
    found = sum(side is True for side in sides)
    return found if found == BOTH or _media_agree(one, other) else None


def _moments_agree(one: CallParty, other: CallParty) -> bool:
    mine, theirs = one.leg, other.leg
    if mine.was_passed or theirs.was_passed:
        return mine.up.overlaps(theirs.up, SIGNALLING_S)
    if mine.answered and theirs.answered:
        return mine.answered.overlaps(theirs.answered, SIGNALLING_S)
    return mine.began.overlaps(theirs.began, SIGNALLING_S)


def _states_agree(one: CallParty, other: CallParty, at: float) -> bool:
    """One phone may still show what the other one no longer does, for as long as a reading is old."""
    was_passed = one.leg.was_passed or other.leg.was_passed
    if not was_passed and one.direction is not None and one.direction is other.direction:
        return False
    if one.call.phase in TALK and other.call.phase in TALK:
        return True
    early = [end for end in (one, other) if end.call.phase in _DIRECTIONS]
    if len(early) == 2:
        return one.call.phase is not other.call.phase
    if any(end.call.phase not in TALK for end in (one, other) if end not in early):
        return False
    return not early or at - (other if early[0] is one else one).leg.phase_at <= early[0].lag_s


def _media_agree(one: CallParty, other: CallParty) -> bool:
    """Not asked of ends that call each other by number: a gateway between them may transcode."""
    return _codecs_agree(one.call, other.call) and _packets_agree(one, other) and _packets_agree(other, one)


def _codecs_agree(one: Call, other: Call) -> bool:
    """Also where one of the two isn't known."""
    pairs = ((one.encoder, other.decoder), (other.encoder, one.decoder))
    return all(not sent or not heard or sent == heard or _folded(sent) == _folded(heard) for sent, heard in pairs)


@lru_cache(maxsize=256)
def _folded(codec: str) -> str:
    return "".join(filter(str.isalnum, codec)).casefold()


def _packets_agree(sender: CallParty, receiver: CallParty) -> bool:
    """Nobody receives, or misses, what was not sent; readings apart from each other explain a second or some."""
    sent, received = sender.call.packets_sent, receiver.call.packets_received
    if sent is None or received is None or sender.leg.was_passed or receiver.leg.was_passed:
        return True
    apart = PACKETS_PER_S * (sender.lag_s + receiver.lag_s)
    arrived = received + (receiver.call.lost_packets or 0)
    return arrived <= sent + apart and (received == 0 or arrived >= sent / 2 - apart)


class TimingMatch(Struct, frozen=True):
    """Two legs that fit each other alone, with nothing but the moments of their beginning and answer as evidence."""

    legs: tuple[Leg, Leg]
    noticed: tuple[CallLeg, CallLeg]
    """As they were then."""
    tolerance_s: float
    """How far apart the two ends of one call may be seen to end."""
    ended_at: float | None = None
    """Monotonic seconds when the first of both was gone."""

    def is_over(self, call_legs: Mapping[Leg, CallLeg]) -> bool:
        """Whether neither of the two calls is up any more."""
        return not any(self._up(call_legs))

    def follow(self, call_legs: Mapping[Leg, CallLeg], at: float) -> "TimingMatch | None":
        """The match after another look; None once it is refuted: one of both ended alone, or has another far end."""
        up = self._up(call_legs)
        if any(now and now.began != before.began for now, before in zip(up, self.noticed, strict=True)):
            return None
        if all(up):
            return self
        ended_at = at if self.ended_at is None else self.ended_at
        return None if at - ended_at > self.tolerance_s else replace(self, ended_at=ended_at)

    def confirm(self, directory: ExtensionDirectory) -> ExtensionDirectory:
        """The directory with what both calls, now that they ended together, say of each other's numbers."""
        (mine, theirs), (near, far) = self.legs, self.noticed
        directory = directory.confirm((theirs[0], theirs[1][0]), near.number)
        return directory.confirm((mine[0], mine[1][0]), far.number)

    def _up(self, call_legs: Mapping[Leg, CallLeg]) -> tuple[CallLeg | None, ...]:
        """The calls as they are now; None where one is gone and its place is empty or another call's."""
        pairs = ((before, call_legs.get(leg)) for leg, before in zip(self.legs, self.noticed, strict=True))
        return tuple(now if now and (now.began == before.began or now.was_passed) else None for before, now in pairs)
