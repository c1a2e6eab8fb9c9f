"""Whether a place on a phone still holds the call that it held: places are used again, and phones go out of sight."""

from datetime import datetime

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.quality.call_quality import is_another
from phonetui.phone.state import Call, CallDirection, Phase

SLACK_S = 15.0
"""By how much a call's duration may differ from the time that it was out of sight: readings take their time."""

TALK = (Phase.TALK, Phase.HELD)


def continues(record: CallRecord, call: Call, seen_at: datetime) -> bool:
    """Whether what sits in the record's place is still its call."""
    return is_same(record.call, call, (seen_at - record.seen_at).total_seconds(), was_seen=record.is_up)


def is_same(before: Call, call: Call, passed_s: float, *, was_seen: bool) -> bool:
    """Whether a place holds the call that it held `passed_s` ago; `was_seen`: it was looked at all the time."""
    if is_another(before, call) or (_rings(before) and _rings(call) and not _same_party(before, call)):
        return False
    return was_seen or (_same_party(before, call) and _went_on(before, call, passed_s))


def _went_on(before: Call, call: Call, passed_s: float) -> bool:
    """Whether the phone's duration grew by the time out of sight; one that held may have grown by less."""
    if before.phase not in TALK:  # it may have been answered meanwhile
        return (call.duration_s or 0.0) <= passed_s + SLACK_S
    if before.duration_s is None or call.duration_s is None:
        return call.phase is before.phase
    gone_on_s = call.duration_s - before.duration_s
    held = Phase.HELD in (before.phase, call.phase)
    return (held or gone_on_s >= passed_s - SLACK_S) and gone_on_s <= passed_s + SLACK_S


def _rings(call: Call) -> bool:
    return call.phase is Phase.ALERTING and call.direction is not CallDirection.OUTGOING


def _same_party(before: Call, after: Call) -> bool:
    return before.remote_number is None or after.remote_number in (None, before.remote_number)
