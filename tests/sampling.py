"""Rows of which a quick run tries some: the others differ from them in a word, and are tried where there is time.

Of those, one in five belongs to the slow run; the others are `long`, and wait for PHONETUI_LONG.
"""

from collections.abc import Iterable
from typing import Any

import pytest

SLOW_SHARE = 5


def one_in(every: int, rows: Iterable[Any]) -> list[Any]:
    """The rows as parameters of a test; all but each `every`-th are marked slow."""
    return [row if place % every == 0 else _slow(row, place) for place, row in enumerate(rows)]


def quick_are(quick: Iterable[Any], rows: Iterable[Any]) -> list[Any]:
    """The same; all but those named are marked slow."""
    named = tuple(quick)
    return [row if row in named else _slow(row, place) for place, row in enumerate(rows)]


def slow_marks(place: int) -> tuple[pytest.MarkDecorator, ...]:
    """Of the case at `place` among those that are not quick."""
    return (pytest.mark.slow, pytest.mark.long) if place % SLOW_SHARE else (pytest.mark.slow,)


def _slow(row: Any, place: int) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=slow_marks(place))
