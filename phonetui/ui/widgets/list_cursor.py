"""The cursor of a list. It stays on a row's key, not on a position, so that a changing list moves no target.

  update ──► what there is now ──paint──► what the operator sees ──key, click──► target
               ▲                                                                   │
               └──────────── the same key, wherever its row went ◄─────────────────┘

What a key hits is the row that was shown under the cursor: painted there, moved to, or brought there by what the
operator himself typed. A list that puts its cursor elsewhere by its own doing (the row is gone, or the newest is
followed) hits nothing for `SETTLE_S`, because nobody can have seen it yet.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from itertools import chain
from typing import Final, Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
KeyOf = Callable[[Item], Hashable | None]
NOWHERE: Final = object()
"""A key that no row has."""
SETTLE_S = 0.5
"""Seconds from a row's coming under the cursor by itself until a key may mean it; a reaction takes 0.2 s or more."""


class _Shown(NamedTuple, Generic[Item]):
    """What a key refers to."""

    items: Sequence[Item]
    place: int | None


class ListCursor(Generic[Item]):
    def __init__(self) -> None:
        self.items: Sequence[Item] = ()
        """The newest list, row by row; never changed in place."""
        self.place: int | None = None
        """The row of it that the cursor is on; None where there is none."""
        self._key_of: KeyOf[Item] = id
        self.key: Hashable | None = None
        """Of the row that the cursor is on, or was on last."""
        self._near = 0
        """The place where that was."""
        self._shown: _Shown[Item] = _Shown((), None)
        self._painted: Sequence[Item] = ()
        self._is_astray = False
        """Whether the list put the cursor elsewhere by itself, which isn't painted yet."""
        self._strayed_at = -math.inf
        """When that was painted last, in monotonic seconds."""

    def update(
        self,
        items: Sequence[Item],
        key_of: KeyOf[Item],
        *,
        at: Hashable | None = None,
        fallback: Hashable | None = None,
        asked: bool = False,
    ) -> None:
        """There are other rows. A key of None is that of a row on which the cursor never is.

        With `at` the cursor is on the row with that key, or nowhere. Without it, it stays on its row; where that isn't
        listed any more it goes to `fallback`, or to the first row, if the operator `asked` for these rows, and else to
        the row that took the place.
        """
        shift = len(items) - len(self.items)
        self.items, self._key_of = items, key_of
        before = self.key
        place = self._find(before if at is None else at, shift)
        if place is None and at is None:
            is_first = asked or before is None
            place = self._find(fallback) if is_first else None
            place = self._nearest(0 if is_first else self._near) if place is None else place
        self._go(place)
        if asked:
            self._shown = _Shown(items, place)
            self._is_astray, self._strayed_at = False, -math.inf
        elif before is not None and self.key != before:
            self._is_astray = True

    def paint(self, now: float = 0.0) -> None:
        """The newest list is on the screen from `now` on, which is in monotonic seconds."""
        if self._is_astray:
            self._is_astray, self._strayed_at = False, now
        self._painted = self.items
        self._shown = _Shown(self.items, self.place)

    def move(self, by: int) -> None:
        """Moves by so many rows of those that are shown, past rows that are gone meanwhile."""
        items, place = self._shown if self._shown.items else _Shown(self.items, self.place)
        if place is None:
            place = self._near - (by > 0)
        goal = min(max(place + by, 0), len(items) - 1)
        onward, back = range(goal, len(items)), range(goal - 1, -1, -1)
        if by < 0:
            onward, back = range(goal, -1, -1), range(goal + 1, len(items))
        any(self._go_to(items, at) for at in chain(onward, back))

    def click(self, place: int) -> bool:
        """Goes to a row of those that are painted; returns whether it is still there."""
        return 0 <= place < len(self._painted) and self._go_to(self._painted, place)

    @property
    def item(self) -> Item | None:
        """Under the cursor in the newest list: for what is drawn, not for what is done."""
        return None if self.place is None else self.items[self.place]

    def target(self, now: float = 0.0) -> Item | None:
        """What a key hits, as it was shown; None where that is nothing, or gone, or there by itself since too short."""
        items, place = self._shown
        if place is None or now - self._strayed_at < SETTLE_S:
            return None
        item = items[place]
        return item if self._find(self._key_of(item)) is not None else None

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor is on the last row that is shown."""
        items, place = self._shown
        return place is not None and place == len(items) - 1

    def _go_to(self, items: Sequence[Item], at: int) -> bool:
        place = self._find(self._key_of(items[at]), at - self._near)
        if place is None:
            return False
        self._go(place)
        if self._shown.items:  # of what was never shown, nothing is hit before it is painted
            self._shown = _Shown(items, at)
        self._is_astray, self._strayed_at = False, -math.inf
        return True

    def _go(self, place: int | None) -> None:
        """Without a place the key is kept: its row may come back."""
        self.place = place
        if place is not None:
            self._near, self.key = place, self._key_of(self.items[place])

    def _find(self, key: Hashable | None, shift: int = 0) -> int | None:
        """Where the row is now. Most often it is where it was, or rows came or went before it: `shift`."""
        if key is None:
            return None
        for place in (self._near, self._near + shift):
            if 0 <= place < len(self.items) and self._key_of(self.items[place]) == key:
                return place
        return next((place for place, item in enumerate(self.items) if self._key_of(item) == key), None)

    def _nearest(self, place: int) -> int | None:
        """The row that the cursor can be on at a place, or as near to it as there is one."""
        count = len(self.items)
        place = min(place, max(count - 1, 0))
        places = chain(range(place, count), range(place - 1, -1, -1))
        return next((at for at in places if self._key_of(self.items[at]) is not None), None)
