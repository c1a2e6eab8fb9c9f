"""Reads JSON from phones safely: from members to leaves, for feedback bodies and for WebSocket.

    feedback    {"Line": [{"id": "1", "Registered": {"Value": "Yes"}}]}     values are strings inside of `Value`
    WebSocket   {"Line": [{"id": 1, "Registered": "Yes"}]}                  values stand bare, integers as numbers

Nothing here trusts the sender: more than 10,000 members or 64 levels are refused, text is taken as UTF-8 only, raw
control characters and halves of surrogate pairs inside of strings are read and made harmless. Numbers keep the very
characters that the phone wrote, so that a value is the same whichever wire brought it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from phonetui.errors import ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import MAX_DEPTH, Reading, element_path, event_name, ghost_path

MAX_MEMBERS = 10_000
"""Of all objects and arrays together; a whole tree has 500."""
ESCAPES = (10_000, 16)
"""Backslashes: so many, and one in so many characters; base64 has one in 64 where slashes are escaped."""

Tree = Mapping[str, Any]

_ABOUT = frozenset({"id", "item", "ghost", "maxOccurrence", "valueSpaceRef"})
"""Members that say something about their object and are no part of the tree."""


def load(text: str | bytes) -> Tree:
    """The object that `text` holds; numbers come as strings. Raises ProtocolError and nothing else."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")  # left to itself, json would take UTF-16 too
    if text.count(",") + text.count("{") + text.count("[") > MAX_MEMBERS:
        raise ProtocolError(f"JSON of more than {MAX_MEMBERS:,} members")
    few, share = ESCAPES
    if text.count("\\") > few + len(text) // share:
        raise ProtocolError("JSON of hardly anything but escapes")
    try:
        found = json.loads(text.lstrip("\ufeff"), strict=False, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError as error:
        raise ProtocolError(f"broken JSON: {error}") from error
    except RecursionError as error:
        raise ProtocolError(f"JSON nested deeper than {MAX_DEPTH} levels") from error
    if not isinstance(found, dict):
        raise ProtocolError("JSON, but no object")
    return found


def walk(tree: Any, kind: CatalogKind = CatalogKind.STATUS, at: Path = ROOT) -> Reading:
    """The leaves of what stands at the place `at`, paths from the document's top."""
    walker = _Walker(kind)
    if not at:
        if isinstance(tree, dict):
            walker.descend(tree, ROOT, MAX_DEPTH)
    elif isinstance(at[-1], int):
        item = {**tree, "id": str(at[-1])} if isinstance(tree, dict) else {"id": str(at[-1]), "Value": tree}
        walker.child(str(at[-2]), [item], Path(at[:-2]), MAX_DEPTH)
    else:
        walker.child(at[-1], tree, Path(at[:-1]), MAX_DEPTH)
    return walker.reading


def events(tree: Any) -> Iterator[tuple[Printable, tuple[tuple[Printable, Printable], ...]]]:
    """Name and fields of everything in an Event document."""
    for name, node in _members(tree):
        for words, happened in _happened(name, node, MAX_DEPTH):
            leaves = walk({} if _is_empty(happened) else happened, CatalogKind.EVENT).leaves
            yield event_name(words), tuple((printable(str(path)), value) for path, value in leaves.items())


def raw(value: Any) -> str:
    """A scalar as XML would have it: `True`, `14`; null is the empty string."""
    return "" if value is None else str(value)


def _happened(name: str, node: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """An event whose published name has two words lies one level deeper; several of one kind are an array."""
    if not depth:
        raise ProtocolError(f"JSON nested deeper than {MAX_DEPTH} levels")
    if isinstance(node, list):
        for member in node:
            yield from _happened(name, member, depth - 1)
    elif phoneos().is_branch(tuple(name.split()), CatalogKind.EVENT) and (below := list(_members(node))):
        for child, member in below:
            yield from _happened(f"{name} {child}", member, depth - 1)
    else:
        yield name, node


def _is_empty(node: Any) -> bool:
    """Whether an event has no fields: its `Value` is the wire's own wrapping, not a field."""
    return isinstance(node, dict) and set(node) - _ABOUT == {"Value"} and raw(node["Value"]) == ""


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield from ((name, member) for name, member in node.items() if name not in _ABOUT)


class _Walker:
    """One walk over a document of one kind."""

    def __init__(self, kind: CatalogKind) -> None:
        self.reading = Reading()
        self._kind = kind

    def descend(self, node: Tree, path: Path, depth: int) -> None:
        if not depth:
            raise ProtocolError(f"JSON nested deeper than {MAX_DEPTH} levels")
        has_own_value = path and _is_scalar(node.get("Value", {}))
        for name, child in node.items():
            if name not in _ABOUT and not (name == "Value" and has_own_value):
                self.child(name, child, path, depth)

    def child(self, name: str, child: Any, path: Path, depth: int) -> None:
        if not isinstance(child, list):
            where, is_ghost = self._where(name, child, path, may_repeat=False, position=0)
            self._take(child, where, depth, is_ghost=is_ghost)
            return
        for position, member in enumerate(child, 1):
            occurrence = position if len(child) > 1 else 0
            where, is_ghost = self._where(name, member, path, may_repeat=True, position=occurrence)
            self._take(member, where, depth, is_ghost=is_ghost)

    def _where(self, name: str, node: Any, path: Path, *, may_repeat: bool, position: int) -> tuple[Path, bool]:
        """The node's path, and whether the node says that what was there is gone."""
        about = node if isinstance(node, dict) else {}
        item = about.get("id", about.get("item"))
        item = raw(item) if item is not None and _is_scalar(item) else None
        is_ghost = raw(about.get("ghost")).lower() == "true"
        spot = (path, name, item, may_repeat, self._kind, position)
        return ghost_path(spot) if is_ghost else element_path(spot), is_ghost

    def _take(self, node: Any, where: Path, depth: int, *, is_ghost: bool) -> None:
        if isinstance(node, list):
            raise ProtocolError(f"JSON with an array inside of an array at '{where}'")
        if is_ghost:
            self.reading.ghosts.append(where)
        elif isinstance(node, dict):
            if "Value" in node and _is_scalar(node["Value"]):
                self.reading.keep(where, raw(node["Value"]), self._kind)
            self.descend(node, where, depth - 1)
        else:
            self.reading.keep(where, raw(node), self._kind)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)
