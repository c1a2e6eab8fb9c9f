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
"""Within this time a call is ended, and its end is confirmed."""
HANG_UP_KEY = "Release"
"""Every model has it; that it ends the call in the foreground is inferred."""


class CallStage(StrEnum):
    """How far a test call is."""

    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERING = "answering"
    TALKING = "talking"
    ENDING = "ending"
    OVER = "over"


class CallFault(StrEnum):
    """Why a test call failed."""

    NOT_LIVE = "not-live"
    BUSY = "busy"
    """The phone was in another call before the test call."""
    DENIED = "denied"
    """The phone is read-only, is reached through Webex, or publishes no calls."""
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
    """The phone went out of reach during the call."""
    STOPPED = "stopped"
    """Stopped by the operator, or at the end of the plan's hours."""

    @property
    def is_not_run(self) -> bool:
        """Whether no call was begun."""
        return self in (CallFault.NOT_LIVE, CallFault.BUSY, CallFault.DENIED)


class CallReading(Struct, frozen=True):
    """What one phone counted, at one moment of the talk."""

    at: float
    """Monotonic seconds."""
    call: Call
    """The call as the phone reported it."""


class MeshCallEnd(Struct, frozen=True):
    """One of the two phones in a call."""

    promised: CallKey | None = None
    """The place of the call by the phone's answer to `Call Dial`."""
    key: CallKey | None = None
    """Where on the phone the call is; None until it was seen."""
    latest: Call | None = None
    """The call as last seen."""
    is_left_alone: bool = False
    """Whether the phone is sent no more keys, because somebody uses it."""
    presses: int = 0
    """How often the key that ends the call was sent here."""
    is_verified: bool = False
    """Whether a reading since the end showed it without the call."""
    readings: tuple[CallReading, ...] = ()


class MeshCall(Struct, frozen=True):
    """One test call with all that was observed of it."""

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
    """When both ends were in talk first."""
    ending_at: float | None = None
    pressed_at: float | None = None
    """When the key that ends the call was sent last, to either phone."""
    over_at: float | None = None
    fault: CallFault | None = None
    reason: Printable = NOTHING
    """The fault in words; empty where there was none."""
    blamed: PhoneId | None = None
    """The phone that the fault is of; None where it is of neither in particular."""
    caller: MeshCallEnd = MeshCallEnd()
    callee: MeshCallEnd = MeshCallEnd()
    is_certain: bool = False
    """Whether the phone said that it took the number; else it may do so later."""
    talk_range_s: tuple[float, float] | None = None
    """For a call of an earlier run: how long it may have been in talk. Another length means another call."""

    @property
    def is_over(self) -> bool:
        return self.stage is CallStage.OVER

    @property
    def unverified(self) -> tuple[PhoneId, ...]:
        """The phones at which the end of the call is not confirmed."""
        ends = ((self.caller, self.pair.caller), (self.callee, self.pair.callee))
        return tuple(phone.id for end, phone in ends if not end.is_verified)

    @property
    def talked_s(self) -> float:
        if self.talked_at is None:
            return 0.0
        return (self.ending_at if self.ending_at is not None else self.talked_at) - self.talked_at

    @property
    def setup_s(self) -> float | None:
        """Seconds from the number to the ring; None where nothing rang."""
        return None if self.rang_at is None else self.rang_at - self.began_at

    @property
    def answer_s(self) -> float | None:
        """Seconds from the key, or the ring where the phone answers itself, to talk at both ends."""
        if self.talked_at is None or self.rang_at is None:
            return None
        return self.talked_at - (self.answer_sent_at if self.answer_sent_at is not None else self.rang_at)


def dialled(call: MeshCall, promised: CallKey | None) -> MeshCall:
    """The phone accepted `Call Dial`; `promised` is where the call is, if it said so."""
    call = replace(call, is_certain=True, caller=replace(call.caller, promised=promised))
    return replace(call, stage=CallStage.RINGING) if call.stage is CallStage.DIALLING else call


def not_dialled(call: MeshCall, words: str, at: float, *, is_certain: bool) -> MeshCall:
    """The phone did not accept `Call Dial`; `is_certain` where it refused explicitly."""
    ended = stop(call, CallFault.REFUSED, words, at, blamed=call.pair.caller.id)
    return replace(ended, is_certain=is_certain)


def stop(call: MeshCall, fault: CallFault, words: str, at: float, *, blamed: PhoneId | None = None) -> MeshCall:
    """Starts to end the call; the first fault counts."""
    if call.stage in (CallStage.ENDING, CallStage.OVER):
        return call
    return replace(
        call, stage=CallStage.ENDING, ending_at=at, fault=fault, reason=printable(words), blamed=blamed
    )  # fmt: skip


def key_taken(call: MeshCall, at: float) -> MeshCall:
    """The phone took an answering key, or reported that it has no such key."""
    return replace(call, key_taken_at=at)


def key_failed(call: MeshCall) -> MeshCall:
    """An ending key did not reach its phone: the other phone is tried at once."""
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
    """The test call among a phone's calls: at its known place, else the one between both numbers."""
    if end.key is not None:
        found = next((one for one in calls if one.key == end.key), None)
        if found is None or end.latest is None or not is_another(end.latest, found):
            return found
        return None
    return next((one for one in calls if _is_ours(call, one, is_caller=is_caller)), None)


def _is_ours(call: MeshCall, found: Call, *, is_caller: bool) -> bool:
    """Both phones were idle before, so the number decides; without one it may be the test call at the caller only."""
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
    """Whether a call found later can be the test call: in talk for that long, or still ringing soon after."""
    if found.phase in (Phase.TALK, Phase.HELD) and found.duration_s is not None:
        return least_s <= found.duration_s <= most_s
    return least_s <= 0.0
