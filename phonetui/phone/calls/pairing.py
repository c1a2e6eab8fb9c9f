"""Pairs the legs of monitored phones: which two are both ends of one call, and which are ambiguous.

phones ──► legs ──► ends that can be one call ──► mutual and unique? ──► partners: both ends of a call
             │                                          └─ not unique: not paired, and why
             └─ what ended together ──► directory: whose number is whose

A pair holds for as long as both calls are up with the same far ends.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import Ambiguous, CallLeg, Leg, Look, MomentSpan, Partner, first, follow
from phonetui.phone.calls.leg_matching import (
    BOTH,
    SIGNALLING_S,
    CallParty,
    ExtensionDirectory,
    NumberIndex,
    PartyIndex,
    Reach,
    TimingMatch,
    match_score,
)
from phonetui.phone.state import CallDirection, Phone, PhoneId
from phonetui.text import Printable

Ends = Mapping[Leg, CallParty]
Legs = Mapping[Leg, CallLeg]
Partners = Mapping[Leg, Partner | Ambiguous]
Matches = tuple[TimingMatch, ...]
NEAREST = 4
"""Ends that are compared with one whose other end neither a number nor a name gives. Where more began at one moment
nothing could be concluded of any."""
_NAMED = 3
"""Candidates worth naming."""
_REASONS = {
    0: Printable("began at the same moment, but no number or name ties them"),
    1: Printable("began at the same moment, but only one of both is known to be meant"),
    2: Printable("several calls between these numbers at once"),
}
"""By how many of the two are known to be meant."""
MANY, MANY_S = 200, 5.0
"""Of more ends than this, of which nothing is known, those that fit each other are looked for again after so long."""
TIMING_MATCHES = 1000
"""Calls that are watched for ending together, the latest."""
_LAG_INTERVALS = 1.5
_LAG_S = 1.0
"""A reading is at most this and so many intervals old."""
_REACHED_S = 15.0
"""In talk for so long, a call has reached whom it was for."""


class MatchCandidates(NamedTuple):
    """Ends that may be one call though neither a number nor a name shows it, as of monotonic second `at`."""

    at: float = -inf
    pairs: tuple[tuple[Leg, Leg], ...] = ()


NO_CANDIDATES = MatchCandidates()


class MatchResult(NamedTuple):
    """Which legs are both ends of one call, and which may be."""

    partners: Partners
    unproven_pairs: Sequence[tuple[Leg, Leg]]
    """Ends that fit each other alone, seen from their beginning, with nothing but their moments to tie them."""
    candidates: MatchCandidates


def choose(ends: Ends, known: PartyIndex, at: float, candidates: MatchCandidates = NO_CANDIDATES) -> MatchResult:
    """`candidates` are those found before, which are good for a while where there are many.

    Only a mutual and unique match is a pair, and only where each end is known to be who the other talks with: by one
    end's word alone, a call that was diverted looks like one that its callee happened to answer elsewhere.
    """
    likely, candidates = _likely(ends, known, at, candidates)
    best = {leg: _best(found) for leg, found in likely.items()}
    settled = {leg for leg in best if ends[leg].is_settled(at)}
    partners: dict[Leg, Partner | Ambiguous] = {}
    unproven: list[tuple[Leg, Leg]] = []
    for leg, found in best.items():
        score = likely[leg][found[0]]
        alone = len(found) == 1 and best[found[0]] == (leg,)
        if alone and score == BOTH:
            partners[leg] = Partner(*found[0], evidence=_evidence(ends[leg], ends[found[0]]))
        elif score == BOTH or (leg in settled and settled.issuperset(found)):
            partners[leg] = Ambiguous(found[:_NAMED], _REASONS[score])
            if alone and leg < found[0] and _began_together(ends[leg].leg, ends[found[0]].leg):
                unproven.append((leg, found[0]))
    return MatchResult(partners, unproven, candidates)


def _likely(
    ends: Ends, known: PartyIndex, at: float, before: MatchCandidates
) -> tuple[dict[Leg, dict[Leg, int]], MatchCandidates]:
    """For each end those that it may be one call with, and how many of the two are known to be meant."""
    likely: dict[Leg, dict[Leg, int]] = defaultdict(dict)
    meant = {leg: places for leg, end in ends.items() if (places := known.places(end))}
    for leg, other in _meant_pairs(ends, meant):
        score = match_score(ends[leg], ends[other], at, known)
        if score is not None:
            likely[leg][other] = likely[other][leg] = score
    paired = {leg for leg, found in likely.items() if BOTH in found.values()}
    strangers = ends.keys() - meant.keys() - paired
    if len(strangers) <= MANY or at - before.at >= MANY_S:
        unknown = {leg: end for leg, end in ends.items() if leg in strangers}
        before = MatchCandidates(at, tuple(_fitting(unknown, known, at)))
    for leg, other in before.pairs:
        if leg in strangers and other in strangers:
            likely[leg].setdefault(other, 0)
            likely[other].setdefault(leg, 0)
    return likely, before


def _fitting(ends: Ends, known: PartyIndex, at: float) -> Iterator[tuple[Leg, Leg]]:
    found: Counter[Leg] = Counter()
    for leg, other in _at_one_moment(ends, known):
        is_enough = found[leg] > _NAMED and found[other] > _NAMED
        if not is_enough and match_score(ends[leg], ends[other], at) is not None:
            found[leg] += 1
            found[other] += 1
            yield leg, other


def _meant_pairs(ends: Ends, meant: Mapping[Leg, frozenset[Reach]]) -> set[tuple[Leg, Leg]]:
    """Those of which one is where the other's far end is known to be."""
    at_place: dict[Reach, list[Leg]] = defaultdict(list)
    for leg in ends if meant else ():
        at_place[leg[0], leg[1][0]].append(leg)
        at_place[leg[0], None].append(leg)
    return {
        (leg, other) if leg < other else (other, leg)
        for leg, places in meant.items()
        for place in places
        for other in at_place.get(place, ())
        if other != leg
    }


