"""The states of one test call, from the dialled number until both phones are idle again.

    DIALLING ── Call Dial taken ──► RINGING ── B rings from A ──► ANSWERING ── both in talk ──► TALKING
        │                              │                              │                            │
        │ refused, no answer           │ no ring, busy                │ no answer                  │ talked enough
        ▼                              ▼                              ▼                            ▼
      ENDING ◄─────────────────────────┴──────────────────────────────┴────────────────────────────┘
        │           from any stage: somebody picks up, another call, a phone lost from sight, the operator's stop
        ▼
       OVER    neither phone has the call, by a reading that was asked for afterwards; or END_S passed (`unverified`)

Pure: `follow` is given both phones as they are known at a moment, and gives the call's next state and the keys that are
to be pressed now. Whoever runs it presses them, and says the outcome of dialling and of the last look.

A phone that got another call, or that somebody picked up, is sent no more keys: the call is ended from its other end.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from phonetui.mesh.plan import MeshPair
from phonetui.phone.calls.call_legs import is_another
from phonetui.phone.parse import digits, is_same
from phonetui.phone.state import Call, CallDirection, CallKey, Phase, PhoneId
from phonetui.text import NOTHING, Printable, printable

END_S = 10.0
"""In which a call is ended, and seen to be."""
HANG_UP_KEY = "Release"
"""Every model has it; that it ends the call in the foreground is inferred."""


class CallStage(StrEnum):
    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERING = "answering"
    TALKING = "talking"
    ENDING = "ending"
    OVER = "over"


class CallFault(StrEnum):
    """Why a call was not what it should have been."""

    NOT_LIVE = "not-live"
    BUSY = "busy"
    """In a call of its own before ours was begun."""
    DENIED = "denied"
    """Read-only, or through Webex, or it publishes no calls."""
    REFUSED = "refused"
    """The phone did not take the command."""
    NO_RING = "no-ring"
    FAILED = "failed"
    """The exchange refused the call: busy, no such number."""
    NO_ANSWER = "no-answer"
    PICKED_UP = "picked-up"
    OTHER_CALL = "other-call"
    HUNG_UP = "hung-up"
    LOST = "lost"
    """Out of sight while the call was up: unreachable, restarted."""
    STOPPED = "stopped"
    """By the operator, or at the end of the plan's hours."""

    @property
    def is_not_run(self) -> bool:
        """Whether no call was begun."""
        return self in (CallFault.NOT_LIVE, CallFault.BUSY, CallFault.DENIED)


class CallReading(Struct, frozen=True):
    """What one phone counted, at one moment of the talk."""

    at: float
    """Monotonic seconds."""
    call: Call
    """With the phone's own figures."""


class MeshCallEnd(Struct, frozen=True):
    """One of the two phones in a call."""

    promised: CallKey | None = None
    """Where the phone said that the call would be, in its answer to the number."""
    key: CallKey | None = None
    """Where on the phone the call is; None until it was seen."""
    latest: Call | None = None
    """As seen last."""
    is_left_alone: bool = False
    """Whether it gets no more keys: somebody uses it."""
    presses: int = 0
    """How often the key that ends the call was sent here."""
    is_verified: bool = False
    """Whether a reading since the end showed it without the call."""
    readings: tuple[CallReading, ...] = ()


class MeshCall(Struct, frozen=True):
    pair: MeshPair
    talk_s: float
    ring_s: float
    stage: CallStage = CallStage.DIALLING
    began_at: float = 0.0
    """When the number was sent; monotonic seconds, as all that follows."""
    rang_at: float | None = None
    answer_sent_at: float | None = None
    keys_tried: int = 0
    key_taken_at: float | None = None
    """When the phone took the latest of these keys; None until it has."""
    talked_at: float | None = None
    """Since when both ends are in talk."""
    ending_at: float | None = None
    pressed_at: float | None = None
    """When the key that ends the call was sent last, to either phone."""
    over_at: float | None = None
    fault: CallFault | None = None
    reason: Printable = NOTHING
    """In words; empty of a call that went as it should."""
    blamed: PhoneId | None = None
    """The phone that the fault is of; None where it is of neither in particular."""
    caller: MeshCallEnd = MeshCallEnd()
    callee: MeshCallEnd = MeshCallEnd()
    is_certain: bool = False
    """Whether the phone said that it took the number; else it may do so later."""
    talk_range_s: tuple[float, float] | None = None
    """Of a call of an earlier run: for how long it may have been in talk. Another one between both is not ours."""

    @property
    def is_over(self) -> bool:
        return self.stage is CallStage.OVER

    @property
    def unverified(self) -> tuple[PhoneId, ...]:
        """The phones of which it isn't known that the call is gone."""
        ends = ((self.caller, self.pair.caller), (self.callee, self.pair.callee))
        return tuple(phone.id for end, phone in ends if not end.is_verified)

    @property
    def talked_s(self) -> float:
        if self.talked_at is None:
            return 0.0
        return (self.ending_at if self.ending_at is not None else self.talked_at) - self.talked_at

    @property
    def setup_s(self) -> float | None:
        """From the number to the ring; None where nothing rang."""
        return None if self.rang_at is None else self.rang_at - self.began_at

    @property
    def answer_s(self) -> float | None:
        """From the key, or the ring where the phone answers itself, to talk at both ends."""
        if self.talked_at is None or self.rang_at is None:
            return None
        return self.talked_at - (self.answer_sent_at if self.answer_sent_at is not None else self.rang_at)


