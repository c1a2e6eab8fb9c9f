"""An element of an XML document, and reading what clients post: XML by expat, safely, and the commands in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from msgspec import Struct

from phonetui.xapi.path import Path


@dataclass(slots=True)
class Element:
    """`item` is a list index; `text` counts only where there are no children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    @property
    def item(self) -> int | None:
        index = self.attributes.get("item", "")
        return int(index) if index.isascii() and index.isdigit() else None

    def add(self, name: str, text: str = "", **attributes: str) -> "Element":
        """Adds a child and returns it."""
        child = Element(name, attributes, [], text)
        self.children.append(child)
        return child

    def find(self, name: str) -> "Element | None":
        """The first child of that name, whatever its letter case."""
        return next((child for child in self.children if child.name.casefold() == name.casefold()), None)

    def __iter__(self) -> Iterator["Element"]:
        return iter(self.children)


def build_tree(root: Element, leaves: Mapping[Path, str]) -> Element:
    """`root` with a flat tree hung below it: items of one list side by side, in order of first appearance."""
    for path, value in leaves.items():
        element_at(root, path).text = value
    _group(root)
    return root


def element_at(root: Element, path: Path) -> Element:
    """The element at a path below `root`, made where it isn't there yet."""
    node = root
    for position, name in enumerate(path):
        if isinstance(name, int):
            continue
        below = path[position + 1] if position + 1 < len(path) else None
        index = below if isinstance(below, int) else None
        # leaves of one place follow each other: the last child is mostly the one
        found = next((each for each in reversed(node.children) if each.name == name and each.item == index), None)
        node = found or node.add(name, **({} if index is None else {"item": str(index), "maxOccurrence": "n"}))
    return node


def _group(node: Element) -> None:
    order: dict[str, list[Element]] = {}
    for child in node.children:
        order.setdefault(child.name, []).append(child)
        _group(child)
    node.children = [child for group in order.values() for child in group]


MAX_DEPTH = 64


class Malformed(Exception):
    """The body isn't XML that a phone would take; the text is the answer's, with the line."""


class CommandRequest(Struct, frozen=True):
    """One command: its path as sent, and its parameters in order, repeated ones repeated."""

    path: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return " ".join(self.path)

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.arguments if key.casefold() == name.casefold())

    def value(self, name: str) -> str | None:
        """The first of that name; None when it wasn't given."""
        return next(iter(self.values(name)), None)


def read_xml(body: bytes) -> Element:
    """The root element. Raises Malformed, for a document type declaration too: entities are not for phones."""
    stack = [Element("")]
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Malformed(f"Excessive depth (<string>, line {parser.CurrentLineNumber})")
        child = Element(name.rpartition(":")[2], attributes)
        stack[-1].children.append(child)
        stack.append(child)

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_: object) -> None:
        raise Malformed(f"Document type not allowed (<string>, line {parser.CurrentLineNumber})")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed(f"{expat.ErrorString(error.code)} (<string>, line {error.lineno})") from error
    except (LookupError, ValueError) as error:  # codecs that Python lacks, and those of several bytes a character
        raise Malformed("unknown encoding (<string>, line 1)") from error
    return stack[0].children[0]


def unwrapped(root: Element) -> Element:
    """The `Command` or `Configuration` inside the wrappers that older scripts put around it."""
    while root.name.casefold() in ("xmldoc", "body") and len(root.children) == 1:
        root = root.children[0]
    return root


def calls(command: Element, known: frozenset[tuple[str, ...]]) -> Iterator[CommandRequest]:
    """The commands in a `Command` document, in order; `known` are the folded paths where a command ends.

    A path that isn't known ends where its element has no children, or children without children of their own.
    """
    for child in command:
        yield from _calls(child, (), known)


def _calls(node: Element, above: tuple[str, ...], known: frozenset[tuple[str, ...]]) -> Iterator[CommandRequest]:
    path = (*above, node.name)
    folded = tuple(name.casefold() for name in path)
    leads_on = any(other[: len(folded)] == folded for other in known)
    if folded in known or not node.children or (not leads_on and not any(child.children for child in node)):
        texts = ((each.name, each.text if each.name.casefold() == "body" else each.text.strip()) for each in node)
        yield CommandRequest(path, tuple(texts))
        return
    for child in node:
        yield from _calls(child, path, known)


def leaves(node: Element, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a `Configuration` document sets: names from the top, and the text."""
    for child in node:
        names = (*above, child.name)
        if child.children:
            yield from leaves(child, names)
        else:
            yield names, child.text


def members(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Parameters of a command over JSON-RPC: those with several values repeated, numbers and booleans as text."""
    for name, value in params.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, str(each)
