"""The clock of the program and its event loop: monotonic, and it goes on while the machine sleeps.

Python's own monotonic clock stands still meanwhile on Linux (CLOCK_MONOTONIC): after a night with the lid closed a
phone would be as fresh as before it, and what it counted during the night would have come within a second. A module of
its own, so that what only needs the clock imports nothing else.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""macOS has no CLOCK_BOOTTIME; its CLOCK_MONOTONIC goes on in sleep (clock_gettime(3) there)."""


def elapsed() -> float:
    """Seconds since some moment, suspended ones among them."""
    return time.clock_gettime(_CLOCK)


class BootTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers are late by no sleep: what fell due meanwhile is due at once."""

    def time(self) -> float:
        return elapsed()


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """See `asyncio.run`."""
    with asyncio.Runner(loop_factory=BootTimeLoop) as runner:
        return runner.run(main)
