"""The plan of a mesh: which phones, who calls whom, for how long, and the limits of what is good.

full     every phone with every other one: N (N - 1) / 2 calls
hub      every hub with every other phone
pairs    those that are listed

A pair is called once: both directions of the call are read.
"""

from collections.abc import Sequence
from datetime import time
from enum import StrEnum
from itertools import combinations

from msgspec import Struct, field

from phonetui.phone.parse import digits, is_same
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable

TALK_S = 25.0
LEAST_TALK_S, MOST_TALK_S = 20.0, 600.0
"""A phone's opinion score is worth reading from 10 s of talk on, with G.729 from 30 s (Cisco's MPP guides)."""
RING_S = 8.0
"""The longest time from `Call Dial` to the ring."""
OVERHEAD_S = 12.0
"""What a call takes besides its talk, estimated: checks, ringing, answering, hanging up."""


class MeshShape(StrEnum):
    """Who calls whom: all phones each other, the hubs all others, or listed pairs."""

    FULL = "full"
    HUB = "hub"
    PAIRS = "pairs"


class MeshPhone(Struct, frozen=True):
    """A phone that takes part."""

    id: PhoneId
    number: Printable
    """The number as it is dialled."""
    site: Printable = NOTHING
    numbers: tuple[str, ...] = ()
    """The numbers under which others see its calls, as `digits` gives them."""
    answers_itself: bool = False
    """Whether it takes calls without a key."""

    def is_caller(self, remote_number: str | None) -> bool:
        """Whether a call that shows this number comes from this phone."""
        shown = digits(remote_number)
        return bool(shown) and any(is_same(known, shown) for known in (*self.numbers, digits(self.number)) if known)


class MeshPair(Struct, frozen=True):
    """Caller and callee."""

    caller: MeshPhone
    callee: MeshPhone

    @property
    def name(self) -> str:
        return f"{self.caller.id} → {self.callee.id}"

    @property
    def sites(self) -> frozenset[Printable]:
        return frozenset((self.caller.site, self.callee.site))


class MeshLimits(Struct, frozen=True, kw_only=True):
    """Limits of a direction: beyond `fair` the verdict is WARN, beyond `poor` it is CRITICAL."""

    quality: Thresholds = field(default_factory=Thresholds)
    setup_s: Limits = Limits(4.0, 8.0)
    """Limits of the time from `Call Dial` to the ring."""


class RunningHours(Struct, frozen=True):
    """Local times of day between which calls may be begun; over midnight where `until` is the earlier one."""

    since: time
    until: time

    def holds(self, at: time) -> bool:
        if self.since <= self.until:
            return self.since <= at < self.until
        return at >= self.since or at < self.until

    def __str__(self) -> str:
        return f"{self.since:%H:%M}-{self.until:%H:%M}"


class MeshPlan(Struct, frozen=True, kw_only=True):
    """Which phones call each other, for how long, and how the result is judged."""

    name: Printable
    phones: tuple[MeshPhone, ...]
    shape: MeshShape = MeshShape.FULL
    hubs: frozenset[PhoneId] = frozenset()
    listed: tuple[tuple[PhoneId, PhoneId], ...] = ()
    """The pairs of the shape `pairs`."""
    talk_s: float = TALK_S
    ring_s: float = RING_S
    parallel: int | None = None
    """Calls at once, at most; None for as many as the phones allow."""
    parallel_per_site: int | None = None
    """The same of calls from, to or within one site."""
    hours: RunningHours | None = None
    limits: MeshLimits = field(default_factory=MeshLimits)

    def phone(self, id_: PhoneId) -> MeshPhone:
        """The phone of this id. Raises StopIteration for one that isn't in the plan."""
        return next(phone for phone in self.phones if phone.id == id_)

    @property
    def pairs(self) -> Sequence[MeshPair]:
        """Every call once; each phone calls about as often as it is called."""
        if self.shape is MeshShape.PAIRS:
            return [MeshPair(self.phone(caller), self.phone(callee)) for caller, callee in self.listed]
        found = []
        for (place, one), (other_place, other) in combinations(enumerate(self.phones), 2):
            if self.shape is MeshShape.HUB and len({one.id, other.id} & self.hubs) != 1:
                continue
            is_turned = (place + other_place) % 2 == 0
            found.append(MeshPair(other, one) if is_turned else MeshPair(one, other))
        return found

    @property
    def sites(self) -> tuple[Printable, ...]:
        """The sites in the order of the phones."""
        return tuple(dict.fromkeys(phone.site for phone in self.phones))

    @property
    def call_s(self) -> float:
        """An estimate of what one round takes."""
        return self.talk_s + OVERHEAD_S
