"""Whether two ends may be one call: what speaks against it, and what ties them by number or name.

Two calls that merely run at the same time fit each other as well as two ends of one. So only who is called decides;
states, moments and media can but rule out.

Two calls that came up, were answered and ended at the same moments, with nobody else's fitting: probably one call.

That is too little to show them as one, but when it happens twice with the same numbers it is how numbers are learned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from phonetui.phone.calls.call_legs import Ambiguous, CallLeg, Leg, Partner
from phonetui.phone.calls.extension_directory import ExtensionDirectory, NumberIndex, Reach
from phonetui.phone.state import Call, CallDirection, Phase, Phone, PhoneId

SIGNALLING_S = 1.5
"""How far apart the two phones may see one beginning."""
PACKETS_PER_S = 100
"""The most that speech codecs send: 10 ms packets."""
BOTH = 2
"""Ends of two that are known to be each other's."""
_UP = (Phase.TALK, Phase.HELD)
_DIRECTIONS = {Phase.SETUP: CallDirection.OUTGOING, Phase.ALERTING: CallDirection.INCOMING}


class CallParty(NamedTuple):
    """One phone of a call, as it has been seen so far."""

    phone: Phone
    sight: CallLeg
    lag_s: float
    """How old a reading of this phone may be."""

    @property
    def call(self) -> Call:
        return self.sight.call

    @property
    def is_up(self) -> bool:
        """Answered, and not over."""
        return self.call.phase in _UP and self.sight.answered is not None

    @property
    def direction(self) -> CallDirection | None:
        return self.call.direction or _DIRECTIONS.get(self.call.phase)

    def is_settled(self, at: float) -> bool:
        """Whether everything that began when this call was answered has been read by now."""
        return self.is_up and at - self.sight.phase_at >= self.lag_s


@dataclass(frozen=True, slots=True)
class PartyIndex:
    """Who is known by which number and which name."""

    numbers: NumberIndex
    names: Mapping[str, PhoneId | None]
    """Folded; None where several phones share one."""

    def meant(self, near: CallParty) -> frozenset[Reach]:
        """Where the other end of `near` is, by number or name, as far as that is known."""
        named = self.names.get((near.call.remote_name or "").casefold())
        reached = self.numbers.reached(near.sight.number)
        return reached if named is None else reached | {(named, None)}

    def is_far_end(self, near: CallParty, far: CallParty) -> bool | None:
        """Whether the phone that `near` talks with is `far`, by number before name; None where neither tells."""
        by_number = self.numbers.has((far.phone.id, far.call.line), near.sight.number)
        if by_number is not None:
            return by_number
        named = self.names.get((near.call.remote_name or "").casefold())
        return None if named is None else named == far.phone.id

    def denies(self, one: CallParty, other: CallParty) -> bool:
        """Whether either talks with somebody else."""
        return self.is_far_end(one, other) is False or self.is_far_end(other, one) is False


def book(numbers: NumberIndex, phones: Mapping[PhoneId, Phone]) -> PartyIndex:
    names: dict[str, PhoneId | None] = {}
    for phone in phones.values():
        for name in {phone.name.casefold(), (phone.system.host_name or phone.name).casefold()}:
            names[name] = None if name in names else phone.id
    return PartyIndex(numbers, names)


def ties(one: CallParty, other: CallParty, known: PartyIndex, at: float) -> int | None:
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
    return bool(one.sight.number) and one.sight.number == other.sight.number


def _moments_agree(one: CallParty, other: CallParty) -> bool:
    mine, theirs = one.sight, other.sight
    if mine.was_passed or theirs.was_passed:
        spans = [sight.began if sight.was_passed else sight.up for sight in (mine, theirs)]
        return spans[0].overlaps(spans[1], SIGNALLING_S)
    if mine.answered and theirs.answered:
        return mine.answered.overlaps(theirs.answered, SIGNALLING_S)
    return mine.began.overlaps(theirs.began, SIGNALLING_S)


def _states_agree(one: CallParty, other: CallParty, at: float) -> bool:
    """One phone may still show what the other one no longer does, for as long as a reading is old."""
    was_passed = one.sight.was_passed or other.sight.was_passed
    if not was_passed and one.direction is not None and one.direction is other.direction:
        return False
    if one.call.phase in _UP and other.call.phase in _UP:
        return True
    early = [end for end in (one, other) if end.call.phase in _DIRECTIONS]
    if len(early) == 2:
        return one.call.phase is not other.call.phase
    if any(end.call.phase not in _UP for end in (one, other) if end not in early):
        return False
    return not early or at - (other if early[0] is one else one).sight.phase_at <= early[0].lag_s


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
    if sent is None or received is None or sender.sight.was_passed or receiver.sight.was_passed:
        return True
    apart = PACKETS_PER_S * (sender.lag_s + receiver.lag_s)
    arrived = received + (receiver.call.lost_packets or 0)
    return arrived <= sent + apart and (received == 0 or arrived >= sent / 2 - apart)


@dataclass(frozen=True, slots=True)
class TimingMatch:
    legs: tuple[Leg, Leg]
    sights: tuple[CallLeg, CallLeg]
    """As they were when it was noticed."""
    patience_s: float
    """How far apart the two ends of one call may be seen to end."""
    ended_at: float | None = None
    """Monotonic seconds when the first of both was gone."""

    def is_over(self, sights: Mapping[Leg, CallLeg]) -> bool:
        return not any(self._up(sights))

    def followed(self, sights: Mapping[Leg, CallLeg], at: float) -> "TimingMatch | None":
        """None once it has come to nothing: only one of both has ended, or it has another far end."""
        up = self._up(sights)
        if any(now and now.began != before.began for now, before in zip(up, self.sights, strict=True)):
            return None
        if all(up):
            return self
        ended_at = at if self.ended_at is None else self.ended_at
        return None if at - ended_at > self.patience_s else replace(self, ended_at=ended_at)

    def taught(self, directory: ExtensionDirectory) -> ExtensionDirectory:
        """What both calls, now that they ended together, say of each other's numbers."""
        (mine, theirs), (near, far) = self.legs, self.sights
        directory = directory.agreed((theirs[0], theirs[1][0]), near.number)
        return directory.agreed((mine[0], mine[1][0]), far.number)

    def _up(self, sights: Mapping[Leg, CallLeg]) -> tuple[CallLeg | None, ...]:
        """The calls as they are now; None where one is gone and its place is empty or another call's."""
        return tuple(_same(before, sights.get(leg)) for leg, before in zip(self.legs, self.sights, strict=True))


def followed(
    known: Iterable[TimingMatch], sights: Mapping[Leg, CallLeg], partners: Mapping[Leg, Partner | Ambiguous], at: float
) -> tuple[TimingMatch, ...]:
    """Those that have not come to nothing; a call whose other end has been found is no coincidence."""
    free = (one for one in known if not any(isinstance(partners.get(leg), Partner) for leg in one.legs))
    return tuple(after for before in free if (after := before.followed(sights, at)))


def _same(before: CallLeg, now: CallLeg | None) -> CallLeg | None:
    return now if now and (now.began == before.began or now.was_passed) else None
