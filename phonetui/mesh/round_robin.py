"""Schedules the calls of a mesh in rounds in which no phone has two calls (circle method of round-robin tournaments).

    N phones, N even: N - 1 rounds of N / 2 calls. One phone stays where it is, the others move on by one place:

        1 2 3          1 6 2          1 5 6
        6 5 4          5 4 3          4 3 2          …

Caps on calls at once spread these over more rounds: each call goes into the first one that has room for it. A hub's
calls and listed pairs are placed in the same way.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from phonetui.mesh.plan import MeshPair, MeshPhone, MeshPlan, MeshShape
from phonetui.phone.state import PhoneId
from phonetui.text import Printable


class MeshRound:
    """One round while it is filled."""

    def __init__(self) -> None:
        self.pairs: list[MeshPair] = []
        self._busy: set[PhoneId] = set()
        self._sites: Counter[Printable] = Counter()

    def has_room(self, pair: MeshPair, plan: MeshPlan) -> bool:
        if not self._busy.isdisjoint((pair.caller.id, pair.callee.id)):
            return False
        if plan.parallel is not None and len(self.pairs) >= plan.parallel:
            return False
        most = plan.parallel_per_site
        return most is None or all(self._sites[site] < most for site in pair.sites)

    def add(self, pair: MeshPair) -> None:
        self.pairs.append(pair)
        self._busy.update((pair.caller.id, pair.callee.id))
        self._sites.update(pair.sites)


class MeshSchedule(Struct, frozen=True):
    """The rounds of a mesh, in each of which every phone has one call at most."""

    rounds: tuple[tuple[MeshPair, ...], ...]
    call_s: float
    """What one round takes, about."""

    @property
    def calls(self) -> int:
        return sum(map(len, self.rounds))

    @property
    def calls_in_words(self) -> str:
        return f"{self.calls} test call{'' if self.calls == 1 else 's'}"

    @property
    def seconds(self) -> float:
        """An estimate of what the whole schedule takes."""
        return self.call_s * len(self.rounds)

    def seconds_left(self, round_number: int, passed_s: float) -> float:
        """An estimate, `passed_s` seconds into round `round_number`, which counts from 1."""
        return max(self.call_s * (len(self.rounds) - round_number + 1) - min(passed_s, self.call_s), 0.0)


def schedule(plan: MeshPlan) -> MeshSchedule:
    """The rounds of a plan; deterministic, so that what is printed beforehand is what runs."""
    rounds: list[MeshRound] = []
    for pair in _in_order(plan):
        fitting = next((one for one in rounds if one.has_room(pair, plan)), None)
        if fitting is None:
            fitting = MeshRound()
            rounds.append(fitting)
        fitting.add(pair)
    return MeshSchedule(tuple(tuple(one.pairs) for one in rounds), plan.call_s)


def _in_order(plan: MeshPlan) -> Iterator[MeshPair]:
    """A plan's calls in an order that needs few rounds."""
    by_ends = {frozenset((pair.caller.id, pair.callee.id)): pair for pair in plan.pairs}
    if plan.shape is MeshShape.PAIRS:
        yield from by_ends.values()
    elif plan.shape is MeshShape.HUB:
        hubs = [phone for phone in plan.phones if phone.id in plan.hubs]
        others = [phone for phone in plan.phones if phone.id not in plan.hubs]
        for one, other in _bipartite(hubs, others):
            yield by_ends[frozenset((one.id, other.id))]
    else:
        for one, other in _circle(plan.phones):
            yield by_ends[frozenset((one.id, other.id))]


def _circle(phones: Sequence[MeshPhone]) -> Iterator[tuple[MeshPhone, MeshPhone]]:
    """Every pair once, round by round."""
    seats: list[MeshPhone | None] = [*phones]
    if len(seats) % 2:
        seats.append(None)  # whoever meets nobody has a break
    half = len(seats) // 2
    for _ in range(len(seats) - 1):
        for one, other in zip(seats[:half], reversed(seats[half:]), strict=True):
            if one is not None and other is not None:
                yield one, other
        seats[1:] = [seats[-1], *seats[1:-1]]


def _bipartite(
    hubs: Sequence[MeshPhone], others: Sequence[MeshPhone]
) -> Iterator[tuple[MeshPhone, MeshPhone]]:  # fmt: skip
    """Every hub with every other phone, each round another one; as many rounds as the larger side has phones."""
    short, long = sorted((hubs, others), key=len)
    for turn in range(len(long)):
        for place, one in enumerate(short):
            yield one, long[(place + turn) % len(long)]
