"""Runs one test call against live phones: sends the keys that `call_progress` asks for, and reports the outcome.

    every TICK_S: both phones as known ──► follow ──► keys, each in a task of its own
                                              ├─ while it matters: both phones are read at once
                                              └─ ending: their calls are asked for outright, until neither has it

It ends when the call is over, at the latest END_S after it was to end. Nothing here but cancellation is raised, and
whoever cancels it leaves the call to the file of begun calls.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from phonetui.errors import AccessError, CommandRefused, ConfigError, PhonetuiError
from phonetui.fleet.protocol import MeshFleet
from phonetui.mesh.call_progress import KeyOrder, follow
from phonetui.mesh.mesh_call import (
    HANG_UP_KEY,
    CallFault,
    CallStage,
    MeshCall,
    dialled,
    key_failed,
    key_taken,
    not_dialled,
    stop,
    verified,
)
from phonetui.phone.state import CallKey, Connection, Phone, PhoneId, State
from phonetui.text import Printable

TICK_S = 0.2
SEND_S = 4.0
"""Time limit of a command's answer, which leaves enough of the ten seconds in which a call must end."""
READ_EVERY_S = 0.6
"""Interval of readings while the call rings and while it ends."""
LOOK_S = 3.0
"""Time limit of a reading of a phone's calls."""
SETTLE_S = 0.3
"""Delay from the end of a call to the first check that it is gone."""
UNCERTAIN_S = 3.0
"""The same delay for a call that the phone did not confirm: it may still start it."""
WHY_S = 4.0
"""The same delay for a call that ended unasked: a phone that restarted is out of reach by then."""
_GONE = Connection(state=State.UNREACHABLE, detail=Printable("it is not watched any more"))
_log = logging.getLogger(__name__)


class CallDriver:
    """One test call under way: its state, and the keys that are sent for it."""

    def __init__(self, fleet: MeshFleet, call: MeshCall, changed: Callable[[MeshCall], None] = lambda _: None) -> None:
        """`changed` is called with the call whenever its stage or figures moved; it must neither wait nor raise."""
        self.call = call
        self._fleet = fleet
        self._changed = changed
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: set[PhoneId] = set()
        self._read_at = 0.0
        self._known = {id_: fleet.phones[id_] for id_ in self._ends if id_ in fleet.phones}

    @property
    def _ends(self) -> tuple[PhoneId, PhoneId]:
        return self.call.pair.caller.id, self.call.pair.callee.id

    async def run(self, *, dials: bool) -> MeshCall:
        """Runs the call and returns it once it is over. Without `dials` it was started before."""
        try:
            if dials:
                self._spawn(self._dial())
            while not self.call.is_over:
                self._step()
                await asyncio.sleep(TICK_S)
            return self.call
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self, fault: CallFault, words: str) -> None:
        """Starts to end the call."""
        self._put(stop(self.call, fault, words, _now()))

    def _put(self, call: MeshCall) -> None:
        if call is not self.call:
            self.call = call
            self._changed(call)

    def _step(self) -> None:
        at = _now()
        caller, callee = (self._phone(id_) for id_ in self._ends)
        call, orders = follow(self.call, caller, callee, at)
        self._put(call)
        for order in orders:
            self._spawn(self._press(order))
        if self.call.stage is not CallStage.TALKING and at - self._read_at >= READ_EVERY_S:
            self._read_at = at
            for id_ in self._ends:
                self._fleet.read_calls(id_)
        if self.call.stage is CallStage.ENDING:
            self._look(at)

    def _look(self, at: float) -> None:
        """Asks phones that don't show the call whether it is gone."""
        wait_s = SETTLE_S if self.call.is_certain else UNCERTAIN_S
        if self.call.fault is CallFault.HUNG_UP:
            wait_s = WHY_S
        since = (self.call.ending_at or at) + wait_s
        if at < since:
            return
        ends = ((self.call.caller, self._ends[0]), (self.call.callee, self._ends[1]))
        for end, id_ in ends:
            is_in_doubt = end.latest is None or not self._phone(id_).is_current
            if is_in_doubt and not end.is_verified and id_ not in self._looking:
                self._looking.add(id_)
                self._spawn(self._verify(id_))

    def _phone(self, id_: PhoneId) -> Phone:
        """The phone as known now, or as it last was where it is no longer watched."""
        phone = self._fleet.phones.get(id_)
        if phone is not None:
            self._known[id_] = phone
            return phone
        known = self._known.get(id_) or Phone(id=id_, name=Printable(id_), address=Printable(""))
        return replace(known, connection=_GONE)

    async def _dial(self) -> None:
        pair = self.call.pair
        try:
            async with asyncio.timeout(SEND_S):
                answer = await self._fleet.dial(pair.caller.id, pair.callee.number, confirmed=True)
        except TimeoutError:
            words = f"{pair.caller.id} did not answer to the number within {SEND_S:g} s"
            self._put(not_dialled(self.call, words, _now(), is_certain=False))
        except PhonetuiError as error:
            is_certain = isinstance(error, CommandRefused | AccessError | ConfigError)
            words = f"{pair.caller.id} did not take the number: {error.message}"
            self._put(not_dialled(self.call, words, _now(), is_certain=is_certain))
        else:
            leaves = {path.names[-1]: value for path, value in answer.document.items() if path.names}
            self._put(dialled(self.call, _promised(leaves.get("LineId"), leaves.get("CallId"))))

    async def _press(self, order: KeyOrder) -> None:
        error: Exception | None = None
        try:
            async with asyncio.timeout(SEND_S):
                await self._fleet.press(order.phone, order.key, confirmed=True)
        except (TimeoutError, PhonetuiError) as failure:
            error = failure
            _log.warning("%s: %s was not taken: %s", order.phone, order.key, str(error) or "no answer")
        if order.key == HANG_UP_KEY:
            self._put(key_failed(self.call) if error is not None else self.call)
        elif error is None or isinstance(error, CommandRefused):
            self._put(key_taken(self.call, _now()))

    async def _verify(self, id_: PhoneId) -> None:
        try:
            with suppress(TimeoutError, PhonetuiError):
                async with asyncio.timeout(LOOK_S):
                    calls = await self._fleet.calls_now(id_)
                self._put(verified(self.call, id_, calls, _now()))
                return
            await asyncio.sleep(READ_EVERY_S)  # it could not be asked: not more often than that
        finally:
            self._looking.discard(id_)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _promised(line: str | None, number: str | None) -> CallKey | None:
    """The place of the call, from the answer to `Call Dial`."""
    found = (line or "").strip(), (number or "").strip()
    if not all(word.isascii() and word.isdecimal() and len(word) < 6 for word in found):
        return None
    return int(found[0]), int(found[1])


def _now() -> float:
    return asyncio.get_running_loop().time()
