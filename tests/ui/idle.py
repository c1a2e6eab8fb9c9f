"""When a program under Pilot has done what there was to do: by its loop, not by how busy the machine is."""

import asyncio
import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

import pytest

HORIZON_S = 0.02
"""Of the program's own time, in which timers are waited for: the toolkit lays out and paints by such. A machine that
takes longer than a timer asks for does not shorten it."""
_LEAST_S = 0.0005
"""What a timer takes of it that is overdue: one that always is must not be waited for without end."""


class _Jobs:
    """What the loop has given to other threads and has not come back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._run_in_executor = loop.run_in_executor
        self.count = 0

    def run(self, executor: Executor | None, func: Any, *args: Any) -> "asyncio.Future[Any]":
        future = self._run_in_executor(executor, func, *args)
        self.count += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: "asyncio.Future[Any]") -> None:
        self.count -= 1


@contextmanager
def patient_pilot() -> Iterator[None]:
    """Has Pilot wait until the loop has nothing left to run, now or within the horizon, and no thread works for it.

    Textual's own waits 20 ms and more each time, and takes a process that was given no processor for one that has
    nothing to do. What comes from a socket or another process is to be waited for by itself.
    """
    loop = asyncio.get_running_loop()
    jobs = _Jobs(loop)

    async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:  # the names of Textual's own
        gives_up_at = loop.time() + max_sleep
        left_s = max(HORIZON_S, min_sleep)
        while True:
            await asyncio.sleep(0)
            if _ready(loop):
                continue
            due_s = max(0.0, _next_due(loop) - loop.time())
            if jobs.count and loop.time() < gives_up_at:
                await asyncio.sleep(0.001)
            elif due_s <= left_s:
                left_s -= max(due_s, _LEAST_S)
                await asyncio.sleep(due_s)
            else:
                return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "run_in_executor", jobs.run)
        for place in ("textual.pilot", "textual.app"):
            patch.setattr(f"{place}.wait_for_idle", wait_for_idle)
        yield


def _ready(loop: asyncio.AbstractEventLoop) -> deque[asyncio.Handle]:
    """What else the loop is about to run; there is no public way to ask."""
    ready: deque[asyncio.Handle] = loop._ready  # type: ignore[attr-defined]
    return ready


def _next_due(loop: asyncio.AbstractEventLoop) -> float:
    timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return min((timer.when() for timer in timers if not timer.cancelled()), default=math.inf)
