"""How an alert ended, in words: what was wrong is told apart from what was lost from sight."""

from datetime import datetime

from phonetui.phone.alert import Alert
from phonetui.phone.journal import span
from phonetui.phone.patience import PATIENCE, Sight, sight
from phonetui.phone.state import Phone
from phonetui.phone.trouble import calls
from phonetui.text import Printable


def ending(phone: Phone, alert: Alert, seen_at: datetime) -> Printable:
    """`over after 45 s: …`, `call ended: …`, or `no longer known, phone unreachable: …`, with what it was."""
    return Printable(f"{_why(phone, alert, seen_at)}: {alert.text}")


def over(alert: Alert, seen_at: datetime) -> Printable:
    """How one ended that is no phone's own."""
    return Printable(f"{_lasted(alert, seen_at)}: {alert.text}")


def _why(phone: Phone, alert: Alert, seen_at: datetime) -> str:
    state = phone.connection.state
    if PATIENCE[alert.id].needs_sight and sight(state) is Sight.LOST:
        return f"no longer known, phone {state}"
    of_a_call = " call " in alert.subject
    if of_a_call and alert.subject not in {calls.subject(call.key) for call in phone.calls}:
        return "call ended"
    return _lasted(alert, seen_at)


def _lasted(alert: Alert, seen_at: datetime) -> str:
    return f"over after {span((seen_at - alert.raised_at).total_seconds())}"
