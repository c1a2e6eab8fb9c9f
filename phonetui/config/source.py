"""The text of the configuration file, parsed into tables, and the line of each key for messages.

The standard library's parser does not give lines, so a scan of the text finds them. It sees only texts that have
parsed, so it validates nothing: it reads headers, keys and values and skips the rest.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phonetui.config.complaint import Complaint, KeyPath
from phonetui.errors import ConfigError

_BLANK = re.compile(r"(?:[\s,]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_VALUE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^,\]}#\n]+",  # numbers, dates (which may hold a blank), words
    re.DOTALL,
)


def positions(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every table, key and array item; the first one where a table is opened several times."""
    return _Scan(text).run()


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[KeyPath, int] = {}
        self._items: dict[KeyPath, int] = {}
        """How many items each array of tables has so far."""

    def run(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._more():
            if self._take("[["):
                table = self._resolved(self._keys()[-1], opens=True)
                self._close("]]")
            elif self._take("["):
                table = self._resolved(self._keys()[-1])
                self._close("]")
            else:
                self._assignment(table)
        return self._lines

    def _more(self) -> bool:
        self._skip(_BLANK)
        return self._at < len(self._text)

    def _close(self, mark: str) -> None:
        self._skip(_BLANK)
        self._take(mark)

    def _assignment(self, table: KeyPath) -> None:
        before = self._at
        paths = self._keys()
        for path in paths:
            self._note(table + path, before)
        self._skip(_EQUALS)
        self._value(table + paths[-1])

    def _keys(self) -> list[KeyPath]:
        """A dotted key: `a.b` gives `("a",)` and `("a", "b")`."""
        self._skip(_BLANK)
        paths: list[KeyPath] = []
        names: KeyPath = ()
        while word := self._skip(_KEY):
            name = tomllib.loads(f"k = {word}")["k"] if word[0] in "\"'" else word
            names = (*names, name)
            paths.append(names)
            if not self._skip(_DOT):
                break
        return paths or [("",)]

    def _value(self, path: KeyPath) -> None:
        if self._take("["):
            index = 0
            while self._more() and not self._take("]"):
                self._note((*path, index), self._at)
                self._value((*path, index))
                index += 1
        elif self._take("{"):
            while self._more() and not self._take("}"):
                self._assignment(path)
        else:
            self._skip(_VALUE)

    def _resolved(self, names: KeyPath, *, opens: bool = False) -> KeyPath:
        """A header's table as a path: below an array of tables it means the latest item."""
        path: KeyPath = ()
        for depth, name in enumerate(names, 1):
            path = (*path, name)
            self._note(path, self._at)
            if opens and depth == len(names):
                self._items[path] = self._items.get(path, 0) + 1
            if path in self._items:
                path = (*path, self._items[path] - 1)
                self._note(path, self._at)
        return path

    def _note(self, path: KeyPath, at: int) -> None:
        self._lines.setdefault(path, bisect_right(self._starts, at))

    def _take(self, mark: str) -> bool:
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]


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
