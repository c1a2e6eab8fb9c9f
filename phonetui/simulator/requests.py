"""Reading what clients post: XML by expat, safely, and the commands in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from phonetui.simulator.element import Element

MAX_DEPTH = 64


class Malformed(Exception):
    """The body isn't XML that a phone would take; the text is the answer's, with the line."""


@dataclass(frozen=True, slots=True)
class Call:
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
    return stack[0].children[0]


def unwrapped(root: Element) -> Element:
    """The `Command` or `Configuration` inside the wrappers that older scripts put around it."""
    while root.name.casefold() in ("xmldoc", "body") and len(root.children) == 1:
        root = root.children[0]
    return root


def calls(command: Element, known: frozenset[tuple[str, ...]]) -> Iterator[Call]:
    """The commands in a `Command` document, in order; `known` are the folded paths where a command ends.

    A path that isn't known ends where its element has no children, or children without children of their own.
    """
    for child in command:
        yield from _calls(child, (), known)


def _calls(node: Element, above: tuple[str, ...], known: frozenset[tuple[str, ...]]) -> Iterator[Call]:
    path = (*above, node.name)
    folded = tuple(name.casefold() for name in path)
    leads_on = any(other[: len(folded)] == folded for other in known)
    if folded in known or not node.children or (not leads_on and not any(child.children for child in node)):
        yield Call(path, tuple((child.name, _text(child)) for child in node))
        return
    for child in node:
        yield from _calls(child, path, known)


def _text(node: Element) -> str:
    return node.text if node.name.casefold() == "body" else node.text.strip()


def leaves(node: Element, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a `Configuration` document sets: names from the top, and the text."""
    for child in node:
        names = (*above, child.name)
        if child.children:
            yield from leaves(child, names)
        else:
            yield names, child.text


def members(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Parameters of a command over JSON-RPC: those with several values repeated, numbers and truth as text."""
    for name, value in params.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, str(each)
