"""Of the ends that may be one call: those that are, and those of which it cannot be said.

Which calls of monitored phones are two ends of one.

phones ──► sights ──► ends that can be one call ──► mutual and unique? ──► partners: both ends of a call
             │                                            └─ not unique: not paired, and why
             └─ what ended together ──► directory: whose number is whose

A pair holds for as long as both calls are up with the same far ends.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.calls.call_legs import Ambiguous, CallLeg, Leg, Look, MomentSpan, Partner, first, follow
from phonetui.phone.calls.extension_directory import ExtensionDirectory, NumberIndex, Reach
from phonetui.phone.calls.leg_matching import (
    BOTH,
    SIGNALLING_S,
    CallParty,
    PartyIndex,
    TimingMatch,
    book,
    fit,
    followed,
    ties,
)
from phonetui.phone.state import CallDirection, Phone, PhoneId
from phonetui.text import Printable

LOOKED_AT = 4
"""Ends of which it is asked whether they can be one call with another, where neither a number nor a name tells. Where
more began at one moment nothing could be said of any."""
_NAMED = 3
"""Candidates worth naming."""
_REASONS = {
    0: "began at the same moment, but no number or name ties them",
    1: "began at the same moment, but only one of both is known to be meant",
    2: "several calls between these numbers at once",
}


MANY, MANY_S = 200, 5.0
"""Of more ends than this, of which nothing is known, those that fit each other are sought again after so long."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    partners: Mapping[Leg, Partner | Ambiguous]
    twins: Sequence[tuple[Leg, Leg]]
    """Ends that fit each other alone, seen from their beginning, with nothing but their moments to tie them."""
    fits: "MatchCandidates"


class MatchCandidates(NamedTuple):
    """Ends that may be one call though neither a number nor a name tells, as of monotonic second `at`."""

    at: float = -inf
    pairs: tuple[tuple[Leg, Leg], ...] = ()


NO_FITS = MatchCandidates()


def choose(ends: Mapping[Leg, CallParty], known: PartyIndex, at: float, fits: MatchCandidates = NO_FITS) -> MatchResult:
    """`fits` are those found before, which are good for a while where there are many.

    Only a mutual and unique match is a pair, and only where each end is known to be who the other talks with.

    With one end's word for it, a call that was diverted looks like one that its callee happened to answer elsewhere.
    """
    likely, fits = _likely(ends, known, at, fits)
    best = {leg: _best(found) for leg, found in likely.items()}
    settled = {leg for leg in best if ends[leg].is_settled(at)}
    partners: dict[Leg, Partner | Ambiguous] = {}
    twins: list[tuple[Leg, Leg]] = []
    for leg, found in best.items():
        tied = likely[leg][found[0]]
        alone = len(found) == 1 and best[found[0]] == (leg,)
        if alone and tied == BOTH:
            partners[leg] = Partner(*found[0], evidence=_evidence(ends[leg], ends[found[0]]))
        elif tied == BOTH or (leg in settled and settled.issuperset(found)):
            partners[leg] = Ambiguous(found[:_NAMED], Printable(_REASONS[tied]))
            if alone and leg < found[0] and _began_together(ends[leg], ends[found[0]]):
                twins.append((leg, found[0]))
    return MatchResult(partners, tuple(twins), fits)


def _likely(
    ends: Mapping[Leg, CallParty], known: PartyIndex, at: float, before: MatchCandidates
) -> tuple[dict[Leg, dict[Leg, int]], MatchCandidates]:
    """For each end those that it may be one call with, and how many of the two are known to be meant."""
    likely: dict[Leg, dict[Leg, int]] = defaultdict(dict)
    meant = {leg: known.meant(end) for leg, end in ends.items()}
    for leg, other in _meant_pairs(ends, meant):
        tied = ties(ends[leg], ends[other], known, at)
        if tied is not None:
            likely[leg][other] = likely[other][leg] = tied
    strangers = {leg: end for leg, end in ends.items() if not meant[leg] and BOTH not in likely.get(leg, {}).values()}
    fits = before
    if len(strangers) <= MANY or at - before.at >= MANY_S:
        fits = MatchCandidates(at, tuple(_fitting(strangers, known, at)))
    for leg, other in fits.pairs:
        if leg in strangers and other in strangers:
            likely[leg].setdefault(other, 0)
            likely[other].setdefault(leg, 0)
    return likely, fits


def _fitting(ends: Mapping[Leg, CallParty], known: PartyIndex, at: float) -> Iterator[tuple[Leg, Leg]]:
    found: Counter[Leg] = Counter()
    for leg, other in _at_one_moment(ends, known):
        is_enough = found[leg] > _NAMED and found[other] > _NAMED
        if not is_enough and fit(ends[leg], ends[other], at):
            found[leg] += 1
            found[other] += 1
            yield leg, other