def _at_one_moment(ends: Ends, known: PartyIndex) -> Iterator[tuple[Leg, Leg]]:
    """Those of which nothing is known but when they began; of each the `NEAREST` that began nearest before it.

    An end that wasn't answered is nothing to report, so of two one must have been. A number of one side that is none of
    the other's own rules the two out.
    """
    calls = {leg: bool(end.leg.number) for leg, end in ends.items()}
    is_known = {leg: known.numbers.is_known((leg[0], leg[1][0])) for leg in ends}
    # Of two ends that were answered, and passed to nobody, the answer decides; of all others the beginning.
    answers = {leg: end.leg.answered for leg, end in ends.items() if end.leg.answered and not end.leg.was_passed}
    beginnings = {leg: end.leg.up for leg, end in ends.items()} if len(answers) < len(ends) else {}
    for leg, other in (*_near(answers, ends), *_near(beginnings, ends, is_of_two=True)):
        if not ((calls[leg] and is_known[other]) or (calls[other] and is_known[leg])):
            yield leg, other


def _near(spans: Mapping[Leg, MomentSpan], ends: Ends, *, is_of_two: bool = False) -> Iterator[tuple[Leg, Leg]]:
    """Ends whose spans overlap; `is_of_two`: only where their answers don't decide."""
    earlier: dict[CallDirection | None, deque[tuple[float, Leg, bool, bool]]] = {}
    for (low, high), leg in sorted((span, leg) for leg, span in spans.items()):
        end = ends[leg]
        direction, is_up, soonest = end.direction, end.is_up, low - SIGNALLING_S
        is_timed = is_of_two and end.leg.is_timed
        for opposite, before in earlier.items():
            if direction is None or direction is not opposite:
                for until, other, other_is_up, other_is_timed in before:
                    if until >= soonest and (is_up or other_is_up) and not (is_timed and other_is_timed):
                        yield leg, other
        earlier.setdefault(direction, deque(maxlen=NEAREST)).append((high, leg, is_up, is_timed))


