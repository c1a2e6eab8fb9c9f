"""Webex's answers as columns, leaves or CSV; and rows read from a CSV file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from phonetui.errors import ConfigError
from phonetui.text import Printable, from_spreadsheet_cell, printable, spreadsheet_cell
from phonetui.webex.answer import at, instant, is_secret_key, masked, text
from phonetui.webex.devices import code_groups, kind_of_id, large_digits, short_id

_GAP = "  "
_VALUES = ("value", "phone has")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
_ABSENT = "-"


def table(rows: Sequence[Any], columns: Sequence[str], *, is_whole: bool = False) -> list[str]:
    """Columns that nobody fills are left out; an item that is no object is one marked line.

    `is_whole` draws ids and times as they came; else the end of an id, which names a thing as well, and minutes.
    """
    drawn = [
        [_drawn(row, column, is_whole=is_whole) for column in columns] if isinstance(row, Mapping) else None
        for row in rows
    ]
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


def _drawn(row: Mapping[str, Any], column: str, *, is_whole: bool) -> Printable:
    """A cell; of a row that has a key, such as a setting, what is a secret by that is drawn as stars."""
    value, key = at(row, column), row.get("key")
    if is_secret_key(column) or (column in _VALUES and isinstance(key, str) and is_secret_key(key)):
        value = masked(value)
    if is_whole or not isinstance(value, str):
        return text(value)
    if kind_of_id(value):
        return short_id(value)
    moment = instant(value) if _INSTANT.match(value) else None
    return printable(f"{moment:%Y-%m-%d %H:%M}") if moment is not None else text(value)


def sections(value: Mapping[str, Any]) -> Iterator[str]:
    """An object: its plain values leaf by leaf, then each of its lists of objects as a table below its name."""
    lists = {name: inside for name, inside in value.items() if _is_flat(inside)}
    yield from leaves({name: inside for name, inside in value.items() if name not in lists})
    for name, rows in lists.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        yield f"{printable(name)}:"
        yield from (f"  {line}" for line in table(rows, columns))


def _is_flat(value: Any) -> bool:
    """Whether it is a list of objects without lists or objects in them."""
    return (
        isinstance(value, list)
        and all(isinstance(row, Mapping) for row in value)
        and bool(value)
        and not any(isinstance(inside, Mapping | list) for row in value for inside in row.values())
    )


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
    """The code in groups of four where it has no dashes of its own."""
    code = text(answer.get("code"))
    until = text(answer.get("expiryTime"))
    large = large_digits(code if "-" in code else " ".join(code_groups(code)))
    return [*large, "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]


_NUMBERS = re.compile(r"(?:Index|Weight|[pP]ort)$")
_FLAGS = re.compile(r"(?:Enabled|Owner)$")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def csv_lines(rows: Sequence[Any], columns: Sequence[str]) -> str:
    """Rows as CSV with a line of names (RFC 4180). A text that begins like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    readable = (row for row in rows if isinstance(row, Mapping))
    writer.writerows([_csv_cell(row, name) for name in columns] for row in readable)
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


def _csv_cell(row: Mapping[str, Any], name: str) -> str:
    value = at(row, name)
    if isinstance(value, bool):
        return str(value).lower()
    shown = _drawn(row, name, is_whole=True)
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