def _meant_pairs(ends: Mapping[Leg, CallParty], meant: Mapping[Leg, frozenset[Reach]]) -> set[tuple[Leg, Leg]]:
    """Those of which one is where the other's far end is known to be."""
    at_place: dict[Reach, list[Leg]] = defaultdict(list)
    for leg in ends:
        at_place[leg[0], leg[1][0]].append(leg)
        at_place[leg[0], None].append(leg)
    return {
        (leg, other) if leg < other else (other, leg)
        for leg, places in meant.items()
        for place in places
        for other in at_place.get(place, ())
        if other != leg
    }


def _at_one_moment(ends: Mapping[Leg, CallParty], known: PartyIndex) -> Iterator[tuple[Leg, Leg]]:
    """Those of which nothing is known but when they began; of each the `LOOKED_AT` that began nearest before it.

    An end that wasn't answered is no reason for a word, so of two one must have been. A number of one side that is
    none of the other's own rules the two out.
    """
    calls = {leg: bool(end.sight.number) for leg, end in ends.items()}
    is_known = {leg: known.numbers.is_known((leg[0], leg[1][0])) for leg in ends}
    for leg, other in (*_near(_answers(ends), ends), *_near(_beginnings(ends), ends, is_of_two=True)):
        if not ((calls[leg] and is_known[other]) or (calls[other] and is_known[leg])):
            yield leg, other


def _answers(ends: Mapping[Leg, CallParty]) -> dict[Leg, MomentSpan]:
    """Of two ends that were answered, and passed to nobody, this decides."""
    sights = ((leg, end.sight) for leg, end in ends.items())
    return {leg: sight.answered for leg, sight in sights if sight.answered is not None and not sight.was_passed}


def _beginnings(ends: Mapping[Leg, CallParty]) -> dict[Leg, MomentSpan]:
    """Of all others; none where there are no others."""
    if all(end.sight.answered is not None and not end.sight.was_passed for end in ends.values()):
        return {}
    return {leg: end.sight.began if end.sight.was_passed else end.sight.up for leg, end in ends.items()}


def _near(
    spans: Mapping[Leg, MomentSpan], ends: Mapping[Leg, CallParty], *, is_of_two: bool = False
) -> Iterator[tuple[Leg, Leg]]:
    """Ends whose spans overlap; `is_of_two`: only where their answers don't decide."""
    standing: dict[CallDirection | None, deque[tuple[float, Leg, bool, bool]]] = {}
    for (low, high), leg in sorted((span, leg) for leg, span in spans.items()):
        end = ends[leg]
        direction, is_up, soonest = end.direction, end.is_up, low - SIGNALLING_S
        is_plain = is_of_two and end.sight.answered is not None and not end.sight.was_passed
        for opposite, before in standing.items():
            if direction is None or direction is not opposite:
                for until, other, other_is_up, other_is_plain in before:
                    if until >= soonest and (is_up or other_is_up) and not (is_plain and other_is_plain):
                        yield leg, other
        standing.setdefault(direction, deque(maxlen=LOOKED_AT)).append((high, leg, is_up, is_plain))


def _best(found: Mapping[Leg, int]) -> tuple[Leg, ...]:
    most = max(found.values())
    if not most:
        return tuple(found)
    return tuple(leg for leg, tied in found.items() if tied == most)


def _began_together(one: CallParty, other: CallParty) -> bool:
    return (
        one.sight.is_whole and other.sight.is_whole and one.sight.began.overlaps(other.sight.began, SIGNALLING_S)
    )  # fmt: skip


def _evidence(near: CallParty, far: CallParty) -> Printable:
    called, calls = (end.call.remote_number or end.call.remote_name for end in (near, far))
    return Printable(f"{called} and {calls} call each other at the same time")


COINCIDENCES = 1000
"""Calls that are watched for ending together, the latest."""
_LAG_INTERVALS = 1.5
_LAG_S = 1.0
"""A reading is at most this and so many intervals old."""
_REACHED_S = 15.0
"""In talk for so long, a call has reached whom it was for."""


