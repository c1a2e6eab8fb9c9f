"""Whether two ends may be one call: what speaks against it, and what ties them by number or name.

Two calls that merely run at the same time fit each other as well as two ends of one. So only who is called decides;
states, moments and media can but rule out. Two calls that came up, were answered and ended at the same moments, with
nobody else's fitting, are probably one: too little to show them as one, but where it happens twice with the same
numbers it is how numbers are learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from phonetui.phone.calls.call_identity import TALK
from phonetui.phone.calls.call_legs import CallLeg, Leg
from phonetui.phone.calls.extension_directory import ExtensionDirectory, NumberIndex, Reach
from phonetui.phone.state import Call, CallDirection, Phase, Phone, PhoneId

SIGNALLING_S = 1.5
"""How far apart the two phones may see one beginning."""
PACKETS_PER_S = 100
"""The most that speech codecs send: 10 ms packets."""
BOTH = 2
"""Ends of two that are known to be each other's."""
_DIRECTIONS = {Phase.SETUP: CallDirection.OUTGOING, Phase.ALERTING: CallDirection.INCOMING}


class CallParty(NamedTuple):
    """One phone of a call, as it has been seen so far."""

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


@dataclass(frozen=True, slots=True)
class PartyIndex:
    """Who is known by which number and which name."""

    numbers: NumberIndex
    names: Mapping[str, PhoneId | None]
    """Folded; None where several phones share one."""

    def places(self, near: CallParty) -> frozenset[Reach]:
        """Where the other end of `near` is, by number or name, as far as that is known."""
        reached, named = self.numbers.reached(near.leg.number), self._named(near)
        return reached if named is None else reached | {(named, None)}

    def is_far_end(self, near: CallParty, far: CallParty) -> bool | None:
        """Whether the phone that `near` talks with is `far`, by number before name; None where neither tells."""
        by_number = self.numbers.has((far.phone.id, far.call.line), near.leg.number)
        if by_number is not None:
            return by_number
        named = self._named(near)
        return None if named is None else named == far.phone.id

    def denies(self, one: CallParty, other: CallParty) -> bool:
        """Whether either talks with somebody else."""
        return self.is_far_end(one, other) is False or self.is_far_end(other, one) is False

    def _named(self, near: CallParty) -> PhoneId | None:
        name = near.call.remote_name
        return self.names.get(name.casefold()) if name else None


def party_index(numbers: NumberIndex, phones: Mapping[PhoneId, Phone]) -> PartyIndex:
    names: dict[str, PhoneId | None] = {}
    for phone in phones.values():
        name, host = phone.name.casefold(), (phone.system.host_name or "").casefold()
        names[name] = None if name in names else phone.id
        if host and host != name:
            names[host] = None if host in names else phone.id
    return PartyIndex(numbers, names)


def match_score(one: CallParty, other: CallParty, known: PartyIndex, at: float) -> int | None:
    """How many of two ends are known to be each other's far end, 0 … 2; None where they cannot be one call."""
    if one.phone.id == other.phone.id or not (_moments_agree(one, other) and _states_agree(one, other, at)):
        return None
    sides = (known.is_far_end(one, other), known.is_far_end(other, one))
    if False in sides or _call_the_same(one, other):
        return None
    found = sum(side is True for side in sides)
    return found if found == BOTH or _media_agree(one, other) else None


def fit(one: CallParty, other: CallParty, at: float) -> bool:
    """Whether two ends of which no number and no name is known may be one call."""
    return (
        one.phone.id != other.phone.id
        and _moments_agree(one, other)
        and _states_agree(one, other, at)
        and not _call_the_same(one, other)
        and _media_agree(one, other)
    )


def _call_the_same(one: CallParty, other: CallParty) -> bool:
    return bool(one.leg.number) and one.leg.number == other.leg.number


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
    return _is_same_codec(one.encoder, other.decoder) and _is_same_codec(other.encoder, one.decoder)


def _is_same_codec(sent: str | None, heard: str | None) -> bool:
    """Also where one of the two isn't told."""
    return not sent or not heard or sent == heard or _folded(sent) == _folded(heard)


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


@dataclass(frozen=True, slots=True)
class TimingMatch:
    """Two calls that fit each other alone, with nothing but their moments to tie them."""

    legs: tuple[Leg, Leg]
    noticed: tuple[CallLeg, CallLeg]
    """As they were then."""
    tolerance_s: float
    """How far apart the two ends of one call may be seen to end."""
    ended_at: float | None = None
    """Monotonic seconds when the first of both was gone."""

    def is_over(self, call_legs: Mapping[Leg, CallLeg]) -> bool:
        return not any(self._up(call_legs))

    def follow(self, call_legs: Mapping[Leg, CallLeg], at: float) -> "TimingMatch | None":
        """None once it has come to nothing: only one of both has ended, or it has another far end."""
        up = self._up(call_legs)
        if any(now and now.began != before.began for now, before in zip(up, self.noticed, strict=True)):
            return None
        if all(up):
            return self
        ended_at = at if self.ended_at is None else self.ended_at
        return None if at - ended_at > self.tolerance_s else replace(self, ended_at=ended_at)

    def confirm(self, directory: ExtensionDirectory) -> ExtensionDirectory:
        """With what both calls, now that they ended together, say of each other's numbers."""
        (mine, theirs), (near, far) = self.legs, self.noticed
        directory = directory.confirm((theirs[0], theirs[1][0]), near.number)
        return directory.confirm((mine[0], mine[1][0]), far.number)

    def _up(self, call_legs: Mapping[Leg, CallLeg]) -> tuple[CallLeg | None, ...]:
        """The calls as they are now; None where one is gone and its place is empty or another call's."""
        pairs = ((before, call_legs.get(leg)) for leg, before in zip(self.legs, self.noticed, strict=True))
        return tuple(now if now and (now.began == before.began or now.was_passed) else None for before, now in pairs)
