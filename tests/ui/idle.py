"""When a program under Pilot has done what there was to do, on a machine that leaves it no time as well."""

import asyncio
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual import _wait

HORIZON_S = 0.02
"""Timers that are due within this are waited for: the toolkit lays out and paints by such."""


async def wait_for_idle(min_sleep: float = 1 / 50, max_sleep: float = 1.0) -> None:
    """What Textual's own does, and then until its loop has nothing left to run.

    Textual's takes a process that was given no processor for one that has nothing to do, so that a busy machine is
    looked at before it has painted. What comes from another thread or process is to be waited for by itself.
    """
    await _wait.wait_for_idle(min_sleep, max_sleep)
    loop = asyncio.get_running_loop()
    horizon = loop.time() + HORIZON_S
    while True:
        await asyncio.sleep(0)
        if _ready(loop):
            continue
        due = _next_due(loop)
        if due > horizon:
            return
        await asyncio.sleep(max(0.0, due - loop.time()))


@contextmanager
def patient_pilot() -> Iterator[None]:
    """Pilot waits by `wait_for_idle` of here."""
    with pytest.MonkeyPatch.context() as patch:
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
