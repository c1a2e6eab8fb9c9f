"""The configuration file's text, taken apart into tables with the lines they stand on."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phonetui.config.complaint import Complaint, KeyPath
from phonetui.config.positions import positions
from phonetui.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ConfigSource:
    path: Path
    tables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)
    is_open: bool = False
    """Whether the file's group or others may read it, so that it is no place for a secret."""
    writers: str = ""
    """Who else may change it, so that no command is run from it; empty where nobody may."""

    def line(self, where: KeyPath) -> int:
        """The line of a key, else of the nearest table around it."""
        for depth in range(len(where), 0, -1):
            if where[:depth] in self.lines:
                return self.lines[where[:depth]]
        return 1

    def error(self, complaint: Complaint) -> ConfigError:
        return ConfigError(f"{self.path}:{self.line(complaint.where)}: {complaint.sentence}", complaint.hint)


def parse_source(raw: bytes, place: Path, *, is_open: bool, writers: str) -> ConfigSource:
    """What the bytes of a file say. Raises ConfigError where they aren't TOML in UTF-8."""
    text = _decode(raw, place)
    return ConfigSource(place, _tables(text, place), positions(text), is_open, writers)


def _decode(raw: bytes, place: Path) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{place}:{line}: not UTF-8", "Save the file as UTF-8") from None


def _tables(text: str, place: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The cause is not kept: newer Pythons hang the whole text on it, secrets and all.
        what, line, column = _error_place(str(error), text)
        message = f"{place}:{line}: not TOML: {what} (column {column})"
    except RecursionError:
        message = f"{place}:1: not TOML: nested too deeply"
    raise ConfigError(message, "'phonetui config init' shows the form")


def _error_place(message: str, text: str) -> tuple[str, int, int]:
    """The parser's words without its own way of saying where."""
    if match := re.fullmatch(r"(.*?) \(at line (\d+), column (\d+)\)", message, re.DOTALL):
        return match[1], int(match[2]), int(match[3])
    last = text.rstrip("\n")
    return re.sub(r" \(at end of document\)$", "", message), last.count("\n") + 1, len(last.rpartition("\n")[2]) + 1
