"""What pushes alone can't settle: whether the same event came twice, and which of two values is the newer one. Pure.

A post bears neither a time nor a number. One whose answer was lost is sent again, and posts on separate connections may
overtake each other.

What one phone says at a time, in slices: the loop turns between two of them, so that no other phone waits long.

    push ──few values──► taken at once
         ──many, or others wait──► queue ──a slice a turn of the loop──► taken

The order of what a phone pushed stays.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import inf

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.phone.observe import LEAVES
from phonetui.xapi.document import Event, Update
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path

REPEAT_S = 3.0
"""Between two deliveries of one event without an id: posts are tried again after a second (known of room devices)."""
REPEAT_BY_ID_S = 600.0
MOST_EVENTS = 256
"""Events remembered; the oldest is forgotten first."""
OVERTAKEN_S = 15.0
"""How late a post may be: ten tries at a second's distance, and some time for each."""
MOST_LEAVES = 4096
"""Leaves whose pushed value is remembered; of a phone that pushes more in that time the order is believed."""

_OWN_IDS = frozenset({"eventid", "messageid", "sequence", "sequencenumber", "uuid", "guid"})
"""Fields that tell one event from every other (inferred: no payload is published). A call's or booking's id doesn't."""


class RecentEvents:
    """Events of one phone, each of which is told once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], float] = {}
        """By what makes it this event; when it was delivered last, in that order."""

    def is_repeat(self, event: Event) -> bool:
        """Whether `event` was delivered before. It is remembered."""
        own = next((field for field in event.fields if _is_own_id(field)), None)
        key = (event.name, own) if own is not None else (event.name, *sorted(event.fields))
        window_s = REPEAT_S if own is None else REPEAT_BY_ID_S
        before = self._seen.pop(key, -inf)
        self._seen[key] = event.at
        if len(self._seen) > MOST_EVENTS:
            del self._seen[next(iter(self._seen))]
        return event.at - before <= window_s


def _is_own_id(field: tuple[str, str]) -> bool:
    name, value = field
    return bool(value) and name.rpartition(" ")[2].casefold() in _OWN_IDS


@dataclass(frozen=True, slots=True)
class _Span:
    """What was pushed within OVERTAKEN_S."""

    begun_at: float = -inf
    values: dict[Path, str | None] = field(default_factory=dict)
    ghosts: set[Path] = field(default_factory=set)


class RecentValues:
    """What one phone pushed lately, leaf by leaf."""

    def __init__(self) -> None:
        self._spans = (_Span(), _Span())
        """The present one, and the one before."""

    def contested(self, updates: Iterable[Update], at: float) -> frozenset[str]:
        """Branches of the tree, by their first name, in which one of `updates` may be older than what came before."""
        present, before = self._spans
        if at - present.begun_at > OVERTAKEN_S:
            before = present if at - present.begun_at <= 2 * OVERTAKEN_S else _Span()
            present = _Span(at)
            self._spans = (present, before)
        updates = tuple(updates)
        found = frozenset(str(update.path[0]) for update in updates if update.path and self._is_contested(update))
        for update in updates:
            if update.path in present.values or len(present.values) < MOST_LEAVES:
                present.values[update.path] = update.value
                if update.is_ghost:
                    present.ghosts.add(update.path)
        return found

    def _is_contested(self, update: Update) -> bool:
        """Another value of the leaf came lately, or the end of what holds it, or it ends what lately had values."""
        for span in self._spans:
            if span.values.get(update.path, update.value) != update.value or (update.is_ghost and span.values):
                return True
            if span.ghosts and any(update.path[:depth] in span.ghosts for depth in range(1, len(update.path))):
                return True
        return False


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
