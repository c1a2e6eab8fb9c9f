"""Reads a CSV file of phones into `[[phone]]` tables, as text, with the line of each.

Phones of a sheet at the end of the configuration file: what stands there already is not touched.
"""

import csv
import io
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from phonetui import private
from phonetui.config.complaint import Complaint, nearest_hint
from phonetui.config.interpretation import interpret
from phonetui.config.places import configuration
from phonetui.config.reader import read_source
from phonetui.config.schema import PHONE
from phonetui.config.settings import PhoneSettings
from phonetui.config.source import ConfigSource, parse_source
from phonetui.config.values import NUMBERS, TEXTS, toml
from phonetui.errors import ConfigError
from phonetui.text import printable

COLUMNS = tuple(name for name, key in PHONE.items() if key.is_column)
_LISTS = frozenset(name for name, key in PHONE.items() if key.rule in (TEXTS, NUMBERS))
"""Several in one cell, with `|` or `;` between them."""
_SEPARATORS = ",;\t"
"""Spreadsheets write the one that their country doesn't use in numbers."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    line: int
    """The line in the CSV file where the row begins."""
    cells: Mapping[str, str] = field(repr=False)
    """Cells by column, without empty ones."""

    @property
    def toml(self) -> str:
        lines = ["[[phone]]"]
        for name, cell in self.cells.items():
            parts = (part.strip() for part in cell.replace("|", ";").split(";"))
            key = "url" if name == "host" and "://" in cell else name
            lines.append(f"{key} = {toml([part for part in parts if part] if name in _LISTS else cell)}")
        return "\n".join(lines)


def read_sheet(file: Path) -> list[SheetRow]:
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


def _rows(text: str, file: Path) -> Iterator[SheetRow]:
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
            yield SheetRow(line, cells)
        line = reader.line_num + 1


def _columns(head: Sequence[str], file: Path) -> list[str]:
    names: list[str] = [printable(name.strip().casefold()) for name in head]
    for name in names:
        if name not in COLUMNS:
            raise ConfigError(f"{file}:1: unknown column '{name}'", nearest_hint(name, COLUMNS))
        if names.count(name) > 1:
            raise ConfigError(f"{file}:1: column '{name}' is there twice")
    if "host" not in names:
        raise ConfigError(f"{file}:1: no column 'host'", f"The first line names the columns: {', '.join(COLUMNS)}")
    return names


@dataclass(frozen=True, slots=True)
class Addition:
    place: Path
    before: bytes | None = field(repr=False)
    """The file as it was read; None where there was none."""
    text: str = field(repr=False)
    """The file with the phones at its end, which the reader accepted."""
    phones: tuple[PhoneSettings, ...]
    known: tuple[tuple[SheetRow, str], ...]
    """Rows that are left out, with the name: the file has this phone at this host already."""
    wrong: tuple[ConfigError, ...]
    """Each with its line of the sheet; only where there is none may the addition be written."""

    def write(self) -> None:
        """Replaces the file at once, with the mode that it has. Raises ConfigError, also where it changed meanwhile."""
        try:
            if _raw(self.place) != self.before:
                raise ConfigError(f"{self.place}: somebody changed it meanwhile; nothing was added", "Import again")
            mode = 0o600 if self.before is None else stat.S_IMODE(self.place.stat().st_mode)
            private.write(self.place.resolve(), self.text, mode)
        except OSError as error:
            raise ConfigError(f"{self.place}: {error.strerror or 'cannot be written'}") from error


def plan_addition(
    path: str | Path | None, environ: Mapping[str, str], sheet: Path, rows: Sequence[SheetRow]
) -> Addition:
    """What the rows would add, and what is wrong in them. Raises ConfigError for what is wrong in the configuration."""
    place = configuration(path, environ)
    before = _raw(place)
    source = read_source(place, environ) if before is not None else None
    source = source or ConfigSource(place)
    config, complaints = interpret(source)
    if complaints:
        raise source.error(complaints[0])
    addresses = {str(phone.id): phone.authority for phone in config.phones}
    known = [(row, name) for row in rows if (name := _known_name(row, addresses)) is not None]
    added_rows = [row for row in rows if _known_name(row, addresses) is None]
    text = _text_with(before, added_rows)
    grown, complaints = interpret(_source_with(text, source))
    first = len(config.phones)
    wrong = [_sheet_error(complaint, first, added_rows, sheet) for complaint in complaints]
    if not wrong:
        wrong = list(_shared_addresses(config.phones, grown.phones[first:], added_rows, sheet))
    return Addition(place, before, text, grown.phones[first:], tuple(known), tuple(wrong))


def _source_with(text: str, source: ConfigSource) -> ConfigSource:
    try:
        return parse_source(text.encode(), source.path, is_open=source.is_open, writers=source.writers)
    except ConfigError as error:  # it was TOML before
        what = f"{source.path}: its phones stand in one list, and none can be added at the end of the file"
        raise ConfigError(what, "Write each of them as a [[phone]] table") from error


def _shared_addresses(
    phones: Sequence[PhoneSettings], added: Sequence[PhoneSettings], rows: Sequence[SheetRow], sheet: Path
) -> Iterator[ConfigError]:
    """Two phones at one address would be one phone asked twice."""
    owners = {phone.authority: phone.id for phone in phones}
    for row, phone in zip(rows, added, strict=True):
        owner = owners.setdefault(phone.authority, phone.id)
        if owner != phone.id:
            yield ConfigError(f"{sheet}:{row.line}: {phone.authority} is the address of '{owner}' already")


def _raw(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _known_name(row: SheetRow, addresses: Mapping[str, str]) -> str | None:
    """The row's name, where there is a phone of this name at its host already."""
    host = row.cells.get("host", "").removeprefix("https://")
    name = row.cells.get("name", host)
    return name if addresses.get(name) == host else None


def _text_with(before: bytes | None, rows: Sequence[SheetRow]) -> str:
    """With the line ends that the file has."""
    text = before.decode("utf-8") if before else ""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    added = "\n\n".join(row.toml for row in rows)
    return text + (gap + f"{added}\n".replace("\n", end) if rows else "")


def _sheet_error(complaint: Complaint, first: int, rows: Sequence[SheetRow], sheet: Path) -> ConfigError:
    """A complaint about the grown file as one about the sheet."""
    match complaint.where:
        case ("phone", int(index), *_) if index >= first:
            return ConfigError(f"{sheet}:{rows[index - first].line}: {complaint.sentence}", complaint.hint)
    return ConfigError(f"{sheet}: {complaint.sentence}", complaint.hint)
