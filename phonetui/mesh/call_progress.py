"""The next step of a test call: state of both phones at a moment → state of the call, and keys to press now.

The states and what leads from one to the other are drawn in `mesh_call`. A phone that got another call, or that
somebody picked up, is sent no more keys: the call is ended from its other end.
"""

from msgspec import Struct
from msgspec.structs import replace

from phonetui.mesh.mesh_call import (
    END_S,
    HANG_UP_KEY,
    CallFault,
    CallReading,
    CallStage,
    MeshCall,
    MeshCallEnd,
    own_call,
    stop,
)
from phonetui.mesh.plan import MeshPhone
from phonetui.phone.models import model
from phonetui.phone.quality.emodel import phone_score
from phonetui.phone.state import Call, Phase, Phone, PhoneId, State
from phonetui.text import printable

ANSWER_S = 8.0
"""The longest time from the first answering key to talk at both ends."""
NEXT_KEY_S = 2.5
"""Delay before another key is tried, if a reading since then still shows the call ringing."""
READ_AFTER_S = 1.0
"""From this long after a key on, a reading shows its effect."""
PRESS_AGAIN_S = 2.0
"""Interval between two keys that end the call at one phone."""
LATE_S = 8.0
"""How long a stale phone may be without an answer before it counts as lost."""
MOST_READINGS = 600
"""Readings kept of one call, which bounds memory whatever a phone reports."""


class KeyOrder(Struct, frozen=True):
    """A key that is to be pressed now."""

    phone: PhoneId
    key: str


def follow(call: MeshCall, caller: Phone, callee: Phone, at: float) -> tuple[MeshCall, tuple[KeyOrder, ...]]:
    """The call as both phones show it at `at`, and the keys to press."""
    call = _seen(call, caller, callee)
    if call.stage is CallStage.OVER:
        return call, ()
    if call.stage is not CallStage.ENDING:
        call = _undisturbed(call, caller, callee, at)
    match call.stage:
        case CallStage.RINGING:
            return _ring(call, callee, at)
        case CallStage.ANSWERING:
            return _answer(call, callee, at)
        case CallStage.TALKING:
            return _talk(call, at), ()
        case CallStage.ENDING:
            return _end(call, caller, callee, at)
    return call, ()


def _seen(call: MeshCall, caller: Phone, callee: Phone) -> MeshCall:
    """The call updated with what both phones show of it."""
    near = own_call(call, call.caller, tuple(caller.calls), is_caller=True)
    far = own_call(call, call.callee, tuple(callee.calls), is_caller=False)
    return replace(
        call,
        caller=_with(call.caller, near) if answers(caller) else call.caller,
        callee=_with(call.callee, far) if answers(callee) else call.callee,
    )


def _with(end: MeshCallEnd, found: Call | None) -> MeshCallEnd:
    if found is end.latest:
        return end
    if found is None:
        return replace(end, latest=None)
    return replace(end, latest=found, key=found.key, is_verified=False)


def _undisturbed(call: MeshCall, caller: Phone, callee: Phone, at: float) -> MeshCall:
    """The call, ended where a phone is used by somebody, or is out of sight."""
    for phone, end in ((caller, call.caller), (callee, call.callee)):
        others = [one for one in phone.calls if end.latest is None or one.key != end.latest.key]
        if others and answers(phone):
            if phone is callee and end.latest is None and not others[0].remote_number:
                continue  # whose number has not come yet
            return _left_alone(call, phone.id, CallFault.OTHER_CALL, f"{phone.id} got another call", at)
        if end.latest is not None and end.latest.phase is Phase.HELD:
            return _left_alone(call, phone.id, CallFault.OTHER_CALL, f"somebody put {phone.id} on hold", at)
    for phone in (caller, callee):
        if _is_lost(phone, at):
            return stop(call, CallFault.LOST, _lost(phone), at, blamed=phone.id)
    return call


def answers(phone: Phone) -> bool:
    """Whether a phone answers, as far as known: a late one may be slow, or be polled seldom."""
    return phone.connection.state in (State.LIVE, State.STALE)


