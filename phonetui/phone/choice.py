"""Of the ends that may be one call: those that are, and those of which it cannot be said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from phonetui.phone.likeness import BOTH, SIGNALLING_S, Book, Party, ties
from phonetui.phone.partner import Ambiguous, Leg, Partner
from phonetui.text import Printable

_NAMED = 3
"""Candidates worth naming."""
_REASONS = {
    0: "began at the same moment, but no number or name ties them",
    1: "began at the same moment, but only one of both is known to be meant",
    2: "several calls between these numbers at once",
}


@dataclass(frozen=True, slots=True)
class Choice:
    partners: Mapping[Leg, Partner | Ambiguous]
    twins: Sequence[tuple[Leg, Leg]]
    """Ends that fit each other alone, seen from their beginning, with nothing but their moments to tie them."""


def choose(ends: Mapping[Leg, Party], known: Book, at: float) -> Choice:
    """Only a mutual and unique match is a pair, and only where each end is known to be who the other talks with.

    With one end's word for it, a call that was diverted looks like one that its callee happened to answer elsewhere.
    """
    likely = _likely(ends, known, at)
    best = {leg: _best(found) for leg, found in likely.items()}
    partners: dict[Leg, Partner | Ambiguous] = {}
    twins: list[tuple[Leg, Leg]] = []
    for leg, found in best.items():
        tied = likely[leg][found[0]]
        alone = len(found) == 1 and best[found[0]] == (leg,)
        if alone and tied == BOTH:
            partners[leg] = Partner(*found[0], evidence=_evidence(ends[leg], ends[found[0]]))
        elif tied == BOTH or all(ends[one].is_settled(at) for one in (leg, *found)):
            partners[leg] = Ambiguous(found[:_NAMED], Printable(_REASONS[tied]))
            if alone and leg < found[0] and _began_together(ends[leg], ends[found[0]]):
                twins.append((leg, found[0]))
    return Choice(partners, tuple(twins))


def _likely(ends: Mapping[Leg, Party], known: Book, at: float) -> dict[Leg, dict[Leg, int]]:
    """For each end those that it may be one call with, and how many of the two are known to be meant."""
    likely: dict[Leg, dict[Leg, int]] = defaultdict(dict)
    for (leg, end), (other, far) in combinations(ends.items(), 2):
        tied = ties(end, far, known, at)
        if tied is not None:
            likely[leg][other] = likely[other][leg] = tied
    return likely


def _best(found: Mapping[Leg, int]) -> tuple[Leg, ...]:
    most = max(found.values())
    return tuple(leg for leg, tied in found.items() if tied == most)


def _began_together(one: Party, other: Party) -> bool:
    return (
        one.sight.is_whole and other.sight.is_whole and one.sight.began.overlaps(other.sight.began, SIGNALLING_S)
    )  # fmt: skip


def _evidence(near: Party, far: Party) -> Printable:
    called, calls = (end.call.remote_number or end.call.remote_name for end in (near, far))
    return Printable(f"{called} and {calls} call each other at the same time")
