"""Runs a mesh: round after round, one driver for each call, results as they come.

    reach the phones ──► end what earlier runs left up ──► round 1, 2, … ──► result
                                                              │ stop, cancellation
                                                              └──► every call that is up is ended ──► result so far

A call is begun only where both phones answer at that moment and have no call. Its name is on the disk before its number
is sent, and taken out once both phones were seen without it.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from phonetui.errors import AccessError, PhonetuiError, Unreachable
from phonetui.fleet.protocol import MeshFleet, Permission
from phonetui.mesh import result as results
from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.call_driver import CallDriver
from phonetui.mesh.call_progress import answers
from phonetui.mesh.mesh_call import END_S, CallFault, MeshCall
from phonetui.mesh.plan import MeshPair, MeshPlan
from phonetui.mesh.recovery import RecoveredCall, recover
from phonetui.mesh.result import CallResult, MeshResult
from phonetui.mesh.round_robin import MeshSchedule, schedule
from phonetui.phone.state import Phone, PhoneId, State

REACH_S = 45.0
"""Time limit for all phones to answer before the first call."""
SETTLED_S = 0.3
"""Interval of checks that the phones show no call."""
READ_S = 10.0
"""Time limit for a first complete reading of a phone, once it answers."""
IDLE_S = 5.0
"""Time limit of a reading that checks whether a phone has a call."""
LEAVE_S = END_S + 2.0
"""Time limit for ending all calls when the run ends."""
NoCall = tuple[CallFault, str, PhoneId | None]
"""Why no call was started: the fault, its words, and the phone that has it."""


class MeshRun:
    """One mesh from its first call to its last, with the result so far."""

    def __init__(
        self,
        fleet: MeshFleet,
        plan: MeshPlan,
        begun: BegunCalls,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        changed: Callable[["MeshRun"], None] = lambda _: None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`changed` is called whenever there is more to see, `note` with what the operator should know."""
        self.plan = plan
        self.schedule: MeshSchedule = schedule(plan)
        self.result: MeshResult = results.begin(plan, self.schedule, now())
        self.round = 0
        """The current round; 0 before the first."""
        self.round_at = 0.0
        """When the round began, in monotonic seconds."""
        self.version = 0
        """Increases with every visible change."""
        self._fleet = fleet
        self._begun = begun
        self._now = now
        self._changed = changed
        self._note = note
        self._stopped = ""
        self._drivers: dict[tuple[PhoneId, PhoneId], CallDriver] = {}

    @property
    def is_over(self) -> bool:
        return self.result.ended_at is not None

    @property
    def is_stopping(self) -> bool:
        return bool(self._stopped)

    @property
    def calls_up(self) -> int:
        """The number of calls that are up."""
        return len(self._drivers)

    def seconds_left(self, at: float) -> float:
        """An estimate, at monotonic second `at`."""
        if not self.round:
            return self.schedule.seconds
        return self.schedule.seconds_left(self.round, at - self.round_at)

    def stop(self, words: str) -> None:
        """Starts no further call and ends those that are up."""
        self._stopped = self._stopped or words
        for driver in self._drivers.values():
            driver.stop(CallFault.STOPPED, words)
        self._touch()

    async def run(self) -> MeshResult:
        """The result. Raises AccessError where a phone may not be controlled, Unreachable where none answers.

        Cancelled, it first ends the calls that are up; cancelled again, it leaves them to the next start.
        """
        self._check_permissions()
        await self._reach()
        await self._recover()
        try:
            for number, pairs in enumerate(self.schedule.rounds, 1):
                self._check_hours()
                if self._stopped:
                    break
                await self._run_round(number, pairs)
        finally:
            self._finish()
        for ended in await recover(self._fleet, await self._begun.own(), self._begun, self._now()):
            self._note(str(ended))
        return self.result

    def _check_permissions(self) -> None:
        for phone in self.plan.phones:
            if self._fleet.permission(phone.id) is Permission.DENIED:
                words = f"{phone.id} is read-only: no test call was begun"
                raise AccessError(words, "Leave out --read-only, set control, or take it out of the plan")

    async def _reach(self) -> None:
        """Returns once each phone has answered or failed, or after REACH_S.

        Of those that answer the calls must have been read, too: a phone that publishes none is known by that alone.
        """
        until, read_by = _time() + REACH_S, _time() + READ_S
        while _time() < until and not self._stopped:
            phones = [phone for one in self.plan.phones if (phone := self._fleet.phones.get(one.id)) is not None]
            if any(phone.connection.state is State.CONNECTING for phone in phones):
                read_by = _time() + READ_S
            elif _time() >= read_by or all(phone.is_mpp or not answers(phone) for phone in phones):
                break
            await asyncio.sleep(0.1)
        if not self._stopped and not any(self._is_live(phone.id) for phone in self.plan.phones):
            details = [phone.connection.detail for phone in self._fleet.phones.values() if phone.connection.detail]
            why = f": {details[0]}" if details else ""
            raise Unreachable(f"none of the {len(self.plan.phones)} phones answers{why}", "Try 'phonetui status PHONE'")

    def _is_live(self, id_: PhoneId) -> bool:
        phone = self._fleet.phones.get(id_)
        return phone is not None and answers(phone)

    async def _recover(self) -> tuple[RecoveredCall, ...]:
        """Ends calls that an earlier run left up, before any new call."""
        found = await recover(self._fleet, await self._begun.claim(), self._begun, self._now())
        for one in found:
            self._note(str(one))
        return found

    def _check_hours(self) -> None:
        hours = self.plan.hours
        if hours is not None and not hours.holds(self._now().astimezone().time()):
            self.stop(f"the plan's hours are over ({hours})")

    async def _run_round(self, number: int, pairs: Iterable[MeshPair]) -> None:
        self.round, self.round_at = number, _time()
        self._touch()
        tasks = [asyncio.create_task(self._run_call(pair)) for pair in pairs]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            self.stop("the program was ended")
            await asyncio.wait(tasks, timeout=LEAVE_S)
            raise
        finally:
            for task in tasks:
                task.cancel()
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _run_call(self, pair: MeshPair) -> None:
        before = self._result_of(pair)
        fault = await self._why_not(pair) or self._stop_fault()
        if fault is None:
            begun = await self._begun.add(pair, self._now())
            fault = self._stop_fault()
            if fault is None:
                over = await self._drive(pair, before)
                self._put(results.measured(before, over, self.plan.limits))
                if not over.unverified:
                    await self._begun.remove(begun)
                return
            await self._begun.remove(begun)
        self._put(results.not_run(before, *fault))

    def _stop_fault(self) -> NoCall | None:
        return (CallFault.STOPPED, self._stopped, None) if self._stopped else None

    async def _drive(self, pair: MeshPair, before: CallResult) -> MeshCall:
        call = MeshCall(pair, self.plan.talk_s, self.plan.ring_s, began_at=_time())
        key = pair.caller.id, pair.callee.id
        stage = ""

        def follow(now: MeshCall) -> None:
            nonlocal stage
            if now.stage != stage and not now.is_over:
                stage = now.stage
                self._put(results.measured(before, now, self.plan.limits, is_over=False))

        driver = self._drivers[key] = CallDriver(self._fleet, call, follow)
        try:
            return await driver.run(dials=True)
        finally:
            del self._drivers[key]

    async def _why_not(self, pair: MeshPair) -> NoCall | None:
        """Reads both phones and returns what prevents a call between them; None where nothing does."""
        ends = (pair.caller.id, pair.callee.id)
        for id_ in ends:
            if self._fleet.permission(id_) is Permission.DENIED:
                return CallFault.DENIED, f"{id_} is read-only", id_
            phone = self._fleet.phones.get(id_)
            if phone is None:
                return CallFault.NOT_LIVE, f"{id_} is not watched any more", id_
            if (why := _unfit(phone)) is not None:
                return (*why, id_)
        found = await asyncio.gather(*(self._busy(id_) for id_ in ends))
        return next((fault for fault in found if fault is not None), None) or await self._shown_busy(ends)

    async def _shown_busy(self, ends: tuple[PhoneId, PhoneId]) -> NoCall | None:
        """Waits until what is known of both phones shows no call either: one of before would be taken for another."""
        until = _time() + IDLE_S
        while shown := [id_ for id_ in ends if id_ in self._fleet.phones and any(self._fleet.phones[id_].calls)]:
            if _time() >= until:
                return CallFault.BUSY, f"{shown[0]} is in a call", shown[0]
            for id_ in shown:
                self._fleet.read_calls(id_)
            await asyncio.sleep(SETTLED_S)
        return None

    async def _busy(self, id_: PhoneId) -> NoCall | None:
        try:
            async with asyncio.timeout(IDLE_S):
                calls = await self._fleet.calls_now(id_)
        except TimeoutError:
            return CallFault.NOT_LIVE, f"{id_} did not answer within {IDLE_S:g} s", id_
        except PhonetuiError as error:
            return CallFault.NOT_LIVE, f"{id_} does not answer: {error.message}", id_
        known = self._fleet.phones.get(id_)
        calls = calls or tuple(known.event_calls if known is not None else ())
        if calls:
            return CallFault.BUSY, f"{id_} is in a call ({calls[0].state or calls[0].phase})", id_
        return None

    def _result_of(self, pair: MeshPair) -> CallResult:
        return next(
            call for call in self.result.calls if (call.caller, call.callee) == (pair.caller.id, pair.callee.id)
        )

    def _put(self, call: CallResult) -> None:
        self.result = self.result.with_call(call)
        self._touch()

    def _touch(self) -> None:
        self.version += 1
        with suppress(Exception):  # a viewer's fault keeps no call up
            self._changed(self)

    def _finish(self) -> None:
        words = self._stopped or "the mesh ended before"
        for call in self.result.calls:
            if not call.is_over:
                self.result = self.result.with_call(results.not_run(call, CallFault.STOPPED, words))
        self.result = replace(self.result, ended_at=self._now(), is_interrupted=bool(self._stopped))
        self._touch()


def _unfit(phone: Phone) -> tuple[CallFault, str] | None:
    """Why a phone cannot take part in a test call now; None where it can."""
    if phone.is_behind_webex:
        return CallFault.DENIED, f"{phone.id} is reached through Webex: it is asked too seldom for a test call"
    if not answers(phone):
        detail = phone.connection.detail or phone.connection.state
        return CallFault.NOT_LIVE, f"{phone.id} does not answer: {detail}"
    if not phone.is_mpp:
        return CallFault.DENIED, f"{phone.id} publishes no calls, as phones of Unified CM: nothing could be measured"
    return None


def _time() -> float:
    return asyncio.get_running_loop().time()
