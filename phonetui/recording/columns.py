"""The form of a recording's block: observations as columns, one list a field.

    kinds, times    of each: its number here; monotonic and wall less monotonic time, in µs since the one before
    of              whose it is, a number in `phones`
    scopes, counts  of each reading: what it was of, how many leaves changed
    leaves          three times the path's number in `paths`, and what the value is: none, a number, a word
    numbers, texts  of leaves; a text is a place in the table `words`
    connected       which fields of a connection differ from before, then these; times count from the phone's reading
    objects         what comes seldom
    base            the keyframe that goes before, by its moment in µs

A number is its difference to the leaf's number before in the block; the first one to that in the keyframe, whose phones
and paths go before the block's own. So no block depends on another, and next to nothing is written twice. Blocks of
format 1 have no `base`: their first numbers are whole, and times of connections are ages.
"""

from phonetui.monitor.observations import (
    AlertMuted,
    CallsResumed,
    ClaimChanged,
    ConnectionChanged,
    CountingResumed,
    EntryWritten,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    PhoneAdded,
    PhoneRemoved,
    PlacesForbidden,
    SightLost,
    TunnelsChanged,
    VoiceReportTaken,
)
from phonetui.phone.state import Connection
from phonetui.recording.values import fields

KINDS: tuple[type, ...] = (
    LeavesChanged, ConnectionChanged, FleetCompared, EventTaken, SightLost, CountingResumed, PlacesForbidden,
    ClaimChanged, CallsResumed, PhoneAdded, PhoneRemoved, TunnelsChanged, AlertMuted, EntryWritten, MarkSet,
    VoiceReportTaken,
)  # fmt: skip
"""Kinds by their number in a file; new ones are appended."""
GHOST, NUMBER, WORD = 0, 1, 2
DIGITS = 15
"""The most digits of a text that is kept as a number."""
CONNECTION = fields(Connection)
SECOND = 1_000_000


def microseconds_of(seconds: float) -> int:
    return round(seconds * SECOND)


def number_of(value: str) -> int | None:
    """The number of a text in canonical decimal form; None for any other text."""
    if not value.isdigit() or (value[0] == "0" and len(value) > 1) or len(value) > DIGITS or not value.isascii():
        return None
    return int(value)
