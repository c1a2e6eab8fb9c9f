"""`Path` and `Query` of JSON-RPC: arrays of names and indices in which `*` and `**` stand for others.

["Status", "Line", 1, "Call"]       a place and everything below it
["Status", "Line", "Call"]          the same of all lines: an index may be left out
["Status", "**", "CallState"]       at any depth
["Status", "Line", "*", "Call"]     `*` is any one name or index
"""

from collections.abc import Sequence
from typing import Any

from phonetui.simulator.tree import Event

Query = tuple[str | int, ...]
"""Names folded."""


class Unreadable(Exception):
    """Not an array of names and indices."""


def read(array: Any) -> Query:
    """Raises Unreadable; an index may be written as text. `**` behind `**` adds nothing and is left out."""
    if not isinstance(array, list) or not array:
        raise Unreadable
    steps = [_step(step) for step in array]
    return tuple(step for at, step in enumerate(steps) if step != "**" or not at or steps[at - 1] != "**")


def _step(step: Any) -> str | int:
    if isinstance(step, bool) or not isinstance(step, str | int):
        raise Unreadable
    if isinstance(step, str):
        return int(step) if step.isascii() and step.isdigit() and len(step) < 10 else step.casefold()
    return step


def covers(query: Query, place: Sequence[str | int]) -> bool:
    """Whether a leaf at `place`, its document's name in front, is what the query asks for or lies below that."""
    if not query:
        return True
    wanted, rest = query[0], query[1:]
    if wanted == "**":
        return any(covers(rest, place[behind:]) for behind in range(len(place) + 1))
    if not place:
        return False
    here, below = place[0], place[1:]
    if isinstance(here, int) and not isinstance(wanted, int):
        return covers(query, below) or (wanted == "*" and covers(rest, below))
    fits = wanted == here if isinstance(here, int) else wanted in ("*", here.casefold())
    return fits and covers(rest, below)


def concerns(query: Query, item: Sequence[str | int]) -> bool:
    """Whether the loss of a list item takes away something that the query asks for, as far as can be told."""
    if not query or not item:
        return True
    wanted, rest = query[0], query[1:]
    if wanted == "**":
        return True
    here, below = item[0], item[1:]
    if isinstance(here, int) and not isinstance(wanted, int):
        return concerns(query, below) or (wanted == "*" and concerns(rest, below))
    fits = wanted == here if isinstance(here, int) else wanted in ("*", here.casefold())
    return fits and concerns(rest, below)


def covers_event(query: Query, happened: Event) -> bool:
    place = ("Event", *happened.name.split())
    return covers(query, place) or any(covers(query, (*place, name)) for name, _ in happened.fields)
