"""The published part of the PhoneOS xAPI as a catalogue; nothing here is guessed.

`phoneos.toml` beside this file holds the rows of the PhoneOS 3.5 and 3.6 release notes and of the bookings guide. Types
and units there are inferred unless the release notes' own examples show them, so they decide how a value is *drawn*,
never whether it is accepted.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from phonetui.xapi.path import Path


class CatalogKind(StrEnum):
    """The document in which a published place stands."""

    STATUS = "status"
    COMMAND = "command"
    EVENT = "event"


class Type(StrEnum):
    """How the terminal notation writes a value: `literal` and `integer` bare, `string` quoted."""

    CONTAINER = "container"
    LITERAL = "literal"
    INTEGER = "integer"
    STRING = "string"


class Deployment(StrEnum):
    """Where a published place exists: on which kinds of phones, or in the Webex cloud's xAPI alone."""

    BOTH = "MPP and On-Prem"
    MPP = "MPP"
    CLOUD = "cloud xAPI"


class CatalogEntry(Struct, frozen=True):
    """One published row."""

    kind: CatalogKind
    notation: str
    """As published: `Line[n] Call[n] Jitter`, with `[1..3]` where the index has a bound."""
    group: str
    type: Type | None
    """None for commands and events."""
    unit: str | None
    release: str
    """The first PhoneOS that has it: `3.5` or `3.6`."""
    deployment: Deployment
    pushable: bool
    """Whether a phone can send its changes; the rest must be polled. Always False for commands."""
    meaning: str

    @property
    def path(self) -> Path:
        """The path without indices: the place in the catalogue, not on a phone."""
        return Path.parse(re.sub(r"\[[^\]]*\]", "", self.notation))


@dataclass(slots=True)
class _Node:
    name: str
    is_list: bool = False
    entry: CatalogEntry | None = None
    children: dict[str, "_Node"] = field(default_factory=dict)
    is_pushable: bool = False
    """Whether anything at or below it is."""


class Catalog:
    """The published rows as a tree; names compare without letter case."""

    def __init__(self, entries: tuple[CatalogEntry, ...]) -> None:
        self.entries = entries
        self._tops = {kind: _Node("") for kind in CatalogKind}
        for entry in entries:
            self._plant(entry)

    def find(self, path: Path, kind: CatalogKind = CatalogKind.STATUS) -> CatalogEntry | None:
        """The row of exactly this place, whatever its indices."""
        node = self._node(path.names, kind)
        return node.entry if node else None

    def knows(self, path: Path, kind: CatalogKind = CatalogKind.STATUS) -> bool:
        """Whether this place, or anything below it, is published."""
        return self._node(path.names, kind) is not None

    def is_list(self, names: tuple[str, ...], kind: CatalogKind = CatalogKind.STATUS) -> bool | None:
        """Whether the place has indexed items; None where nothing is published."""
        node = self._node(names, kind)
        return node.is_list if node else None

    def is_branch(self, names: tuple[str, ...], kind: CatalogKind = CatalogKind.STATUS) -> bool:
        """Whether something is published below the place, or it is published as a container."""
        node = self._node(names, kind)
        return bool(node and (node.children or (node.entry and node.entry.type is Type.CONTAINER)))

    def is_pushable(self, path: Path) -> bool:
        """Whether a phone may push a place of the status: by its own row, that of a container, or one below it."""
        node = self._tops[CatalogKind.STATUS]
        pushable: bool | None = None
        for name in path.names:
            below = node.children.get(name.casefold())
            if below is None:
                return bool(pushable)
            node = below
            pushable = node.entry.pushable if node.entry is not None else pushable
        return node.is_pushable if pushable is None else pushable

    def canonical(self, path: Path, kind: CatalogKind = CatalogKind.STATUS) -> Path:
        """`path` in the letter case of the catalogue; names it doesn't know stay as written."""
        node: _Node | None = self._tops[kind]
        steps: list[str | int] = []
        for step in path:
            if isinstance(step, str):
                node = node.children.get(step.casefold()) if node else None
                steps.append(node.name if node else step)
            else:
                steps.append(step)
        return Path(steps)

    def below(self, path: Path, kind: CatalogKind = CatalogKind.STATUS) -> Iterator[CatalogEntry]:
        """The rows at and under a place, in published order."""
        prefix = path.folded
        for entry in self.entries:
            if entry.kind is kind and entry.path.folded[: len(prefix)] == prefix:
                yield entry

    def _node(self, names: tuple[str, ...], kind: CatalogKind) -> _Node | None:
        node: _Node | None = self._tops[kind]
        for name in names:
            node = node.children.get(name.casefold()) if node else None
        return node

    def _plant(self, entry: CatalogEntry) -> None:
        node = self._tops[entry.kind]
        for word in entry.notation.split():
            name, bracket, _ = word.partition("[")
            node = node.children.setdefault(name.casefold(), _Node(name))
            node.is_list = node.is_list or bool(bracket)
            node.is_pushable = node.is_pushable or entry.pushable
        node.entry = entry


@cache
def phoneos_table() -> dict[str, Any]:
    """`phoneos.toml` beside this file, read once."""
    return tomllib.loads((files("phonetui.xapi") / "phoneos.toml").read_text("utf-8"))


@cache
def phoneos() -> Catalog:
    """The catalogue of PhoneOS 3.6."""
    return Catalog(tuple(entry for group in phoneos_table()["group"] for entry in _entries(group)))


def _entries(group: dict[str, object]) -> Iterator[CatalogEntry]:
    rows = group["rows"]
    assert isinstance(rows, list)  # noqa: S101 - the file ships with this module
    for row in rows:
        notation, kind_of_value, unit, meaning = row
        yield CatalogEntry(
            kind=CatalogKind(str(group["kind"])),
            notation=notation,
            group=str(group["name"]),
            type=Type(kind_of_value) if kind_of_value else None,
            unit=unit or None,
            release=str(group["release"]),
            deployment=Deployment(str(group["deployment"])),
            pushable=bool(group["pushable"]),
            meaning=meaning,
        )
