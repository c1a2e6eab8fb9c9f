"""Whether a place on a phone still holds the call that it held: places are used again, and phones go out of sight."""

from phonetui.phone.state import Call, CallDirection, Phase

SLACK_S = 15.0
"""By how much a call's duration may differ from the time that it was out of sight: readings take their time."""
TALK = (Phase.TALK, Phase.HELD)
_ONCE_UP = (*TALK, Phase.ENDING, Phase.ERROR)
_BEGINNING = (Phase.SETUP, Phase.ALERTING)
_CLOCK_SLACK_S = 2.0
"""A pushed duration may be younger than a read one."""


def is_another(before: Call, after: Call) -> bool:
    """Whether a place that was never seen empty holds another call than it did: the one rule for it."""
    if after.phase is not before.phase:
        if after.phase in _BEGINNING and before.phase in _ONCE_UP:
            return True
        if before.phase is Phase.ERROR and after.phase in TALK:
            return True  # a call that failed is not answered any more
    if before.direction is not after.direction and None not in (before.direction, after.direction):
        return True
    if before.duration_s is None or after.duration_s is None:
        return False
    return after.duration_s < before.duration_s - _CLOCK_SLACK_S


def is_same(before: Call, call: Call, passed_s: float, *, was_seen: bool) -> bool:
    """Whether a place holds the call that it held `passed_s` ago; `was_seen`: it was looked at all the time."""
    if is_another(before, call) or (_rings(before) and _rings(call) and not _is_same_party(before, call)):
        return False
    return was_seen or (_is_same_party(before, call) and _went_on(before, call, passed_s))


def _went_on(before: Call, call: Call, passed_s: float) -> bool:
    """Whether the phone's duration grew by the time out of sight; one that held may have grown by less."""
    if before.phase not in TALK:  # it may have been answered meanwhile
        return (call.duration_s or 0.0) <= passed_s + SLACK_S
    if before.duration_s is None or call.duration_s is None:
        return call.phase is before.phase
    grown_s = call.duration_s - before.duration_s
    held = Phase.HELD in (before.phase, call.phase)
    return (held or grown_s >= passed_s - SLACK_S) and grown_s <= passed_s + SLACK_S


def _rings(call: Call) -> bool:
    return call.phase is Phase.ALERTING and call.direction is not CallDirection.OUTGOING


def _is_same_party(before: Call, after: Call) -> bool:
    return before.remote_number is None or after.remote_number in (None, before.remote_number)
