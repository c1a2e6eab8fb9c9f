"""Calls that ended lately, each with the last that was known of it and what the phone said at its end.

The end is told twice, by the call's removal and by an event with the final figures, and either may come first. Pure:
time comes in as a number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from phonetui.phone.measure import Measure
from phonetui.phone.observe import CALL
from phonetui.phone.state import Call, CallKey
from phonetui.text import Printable
from phonetui.xapi.document import Event

KEPT = 20
"""Calls a phone."""
JOIN_S = 10.0
"""How far apart the removal and the event may come; the call after next may sit in the same place."""

DISCONNECT = "SipCallDisconnect"


@dataclass(frozen=True, slots=True)
class EndedCall:
    call: Call
    """As last seen, its figures replaced by the final ones where the phone gave them."""
    measure: Measure | None
    """What we made of it at its last reading."""
    ended_at: float
    """Monotonic seconds."""
    event: Event | None = None
    """The phone's own report of the end; None where none came."""

    @property
    def cause(self) -> Printable | None:
        """Why it ended, in the phone's words (the fields' names are inferred)."""
        if self.event is None:
            return None
        return self.event.field("CauseString") or self.event.field("CauseCode")


@dataclass(frozen=True, slots=True)
class Ended:
    """Grows by calls that are gone and by events, in whatever order they come."""

    calls: tuple[EndedCall, ...] = ()
    """Oldest first, at most `KEPT`."""
    _early: tuple[Event, ...] = ()

    def gone(self, call: Call, measure: Measure | None, at: float) -> "Ended":
        """A call is no longer there."""
        early = tuple(event for event in self._early if at - event.at <= JOIN_S)
        event = next((event for event in early if _key(event) == call.key), None)
        ended = _joined(EndedCall(call, measure, at), event) if event else EndedCall(call, measure, at)
        return Ended((*self.calls, ended)[-KEPT:], tuple(other for other in early if other is not event))

    def happened(self, event: Event, live: Iterable[Call], at: float) -> "Ended":
        """An event came; `live` are the calls that are still there."""
        key = _key(event)
        if event.name != DISCONNECT or key is None:
            return self
        for place, ended in reversed(tuple(enumerate(self.calls))):
            if ended.call.key == key and ended.event is None and at - ended.ended_at <= JOIN_S:
                return replace(self, calls=(*self.calls[:place], _joined(ended, event), *self.calls[place + 1 :]))
        if any(call.key == key for call in live):
            return replace(self, _early=(*self._early, event)[-KEPT:])
        return self


def _joined(ended: EndedCall, event: Event) -> EndedCall:
    """The event's fields bear the names of the call's own leaves, and are read alike."""
    figures = {}
    for name, raw in event.fields:
        field, reader = CALL.get(tuple(name.split()), (None, None))
        if field and reader and (value := reader(raw)) is not None:
            figures[field] = value
    return replace(ended, call=replace(ended.call, **figures), event=event)


def _key(event: Event) -> CallKey | None:
    line, number = event.field("LineId"), event.field("CallId")
    if line is None or number is None or not (line.isdecimal() and number.isdecimal()):
        return None
    return int(line), int(number)
