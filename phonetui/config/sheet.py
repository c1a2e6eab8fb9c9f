"""A CSV file of phones → the `[[phone]]` tables that its rows stand for, as text and with the line of each."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from phonetui.config.complaint import nearest
from phonetui.errors import ConfigError
from phonetui.text import printable

COLUMNS = ("name", "host", "group", "model", "jump", "tags", "numbers", "mac", "serial", "username", "control")
_LISTS = ("tags", "numbers")
"""Several in one cell, with `|` or `;` between them."""
_SEPARATORS = ",;\t"
"""Spreadsheets write the one that their country doesn't use in numbers."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """In the CSV file, where it begins."""
    cells: Mapping[str, str] = field(repr=False)
    """By column; empty ones are left out."""

    @property
    def toml(self) -> str:
        return "\n".join(["[[phone]]", *(f"{key} = {value}" for key, value in self._pairs())])

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name, cell in self.cells.items():
            if name in _LISTS:
                parts = (part.strip() for part in cell.replace("|", ";").split(";"))
                yield name, f"[{', '.join(_quoted(part) for part in parts if part)}]"
            else:
                yield "url" if name == "host" and "://" in cell else name, _quoted(cell)


def read(file: Path) -> list[Row]:
    """Its rows, empty ones left out. Raises ConfigError where it isn't such a file."""
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not UTF-8 text", "Save the sheet as CSV in UTF-8") from None
    try:
        return list(_rows(text, file))
    except csv.Error as error:
        raise ConfigError(f"{file}: not CSV: {error}") from error


def _rows(text: str, file: Path) -> Iterator[Row]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count), strict=True)
    columns = _columns(next(reader, []), file)
    line = reader.line_num + 1
    for values in reader:
        given = [printable(value.strip()) for value in values]
        if any(given[len(columns) :]):
            hint = "Quote a cell that holds the separator; several tags have ; or | between them"
            raise ConfigError(f"{file}:{line}: more cells than columns", hint)
        cells = {name: value for name, value in zip(columns, given, strict=False) if value}
        if cells:
            yield Row(line, cells)
        line = reader.line_num + 1


def _columns(head: Sequence[str], file: Path) -> list[str]:
    names: list[str] = [printable(name.strip().casefold()) for name in head]
    for name in names:
        if name not in COLUMNS:
            raise ConfigError(f"{file}:1: unknown column '{name}'", nearest(name, COLUMNS))
        if names.count(name) > 1:
            raise ConfigError(f"{file}:1: column '{name}' is there twice")
    if "host" not in names:
        raise ConfigError(f"{file}:1: no column 'host'", f"The first line names the columns: {', '.join(COLUMNS)}")
    return names


def _quoted(text: str) -> str:
    """As a basic string of TOML: printable text leaves only quotes and backslashes to be escaped."""
    return json.dumps(text, ensure_ascii=False)