def dialled(call: MeshCall, promised: CallKey | None) -> MeshCall:
    """The phone took the number, and said where the call is, or did not say."""
    call = replace(call, is_certain=True, caller=replace(call.caller, promised=promised))
    return replace(call, stage=CallStage.RINGING) if call.stage is CallStage.DIALLING else call


def not_dialled(call: MeshCall, words: str, at: float, *, is_certain: bool) -> MeshCall:
    """It didn't, or didn't say so; `is_certain`: it said that it won't."""
    ended = stop(call, CallFault.REFUSED, words, at, blamed=call.pair.caller.id)
    return replace(ended, is_certain=is_certain)


def stop(call: MeshCall, fault: CallFault, words: str, at: float, *, blamed: PhoneId | None = None) -> MeshCall:
    """From now on it is ended; the first fault counts."""
    if call.stage in (CallStage.ENDING, CallStage.OVER):
        return call
    return replace(
        call, stage=CallStage.ENDING, ending_at=at, fault=fault, reason=printable(words), blamed=blamed
    )  # fmt: skip


def key_taken(call: MeshCall, at: float) -> MeshCall:
    """The phone took a key that was to answer, or said that it has no such key."""
    return replace(call, key_taken_at=at)


def key_failed(call: MeshCall) -> MeshCall:
    """A key that was to end the call did not reach its phone: the other one is tried at once."""
    return replace(call, pressed_at=None)


def verified(call: MeshCall, phone: PhoneId, calls: tuple[Call, ...], at: float) -> MeshCall:
    """`calls` are those that the phone has, by a reading that was asked for after the call was to end."""
    is_caller = phone == call.pair.caller.id
    end = call.caller if is_caller else call.callee
    own = own_call(call, end, calls, is_caller=is_caller)
    end = replace(end, latest=own, is_verified=own is None)
    call = replace(call, caller=end) if is_caller else replace(call, callee=end)
    if call.stage is CallStage.ENDING and not call.unverified:
        return replace(call, stage=CallStage.OVER, over_at=at)
    return call


def own_call(call: MeshCall, end: MeshCallEnd, calls: tuple[Call, ...], *, is_caller: bool) -> Call | None:
    """Our call among those of a phone: where it was before, else the one between both numbers."""
    if end.key is not None:
        found = next((one for one in calls if one.key == end.key), None)
        if found is None or end.latest is None or not is_another(end.latest, found):
            return found
        return None
    return next((one for one in calls if _is_ours(call, one, is_caller=is_caller)), None)


def _is_ours(call: MeshCall, found: Call, *, is_caller: bool) -> bool:
    """Both phones were idle before, so the number decides; a call without one may be ours at the caller alone."""
    if call.talk_range_s is not None and not _is_as_old(found, *call.talk_range_s):
        return False
    if is_caller:
        wanted, shown = digits(call.pair.callee.number), digits(found.remote_number)
        is_out = found.direction in (None, CallDirection.OUTGOING)
        is_there = is_same(wanted, shown) or found.key == call.caller.promised
        is_there = is_there or (not shown and call.talk_range_s is None)
        return is_out and is_there
    is_in = found.direction in (None, CallDirection.INCOMING)
    return is_in and call.pair.caller.is_caller(found.remote_number)


def _is_as_old(found: Call, least_s: float, most_s: float) -> bool:
    """Whether a call found later can be the one that was begun: in talk for that long, or still ringing soon after."""
    if found.phase in (Phase.TALK, Phase.HELD) and found.duration_s is not None:
        return least_s <= found.duration_s <= most_s
    return least_s <= 0.0
