"""Status trees as JSON, in the form of WebSocket and in that of feedback bodies.

WebSocket: bare values, integers as numbers, lists as arrays whose members hold `id`. Feedback, as captured from room
devices: `{"Value": …}` leaves, lists as arrays with `id`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from phonetui.simulator.documents import DocHeader, deltas
from phonetui.simulator.element import Element, build_tree
from phonetui.simulator.tree import TreeChange, TreeEvent, TreeSetting
from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import Path

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
"""What is still the same text after it was a JSON number; no reader loses digits of it."""
_CALL = ("Line", "Call")
Names = tuple[str, ...]


def value(names: Names, text: str) -> str | int:
    """A leaf by the catalogue's type; what isn't an integer there stays text, and so does `14 ms` where one should be.

    Leaves that the catalogue doesn't name, counters above all, are numbers when they look like it.
    """
    entry = phoneos().find(Path(names))
    number = entry is None or entry.type in (Type.INTEGER, Type.CONTAINER)
    return as_number(text) if number else text


def as_number(text: str) -> str | int:
    """An integer where the text is one."""
    return int(text) if _INTEGER.fullmatch(text) else text


Leaf = Callable[[Names, str], Any]
"""A leaf's names and text → its JSON."""


def members(
    node: Element,
    names: Names = (),
    *,
    leaf: Leaf = value,
    scalar: Leaf = value,
    index: Callable[[int], str | int] = int,
    mark: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, Any]:
    """The children of an element; `names` leads to it, without the document's name.

    `leaf` writes single leaves, `scalar` the value of a list's item, `index` its id; `mark` is what a single node has.
    """
    found: dict[str, Any] = {}
    for child in node:
        below = (*names, child.name)
        if child.item is None and not child.children and "ghost" not in child.attributes:
            found[child.name] = leaf(below, child.text)
            continue
        if "ghost" in child.attributes:
            made: dict[str, Any] = {"ghost": child.attributes["ghost"]}
        elif child.children:
            made = members(child, below, leaf=leaf, scalar=scalar, index=index, mark=mark)
        else:
            made = {"Value": scalar(below, child.text)}
        if child.item is None:
            found[child.name] = {**mark, **made}
        else:
            found.setdefault(child.name, []).append({"id": index(child.item), **made})
    return found


def event_members(happened: TreeEvent) -> dict[str, Any]:
    """Nodes carry `"id": 1`; fields that a call has too are of the same type as there."""
    fields = {name: value((*_CALL, name), text) for name, text in happened.fields}
    node: dict[str, Any] = {"id": 1, **fields}
    for name in reversed(happened.name.split()):
        node = {name: node}
    return node


class NoMatch(Exception):
    """The error that nothing stands at a place."""


def descend(tree: Any, steps: tuple[str | int, ...]) -> Any:
    """What a tree holds at a place, relative to it: a scalar for a leaf. Raises NoMatch.

    A list without an index means all its members, each with what the rest of the steps leaves of it.
    """
    if not steps:
        return tree["Value"] if isinstance(tree, dict) and tree.keys() == {"id", "Value"} else tree
    step, rest = steps[0], steps[1:]
    if isinstance(tree, list):
        if isinstance(step, int):
            for item in tree:
                if item["id"] == step:
                    return descend(item, rest)
            raise NoMatch
        named = [(item, name) for item in tree for name in item if name.casefold() == step.casefold()]
        if named:
            return [{"id": item["id"], name: descend(item[name], rest)} for item, name in named]
    if isinstance(tree, dict) and isinstance(step, str):
        for name, below in tree.items():
            if name.casefold() == step.casefold():
                return descend(below, rest)
    raise NoMatch


def feedback(head: DocHeader, changes: Sequence[TreeChange]) -> list[bytes]:
    """Values and ghosts apart, as in XML."""
    return [_sent(head, "Status", _members(head, delta)) for delta in deltas(head, changes)]


def setting(head: DocHeader, changed: TreeSetting) -> bytes:
    """The JSON body of an HttpFeedback post for a changed setting."""
    return _sent(head, "Configuration", _members(head, build_tree(Element(""), {changed.path: changed.value})))


def event(head: DocHeader, happened: TreeEvent) -> bytes:
    """Nodes and leaves carry `"id": "1"` where the dialect says so."""
    mark = {"id": "1"} if head.dialect.event_items else {}
    fields = {name: _leaf(head, text, mark) for name, text in happened.fields}
    return _sent(head, "Event", {happened.name: {**mark, **fields}})


def _sent(head: DocHeader, document: str, content: dict[str, Any]) -> bytes:
    block = {name: _leaf(head, text) for name, text in head.identification()}
    return json.dumps({document: {**content, "Identification": block} if block else content}).encode()


def _members(head: DocHeader, node: Element) -> dict[str, Any]:
    mark = {"id": "1"} if head.dialect.items else {}
    return members(
        node,
        leaf=lambda _, text: _leaf(head, text, mark),
        scalar=lambda _, text: _scalar(head, text),
        index=str,
        mark=mark,
    )


def _leaf(head: DocHeader, text: str, mark: Mapping[str, object] = MappingProxyType({})) -> object:
    value = _scalar(head, text)
    return value if head.dialect.bare_json else {**mark, "Value": value}


def _scalar(head: DocHeader, text: str) -> str | int:
    dialect = head.dialect
    value = as_number(text) if dialect.json_numbers else text
    return f"{dialect.padding}{value}{dialect.padding}" if isinstance(value, str) and value else value
