"""A call leg: whether a place on a phone still holds the same call, since when it is up and answered, and its other
end.

Places are used again, and phones go out of sight. No phone reports the moment of an event: readings come some time
after it, and durations are in whole seconds. So each moment is kept as a span, which later readings make shorter.
"""

from typing import NamedTuple

from msgspec import Struct

from phonetui.phone.parse import digits, is_same
from phonetui.phone.state import Call, CallDirection, CallKey, Phase, PhoneId
from phonetui.text import Printable

SLACK_S = 15.0
"""By how much a call's duration may differ from the time that it was out of sight: readings take their time."""
TALK = (Phase.TALK, Phase.HELD)
_ONCE_UP = (*TALK, Phase.ENDING, Phase.ERROR)
_BEGINNING = (Phase.SETUP, Phase.ALERTING)
_CLOCK_SLACK_S = 2.0
"""A pushed duration may be younger than a read one."""


def is_another(before: Call, after: Call) -> bool:
    """Whether a place that was never seen empty holds another call than it did: the one rule for it."""
    if after.phase is not before.phase:
        if after.phase in _BEGINNING and before.phase in _ONCE_UP:
            return True
        if before.phase is Phase.ERROR and after.phase in TALK:
            return True  # a call that failed is not answered any more
    if before.direction is not after.direction and None not in (before.direction, after.direction):
        return True
    if before.duration_s is None or after.duration_s is None:
        return False
    return after.duration_s < before.duration_s - _CLOCK_SLACK_S


def is_same_call(before: Call, call: Call, passed_s: float, *, was_seen: bool) -> bool:
    """Whether a place holds the call that it held `passed_s` ago; `was_seen`: it was looked at all the time."""
    if is_another(before, call) or (_rings(before) and _rings(call) and not _is_same_party(before, call)):
        return False
    return was_seen or (_is_same_party(before, call) and _went_on(before, call, passed_s))


def _went_on(before: Call, call: Call, passed_s: float) -> bool:
    """Whether the phone's duration grew by the time out of sight; one that held may have grown by less."""
    if before.phase not in TALK:  # it may have been answered meanwhile
        return (call.duration_s or 0.0) <= passed_s + SLACK_S
    if before.duration_s is None or call.duration_s is None:
        return call.phase is before.phase
    grown_s = call.duration_s - before.duration_s
    held = Phase.HELD in (before.phase, call.phase)
    return (held or grown_s >= passed_s - SLACK_S) and grown_s <= passed_s + SLACK_S


def _rings(call: Call) -> bool:
    return call.phase is Phase.ALERTING and call.direction is not CallDirection.OUTGOING


def _is_same_party(before: Call, after: Call) -> bool:
    return before.remote_number is None or after.remote_number in (None, before.remote_number)


WHOLE_S = 2.0
"""A duration is cut to whole seconds, and firmware may refresh it but once a second."""
_INTERVALS = 1.5
"""A change may be as old as this many polling intervals when it is seen."""

Leg = tuple[PhoneId, CallKey]
"""Where one phone's end of a call is."""


class Partner(Struct, frozen=True):
    """The other end of a leg, where that is a monitored phone, with the evidence for it."""

    phone: PhoneId
    key: CallKey
    evidence: Printable
    """Why these two are one call: numbers, the time of the start, packet counts."""

    @property
    def phones(self) -> tuple[PhoneId, ...]:
        return (self.phone,)


class Ambiguous(Struct, frozen=True):
    """Several calls could be the far end: none is taken."""

    candidates: tuple[Leg, ...]
    reason: Printable

    @property
    def phones(self) -> tuple[PhoneId, ...]:
        return tuple(phone for phone, _ in self.candidates)


class MomentSpan(NamedTuple):
    """A moment that lies between two monotonic seconds."""

    low: float
    high: float

    def overlaps(self, other: "MomentSpan", slack_s: float = 0.0) -> bool:
        """Whether the two spans have a moment in common, or are at most `slack_s` seconds apart."""
        return self.low <= other.high + slack_s and other.low <= self.high + slack_s

    def narrowed(self, low: float, high: float) -> "MomentSpan":
        """The span cut by another span of the same moment; that other one alone where they disagree."""
        if low <= self.low and high >= self.high:
            return self
        both = MomentSpan(max(self.low, low), min(self.high, high))
        return both if both.low <= both.high else MomentSpan(low, high)


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
    """One call at one phone, from when it came up or its far end became somebody else."""

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
        """The far end's number, as `digits` gives it; empty where the phone gives none."""
        return digits(self.call.remote_number)

    @property
    def is_timed(self) -> bool:
        """Whether the moment of its answer is that of the two ends."""
        return self.answered is not None and not self.was_passed

    @property
    def up(self) -> MomentSpan:
        """From the earliest moment of its beginning to the latest of its answer, where that is of these two ends."""
        if self.answered is None or self.was_passed:
            return self.began
        return MomentSpan(min(self.began.low, self.answered.low), max(self.began.high, self.answered.high))


def first(call: Call, look: Look, *, is_whole: bool) -> CallLeg:
    """The leg of a call that is seen for the first time; not `is_whole` where the phone is new, too."""
    change = look.change if is_whole else MomentSpan(float("-inf"), look.at)
    return CallLeg(call, change, look.at, _answered(None, call, look), is_whole=is_whole)


def follow(before: CallLeg, call: Call, look: Look) -> CallLeg:
    """The leg after another look: the same one where nothing changed, a new one where another call took its place."""
    old = before.call
    if call is old:
        return before
    if is_another(old, call):
        return first(call, look, is_whole=True)
    answered = before.answered
    if call.duration_s != old.duration_s:
        answered = _answered(answered, call, look)
    phase_at = before.phase_at if call.phase is old.phase else look.at
    if _is_passed(old, call):
        return CallLeg(call, look.change, phase_at, answered, True, before.is_whole)
    return CallLeg(call, before.began, phase_at, answered, before.was_passed, before.is_whole, before.has_met)


def _answered(before: MomentSpan | None, call: Call, look: Look) -> MomentSpan | None:
    """When it was answered: a duration that moved was read since the look before."""
    if not call.duration_s or call.phase not in TALK:
        return before
    low, high = look.before - call.duration_s - WHOLE_S, look.at - call.duration_s
    return MomentSpan(low, high) if before is None else before.narrowed(low, high)


def _is_passed(before: Call, after: Call) -> bool:
    """Whether the far end is somebody else; a number that came late or is gone is no change."""
    if before.phase in (Phase.SETUP, Phase.ALERTING):
        return False  # dialled digits come one by one
    if before.remote_number == after.remote_number and before.remote_name == after.remote_name:
        return False
    old, new = digits(before.remote_number), digits(after.remote_number)
    if old and new:
        return not is_same(old, new)
    names = (before.remote_name, after.remote_name)
    return not old and not new and None not in names and names[0] != names[1]
