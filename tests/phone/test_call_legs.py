"""One end of a call from look to look: the same one, or the next in its place."""

from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import CallLeg, Look, first, follow
from phonetui.phone.state import Call, CallDirection, Phase

TALK = Call(1, 0, phase=Phase.TALK, direction=CallDirection.OUTGOING, duration_s=60.0)


def seen(call: Call) -> tuple[CallLeg, CallLeg]:
    """How `TALK` was seen, and what becomes of that with what its place holds two seconds later."""
    before = first(TALK, Look(100.0, 98.0, 2.0), is_whole=True)
    return before, follow(before, call, Look(102.0, 100.0, 2.0))


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"duration_s": 62.0}, True),
        ({"duration_s": 60.0}, True),
        ({"duration_s": 59.0}, True),  # durations are cut to whole seconds, and a phone's clock is set
        ({"duration_s": 57.0}, False),
        ({"duration_s": 1.0}, False),
        ({"phase": Phase.ALERTING, "duration_s": None}, False),
        ({"direction": CallDirection.INCOMING}, False),
    ],
)
def test_a_call_that_got_younger_is_another_one(change: dict[str, Any], is_same: bool) -> None:
    before, after = seen(replace(TALK, **change))
    assert (after.began == before.began) is is_same
    assert (after.phase_at == before.phase_at) is is_same
