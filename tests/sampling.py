"""Rows of which a quick run tries some: the others differ from them in a word, and are tried where there is time."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(every: int, rows: Iterable[Any]) -> list[Any]:
    """The rows as parameters of a test; all but each `every`-th are marked slow."""
    return [row if place % every == 0 else _slow(row) for place, row in enumerate(rows)]


def quick_are(quick: Iterable[Any], rows: Iterable[Any]) -> list[Any]:
    """The same; all but those named are marked slow."""
    named = tuple(quick)
    return [row if row in named else _slow(row) for row in rows]


def _slow(row: Any) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=pytest.mark.slow)
