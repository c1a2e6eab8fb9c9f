"""Webex's answers as text: a list as aligned columns, an object as one line for each leaf.

An activation code as the command line tells it: large, then plain, and until when it holds.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from phonetui.text import Printable, printable
from phonetui.webex.answer import at, text
from phonetui.webex.devices import drawn, groups

_GAP = "  "
_ABSENT = "-"
_SECRET = re.compile(r"(?i)password|passphrase|pwd|secret")
_MASKED = "***"


def table(rows: Sequence[Any], columns: Sequence[str]) -> list[str]:
    """Columns that nobody fills are left out; an item that is no object is one marked line."""
    drawn = [[text(at(row, column)) for column in columns] if isinstance(row, Mapping) else None for row in rows]
    used = [index for index in range(len(columns)) if any(line and line[index] for line in drawn)]
    if not used:
        return [_unreadable(row) for row in rows]
    heads = [columns[index] for index in used]
    filled = [[line[index] or _ABSENT for index in used] if line else None for line in drawn]
    readable: list[Sequence[str]] = [heads, *(line for line in filled if line)]
    widths = [max(_cells(line[place]) for line in readable) for place in range(len(heads))]
    lines = [_aligned(heads, widths)]
    lines += [_aligned(line, widths) if line else _unreadable(row) for line, row in zip(filled, rows, strict=True)]
    return lines


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """`path: value`, lists of plain values in one line; passwords that phones are given are not drawn."""
    match value:
        case Mapping() if value:
            for name, inside in value.items():
                yield from leaves(inside, f"{path}.{name}" if path else str(name))
        case list() if any(isinstance(item, Mapping | list) for item in value):
            for number, inside in enumerate(value, 1):
                yield from leaves(inside, f"{path}[{number}]")
        case _:
            shown = _MASKED if value and _SECRET.search(path.rpartition(".")[2]) else text(value)
            yield f"{printable(path)}: {shown or _ABSENT}" if path else shown


def _unreadable(row: Any) -> Printable:
    return printable(f"unreadable: {text(row)}"[:200])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _cells(cell)) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _cells(words: str) -> int:
    """How many cells of a terminal: two for an East Asian wide character, none for a combining one."""
    if words.isascii():
        return len(words)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in words
    )


def large(answer: Mapping[str, Any]) -> list[str]:
    """In groups of four where it has no dashes of its own."""
    code = text(answer.get("code"))
    until = text(answer.get("expiryTime"))
    large = drawn(code if "-" in code else " ".join(groups(code)))
    return [*large, "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]
