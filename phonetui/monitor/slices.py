"""What one phone says at a time, in slices: the loop turns between two of them, so that no other phone waits long.

    push ──few values──► taken at once
         ──many, or others wait──► queue ──a slice a turn of the loop──► taken

The order of what a phone pushed stays.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.phone.capacity import LEAVES
from phonetui.xapi.document import Update
from phonetui.xapi.feedback import Push

SLICE = 200
"""Values taken in one turn: some 3 ms with all that is told of them."""
EVENTS = 50
"""Of one push; a phone has one or two to tell."""
MOST_WAITING = 2 * LEAVES
"""Values of pushes that wait; what comes on top is left out, and found by the next reading."""

SHARE = 3.0
"""How many times as long as a slice took the loop is left to the other phones."""
MOST_PAUSE_S = 0.25

Said = Push | PhonetuiError


async def pause(began_at: float) -> None:
    """Between two slices, the first of which began at monotonic second `began_at`."""
    spent_s = asyncio.get_running_loop().time() - began_at
    await asyncio.sleep(min(SHARE * spent_s, MOST_PAUSE_S))


def slices(updates: tuple[Update, ...]) -> Iterator[tuple[Update, ...]]:
    """`updates` in parts of at most `SLICE`; one empty part of none."""
    for first in range(0, max(len(updates), 1), SLICE):
        yield updates[first : first + SLICE]


class PushQueue:
    """Of one phone."""

    def __init__(self, take: Callable[[Said], object]) -> None:
        """`take` is called with each push, or with parts of it in order; it must not raise."""
        self._take = take
        self._waiting: deque[Said] = deque()
        self._values = 0
        """Of all that wait."""
        self._task: asyncio.Task[None] | None = None

    def put(self, said: Said) -> None:
        """At once where it is little and nothing waits."""
        parts = tuple(_parts(said))
        if len(parts) == 1 and self._task is None:
            self._take(parts[0])
            return
        for part in parts:
            size = len(part.updates) if isinstance(part, Push) else 0
            if size and self._values + size > MOST_WAITING:
                self._take(ProtocolError("too much at once, the rest is left out and read instead"))
                break
            self._waiting.append(part)
            self._values += size
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    def close(self) -> None:
        """What still waits is left out."""
        if self._task is not None:
            self._task.cancel()
        self._waiting.clear()
        self._values, self._task = 0, None

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            began_at = loop.time()
            part = self._waiting.popleft()
            self._values -= len(part.updates) if isinstance(part, Push) else 0
            self._take(part)
            await pause(began_at)
        self._task = None


def _parts(said: Said) -> Iterator[Said]:
    """Each with the sender's mark; the events come last."""
    if not isinstance(said, Push):
        yield said
        return
    *whole, last = slices(said.updates)
    yield from (replace(said, updates=part, events=()) for part in whole)
    yield replace(said, updates=last, events=said.events[:EVENTS])
    if len(said.events) > EVENTS:
        yield ProtocolError(f"too much: more than {EVENTS} events at once, the rest is left out")
