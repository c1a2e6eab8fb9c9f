"""Phones of a sheet at the end of the configuration file: what stands there already is not touched."""

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from phonetui import private
from phonetui.config.complaint import Complaint
from phonetui.config.file import Source, parsed, read
from phonetui.config.places import configuration
from phonetui.config.reader import understood
from phonetui.config.settings import PhoneSettings
from phonetui.config.sheet import Row
from phonetui.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Addition:
    place: Path
    before: bytes | None = field(repr=False)
    """The file as it was read; None where there was none."""
    text: str = field(repr=False)
    """The file with the phones at its end, which the reader accepted."""
    phones: tuple[PhoneSettings, ...]
    known: tuple[tuple[Row, str], ...]
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


def prepared(path: str | Path | None, environ: Mapping[str, str], sheet: Path, rows: Sequence[Row]) -> Addition:
    """What the rows would add, and what is wrong in them. Raises ConfigError for what is wrong in the configuration."""
    place = configuration(path, environ)
    before = _raw(place)
    source = read(place, environ) if before is not None else None
    source = source or Source(place)
    config, complaints = understood(source)
    if complaints:
        raise source.error(complaints[0])
    fresh, known = _sorted(rows, {str(phone.id): phone.authority for phone in config.phones})
    text = _joined(before, fresh)
    grown, complaints = understood(_grown(text, source))
    first = len(config.phones)
    wrong = [_about(complaint, first, fresh, sheet) for complaint in complaints]
    if not wrong:
        wrong = list(_shared(config.phones, grown.phones[first:], fresh, sheet))
    return Addition(place, before, text, grown.phones[first:], known, tuple(wrong))


def _grown(text: str, source: Source) -> Source:
    try:
        return parsed(text.encode(), source.path, is_open=source.is_open, writers=source.writers)
    except ConfigError as error:  # it was TOML before
        what = f"{source.path}: its phones stand in one list, and none can be added at the end of the file"
        raise ConfigError(what, "Write each of them as a [[phone]] table") from error


def _shared(
    phones: Sequence[PhoneSettings], added: Sequence[PhoneSettings], rows: Sequence[Row], sheet: Path
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


def _sorted(rows: Sequence[Row], addresses: Mapping[str, str]) -> tuple[tuple[Row, ...], tuple[tuple[Row, str], ...]]:
    """Rows to be added, and those whose phone is there already under this name and at this host."""
    fresh: list[Row] = []
    known: list[tuple[Row, str]] = []
    for row in rows:
        host = row.cells.get("host", "").removeprefix("https://")
        name = row.cells.get("name", host)
        if addresses.get(name) == host:
            known.append((row, name))
        else:
            fresh.append(row)
    return tuple(fresh), tuple(known)


def _joined(before: bytes | None, rows: Sequence[Row]) -> str:
    """With the line ends that the file has."""
    text = before.decode("utf-8") if before else ""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    added = "\n\n".join(row.toml for row in rows)
    return text + (gap + f"{added}\n".replace("\n", end) if rows else "")


def _about(complaint: Complaint, first: int, rows: Sequence[Row], sheet: Path) -> ConfigError:
    """A complaint about the grown file as one about the sheet."""
    match complaint.where:
        case ("phone", int(index), *_) if index >= first:
            return ConfigError(f"{sheet}:{rows[index - first].line}: {complaint.sentence}", complaint.hint)
    return ConfigError(f"{sheet}: {complaint.sentence}", complaint.hint)
