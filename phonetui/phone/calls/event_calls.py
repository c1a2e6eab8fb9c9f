"""Calls from events alone, for phones without `Line` rows (On-Prem), and what events say of other calls.

No payload is published. Fields are taken to be called as the leaves of a call; the other names are those that room
devices use for the same things in their events of calls, and other spellings of ours (inferred).

    SipCallSuccessful ──► up, without figures ──SipCallDisconnect, with figures──► over, reported for REPORT_S
                              │
                              └─ shown by the phone's own rows, or its line's light went dark ──► dropped here

The field names of both events are inferred; a phone that publishes calls (MPP) is never read this way.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from phonetui import numeric
from phonetui.phone import parse
from phonetui.phone.observe import CALL, RAW
from phonetui.phone.parse import with_divisor
from phonetui.phone.state import DISCONNECT, SUCCESSFUL, Call, CallKey, Line, Phase, Phone, ReportedCall
from phonetui.text import Printable
from phonetui.xapi.document import Event

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "LineId": ("line", "linenumber"),
    "CallId": ("call", "callnumber"),
    "Direction": ("calldirection", "origcalldirection"),
    "PeerName": ("displayname", "remotename", "remotedisplayname"),
    "PeerPhone": ("remoteuri", "remotenumber", "peernumber", "peeruri"),
    "CauseCode": ("causevalue",),
    "CauseString": ("cause", "reason"),
    "Duration": ("callduration",),
}
"""Name here → other names, folded; a field that has the name itself comes first."""
_SEPARATORS = re.compile(r"[\s_-]+")


def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


_OWN = {_folded(name): name for name in (*_OTHERS, *(names[-1] for names in CALL))}
_NAMES = {other: name for name, others in _OTHERS.items() for other in others} | _OWN


def leaf_name(name: str) -> str:
    """The call's leaf that has what a field of this name has; the name itself where there is none."""
    return _NAMES.get(_folded(name), name)


def call_fields(event: Event) -> dict[str, Printable]:
    """The fields of an event about a call by the names of the call's leaves; those of other names are left out.

    Of several for one leaf that counts which has the leaf's own name, else the first that says anything.
    """
    found: dict[str, Printable] = {}
    for name, value in sorted(event.fields, key=lambda field: _folded(field[0]) not in _OWN):
        leaf = leaf_name(name)
        if _folded(leaf) in _OWN and not found.get(leaf):
            found[leaf] = value
    return found


REPORT_S = 60.0
"""How long a call that ended counts as news."""
MOST = 32
"""Calls of one phone that are known by events; the most lines that these phones have."""


def call_key(event: Event) -> CallKey | None:
    """Line and call of an event; a call without a line is on line 1. None where it names no call."""
    fields = call_fields(event)
    words = (fields.get("LineId", "1").strip(), fields.get("CallId", "").strip())
    line, number = (numeric.integer(word, most=numeric.MAX_INDEX) for word in words)
    return None if line is None or number is None else (line, number)


def with_fields(call: Call, event: Event, mos_divisor: float | None) -> Call:
    """`call` with what an event says of it. Its fields are read as the call's leaves are."""
    fields = call_fields(event)
    figures: dict[str, Any] = {RAW[name]: raw for name, raw in fields.items() if name in RAW}
    for name, raw in fields.items():
        field, reader = CALL.get((name,), (None, None))
        if field and reader and (value := reader(raw)) is not None:
            figures[field] = value
    direction = (parse.direction(fields["Direction"]) if fields.get("Direction") else None) or call.direction
    return with_divisor(replace(call, **figures, direction=direction), mos_divisor)


def after_event(phone: Phone, event: Event, at: float, *, mos_divisor: float | None = None) -> Phone:
    """`phone` once `event` came at monotonic second `at`; itself for events of other kinds and phones with calls."""
    key = call_key(event)
    if phone.is_mpp or key is None or event.name not in (SUCCESSFUL, DISCONNECT):
        return phone
    others = tuple(call for call in phone.event_calls if call.key != key)
    before = next((call for call in phone.event_calls if call.key == key), Call(*key, is_from_events=True))
    call = with_fields(before, event, mos_divisor)
    if event.name == SUCCESSFUL:
        return replace(phone, event_calls=(*others, replace(call, phase=Phase.TALK))[-MOST:])
    reports = tuple(report for report in phone.reported_calls if report.call.key != key)
    return replace(phone, event_calls=others, reported_calls=(*reports, ReportedCall(call, at))[-MOST:])


def after_reading(before: Phone, phone: Phone, at: float) -> Phone:
    """`phone` without what its rows and lights contradict, and without reports that are old by second `at`."""
    if not phone.event_calls and not phone.reported_calls:
        return phone
    shown = {call.key for line in phone.lines for call in line.calls}
    dark = _went_dark(before.lines, phone.lines)
    up = tuple(call for call in phone.event_calls if call.key not in shown and call.line not in dark)
    reports = tuple(report for report in phone.reported_calls if at - report.at < REPORT_S)
    if phone.is_mpp:
        up, reports = (), ()
    if (up, reports) == (phone.event_calls, phone.reported_calls):
        return phone
    return replace(phone, event_calls=up, reported_calls=reports)


def without_event_calls(phone: Phone) -> Phone:
    """`phone` once it went down: its calls went with it."""
    return replace(phone, event_calls=()) if phone.event_calls else phone


def _went_dark(before: Iterable[Line], after: Iterable[Line]) -> frozenset[int]:
    """Lines whose light was lit and is not any more."""
    was_lit = {line.index for line in before if line.light is not None and line.light.is_lit}
    return frozenset(
        line.index for line in after if line.index in was_lit and line.light is not None and line.light.is_lit is False
    )