def _is_lost(phone: Phone, at: float) -> bool:
    """Whether a phone no longer answers; a few seconds late is not enough."""
    if phone.connection.state is State.STALE:
        return phone.connection.fresh_at is None or at - phone.connection.fresh_at > LATE_S
    return not phone.is_current


def _lost(phone: Phone) -> str:
    state, detail = phone.connection.state, phone.connection.detail
    if state is State.REBOOTING:
        return f"{phone.id} restarted during the call"
    return f"{phone.id} was lost from sight during the call: {detail or state}"


def _left_alone(call: MeshCall, phone: PhoneId, fault: CallFault, words: str, at: float) -> MeshCall:
    """The call as ending, with no more keys for that phone."""
    call = stop(call, fault, words, at, blamed=phone)
    if phone == call.pair.caller.id:
        return replace(call, caller=replace(call.caller, is_left_alone=True))
    return replace(call, callee=replace(call.callee, is_left_alone=True))


def _ring(call: MeshCall, callee: Phone, at: float) -> tuple[MeshCall, tuple[KeyOrder, ...]]:
    near, far, pair = call.caller.latest, call.callee.latest, call.pair
    if far is not None:
        call = replace(call, stage=CallStage.ANSWERING, rang_at=at)
        if far.phase is Phase.TALK and not pair.callee.answers_itself:
            words = f"somebody picked up {pair.callee.id}"
            return _left_alone(call, pair.callee.id, CallFault.PICKED_UP, words, at), ()
        return _answer(call, callee, at)
    if near is not None and (near.phase is Phase.ERROR or (near.tone or "").casefold() in ("busy", "reorder")):
        words = f"{pair.callee.number} cannot be called: {near.tone or near.state}"
        return stop(call, CallFault.FAILED, words, at, blamed=pair.callee.id), ()
    if call.caller.key is not None and near is None:
        words = f"the call ended before {pair.callee.id} rang"
        return stop(call, CallFault.FAILED, words, at, blamed=pair.callee.id), ()
    if at - call.began_at > call.ring_s:
        words = f"{pair.callee.id} did not ring within {call.ring_s:g} s"
        return stop(call, CallFault.NO_RING, words, at, blamed=pair.callee.id), ()
    return call, ()


def answer_keys(phone: MeshPhone, callee: Phone, ringing: Call) -> tuple[str, ...]:
    """Keys that may answer a ringing call, likeliest first; none for a phone that answers by itself."""
    if phone.answers_itself:
        return ()
    return model(callee.system.product_id or callee.expected_model).answer_keys(ringing.line)


def _answer(call: MeshCall, callee: Phone, at: float) -> tuple[MeshCall, tuple[KeyOrder, ...]]:
    near, far, pair = call.caller.latest, call.callee.latest, call.pair
    if near is None or far is None:
        who = pair.callee.id if far is None else pair.caller.id
        return stop(call, CallFault.HUNG_UP, f"the call was gone at {who} before it was answered", at, blamed=who), ()
    if near.phase is Phase.TALK and far.phase is Phase.TALK:
        return _talk(replace(call, stage=CallStage.TALKING, talked_at=at), at), ()
    since = next((at for at in (call.key_taken_at, call.answer_sent_at, call.rang_at) if at is not None), None)
    if since is not None and at - since > ANSWER_S:
        words = f"{pair.callee.id} did not answer" + (f" to {call.keys_tried} keys" if call.keys_tried > 1 else "")
        return stop(call, CallFault.NO_ANSWER, words, at, blamed=pair.callee.id), ()
    if far.phase is not Phase.ALERTING:
        if call.keys_tried == 0 and not pair.callee.answers_itself and far.phase is Phase.TALK:
            words = f"somebody picked up {pair.callee.id}"
            return _left_alone(call, pair.callee.id, CallFault.PICKED_UP, words, at), ()
        return call, ()
    keys = answer_keys(pair.callee, callee, far)
    if call.keys_tried < len(keys) and _shows_ringing(call, callee, at):
        key = keys[call.keys_tried]
        first_at = call.answer_sent_at if call.answer_sent_at is not None else at
        call = replace(call, keys_tried=call.keys_tried + 1, answer_sent_at=first_at, key_taken_at=None)
        return call, (KeyOrder(pair.callee.id, key),)
    return call, ()


