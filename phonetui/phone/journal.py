"""Journal entries: what happened, in words for people."""

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from phonetui.phone.measure import Moment
from phonetui.phone.state import EVENT_WORDS, PhoneId, call_words
from phonetui.text import NOTHING, Printable, printable

if TYPE_CHECKING:
    from phonetui.xapi.document import Event  # brings the catalogue along: not before the first frame

STATE = "state"
"""The topic of connection states."""
_FIRST = ("LineId", "CallId", "PeerName", "PeerPhone")


class Weight(StrEnum):
    """How much an entry asks for attention."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    TROUBLE = "trouble"


class EntryKind(StrEnum):
    """What an entry is about."""

    NOTE = "note"
    """The connection's state, and what could not be read."""
    EVENT = "event"
    """The phone's own words: a call that began or ended, a boot."""
    ALERT = "alert"
    COMMAND = "command"
    """What an operator had it do: keys and dialling too."""


class JournalEntry(Struct, frozen=True):
    """One line of the journal: something that happened to a phone, or was done to it."""

    seen_at: Moment
    """Aware UTC."""
    phone: PhoneId
    text: Printable
    weight: Weight = Weight.INFO
    kind: EntryKind = EntryKind.NOTE
    event: Printable = NOTHING
    """Of an event, its name as it came."""
    fields: tuple[tuple[Printable, Printable], ...] = ()
    """Of an event, names and values as they came: the text alone does not show which of its words are a party."""
    times: int = 1
    """Of an alert: how often its trouble was raised so far."""
    since: Moment | None = None
    """Of an alert, aware UTC: when it was raised first."""
    ends: int = 1
    """Of an alert about a call: at how many monitored ends it holds."""
    topic: str = ""
    """What it is about, in words of ours: entries of a phone with the same one (and, of an alert, the same `since`)
    tell one story. Empty where it stands alone. It names nobody."""


def event_words(event: "Event") -> Printable:
    """An event in one line: which call, what happened to it and with whom, then the other fields as they came.

    `L1, answered  Front Desk 5000`. An event of a name that is not known is called as it came. The fields of call
    events are not published; those that are missing leave no trace.
    """
    from phonetui.phone.calls.event_calls import call_fields, leaf_name  # noqa: PLC0415 - not before the first frame

    fields = call_fields(event)
    line, call = fields.get("LineId", ""), fields.get("CallId", "")
    where = call_words(line, call) if line else f"call {call}" if call else ""
    known = EVENT_WORDS.get(event.name)
    head = f"{where or 'call'}, {known}" if known else "  ".join(filter(None, (event.name, where)))
    peer = [fields[name] for name in ("PeerName", "PeerPhone") if fields.get(name)]
    rest = "  ".join(
        f"{name} {value}"
        for name, value in dict(event.fields).items()
        if value and not (leaf_name(name) in _FIRST and value == fields.get(leaf_name(name)))
    )
    return printable("  ".join(filter(None, (head, " ".join(peer), rest))))
