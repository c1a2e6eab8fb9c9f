"""The journal folded for the main screen, newest first: one line a call (both ends), one line a problem.

 03:08:27 Support      ● call to Kitchen ended 00:00:39 · MOS 4.4 · 200 Normal
 03:07:56 Warehouse    ! critical: loss up to 6.2 % over 10 s …  (4 since 03:06)
 03:07:02 Desk 33      ▲ unreachable (refused)                   (2 since 03:01)

A line has the newest that is known, at the moment when it became known. The whole journal has a screen of its own.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from phonetui.numeric import integer
from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import STATE, JournalEntry, Weight
from phonetui.phone.measure import Grade
from phonetui.phone.state import DISCONNECT, SUCCESSFUL, CallDirection, CallKey, PhoneId
from phonetui.text import printable
from phonetui.ui.text.format import duration

LATEST = 200
"""Entries that are folded: what scrolls out of these is in the whole journal."""
_NEAR = timedelta(seconds=20)
"""Between a call's event and what its record says of the same moment: a phone may be read seldom."""
_WEIGHTS = {Grade.FAIR: Weight.WARNING, Grade.POOR: Weight.TROUBLE, Grade.CRITICAL: Weight.TROUBLE}

Names = Mapping[PhoneId | None, PhoneId]
"""Of phones that are called otherwise than their id."""


class _Event(NamedTuple):
    """What an entry says of a call."""

    name: str
    key: CallKey


def latest_first(entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    """The newest on top; what began a call is left out where its end is reported above it."""
    return fold(entries, ())


def fold(entries: Sequence[JournalEntry], calls: Iterable[CallEnds], names: Names | None = None) -> list[JournalEntry]:
    """The latest entries, newest first; of a call that `calls` has, both ends in one line."""
    known: dict[tuple[PhoneId, CallKey], list[tuple[CallRecord, CallEnds]]] = {}
    for each in calls:
        for record in each.records:
            known.setdefault((record.phone, record.key), []).append((record, each))
    folded: dict[Hashable, JournalEntry] = {}
    states: dict[PhoneId, list[JournalEntry]] = {}
    """Newest first."""
    ended: set[tuple[PhoneId, CallKey]] = set()
    for entry in reversed(entries[-LATEST:]):
        event = _call_event(entry)
        call = _call(entry, event, known) if event is not None else None
        if event is not None and call is None:
            place = entry.phone, event.key
            if event.name == SUCCESSFUL and place in ended:
                ended.discard(place)
                continue
            ended |= {place} if event.name == DISCONNECT else set()
        subject = _subject(entry, call)
        if subject not in folded:
            folded[subject] = entry if call is None or event is None else _call_line(entry, event, call, names or {})
        if entry.topic == STATE:
            states.setdefault(entry.phone, []).append(entry)
    for phone, found in states.items():
        befores = [*found[1:], None]
        began = [
            entry
            for entry, before in zip(found, befores, strict=True)
            if _is_outage(entry) and not (before is not None and _is_outage(before))
        ]
        if began:
            folded[phone, STATE] = replace(folded[phone, STATE], times=len(began), since=began[-1].seen_at)
    return list(folded.values())


def _is_outage(entry: JournalEntry) -> bool:
    return entry.weight in (Weight.WARNING, Weight.TROUBLE)


def _subject(entry: JournalEntry, call: CallEnds | None) -> Hashable:
    """What a line is about: entries of one subject have one line."""
    if call is not None:
        return call.id
    if entry.topic == STATE:
        return entry.phone, STATE
    if entry.topic:
        return entry.phone, entry.topic, entry.since
    return id(entry)


def _call_event(entry: JournalEntry) -> _Event | None:
    """Of an entry that tells of a call's beginning or end."""
    if entry.event not in (SUCCESSFUL, DISCONNECT):
        return None
    fields = {key.rpartition(" ")[2]: value for key, value in entry.fields}
    line, call = integer(fields.get("LineId", "")), integer(fields.get("CallId", ""))
    return None if line is None or call is None else _Event(entry.event, (line, call))


def _call(
    entry: JournalEntry, event: _Event, known: Mapping[tuple[PhoneId, CallKey], Iterable[tuple[CallRecord, CallEnds]]]
) -> CallEnds | None:
    """Whose beginning or end that was: of calls in one place, the one that was answered or gone at about that time."""

    def apart(found: tuple[CallRecord, CallEnds]) -> timedelta:
        record = found[0]
        is_begun = event.name == SUCCESSFUL
        moments = (record.answered_at or record.began_at, record.began_at) if is_begun else (record.last_at,)
        return min(abs(moment - entry.seen_at) for moment in moments)

    found = min(known.get((entry.phone, event.key), ()), key=apart, default=None)
    return found[1] if found is not None and apart(found) <= _NEAR else None


def _call_line(entry: JournalEntry, event: _Event, call: CallEnds, names: Names) -> JournalEntry:
    """From the caller's end, with what both ends know."""
    near, far = call.near, call.far
    whom = names.get(far.phone, far.phone) if far is not None else None
    party = whom or " ".join(filter(None, (near.call.remote_name, near.call.remote_number))) or "unknown"
    way = "from" if near.call.direction is CallDirection.INCOMING else "to"
    if event.name == SUCCESSFUL:
        return replace(entry, phone=near.phone, text=printable(f"call {way} {party} began"), fields=())
    told = max(call.records, key=lambda record: record.is_final)
    scores = [record.mos for record in call.records if record.mos is not None]
    cause = " ".join(filter(None, (told.cause_code, told.cause))) or _cause(entry)
    talk = f"ended {duration(near.talk_s)}" if near.answered_at is not None else "ended unanswered"
    score = f"MOS {min(scores):.1f}" if scores and near.answered_at is not None else ""
    grade = call.grade.word if call.grade > Grade.GOOD else ""
    words = " · ".join(filter(None, (f"call {way} {party} {talk}", score, grade, cause)))
    weight = _WEIGHTS.get(call.grade, Weight.GOOD if call.grade is Grade.GOOD else Weight.INFO)
    return replace(entry, phone=near.phone, text=printable(words), weight=weight, fields=())


def _cause(entry: JournalEntry) -> str:
    fields = {key.rpartition(" ")[2]: value for key, value in entry.fields}
    return " ".join(filter(None, (fields.get("CauseCode"), fields.get("CauseString"))))
