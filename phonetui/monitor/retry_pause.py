"""The wait before the next try to reach a phone, which may turn out to be worth nothing."""

import asyncio
import random
from contextlib import suppress

from phonetui.errors import PhonetuiError
from phonetui.monitor.refusals import may_concern_place
from phonetui.monitor.schedule import retry_s

STEADY_S = 30.0
"""A connection that ended sooner bore no fruit: what refused it is asked ever less often."""


class RetryPause:
    def __init__(self, least_s: float, rng: random.Random) -> None:
        """`least_s` between two tries whatever the failure; `rng` spreads them."""
        self._least_s = least_s
        self._rng = rng
        self._fruitless = 0
        """Connections in a row that ended soon."""
        self._ended = asyncio.Event()

    async def after(self, failure: PhonetuiError, failures: int, *, lasted_s: float) -> None:
        """Waits as the error's class says, after `failures` in a row and a connection that lasted for `lasted_s`."""
        self._fruitless = self._fruitless + 1 if lasted_s < STEADY_S else 1
        in_a_row = self._fruitless if may_concern_place(failure) else failures
        wait_s = max(retry_s(failure, in_a_row, self._rng), self._least_s * self._rng.uniform(1.0, 1.2))
        self._ended.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._ended.wait()

    def end(self) -> None:
        """What kept the phone from answering is over, as far as is known."""
        self._ended.set()
