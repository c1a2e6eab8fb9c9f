"""Answers of Webex as columns, leaves or CSV; and rows read out of a CSV file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from phonetui.errors import ConfigError
from phonetui.text import Printable, from_spreadsheet_cell, printable, spreadsheet_cell
from phonetui.webex.answer import at, is_secret_key, masked, text
from phonetui.webex.devices import code_groups, large_digits

_GAP = "  "
_ABSENT = "-"


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
            shown = text(masked(value) if is_secret_key(path) else value)
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


def activation_code_lines(answer: Mapping[str, Any]) -> list[str]:
    """In groups of four where it has no dashes of its own."""
    code = text(answer.get("code"))
    until = text(answer.get("expiryTime"))
    large = large_digits(code if "-" in code else " ".join(code_groups(code)))
    return [*large, "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]


_NUMBERS = re.compile(r"(?:Index|Weight|[pP]ort)$")
_FLAGS = re.compile(r"(?:Enabled|Owner)$")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def csv_lines(rows: Sequence[Any], columns: Sequence[str]) -> str:
    """With a line of names; quoting and line ends of RFC 4180. A formula's beginning gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    readable = (row for row in rows if isinstance(row, Mapping))
    writer.writerows([_csv_cell(name, at(row, name)) for name in columns] for row in readable)
    return out.getvalue()


def read_csv_rows(place: str, content: str, known: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a CSV file with these columns or some of them; empty cells are left out.

    Whole numbers and yes or no are JSON's where the column holds such. Raises ConfigError naming file and line.
    """
    reader = csv.DictReader(io.StringIO(content))
    names = list(reader.fieldnames or ())
    if not set(names) & set(known):
        raise ConfigError(f"{place}:1: no column that is known", f"Known: {', '.join(known)}")
    rows = []
    for given in reader:
        cells = {name: value.strip() for name, value in given.items() if name in known and isinstance(value, str)}
        try:
            rows.append({name: _read_cell(name, value) for name, value in cells.items() if value})
        except ValueError as error:
            raise ConfigError(f"{place}:{reader.line_num}: {error}") from None
    return rows


def _csv_cell(name: str, value: Any) -> str:
    shown = text(masked(value) if is_secret_key(name) else value)
    if isinstance(value, bool):
        return str(value).lower()
    return shown if isinstance(value, int | float) else spreadsheet_cell(shown)


def _read_cell(name: str, value: str) -> Any:
    """Raises ValueError."""
    if _FLAGS.search(name):
        if value.casefold() not in _WORDS:
            raise ValueError(f"{name} must be true or false")
        return _WORDS[value.casefold()]
    if _NUMBERS.search(name):
        if not value.isdecimal():
            raise ValueError(f"{name} must be a whole number")
        return int(value)
    return from_spreadsheet_cell(value)
