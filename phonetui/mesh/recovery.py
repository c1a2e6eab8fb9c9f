"""Ends calls that an earlier run left up, because it was killed or a phone was out of reach.

Of each such call both phones are looked at. One between the same two numbers is taken for it only where it has been up
for as long as it must have been; a call that somebody made since is none of ours.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from msgspec import Struct

from phonetui.fleet.protocol import MeshFleet, Permission
from phonetui.mesh.begun_calls import BegunCall, BegunCalls
from phonetui.mesh.call_driver import CallDriver
from phonetui.mesh.mesh_call import CallStage, MeshCall
from phonetui.mesh.plan import MeshPair, MeshPhone
from phonetui.phone.state import PhoneId, State
from phonetui.text import printable

REACH_S = 30.0
"""Time limit for phones to answer."""
SETUP_SLACK_S = 60.0
"""The longest time from `Call Dial` to talk, plus the difference of two clocks."""
CLOCK_SLACK_S = 15.0
FORGOTTEN_S = 86_400.0
"""After a day without a chance to check, a call is forgotten: it is over, or not a test call."""


class RecoveredCall(Struct, frozen=True):
    """A call that an earlier run left up, and what became of it."""

    call: BegunCall
    was_up: bool
    """Whether the call was found and ended."""
    unverified: tuple[PhoneId, ...]
    """Phones at which its end is not confirmed; the next start checks them again."""

    def __str__(self) -> str:
        name = f"the test call {self.call.caller} → {self.call.callee} of an earlier run"
        if self.unverified:
            return (
                f"{name} could not be looked for at {', '.join(self.unverified)}: it is tried again at the next start"
            )
        return f"{name} was still up, and was ended" if self.was_up else f"{name} is over"


class CallRecovery:
    """Runs once beside a fleet that was just started, and ends calls that an earlier run left."""

    def __init__(self, fleet: MeshFleet, begun: BegunCalls, notice: Callable[[str], None]) -> None:
        """`notice` takes what happened to each call."""
        self._fleet = fleet
        self._begun = begun
        self._notice = notice

    async def run(self) -> None:
        """Ends the calls of programs that no longer run, and returns once each is over or given up."""
        try:
            for one in await recover(self._fleet, await self._begun.claim(), self._begun, datetime.now(UTC)):
                self._notice(str(one))
        finally:
            self._begun.close()


async def recover(
    fleet: MeshFleet, calls: Iterable[BegunCall], begun: BegunCalls, now: datetime
) -> tuple[RecoveredCall, ...]:
    """The outcome of each call; calls that are over leave the file, the others are released."""
    return tuple(await asyncio.gather(*(_recover(fleet, call, begun, now) for call in calls)))


async def _recover(fleet: MeshFleet, call: BegunCall, begun: BegunCalls, now: datetime) -> RecoveredCall:
    ends = (call.caller, call.callee)
    known = [id_ for id_ in ends if id_ in fleet.phones and fleet.permission(id_) is not Permission.DENIED]
    age_s = max((now - call.began_at).total_seconds(), 0.0)
    if not known:
        await (begun.remove(call) if age_s > FORGOTTEN_S else begun.release(call))
        return RecoveredCall(call, was_up=False, unverified=ends)
    await _heard_of(fleet, known)
    caller = MeshPhone(call.caller, printable(call.shown[0] if call.shown else ""), numbers=call.shown)
    pair = MeshPair(caller, MeshPhone(call.callee, printable(call.number)))
    at = asyncio.get_running_loop().time()
    driver = CallDriver(
        fleet,
        MeshCall(
            pair,
            talk_s=0.0,
            ring_s=0.0,
            stage=CallStage.ENDING,
            began_at=at,
            ending_at=at,
            is_certain=True,
            talk_range_s=(age_s - SETUP_SLACK_S, age_s + CLOCK_SLACK_S),
        ),
    )
    over = await driver.run(dials=False)
    left = tuple(id_ for id_ in over.unverified if id_ in known)
    if not left or age_s > FORGOTTEN_S:
        await begun.remove(call)
        left = ()
    else:
        await begun.release(call)
    return RecoveredCall(call, was_up=bool(over.caller.presses + over.callee.presses), unverified=left)


async def _heard_of(fleet: MeshFleet, phones: Iterable[PhoneId]) -> None:
    """Returns once each phone has answered or failed, or after REACH_S."""
    until = asyncio.get_running_loop().time() + REACH_S
    while asyncio.get_running_loop().time() < until:
        states = [fleet.phones[id_].connection.state for id_ in phones if id_ in fleet.phones]
        if State.CONNECTING not in states:
            return
        await asyncio.sleep(0.1)
