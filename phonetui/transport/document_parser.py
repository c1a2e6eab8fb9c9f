"""What phones send, parsed: beside the loop where it is big, and in the order in which it came."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from phonetui.errors import ProtocolError

BIG = 64 * 1024
"""Bytes from which on parsing is another thread's: 4 MB take 60 ms, a hop between threads 0.1 ms."""
MOST_WAITING = 4 * 2**20
"""Bytes of one phone that wait to be parsed."""

_Parsed = TypeVar("_Parsed")


async def parsed(parse: Callable[..., _Parsed], body: str | bytes, *more: object) -> _Parsed:
    """What `parse`, a pure function, makes of `body`; raises what it raises."""
    return parse(body, *more) if len(body) < BIG else await asyncio.to_thread(parse, body, *more)


class PostQueue(Generic[_Parsed]):
    """The posts of one phone: a small one never overtakes a big one."""

    def __init__(
        self, parse: Callable[[bytes, float], _Parsed], sink: Callable[[_Parsed | ProtocolError], None]
    ) -> None:
        """`parse` is pure and does not raise."""
        self._parse = parse
        self._sink = sink
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    def put(self, body: bytes, at: float) -> None:
        """A post that arrived at monotonic second `at`."""
        if self._task is None and len(body) < BIG:
            self._sink(self._parse(body, at))
            return
        if self._bytes + len(body) > MOST_WAITING:
            self._sink(ProtocolError("too much at once, it is left out and read instead"))
            return
        self._waiting.append((body, at))
        self._bytes += len(body)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                began_at = loop.time()
                body, at = self._waiting.popleft()
                self._bytes -= len(body)
                self._sink(await parsed(self._parse, body, at))
                await asyncio.sleep(loop.time() - began_at)  # threads take turns with the loop
        finally:
            self._task = None
