"""One phone's pushes: the registration that asks for them, kept alive, and how they are taken in, slice by slice.

    push ──few values──► taken at once
         ──many, or others wait──► queue ──a slice a turn of the loop──► taken

The loop turns between two slices, so that no other phone waits long. The order of what a phone pushed stays.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from phonetui.errors import PhonetuiError, ProtocolError, TransportError
from phonetui.monitor.journal import PhoneLog
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.observations import ReadingScope
from phonetui.monitor.observed_phone import ObservedPhone, moment
from phonetui.monitor.push_order import RecentEvents, RecentValues
from phonetui.monitor.schedule import ASK_AGAIN_S, Refusals, Schedule, may_concern_place
from phonetui.phone.journal import Weight
from phonetui.phone.observe import LEAVES
from phonetui.text import NOTHING
from phonetui.transport.base import Transport
from phonetui.xapi.document import slices
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path

RENEW_S = 45.0
"""Seconds between two looks at our feedback slot; known clients look every 30 to 60 s."""
MOST_WAITING = 2 * LEAVES
"""Values of pushes that wait; what comes on top is left out, and found by the next reading."""
SHARE = 3.0
"""How many times as long as a slice took the loop is left to the other phones."""
MOST_PAUSE_S = 0.25

_REGISTER = Path.of("HttpFeedback", "Register")
_BOOTS = ("BootEvent", "Shutdown")

MOST_EVENTS_AT_ONCE = 50
"""The most events taken of one push; a phone sends one or two."""

PushOrError = Push | PhonetuiError


class Registration:
    """The registration for pushes. A phone that refuses it, or at which the account may not register, is polled."""

    def __init__(
        self, log: PhoneLog, knowledge: Knowledge, refusals: Refusals, sink: Callable[[PushOrError], None]
    ) -> None:
        """`sink` takes what the phone pushes."""
        self.is_active = False
        self.refusal = NOTHING
        """Why the phone does not push though it was asked to."""
        self.due_at = 0.0
        """Monotonic second of the next `renew`."""
        self._log = log
        self._knowledge = knowledge
        self._refusals = refusals
        self._sink = sink

    async def begin(self, transport: Transport) -> bool:
        """Registers, or renews over a new connection, unless the phone refused lately; whether it pushes.

        Raises TransportError.
        """
        now = asyncio.get_running_loop().time()
        self.due_at = now + RENEW_S
        if not self.is_active and self._refusals.holds(_REGISTER, now):
            return False
        self._refusals.remove(_REGISTER)
        try:
            if self.is_active:
                await transport.renew()
            else:
                self.is_active = await transport.subscribe(self._sink)
            self.refusal = NOTHING
        except PhonetuiError as error:
            if isinstance(error, TransportError) and not may_concern_place(error):
                raise
            self._end(error)
            self._log.note(f"polled, it does not push: {self._knowledge.note_refusal(_REGISTER, error)}", once=True)
        return self.is_active

    async def renew(self, transport: Transport) -> bool:
        """Whether pushes may have been missed, so that everything has to be read again. Raises TransportError."""
        now = asyncio.get_running_loop().time()
        self.due_at = now + RENEW_S
        if not self.is_active:
            pushes_again = self._refusals.is_due(_REGISTER, now) and await self.begin(transport)
            if pushes_again:
                self._log.note("it pushes again")
            return pushes_again
        try:
            was_lost = await transport.renew()
        except TransportError:
            raise
        except PhonetuiError as error:
            self._end(error)
            self._log.note(f"polled, its feedback slot is lost: {error}")
            return False
        if was_lost:
            self._log.note("its feedback had stopped and was started again")
        return was_lost

    def _end(self, error: PhonetuiError) -> None:
        self.is_active = False
        self.refusal = error.message
        self._refusals.add(_REGISTER, asyncio.get_running_loop().time() + ASK_AGAIN_S)


class PhonePushes:
    """Takes what one phone pushes into what is observed of it, in order, a slice a turn of the loop."""

    def __init__(
        self,
        observed: ObservedPhone,
        schedule: Schedule,
        wake: Callable[[], None],
        *,
        lose_connection: Callable[[TransportError], None],
        restarts: Callable[[], None],
    ) -> None:
        """`wake` is called where something became due for reading, `restarts` where the phone says that it restarts.

        `lose_connection` is called where the connection that pushes came through broke.
        """
        self._observed = observed
        self._schedule = schedule
        self._wake = wake
        self._lose_connection = lose_connection
        self._restarts = restarts
        self._events = RecentEvents()
        self._values = RecentValues()
        self._waiting: deque[PushOrError] = deque()
        self._waiting_values = 0
        self._task: asyncio.Task[None] | None = None

    def put(self, push: PushOrError) -> None:
        """Taken at once where it is little and nothing waits."""
        pushed = tuple(_parts(push))
        if len(pushed) == 1 and self._task is None:
            self._take(pushed[0])
            return
        for part in pushed:
            size = _size(part)
            if size and self._waiting_values + size > MOST_WAITING:
                self._take(ProtocolError("too much at once, the rest is left out and read instead"))
                break
            self._waiting.append(part)
            self._waiting_values += size
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    def close(self) -> None:
        """What still waits is left out."""
        if self._task is not None:
            self._task.cancel()
        self._waiting.clear()
        self._waiting_values, self._task = 0, None

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            began_at = loop.time()
            part = self._waiting.popleft()
            self._waiting_values -= _size(part)
            self._take(part)
            await pause(began_at)
        self._task = None

    def _take(self, part: PushOrError) -> None:
        """A fault of our own is recorded, and the next part is taken."""
        try:
            self._take_part(part)
        except Exception as error:  # noqa: BLE001 - what it can be is not known: one phone must not end the others
            self._observed.log.note_fault("its pushes", error)

    def _take_part(self, push: PushOrError) -> None:
        log, knowledge = self._observed.log, self._observed.knowledge
        if isinstance(push, TransportError):
            self._lose_connection(push)
            return
        if isinstance(push, PhonetuiError):
            log.note(f"a push that cannot be read: {push}", Weight.WARNING, once=True)
            return
        if push.mac and not knowledge.is_sender(push.mac):
            log.note(f"a push in the name of another phone, {push.mac}, is left out", Weight.WARNING, once=True)
            return
        changes = knowledge.pushed(push.updates)
        has_calls = any(change.path[:1] == ("Line",) for change in changes)
        at, seen_at = moment()
        self._observed.take_leaves(changes, at, seen_at, ReadingScope.TRACKED if has_calls else ReadingScope.NONE)
        if has_calls:
            self._schedule.hurry(at)
            self._wake()
        if contested := self._values.contested(push.updates, at):
            self._schedule.check([Path.of(name) for name in contested], at)
            self._wake()
        for event in push.events:
            if not self._events.is_repeat(event):
                if event.name in _BOOTS:
                    self._restarts()
                self._observed.take_event(event, at, seen_at)


def _parts(push: PushOrError) -> Iterator[PushOrError]:
    """A push in slices, each with the sender's MAC address; its events come with the last."""
    if not isinstance(push, Push):
        yield push
        return
    *whole, last = slices(push.updates)
    yield from (replace(push, updates=part, events=()) for part in whole)
    yield replace(push, updates=last, events=push.events[:MOST_EVENTS_AT_ONCE])
    if len(push.events) > MOST_EVENTS_AT_ONCE:
        yield ProtocolError(f"too much: more than {MOST_EVENTS_AT_ONCE} events at once, the rest is left out")


async def pause(began_at: float) -> None:
    """Sleeps between two slices; the last one began at monotonic second `began_at`."""
    spent_s = asyncio.get_running_loop().time() - began_at
    await asyncio.sleep(min(SHARE * spent_s, MOST_PAUSE_S))


def _size(push: PushOrError) -> int:
    return len(push.updates) if isinstance(push, Push) else 0
