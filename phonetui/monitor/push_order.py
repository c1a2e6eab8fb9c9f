"""Whether a pushed event is a repeat, and which of two pushed values may be the older one. Pure.

A post has neither a time nor a sequence number. One whose answer was lost is sent again, and posts on separate
connections may overtake each other. Pure.
"""

from collections.abc import Iterable
from math import inf

from msgspec import Struct, field

from phonetui.xapi.document import Event, Update
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
"""Fields that are unique to an event (inferred: no payload is published). A call's or booking's id doesn't."""


class RecentEvents:
    """Events of one phone, each of which is reported once."""

    def __init__(self) -> None:
        self._by_id, self._whole = _Deliveries(REPEAT_BY_ID_S), _Deliveries(REPEAT_S)

    def __len__(self) -> int:
        """Events that are remembered."""
        return len(self._by_id) + len(self._whole)

    def is_repeat(self, event: Event) -> bool:
        """Whether `event` was delivered before. It is remembered."""
        own = next((field for field in event.fields if _is_own_id(field)), None)
        if own is not None:
            return self._by_id.is_repeat((event.name, own), event.at)
        return self._whole.is_repeat((event.name, *sorted(event.fields)), event.at)


class _Deliveries:
    """What was delivered within a time; what came before it goes with the next: an event takes some kilobytes."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._seen: dict[tuple[object, ...], float] = {}
        """By what makes it this event; when it was delivered last, in that order."""

    def __len__(self) -> int:
        return len(self._seen)

    def is_repeat(self, key: tuple[object, ...], at: float) -> bool:
        seen = self._seen
        while seen and at - next(iter(seen.values())) > self._window_s:
            del seen[next(iter(seen))]
        before = seen.pop(key, -inf)
        seen[key] = at
        if len(seen) > MOST_EVENTS:
            del seen[next(iter(seen))]
        return at - before <= self._window_s


def _is_own_id(field: tuple[str, str]) -> bool:
    name, value = field
    return bool(value) and name.rpartition(" ")[2].casefold() in _OWN_IDS


class _Span(Struct, frozen=True):
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
