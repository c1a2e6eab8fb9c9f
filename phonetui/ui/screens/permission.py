"""Asks before an action on a phone where the control policy wants it: the action, the phone, the other party."""

from collections.abc import Callable

from textual.screen import Screen

from phonetui.fleet.protocol import Permission, RemoteFleet
from phonetui.phone.calls.call_legs import is_same_call
from phonetui.phone.state import Call, Phase, Phone
from phonetui.ui import screens
from phonetui.ui.keyboard import shown
from phonetui.ui.session import Session
from phonetui.ui.text.format import DASH, duration, name, why_refused
from phonetui.ui.text.rows import clip

_NAME = 40
"""Cells of a name in a question."""
_MOST_CALLS = 3
"""Calls that a question names."""


def hang_up_question(phone: Phone) -> str:
    """A phone's own key ends the call in the foreground, which it doesn't publish: of several, all are named."""
    calls = list(phone.calls)
    if len(calls) == 1:
        return f"Hang up {_whose(phone)} call with {_party(calls[0])}?"
    named = "; ".join(map(_party, calls[:_MOST_CALLS]))
    more = f"; and {len(calls) - _MOST_CALLS} more" if len(calls) > _MOST_CALLS else ""
    return f"Hang up {_whose(phone)} active call, one of {len(calls)}: {named}{more}?"


def answer_question(phone: Phone) -> str:
    call = ringing_call(phone)
    return f"Answer {_whose(phone)} call from {_party(call)}?" if call else f"Answer what rings on {_named(phone)}?"


def dial_question(phone: Phone) -> str:
    return f"Dial a number on {_named(phone)}?"


def keys_question(phone: Phone) -> str:
    return f"Press keys of {_named(phone)} with your keyboard?"


def command_question(phone: Phone, command: str) -> str:
    """`command` is one line, its secrets masked."""
    return f"Run {clip(command, 100)} on {_named(phone)}?"


def ringing_call(phone: Phone) -> Call | None:
    """The call that its user could answer."""
    return next((call for call in phone.calls if call.phase is Phase.ALERTING), None)


def has_changed(asked: Phone, now: Phone) -> bool:
    """Whether the calls that a question named are others now, or gone; one that was answered meanwhile is the same."""
    before, after = {call.key: call for call in asked.calls}, {call.key: call for call in now.calls}
    return before.keys() != after.keys() or not all(_is_same(call, after[key]) for key, call in before.items())


def _named(phone: Phone) -> str:
    return clip(name(phone), _NAME)


def _whose(phone: Phone) -> str:
    return f"{_named(phone)}\N{RIGHT SINGLE QUOTATION MARK}s"


def _party(call: Call) -> str:
    """`Lobby 5002 (00:01:43)`; a call that was not answered yet has no duration."""
    known = " ".join(filter(None, (call.remote_name, call.remote_number))) or f"an unnamed party on line {call.line}"
    how_long = duration(call.duration_s)
    return f"{clip(known, _NAME)} ({call.state or DASH if how_long == DASH else how_long})"


def _is_same(before: Call, after: Call) -> bool:
    """A call that was transferred to somebody else is not the one that was asked about."""
    parties = ((before.remote_number, after.remote_number), (before.remote_name, after.remote_name))
    return is_same_call(before, after, 0.0, was_seen=True) and all(was in (None, now) for was, now in parties)


def why_read_only(session: Session) -> str:
    """Why a phone is sent nothing, in words."""
    if session.timeline is not None:
        return "part of a recording: nothing can be sent"
    fleet = session.unmasked
    why = fleet.why_read_only if isinstance(fleet, RemoteFleet) else ""
    why = why or ("started with --read-only" if session.config.read_only else 'control = "off" in the configuration')
    return f"read-only: nothing was sent ({why})"


def with_permission(
    screen: Screen[None],
    session: Session,
    phone: Phone,
    question: str,
    act: Callable[[Phone], None],
    *,
    refused: Callable[[str], None] = lambda _: None,
) -> None:
    """Calls `act` with the phone, once the operator has said yes to `question` where that is needed.

    `refused` is called with the reason where nothing was sent.
    """
    fleet = session.fleet

    def answered(yes: bool | None) -> None:
        if not yes:
            refused("control was not taken: nothing was sent")
            return
        fleet.grant(phone.id)
        act(fleet.phones.get(phone.id, phone))  # it may have changed while the question stood

    permission = fleet.permission(phone.id)
    if why := why_refused(phone):
        screen.notify(f"{name(phone)}: {why}", severity="warning", markup=False)
        refused(why)
    elif permission is Permission.GRANTED:
        act(phone)
    elif permission is Permission.DENIED:
        why = why_read_only(session)
        screen.notify(f"{name(phone)} is {why}.", severity="warning", markup=False)
        refused(why)
    else:
        key = shown(session.keys["phone.release"].partition(",")[0])
        ways = f"{key}, leaving the keys screen or five minutes without a key give control back."
        control = f"This takes control of {name(phone)} ({clip(phone.address, 40)})."
        more = f"{control} Keys, calls and commands then act on it. {ways}"
        screen.app.push_screen(screens.Confirm(question, more), answered)
