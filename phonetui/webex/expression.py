"""How places of a phone's tree are named to Webex's xAPI, and how its answer is read. Pure.

    Line Call CallState    →  Line[*].Call[*].CallState        every item of a list that isn't told apart
    Line 1                 →  Line[1].*                        a branch, with all that lies below it
    Audio                  →  Audio, Audio.*                   not published: a leaf or a branch

The grammar is that of Cisco's own SDK for workspace integrations. Inferred, and decided here alone: that a last `*`
goes down to the leaves, and that what is absent from an answer isn't there on the phone, so that `{}` is nothing.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from phonetui.errors import ProtocolError
from phonetui.webex.answer import at
from phonetui.xapi import jsontree
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path

MOST = 10
"""Expressions in one request."""


def requests(path: Path) -> tuple[tuple[str, ...], ...]:
    """The expressions that bring a place, one tuple a request; ROOT is every published branch."""
    return _everything() if path == ROOT else (tuple(_expressions(path)),)


def document(value: Any, path: Path) -> Document:
    """What an answer holds at a place. Raises ProtocolError where it isn't one to a reading."""
    result = at(value, "result")
    if not isinstance(result, dict):
        raise ProtocolError("Webex's answer to a reading has no result")
    return Document(jsontree.walk(result).leaves).under(path)


@cache
def _everything() -> tuple[tuple[str, ...], ...]:
    tops = dict.fromkeys(entry.path.names[0] for entry in phoneos().below(ROOT))
    names = [name for top in tops for name in _expressions(Path.of(top))]
    return tuple(tuple(names[first : first + MOST]) for first in range(0, len(names), MOST))


def _expressions(path: Path) -> Iterator[str]:
    place = ".".join(_segments(path))
    is_published = phoneos().knows(path)
    if not phoneos().is_branch(path.names) or not is_published:
        yield place
    if phoneos().is_branch(path.names) or not is_published:
        yield f"{place}.*"


def _segments(path: Path) -> Iterator[str]:
    for depth, step in enumerate(path, 1):
        if isinstance(step, int):
            continue
        index = path[depth] if depth < len(path) and isinstance(path[depth], int) else None
        if index is not None:
            yield f"{step}[{index}]"
        else:
            yield f"{step}[*]" if phoneos().is_list(Path(path[:depth]).names) else step