def _best(found: Mapping[Leg, int]) -> tuple[Leg, ...]:
    most = max(found.values())
    if not most or len(found) == 1:
        return tuple(found)
    return tuple(leg for leg, score in found.items() if score == most)


def _began_together(one: CallLeg, other: CallLeg) -> bool:
    return one.is_whole and other.is_whole and one.began.overlaps(other.began, SIGNALLING_S)


def _evidence(near: CallParty, far: CallParty) -> Printable:
    called, calls = (end.call.remote_number or end.call.remote_name for end in (near, far))
    return Printable(f"{called} and {calls} call each other at the same time")


class _Asked(NamedTuple):
    """When a phone was known to answer last, and how often it was asked then."""

    at: float
    interval_s: float


class Pairing(Struct, frozen=True):
    """All pairs of legs after a look, with what is carried to the next one."""

    directory: ExtensionDirectory = field(default_factory=ExtensionDirectory)
    partners: Partners = field(default_factory=lambda: MappingProxyType({}))
    call_legs: Legs = field(default_factory=dict)
    timing_matches: Matches = ()
    asked: Mapping[PhoneId, _Asked] = field(default_factory=dict)
    numbers: NumberIndex | None = None
    """The directory by number; None until it is wanted, and after the directory changed."""
    names: Mapping[str, PhoneId | None] = field(default_factory=dict)
    """Of the phones at the latest look, as `PartyIndex` has them."""
    candidates: MatchCandidates = NO_CANDIDATES

    def look(
        self,
        phones: Mapping[PhoneId, Phone],
        at: float,
        *,
        names: Mapping[str, PhoneId | None] | None = None,
        calling: Iterable[PhoneId] | None = None,
    ) -> "Pairing":
        """What the phones show at monotonic second `at`; the same mapping of partners where none changed.

        What is known of the phones is not looked for: their `names` as `PartyIndex` has them, and those with calls.
        """
        ends, asked = self._follow(phones, phones if calling is None else calling, at)
        call_legs = {leg: end.leg for leg, end in ends.items()}
        same = frozenset(leg for leg, now in call_legs.items() if self._is_same(leg, now))
        numbers = self.numbers or NumberIndex(self.directory)
        known = PartyIndex.of(numbers, phones) if names is None else PartyIndex(numbers, names)
        partners = self._held(ends, known, same)
        free = {leg: end for leg, end in ends.items() if leg not in partners} if partners else ends
        kept = self.candidates
        if len(same) < len(self.call_legs):
            kept = kept._replace(pairs=tuple(pair for pair in kept.pairs if same.issuperset(pair)))
        result = choose(free, known, at, kept)
        partners |= result.partners
        for leg in partners:
            if not call_legs[leg].has_met:
                call_legs[leg] = call_legs[leg]._replace(has_met=True)
        matches = self._timing_matches(result, ends, call_legs, partners, at)
        directory = self._learn(phones.values(), call_legs, same, partners, matches)
        return Pairing(
            directory,
            self.partners if partners == self.partners else MappingProxyType(partners),
            call_legs,
            tuple(match for match in matches if not match.is_over(call_legs)),
            asked,
            numbers if directory is self.directory else None,
            known.names,
            result.candidates,
        )

    def without(self, phone: PhoneId) -> "Pairing":
        """The pairing without a phone that is no longer watched."""
        asked = {known: asked for known, asked in self.asked.items() if known != phone}
        return replace(self, directory=self.directory.without(phone), numbers=None, asked=asked)

    def with_numbers(self, numbers: Mapping[PhoneId, Iterable[str]]) -> "Pairing":
        """The pairing with the numbers of another configuration."""
        return replace(self, directory=self.directory.with_given(numbers), numbers=None)

    def _follow(
        self, phones: Mapping[PhoneId, Phone], calling: Iterable[PhoneId], at: float
    ) -> tuple[dict[Leg, CallParty], dict[PhoneId, _Asked]]:
        """Every end of a call, and when each phone was asked."""
        ends, before = {}, self.asked
        now = {interval_s: _Asked(at, interval_s) for interval_s in {p.connection.interval_s for p in phones.values()}}
        current = {p.id: now[p.connection.interval_s] for p in phones.values() if p.is_current}
        for id_ in calling:
            phone = phones[id_]
            now_s, last = phone.connection.interval_s, before.get(id_)
            # The longer interval of before and now: a phone is asked more often as soon as its call is seen.
            interval_s = now_s if last is None or last.interval_s < now_s else last.interval_s
            look, lag_s = None, _LAG_INTERVALS * interval_s + _LAG_S
            for call in phone.calls:
                look = look or Look(at, last.at if last else at, interval_s)
                leg = (id_, call.key)
                known = self.call_legs.get(leg)
                after = follow(known, call, look) if known else first(call, look, is_whole=last is not None)
                ends[leg] = CallParty(phone, after, lag_s)
        return ends, {**before, **current}

    def _held(self, ends: Ends, known: PartyIndex, same: Container[Leg]) -> dict[Leg, Partner | Ambiguous]:
        """The pairs that nothing has ended: the `same` calls, with the same far ends, as when they were made."""
        held: dict[Leg, Partner | Ambiguous] = {}
        is_known = known.numbers is self.numbers and known.names == self.names
        for leg, partner in self.partners.items():
            if isinstance(partner, Partner) and leg not in held and leg in same:
                other = (partner.phone, partner.key)
                if other not in same:
                    continue
                is_checked = is_known and self._says_the_same(leg, ends) and self._says_the_same(other, ends)
                if is_checked or not known.denies(ends[leg], ends[other]):
                    held[leg] = partner
                    if isinstance(back := self.partners.get(other), Partner) and (back.phone, back.key) == leg:
                        held[other] = back  # what is denied of one end is denied of both
        return held

    def _says_the_same(self, leg: Leg, ends: Ends) -> bool:
        """Whether a call names its far end as it did at the look before."""
        before, now = self.call_legs[leg].call, ends[leg].leg.call
        return before.remote_number == now.remote_number and before.remote_name == now.remote_name

    def _is_same(self, leg: Leg, now: CallLeg) -> bool:
        before = self.call_legs.get(leg)
        return before is not None and (before.began is now.began or before.began == now.began)

    def _timing_matches(
        self, result: MatchResult, ends: Ends, call_legs: Legs, partners: Partners, at: float
    ) -> Matches:
        """Those that have not come to nothing, and new ones; a call whose other end was found is none."""
        watched = {match.legs for match in self.timing_matches}
        fresh = (
            TimingMatch(legs, (ends[legs[0]].leg, ends[legs[1]].leg), ends[legs[0]].lag_s + ends[legs[1]].lag_s)
            for legs in result.unproven_pairs
            if legs not in watched
        )
        matches = (
            match.follow(call_legs, at)
            for match in (*self.timing_matches, *fresh)
            if not any(isinstance(partners.get(leg), Partner) for leg in match.legs)
        )
        return tuple(match for match in matches if match)[-TIMING_MATCHES:]

    def _learn(
        self, phones: Iterable[Phone], call_legs: Legs, same: Container[Leg], partners: Partners, matches: Matches
    ) -> ExtensionDirectory:
        """What pairs, calls that ended together and calls that reached somebody else say of whose number is whose."""
        directory = self.directory
        for match in matches:
            if match.is_over(call_legs):
                directory = match.confirm(directory)
        for leg, partner in partners.items():
            if isinstance(partner, Partner) and not isinstance(self.partners.get(leg), Partner):
                directory = directory.confirm((partner.phone, partner.key[0]), call_legs[leg].number)
        ended = [before for leg, before in self.call_legs.items() if leg not in same]
        current = [phone.id for phone in phones if phone.is_current] if ended else ()
        for over in ended:
            if not over.has_met and over.number and (over.call.duration_s or 0.0) >= _REACHED_S:
                directory = directory.contradict(over.number, current)
        return directory
