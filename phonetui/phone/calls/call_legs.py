"""One end of a call, as followed from look to look: since when it is up, since when it is answered, with whom.

Nothing of this is told by the phone at the moment when it happens: readings come a while after, and a duration is in
whole seconds. So every moment is a span, and spans shrink as more is seen.

Both ends of one call: which call on which other phone is the far end of this one, as a value.
"""

from dataclasses import dataclass
from typing import NamedTuple

from phonetui.phone.parse import digits, is_same
from phonetui.phone.state import Call, CallKey, Phase, PhoneId
from phonetui.text import Printable

WHOLE_S = 2.0
"""A duration is cut to whole seconds, and firmware may refresh it but once a second."""
_INTERVALS = 1.5
"""A change may be as old as this many polling intervals when it is seen."""


class MomentSpan(NamedTuple):
    """A moment that lies between two monotonic seconds."""

    low: float
    high: float

    def overlaps(self, other: "MomentSpan", slack_s: float = 0.0) -> bool:
        return self.low <= other.high + slack_s and other.low <= self.high + slack_s

    def narrowed(self, other: "MomentSpan") -> "MomentSpan":
        """Both at once; the other alone where they disagree."""
        both = MomentSpan(max(self.low, other.low), min(self.high, other.high))
        return both if both.low <= both.high else other

    def with_(self, other: "MomentSpan") -> "MomentSpan":
        """From the earlier of both to the later."""
        return MomentSpan(min(self.low, other.low), max(self.high, other.high))


class Look(NamedTuple):
    """The moment at which a phone is looked at."""

    at: float
    """Monotonic seconds."""
    before: float
    """The look before this one: what is new came in between."""
    interval_s: float
    """How often the phone was asked in between."""

    @property
    def change(self) -> MomentSpan:
        """When something happened that this look shows for the first time."""
        return MomentSpan(self.before - _INTERVALS * self.interval_s, self.at)


class CallLeg(NamedTuple):
    call: Call
    began: MomentSpan
    """When the call came up, or when its far end became somebody else."""
    phase_at: float
    """When its present phase was seen first."""
    answered: MomentSpan | None = None
    """By its duration; None before there is one."""
    was_passed: bool = False
    """Whether its far end became somebody else while it was up: its duration says nothing of the two together."""
    is_whole: bool = True
    """Whether it was seen from its beginning."""
    has_met: bool = False
    """Whether a call on another phone has been its other end, or may have been."""

    @property
    def number(self) -> str:
        """The far end's; empty where none is told."""
        return digits(self.call.remote_number)

    @property
    def up(self) -> MomentSpan:
        """From the earliest moment of its beginning to the latest of its answer."""
        return self.began if self.answered is None else self.began.with_(self.answered)


def first(call: Call, look: Look, *, is_whole: bool) -> CallLeg:
    """A call that is seen for the first time; not `is_whole` where the phone itself is."""
    change = look.change if is_whole else MomentSpan(float("-inf"), look.at)
    return CallLeg(call, change, look.at, _answered(call, look), is_whole=is_whole)


def follow(before: CallLeg, call: Call, look: Look) -> CallLeg:
    """The same call a look later; the same Sight where nothing changed, a new one where another call took its place."""
    if call is before.call:
        return before
    if _is_another(before.call, call):
        return first(call, look, is_whole=True)
    answered = before.answered
    if call.duration_s != before.call.duration_s:
        seen = _answered(call, look)
        answered = answered.narrowed(seen) if answered and seen else seen or answered
    passed = _is_passed(before.call, call)
    return CallLeg(
        call,
        look.change if passed else before.began,
        before.phase_at if call.phase is before.call.phase else look.at,
        answered,
        was_passed=before.was_passed or passed,
        is_whole=before.is_whole,
        has_met=before.has_met and not passed,
    )


def _answered(call: Call, look: Look) -> MomentSpan | None:
    """A duration that moved was read since the look before."""
    if not call.duration_s or call.phase not in (Phase.TALK, Phase.HELD):
        return None
    return MomentSpan(look.before - call.duration_s - WHOLE_S, look.at - call.duration_s)


def _is_another(before: Call, after: Call) -> bool:
    """Places on a phone are used again: a call that got younger or rings again is the next one."""
    if (after.duration_s or 0.0) < (before.duration_s or 0.0) - 1.0:
        return True
    if None not in (before.direction, after.direction) and before.direction is not after.direction:
        return True
    begins = (Phase.SETUP, Phase.ALERTING)
    return after.phase in begins and before.phase not in begins


def _is_passed(before: Call, after: Call) -> bool:
    """Whether the far end is somebody else; a number that came late or is gone is no change."""
    if before.phase in (Phase.SETUP, Phase.ALERTING):
        return False  # dialled digits come one by one
    if before.remote_number == after.remote_number and before.remote_name == after.remote_name:
        return False
    old, new = digits(before.remote_number), digits(after.remote_number)
    if old and new:
        return not is_same(old, new)
    return not old and not new and None not in (before.remote_name, after.remote_name) and (
        before.remote_name != after.remote_name
    )  # fmt: skip


Leg = tuple[PhoneId, CallKey]
"""One phone's end of a call."""


@dataclass(frozen=True, slots=True)
class Partner:
    phone: PhoneId
    key: CallKey
    evidence: Printable
    """Why these two are one call: numbers, the time of the start, packet counts."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several calls could be the far end: none is taken."""

    candidates: tuple[Leg, ...]
    reason: Printable
