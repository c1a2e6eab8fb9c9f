"""How many phones are connected to at once: when the program starts, and when many come back together.

A handshake and a first reading take some 4 ms of this processor each. A thousand at once would freeze the screen for
seconds, so phones take turns. A phone that hangs must not hold others up, so a turn ends by itself after a while.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 32
MOST_S = 0.5
"""Phones answer in 20 to 500 ms; whoever takes longer goes on without a turn."""


class StartLimiter:
    def __init__(self, at_once: int = AT_ONCE, most_s: float = MOST_S) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most_s = most_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn, which ends with the block or after `most_s`."""
        await self._turns.acquire()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._turns.release()

        timer = asyncio.get_running_loop().call_later(self._most_s, end)
        try:
            yield
        finally:
            timer.cancel()
            end()
