"""Whether the operator may act on a phone, and the question to ask first."""

from collections.abc import Callable

from textual.screen import Screen

from phonetui.monitor.control import Permission
from phonetui.phone.state import Phone
from phonetui.ui.confirmation import why_refused
from phonetui.ui.format import name
from phonetui.ui.keyboard import shown
from phonetui.ui.row import clip
from phonetui.ui.screens import doors
from phonetui.ui.session import Session


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

    `refused` is told why nothing was sent, where that is so.
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
        why = "started with --read-only" if session.config.read_only else 'control = "off" in the configuration'
        screen.notify(f"{name(phone)} is read-only: nothing was sent ({why}).", severity="warning", markup=False)
        refused(f"read-only: nothing was sent ({why})")
    else:
        key = shown(session.keys["phone.release"].partition(",")[0])
        ways = f"{key}, leaving the keys screen or five minutes without a key give control back."
        control = f"This takes control of {name(phone)} ({clip(phone.address, 40)})."
        more = f"{control} Keys, calls and commands then act on it. {ways}"
        screen.app.push_screen(doors.confirm(question, more), answered)
