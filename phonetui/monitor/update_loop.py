"""When what follows from facts and time is worked out for all phones, and how long it may keep others waiting.

    something changed ──────────► LOOK_S after the look before, and on for SETTLE_S: one thing follows from another
    time alone brings something ► at that moment
    nothing of the kind ────────► every QUIET_S: waking four times a second would cost more than the phones

A look at a thousand phones takes 20 ms. It is made in turns of a millisecond with pauses, in which keys are answered.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from math import inf

from phonetui.monitor.journal import Journal
from phonetui.monitor.observed_phone import moment

LOOK_S = 0.25
"""Between two looks."""
SETTLE_S = 1.5
"""After the latest change: phones are compared once a second."""
QUIET_S = 4.0
"""Between two looks while nothing happens; whether the machine stood still is known by it."""
TURN_S, PAUSE_S = 0.001, 0.004
"""Of a look at a stroke, and until it goes on."""

Look = Callable[[float, datetime], Iterator[None]]
"""Works out everything at a monotonic second, which is the same moment by the wall; yields where others may go on."""


class UpdateLoop:
    """Calls `look` soon after something changed, or when time alone brings something."""

    def __init__(self, journal: Journal, look: Look, due_at: Callable[[], float]) -> None:
        """`due_at` gives the monotonic second from which on time alone brings something; -inf for each LOOK_S."""
        self._journal = journal
        self._look = look
        self._due_at = due_at
        self._changed = asyncio.Event()
        self._version = -1
        self._moved_at = -inf

    async def run(self) -> None:
        """Works off changes until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            at, seen_at = moment()
            self._changed.clear()
            await self._work_off(self._look(at, seen_at))
            if self._journal.version != self._version:
                self._version, self._moved_at = self._journal.version, at
            if at - self._moved_at > SETTLE_S:
                self._journal.on_next_change(self._changed.set)
                timer = loop.call_at(min(at + QUIET_S, self._due_at()), self._changed.set)
                await self._changed.wait()
                timer.cancel()
            await asyncio.sleep(max(at + LOOK_S - loop.time(), 0.0))

    async def _work_off(self, steps: Iterator[None]) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + TURN_S
        for _ in steps:
            if loop.time() > ends_at:
                await asyncio.sleep(PAUSE_S)
                ends_at = loop.time() + TURN_S