class _Asked(NamedTuple):
    """When a phone was known to answer last, and how often it was asked then."""

    at: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who talks with whom, as far as it is known after a look."""

    directory: ExtensionDirectory = field(default_factory=ExtensionDirectory)
    partners: Mapping[Leg, Partner | Ambiguous] = field(default_factory=lambda: MappingProxyType({}))
    sights: Mapping[Leg, CallLeg] = field(default_factory=lambda: MappingProxyType({}))
    coincidences: tuple[TimingMatch, ...] = ()
    asked: Mapping[PhoneId, _Asked] = field(default_factory=lambda: MappingProxyType({}))
    numbers: NumberIndex | None = None
    """The directory by number; None until it is wanted, and after the directory changed."""
    fits: MatchCandidates = NO_FITS

    def look(self, phones: Mapping[PhoneId, Phone], at: float) -> "Pairing":
        """What the phones show at monotonic second `at`; the same mapping of partners where none changed."""
        answering = (phone for phone in phones.values() if phone.is_current)
        asked = {**self.asked, **{phone.id: _Asked(at, phone.connection.interval_s) for phone in answering}}
        sights = self._follow(phones, at)
        lags = {phone.id: _LAG_INTERVALS * self._interval_s(phone) + _LAG_S for phone in phones.values()}
        ends = {leg: CallParty(phones[leg[0]], sight, lags[leg[0]]) for leg, sight in sights.items()}
        numbers = self.numbers or NumberIndex(self.directory)
        known = book(numbers, phones)
        same = frozenset(leg for leg, sight in sights.items() if self._is_same(leg, sight))
        partners = self._held(ends, known, same)
        choice = choose({leg: end for leg, end in ends.items() if leg not in partners}, known, at, self._fits(same))
        partners |= choice.partners
        for leg in partners:
            if not sights[leg].has_met:
                sights[leg] = sights[leg]._replace(has_met=True)
        coincidences = followed((*self.coincidences, *self._coincide(choice, ends)), sights, partners, at)
        coincidences = coincidences[-COINCIDENCES:]
        directory = self._taught(phones, sights, partners, coincidences)
        return Pairing(
            directory,
            self.partners if partners == self.partners else MappingProxyType(partners),
            MappingProxyType(sights),
            tuple(known for known in coincidences if not known.is_over(sights)),
            MappingProxyType(asked),
            numbers if directory is self.directory else None,
            choice.fits,
        )

    def without(self, phone: PhoneId) -> "Pairing":
        """It is not looked at any more."""
        asked = {known: asked for known, asked in self.asked.items() if known != phone}
        return replace(self, directory=self.directory.without(phone), numbers=None, asked=MappingProxyType(asked))

    def _follow(self, phones: Mapping[PhoneId, Phone], at: float) -> dict[Leg, CallLeg]:
        sights = {}
        for phone in phones.values():
            asked = self.asked.get(phone.id)
            look = Look(at, asked.at if asked else at, self._interval_s(phone))
            for call in phone.calls:
                leg = (phone.id, call.key)
                before = self.sights.get(leg)
                sights[leg] = follow(before, call, look) if before else first(call, look, is_whole=asked is not None)
        return sights

    def _interval_s(self, phone: Phone) -> float:
        """The longer of before and now: a phone is asked more often as soon as its call is seen."""
        asked = self.asked.get(phone.id)
        return max(asked.interval_s if asked else 0.0, phone.connection.interval_s)

    def _held(
        self, ends: Mapping[Leg, CallParty], known: PartyIndex, same: Container[Leg]
    ) -> dict[Leg, Partner | Ambiguous]:
        """The pairs that nothing has ended: the `same` calls, with the same far ends, as when they were made."""
        held: dict[Leg, Partner | Ambiguous] = {}
        for leg, partner in self.partners.items():
            if isinstance(partner, Partner) and leg not in held and leg in same:
                other = (partner.phone, partner.key)
                if other in same and not known.denies(ends[leg], ends[other]):
                    held[leg] = partner
                    if isinstance(back := self.partners.get(other), Partner) and (back.phone, back.key) == leg:
                        held[other] = back  # what is denied of one end is denied of both
        return held

    def _fits(self, same: frozenset[Leg]) -> MatchCandidates:
        """Those found before, of calls that are still the same."""
        return self.fits._replace(pairs=tuple(pair for pair in self.fits.pairs if same.issuperset(pair)))

    def _is_same(self, leg: Leg, sight: CallLeg) -> bool:
        before = self.sights.get(leg)
        return before is not None and (before.began is sight.began or before.began == sight.began)

    def _coincide(self, choice: MatchResult, ends: Mapping[Leg, CallParty]) -> Iterable[TimingMatch]:
        running = {known.legs for known in self.coincidences}
        for legs in choice.twins:
            if legs not in running:
                one, other = ends[legs[0]], ends[legs[1]]
                yield TimingMatch(legs, (one.sight, other.sight), one.lag_s + other.lag_s)

    def _taught(
        self,
        phones: Mapping[PhoneId, Phone],
        sights: Mapping[Leg, CallLeg],
        partners: Mapping[Leg, Partner | Ambiguous],
        coincidences: Iterable[TimingMatch],
    ) -> ExtensionDirectory:
        """What pairs, calls that ended together and calls that reached somebody else say of whose number is whose."""
        directory = self.directory
        for known in coincidences:
            if known.is_over(sights):
                directory = known.taught(directory)
        for leg, partner in partners.items():
            if isinstance(partner, Partner) and not isinstance(self.partners.get(leg), Partner):
                directory = directory.agreed((partner.phone, partner.key[0]), sights[leg].number)
        current = [phone.id for phone in phones.values() if phone.is_current]
        for leg, sight in self.sights.items():
            is_over = leg not in sights or sights[leg].began != sight.began
            if is_over and not sight.has_met and sight.number and (sight.call.duration_s or 0.0) >= _REACHED_S:
                directory = directory.contradicted(sight.number, current)
        return directory
