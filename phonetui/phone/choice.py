"""Of the ends that may be one call: those that are, and those of which it cannot be said."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from phonetui.phone.directory import Reach
from phonetui.phone.likeness import BOTH, SIGNALLING_S, Book, Party, fit, ties
from phonetui.phone.partner import Ambiguous, Leg, Partner
from phonetui.phone.sighting import Span
from phonetui.phone.state import CallDirection
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
class Choice:
    partners: Mapping[Leg, Partner | Ambiguous]
    twins: Sequence[tuple[Leg, Leg]]
    """Ends that fit each other alone, seen from their beginning, with nothing but their moments to tie them."""
    fits: "Fits"


class Fits(NamedTuple):
    """Ends that may be one call though neither a number nor a name tells, as of monotonic second `at`."""

    at: float = -inf
    pairs: tuple[tuple[Leg, Leg], ...] = ()


NO_FITS = Fits()


def choose(ends: Mapping[Leg, Party], known: Book, at: float, fits: Fits = NO_FITS) -> Choice:
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
    return Choice(partners, tuple(twins), fits)


def _likely(ends: Mapping[Leg, Party], known: Book, at: float, before: Fits) -> tuple[dict[Leg, dict[Leg, int]], Fits]:
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
        fits = Fits(at, tuple(_fitting(strangers, known, at)))
    for leg, other in fits.pairs:
        if leg in strangers and other in strangers:
            likely[leg].setdefault(other, 0)
            likely[other].setdefault(leg, 0)
    return likely, fits


def _fitting(ends: Mapping[Leg, Party], known: Book, at: float) -> Iterator[tuple[Leg, Leg]]:
    found: Counter[Leg] = Counter()
    for leg, other in _at_one_moment(ends, known):
        is_enough = found[leg] > _NAMED and found[other] > _NAMED
        if not is_enough and fit(ends[leg], ends[other], at):
            found[leg] += 1
            found[other] += 1
            yield leg, other


def _meant_pairs(ends: Mapping[Leg, Party], meant: Mapping[Leg, frozenset[Reach]]) -> set[tuple[Leg, Leg]]:
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


def _at_one_moment(ends: Mapping[Leg, Party], known: Book) -> Iterator[tuple[Leg, Leg]]:
    """Those of which nothing is known but when they began; of each the `LOOKED_AT` that began nearest before it.

    An end that wasn't answered is no reason for a word, so of two one must have been. A number of one side that is
    none of the other's own rules the two out.
    """
    calls = {leg: bool(end.sight.number) for leg, end in ends.items()}
    is_known = {leg: known.numbers.is_known((leg[0], leg[1][0])) for leg in ends}
    for leg, other in (*_near(_answers(ends), ends), *_near(_beginnings(ends), ends, is_of_two=True)):
        if not ((calls[leg] and is_known[other]) or (calls[other] and is_known[leg])):
            yield leg, other


def _answers(ends: Mapping[Leg, Party]) -> dict[Leg, Span]:
    """Of two ends that were answered, and passed to nobody, this decides."""
    sights = ((leg, end.sight) for leg, end in ends.items())
    return {leg: sight.answered for leg, sight in sights if sight.answered is not None and not sight.was_passed}


def _beginnings(ends: Mapping[Leg, Party]) -> dict[Leg, Span]:
    """Of all others; none where there are no others."""
    if all(end.sight.answered is not None and not end.sight.was_passed for end in ends.values()):
        return {}
    return {leg: end.sight.began if end.sight.was_passed else end.sight.up for leg, end in ends.items()}


def _near(
    spans: Mapping[Leg, Span], ends: Mapping[Leg, Party], *, is_of_two: bool = False
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


def _began_together(one: Party, other: Party) -> bool:
    return (
        one.sight.is_whole and other.sight.is_whole and one.sight.began.overlaps(other.sight.began, SIGNALLING_S)
    )  # fmt: skip


def _evidence(near: Party, far: Party) -> Printable:
    called, calls = (end.call.remote_number or end.call.remote_name for end in (near, far))
    return Printable(f"{called} and {calls} call each other at the same time")
