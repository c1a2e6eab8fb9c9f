"""Watches one phone for as long as the program runs.

    ┌─► identify ──► read everything ──► subscribe ──► read what is due, at first all of it … ──┐
    │                                                       ▲ pushes arrive in between         │ failure, or the
    └────────────────────── wait as the error's class says ◄───────────────────────────────────┘ connection broke

The first reading waits for no subscription; the second one finds what changed before pushes flowed.

Whatever happens to this phone stays here: no exception leaves `run`, so no other phone is disturbed.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from phonetui import errors
from phonetui.config.settings import Poll
from phonetui.monitor import transports
from phonetui.monitor.connection_facts import ConnectionFacts, is_away
from phonetui.monitor.feedback import PhonePushes, Registration, pause
from phonetui.monitor.journal import PhoneLog
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.observations import Observation, ReadingScope
from phonetui.monitor.observed_phone import ObservedPhone, moment
from phonetui.monitor.schedule import (
    ACTED_S,
    ASK_AGAIN_S,
    REQUEST_GAP_S,
    SETTLE_S,
    UNREADABLE,
    WHOLE_AGAIN_S,
    Refusals,
    RetryPause,
    Schedule,
    may_concern_place,
    retry_s,
)
from phonetui.monitor.transports import StartLimiter
from phonetui.phone.journal import Weight
from phonetui.phone.parse import sleeps_deeply
from phonetui.transport.base import Reconnectable, Transport
from phonetui.xapi.document import Document, slices
from phonetui.xapi.path import ROOT, Path

_SYSTEM, _LINE = Path.of("SystemUnit"), Path.of("Line")
_RNG = random.Random()  # noqa: S311 - spreads retries, guards nothing; one for all phones, as it has 2.5 KB
_log = logging.getLogger(__name__)


class Watch:
    """Drives one transport and keeps one phone's knowledge true."""

    def __init__(
        self,
        log: PhoneLog,
        knowledge: Knowledge,
        schedule: Schedule,
        connect: Callable[[], Transport],
        record: Callable[[Observation], None] | None = None,
        *,
        starts: StartLimiter | None = None,
        answered: "Callable[[Watch], None]" = lambda _: None,
    ) -> None:
        """`record` is called with all that is observed, `answered` after each answer; all phones share `starts`."""
        self.log = log
        self.knowledge = knowledge
        self.observed = ObservedPhone(log, knowledge, record)
        self.facts = ConnectionFacts()
        self.answer_ms: float | None = None
        """How long the latest answer took, the network included."""
        self.schedule = schedule
        self._connect = connect
        self._starts = starts or StartLimiter()
        self._answered = answered
        self._transport: Transport | None = None
        self._wake = asyncio.Event()
        self._following: asyncio.Timeout | None = None
        self._retry_pause = RetryPause(schedule.budget.retry_s, _RNG)
        self._retry = asyncio.Event()
        """What kept the phone from answering is over, as far as is known."""
        self._refusals = Refusals()
        self._pushes = PhonePushes(
            self.observed, schedule, self._wake.set, lose_connection=self._lose_connection, restarts=self.expect_restart
        )
        self.registration = Registration(log, knowledge, self._refusals, self._pushes.put)
        self._free_at = 0.0
        """When the phone may be asked for its next part."""
        self._unreadable = 0
        self._is_joined = False
        self._break: errors.TransportError | None = None

    @property
    def transport(self) -> Transport:
        """The connection to the phone, made when it is first needed."""
        if self._transport is None:
            self._transport = self._connect()
        return self._transport

    @property
    def interval_s(self) -> float:
        return self.schedule.interval_s(in_call=self.knowledge.phone.has_live_call)

    @property
    def is_eased(self) -> bool:
        """See `Schedule.is_eased`."""
        return self.schedule.is_eased

    @property
    def poll(self) -> Poll:
        """The intervals in force."""
        return self.schedule.poll

    def pace(self, by: float) -> Poll:
        """Asks `by` times as often for this run, within limits; the intervals then in force."""
        self.schedule.pace(by, _now())
        self._wake.set()
        return self.schedule.poll

    async def run(self) -> None:
        """Watches until cancelled.

        A fault of our own is logged with its traceback and treated like an unreadable answer.
        """
        try:
            while True:
                began_at = _now()
                failure = await self._follow()
                pause_s = self._retry_pause.seconds(failure, self.facts.failures, lasted_s=_now() - began_at)
                self._retry.clear()
                await _wait(self._retry, pause_s)
        finally:
            await self.close()

    def resume(self, wait_s: float) -> None:
        """Reads everything again in `wait_s` seconds, over new connections.

        This machine stood still, and the old may have died.
        """
        self.facts = replace(self.facts, paced_at=_now())
        self.observed.resume_counting(*moment())
        if self._following is not None and isinstance(self.transport, Reconnectable):
            self._break = errors.Resumed(wait_s)
            with suppress(RuntimeError):  # it pauses before its next try
                self._following.reschedule(_now())
        if not isinstance(self.facts.error, errors.AccessError):  # each try of a wrong password counts
            self.retry_now()

    async def close(self) -> None:
        self._pushes.close()
        transport, self._transport = self._transport, None
        if transport is not None:
            await transports.close(transport, self.log.phone)

    async def reconnect(self) -> None:
        """Over a new connection, made of the settings that hold by now, and at once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transports.close(transport, self.log.phone)
        self.retry_now()

    def retry_now(self) -> None:
        """What kept the phone from answering is over, as far as is known."""
        self._retry.set()

    def read_soon(self, *, at_once: bool = False) -> None:
        """Reads a phone that doesn't push once a command may have taken effect, or `at_once`."""
        if at_once:
            self.schedule.soon(_now())
            self._wake.set()
        elif not self.registration.is_active:
            free_at = (self.facts.answered_at or 0.0) + self.schedule.budget.again_s
            self.schedule.soon(max(_now() + ACTED_S, free_at))
            self._wake.set()

    def expect_restart(self) -> None:
        """The phone restarts: it announced that, or was commanded to."""
        self._refusals.forget()
        self.facts = replace(self.facts, boot_at=_now())

    async def _follow(self) -> errors.PhonetuiError:
        """One connection's life, up to the failure that ended it."""
        try:
            async with asyncio.timeout(None) as self._following:  # `resume` alone ends it
                await self._join()
                while True:
                    await self._step()
        except errors.PhonetuiError as error:
            failure = error
        except TimeoutError as error:
            failure = self._break or errors.TransportError(f"the connection ended: {error}")
        except Exception as error:  # noqa: BLE001 - one phone must not end the others; the log has the whole story
            _log.exception("%s: fault in the program", self.log.phone)
            words = f"fault in phonetui: {type(error).__name__}"
            failure = errors.ProtocolError(words, "See the log; other phones go on")
        if isinstance(self._break, errors.Resumed):
            return self._break
        if isinstance(failure, errors.Restarting):
            self._refusals.forget()
        asleep = isinstance(failure, errors.Asleep) or sleeps_deeply(self.knowledge.phone.standby)
        self.facts = self.facts.after_failure(failure, _now(), asleep=asleep)
        if is_away(self.facts, self.interval_s, _now()):
            self.observed.lose_sight(*moment())
        self.log.note_failure(failure, self.facts.failures)
        return failure

    async def _join(self) -> None:
        self._is_joined = False
        broken, self._break = self._break, None
        if isinstance(broken, errors.Resumed) and isinstance(self.transport, Reconnectable):
            await self.transport.reconnect()
        async with self._starts.turn():
            await self._read(_SYSTEM)
            self._refusals.begin(self.knowledge.phone.system.version)
            whole = await self._read_whole()
            if whole and not self.knowledge.has(_LINE):
                await self._read_calls()
        pushes = await self.registration.begin(self.transport)
        self._unreadable = 0
        later = 0.0 if pushes else _RNG.random()  # what came before pushes flowed is found at once
        self.schedule.begin(_now(), whole=whole, later=later, in_call=self.knowledge.phone.has_live_call)
        self._is_joined = True

    async def _read_whole(self) -> bool:
        """Whether the whole tree comes in one answer, which is taken as a reading. Other places have just answered."""
        if self._refusals.holds(ROOT, _now()):
            return False
        try:
            await self._read(ROOT)
        except errors.PhonetuiError as error:
            if not may_concern_place(error):
                raise
            if isinstance(error, errors.Busy):
                await self._read(_SYSTEM)  # which raises where the phone limits requests of any kind
            self._refusals.add(ROOT, _now() + WHOLE_AGAIN_S)
            return False
        self._refusals.remove(ROOT)
        return bool(self.knowledge.document)

    async def _read_calls(self) -> None:
        """A tree without calls may leave out what this account may not see: they are asked for outright."""
        try:
            await self._read(_LINE)
        except errors.PhonetuiError as error:
            if not may_concern_place(error):
                raise
            self.log.note(self.knowledge.note_refusal(_LINE, error), Weight.WARNING, once=True)

    async def _step(self) -> None:
        """Waits for what is due next, or for a push that makes something due earlier, and reads it."""
        if self._break is not None:
            raise self._break
        path, due = self.schedule.next()
        self._wake.clear()
        wait_s = max(min(due, self.registration.due_at), self._free_at) - _now()
        if wait_s > 0:
            await _wait(self._wake, wait_s)
            return
        if self.registration.due_at <= _now():
            await self._renew()
            return
        await self._read_part(path)
        self._free_at = _now() + min(REQUEST_GAP_S, self.schedule.poll.call_s / 4)

    async def _renew(self) -> None:
        """Asks again for what was refused long ago, and looks at the registration."""
        if self._refusals.is_due(ROOT, _now()) and await self._read_whole():
            self.schedule.begin(_now(), whole=True)
        if await self.registration.renew(self.transport):
            self.schedule.begin(_now(), whole=self.schedule.whole)

    async def _read_part(self, path: Path) -> None:
        """An answer that cannot be read is counted and shown, and the rest goes on; several in a row are a failure."""
        asked_at = _now()
        try:
            await self._read(path)
            self._unreadable = 0
            self.schedule.note_answer((self.answer_ms or 0.0) / 1000)
        except errors.ProtocolError as error:
            self._unreadable += 1
            if self._unreadable >= UNREADABLE or (error.reason and path == _SYSTEM):
                raise
            if error.reason:
                await self._postpone_refused(path, error)
                return
            self.log.note(f"{path or 'status tree'}: {error}", Weight.WARNING, once=True)
        except errors.PhonetuiError as error:
            if path == _SYSTEM or not may_concern_place(error):
                raise
            await self._postpone_refused(path, error)
            return
        self.schedule.done(path, _now(), in_call=self.knowledge.phone.has_live_call, asked_at=asked_at)

    async def _postpone_refused(self, path: Path, error: errors.PhonetuiError) -> None:
        """A place refused what it gave before, or a part is not to be had: the rest goes on, if the phone still does.

        Raises what concerns the phone as a whole.
        """
        if path == ROOT:
            if isinstance(error, errors.Busy):
                raise error
            await self._join()
            return
        await self._read(_SYSTEM)
        self.log.note(self.knowledge.note_refusal(path, error), Weight.WARNING, once=True)
        wait_s = max(retry_s(error, 1, _RNG), self.schedule.poll.idle_s)
        self.schedule.postpone(path, _now() + (wait_s if isinstance(error, errors.Busy) else ASK_AGAIN_S))

    async def _read(self, path: Path) -> None:
        self.knowledge.begin_reading()
        asked_at = _now()
        try:
            read = await self.transport.fetch(path)
        except errors.CommandRefused:
            if path == ROOT:
                raise
            read = Document()  # a part that this phone doesn't have
        self.answer_ms = round((_now() - asked_at) * 1000, 3)
        self.knowledge.note_answer(path)
        await self._apply(read, path)
        self.facts = self.facts.after_answer(moment()[0])
        self.log.note_answer()
        self._answered(self)

    async def _apply(self, read: Document, path: Path) -> None:
        knowledge = self.knowledge
        changes = knowledge.differences(read, path, _now())
        if self.registration.is_active and self._is_joined and knowledge.awaits_push(changes):
            await asyncio.sleep(SETTLE_S)
            changes = knowledge.differences(read, path, _now())
        *before, last = slices(changes)
        for part in before:
            at, seen_at = moment()
            self.observed.take_leaves(knowledge.unpushed(part), at, seen_at)
            await pause(at)
        fresh = knowledge.unpushed(last)
        is_all = len(fresh) == len(changes)
        self.observed.take_leaves(fresh, *moment(), _scope(path), leads_to=(read, path) if is_all else None)
        knowledge.share(read)

    def _lose_connection(self, error: errors.TransportError) -> None:
        """The connection that pushes came through is gone: what happens now is found by reading everything again."""
        if isinstance(self._break, errors.Resumed):
            return  # it is left anyway
        self._break = error
        self.registration.is_active = False
        self.facts = replace(self.facts, broken=True)
        self._wake.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until `event` is set, which time does after `seconds`."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()


def _scope(place: Path) -> ReadingScope:
    """What is made of a reading of everything at `place`."""
    ports = ReadingScope.PORTS if Path.of("Network").is_under(place) else ReadingScope.NONE
    return ports | (ReadingScope.CALLS if _LINE.is_under(place) else ReadingScope.NONE)


def _now() -> float:
    return asyncio.get_running_loop().time()
