"""Queues of keys on their way to phones: one for each phone, in order, so that no key waits for a network."""

import asyncio
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Fleet
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.ui.session import Clock

PACE_S = 0.15
"""Seconds between two keys for one phone: similar tools report that faster entry loses keys."""
KEPT = 200
"""Keys remembered a phone."""


class Outcome(Enum):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    NOT_SENT = "not sent"


class Press(Struct, frozen=True):
    """One key and what happened to it."""

    seen_at: datetime
    """Aware UTC; when the operator pressed it."""
    key: str
    outcome: Outcome
    words: Printable = NOTHING
    """Why it was refused or not sent."""
    number: int = 0
    """Of all presses of the run, from 1."""
    took_ms: float | None = None
    """From its turn to the phone's answer; None before that."""


class KeyQueue:
    """The keys for all phones of one run, sent in order for each phone."""

    def __init__(self, fleet: Fleet, clock: Clock, *, pace_s: float = PACE_S) -> None:
        self.version = 0
        """Moves whenever a press or an outcome was added."""
        self._fleet = fleet
        self._clock = clock
        self._pace_s = pace_s
        self._presses: dict[PhoneId, list[Press]] = {}
        self._queues: dict[PhoneId, asyncio.Queue[tuple[Press, asyncio.Future[Press]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pressed = 0

    def presses(self, phone: PhoneId) -> tuple[Press, ...]:
        """Oldest first."""
        return tuple(self._presses.get(phone, ()))

    def press(self, phone: PhoneId, key: str) -> asyncio.Future[Press]:
        """Queues a key; the future tells what happened to it, and never raises."""
        press = self._press(key, Outcome.WAITING)
        future: asyncio.Future[Press] = asyncio.get_running_loop().create_future()
        self._note(phone, press)
        if phone not in self._queues:
            self._queues[phone] = asyncio.Queue()
            task = asyncio.create_task(self._drain(phone), name=f"keys of {phone}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._queues[phone].put_nowait((press, future))
        return future

    def leave_out(self, phone: PhoneId, key: str, why: str) -> None:
        """Notes a key that is not even queued."""
        self._note(phone, self._press(key, Outcome.NOT_SENT, printable(why)))

    def drop(self, phone: PhoneId) -> None:
        """Forgets the keys that are still waiting: control was given back before their turn came."""
        queue = self._queues.get(phone)
        while queue and not queue.empty():
            press, future = queue.get_nowait()
            self._settle(phone, press, future, Outcome.NOT_SENT, printable("control was given back first"))

    def close(self) -> None:
        """Sends nothing more."""
        for task in tuple(self._tasks):
            task.cancel()

    async def _drain(self, phone: PhoneId) -> None:
        while True:
            press, future = await self._queues[phone].get()
            began_at = self._clock.steady()
            try:
                await self._fleet.press(phone, press.key)
            except PhonetuiError as error:
                self._settle(phone, press, future, Outcome.REFUSED, printable(". ".join(error.sentences)))
            else:
                self._settle(phone, press, future, Outcome.SENT, took_ms=1000 * (self._clock.steady() - began_at))
            await asyncio.sleep(self._pace_s)

    def _press(self, key: str, outcome: Outcome, words: Printable = NOTHING) -> Press:
        self._pressed += 1
        return Press(self._clock.now(), key, outcome, words, self._pressed)

    def _note(self, phone: PhoneId, press: Press) -> None:
        kept = self._presses.setdefault(phone, [])
        kept.append(press)
        del kept[:-KEPT]
        self.version += 1

    def _settle(
        self,
        phone: PhoneId,
        press: Press,
        future: asyncio.Future[Press],
        outcome: Outcome,
        words: Printable = NOTHING,
        *,
        took_ms: float | None = None,
    ) -> None:
        settled = replace(press, outcome=outcome, words=words, took_ms=took_ms)
        kept = self._presses[phone]
        for place, known in enumerate(kept):
            if known is press:
                kept[place] = settled
        self.version += 1
        if not future.done():
            future.set_result(settled)
