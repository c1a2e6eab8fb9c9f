"""A loop whose clock jumps to what is due next: hours of watching in seconds, and no test waits for a machine.

Only for code without sockets. Threads are waited for in real time, during which the clock stands.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, TypeVar

_PATIENCE_S = 20.0
"""Of a real clock, for a thread that the loop was not told of."""

_Result = TypeVar("_Result")


class _Selector(selectors.DefaultSelector):
    """Skips the time for which nothing is due."""

    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if self._loop.threads:
            return super().select(0.001)
        found = super().select(_PATIENCE_S if timeout is None else 0)
        if not found and timeout is None:
            raise AssertionError("nothing is due, and no thread has woken the loop")
        if not found and timeout is not None:
            self._loop.skip(timeout)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, *, is_charged: bool = False) -> None:
        """`is_charged`: what the loop's thread computes takes its time; else only waiting does."""
        self.threads = 0
        """Jobs that run in other threads now."""
        self._at = 1000.0
        self._is_charged = is_charged
        self._charged_from = time.thread_time()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._at + (time.thread_time() - self._charged_from if self._is_charged else 0.0)

    def skip(self, seconds: float) -> None:
        self._at += max(seconds, 0.0)

    def run_in_executor(self, executor: Executor | None, func: Any, *args: Any) -> Any:  # type: ignore[override]  # any job will do
        future = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: "Future[Any] | asyncio.Future[Any]") -> None:
        self.threads -= 1


def run_virtually(work: Coroutine[Any, Any, _Result], *, is_charged: bool = False) -> _Result:
    """What `work` gives, on a loop of its own; see `VirtualLoop`."""
    with asyncio.Runner(loop_factory=partial(VirtualLoop, is_charged=is_charged)) as runner:
        return runner.run(work)