def _shows_ringing(call: MeshCall, callee: Phone, at: float) -> bool:
    """Whether the key before this one has shown that it does nothing: one too many would hang up.

    The phone has taken it, and a reading that was asked for some time after that still shows the call ringing.
    """
    if call.answer_sent_at is None:
        return True
    taken_at, fresh_at = call.key_taken_at, callee.connection.fresh_at
    if taken_at is None or fresh_at is None or at - taken_at < NEXT_KEY_S:
        return False
    asked_at = fresh_at - (callee.connection.answer_ms or 0.0) / 1000
    return asked_at >= taken_at + READ_AFTER_S


def _talk(call: MeshCall, at: float) -> MeshCall:
    call = replace(call, caller=_read(call.caller, at), callee=_read(call.callee, at))
    for end, phone in ((call.caller, call.pair.caller), (call.callee, call.pair.callee)):
        if end.latest is None or end.latest.phase is not Phase.TALK:
            words = f"the call ended at {phone.id} after {at - (call.talked_at or at):.0f} s of talk"
            return stop(call, CallFault.HUNG_UP, words, at, blamed=phone.id)
    if call.talked_at is not None and at - call.talked_at >= call.talk_s:
        return replace(call, stage=CallStage.ENDING, ending_at=at)
    return call


def _read(end: MeshCallEnd, at: float) -> MeshCallEnd:
    """The call with another reading, if the phone's counters have moved."""
    found = end.latest
    if found is None or len(end.readings) >= MOST_READINGS:
        return end
    if end.readings and _counted(end.readings[-1].call) == _counted(found):
        return end
    return replace(end, readings=(*end.readings, CallReading(at, found)))


def _counted(call: Call) -> tuple[object, ...]:
    score = phone_score(call)
    return (call.packets_sent, call.packets_received, call.lost_packets, call.discarded_packets, score.mos)


def _end(
    call: MeshCall, caller: Phone, callee: Phone, at: float
) -> tuple[MeshCall, tuple[KeyOrder, ...]]:  # fmt: skip
    """Ends the call by one key at a time, at an end without other calls, the caller's first."""
    call = _blamed(call, caller, callee, at)
    if at - (call.ending_at or at) > END_S:
        return replace(call, stage=CallStage.OVER, over_at=at), ()
    is_waiting = call.pressed_at is not None and at - call.pressed_at < PRESS_AGAIN_S
    found = None if is_waiting else _safest_end(call, caller, callee)
    if found is None:
        return call, ()
    call = replace(call, pressed_at=at)
    if found == call.pair.caller.id:
        call = replace(call, caller=replace(call.caller, presses=call.caller.presses + 1))
    else:
        call = replace(call, callee=replace(call.callee, presses=call.callee.presses + 1))
    return call, (KeyOrder(found, HANG_UP_KEY),)


def _blamed(call: MeshCall, caller: Phone, callee: Phone, at: float) -> MeshCall:
    """Blames the phone that went out of reach right after its call had ended."""
    lost = next((phone for phone in (callee, caller) if _is_lost(phone, at)), None)
    if call.fault is not CallFault.HUNG_UP or lost is None:
        return call
    return replace(call, fault=CallFault.LOST, reason=printable(_lost(lost)), blamed=lost.id)


def _safest_end(call: MeshCall, caller: Phone, callee: Phone) -> PhoneId | None:
    """Where the key ends our call and no other one: the caller's end first, then in turns; None where nothing is up.

    A phone that somebody uses comes last, and only where our call is the one in the foreground: a call that we began
    is not left up because nobody else can end it.
    """
    found: list[tuple[int, PhoneId]] = []
    for rank, phone, end in ((0, caller, call.caller), (1, callee, call.callee)):
        own = end.latest
        if own is None or not answers(phone):
            continue
        others = [one for one in phone.calls if one.key != own.key]
        if others and (own.phase is Phase.HELD or any(one.phase is not Phase.HELD for one in others)):
            continue
        found.append((rank + 2 * end.presses + 100 * bool(others or end.is_left_alone), phone.id))
    return min(found)[1] if found else None
