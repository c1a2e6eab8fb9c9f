"""The lines on which the keys of a TOML text stand.

The standard library's parser doesn't say, so a scan of its own finds that. It only sees texts that parse, so it need
not judge: it walks headers, keys and values and skips the rest.
"""

import re
import tomllib
from bisect import bisect_right

from phonetui.config.complaint import KeyPath

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
