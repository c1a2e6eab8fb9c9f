"""The `location` of getxml and the `Expression` of a feedback slot: slash paths with a little XPath.

    location  = ["/"] document {step} ["/"]
    step      = ("/" | "//") (name | "*") [predicate] | "/" n
    predicate = "[" (n | ["@"] "item" "=" ["'"] n ["'"] | "*") "]"

Names compare without letter case; a list without a predicate means all its items. A bare number picks an item of the
name before it, as people write who think of the terminal's notation.

Answers to GET: which part of which document.
"""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from phonetui.simulator import documents, schema
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import Element
from phonetui.simulator.schema import UNREADABLE
from phonetui.xapi.path import Path

_STEP = re.compile(
    r"(?P<axis>//?)(?P<name>\*|[A-Za-z_][\w.-]*)"
    r"(?:\[\s*(?:(?:@?item\s*=\s*)?(?P<quote>['\"]?)(?P<item>\d{1,9})(?P=quote)|\*)\s*\])?"
)
_BARE = re.compile(r"/(\d{1,9})(?![^/])")


class Unparsable(Exception):
    """The error for what is no location; `rest` is what could not be read."""

    def __init__(self, text: str, rest: str) -> None:
        super().__init__(f"cannot parse location {text!r} at {rest!r}")
        self.rest = rest


class PathStep(Struct, frozen=True):
    """One step of a location: a name, with an item's number."""

    name: str
    """Folded, or `*`."""
    item: int | None
    deep: bool
    """Written behind `//`: at any depth."""

    def fits(self, name: str, item: int | None) -> bool:
        return self.name in ("*", name.casefold()) and (self.item is None or item is None or self.item == item)


class Location(Struct, frozen=True):
    """A parsed `location` or `Expression`: a document, and the steps into it."""

    document: str
    """Folded: `status`, `configuration`, …"""
    steps: tuple[PathStep, ...]


def parse(text: str) -> Location:
    """The location in a text. Raises Unparsable, also for an empty text."""
    stripped = text.strip()
    rest = stripped if stripped.startswith("/") else f"/{stripped}"
    rest = rest.rstrip("/")
    steps: list[PathStep] = []
    while rest:
        match = _STEP.match(rest)
        bare = _BARE.match(rest)
        if bare and len(steps) > 1:
            steps[-1] = replace(steps[-1], item=int(bare[1]))
            rest = rest[bare.end() :]
            continue
        if match is None:
            raise Unparsable(text, rest)
        item = int(match["item"]) if match["item"] else None
        steps.append(PathStep(match["name"].casefold(), item, match["axis"] == "//"))
        rest = rest[match.end() :]
    if not steps:
        raise Unparsable(text, "")
    return Location(steps[0].name, tuple(steps[1:]))


def pruned(root: Element, steps: tuple[PathStep, ...]) -> Element | None:
    """`root` with only what the steps lead to, below its ancestors; None where they lead nowhere."""
    if not steps:
        return root
    step, rest = steps[0], steps[1:]
    kept = []
    for child in root:
        found = pruned(child, rest) if step.fits(child.name, child.item) else None
        if found is None and step.deep:
            found = pruned(child, steps)
        if found is not None:
            kept.append(found)
    return Element(root.name, root.attributes, kept) if kept else None


def covers(location: Location, path: Path) -> bool:
    """Whether a change at `path` concerns who registered for the location: at it, below it, or the loss of a parent."""
    return _covers(location.steps, _named(path))


def _covers(steps: tuple[PathStep, ...], named: tuple[tuple[str, int | None], ...]) -> bool:
    if not steps or not named:
        return True
    (name, item), behind = named[0], named[1:]
    if steps[0].fits(name, item) and _covers(steps[1:], behind):
        return True
    return steps[0].deep and bool(behind) and _covers(steps, behind)


def _named(path: Path) -> tuple[tuple[str, int | None], ...]:
    named: list[tuple[str, int | None]] = []
    for step in path:
        if isinstance(step, int):
            named[-1] = (named[-1][0], step)
        else:
            named.append((step, None))
    return tuple(named)


WHOLE = {f"/{name.lower()}.xml": f"/{name}" for name in ("Status", "Configuration", "Command", "Valuespace")}
"""Paths that stand for a whole document."""


def read(head: DocHeader, location: str, status: Mapping[Path, str], configuration: Mapping[Path, str]) -> Element:
    """The answer's root: the document pruned to the location, or what stands for nothing, or Fault."""
    try:
        wanted = parse(location)
    except Unparsable:
        return documents.location_fault(location)
    sources: dict[str, Callable[[], Element]] = {
        "status": lambda: documents.status(head, _narrowed(status, wanted)),
        "configuration": lambda: documents.configuration(head, configuration),
        "command": lambda: schema.command_document(head),
        "valuespace": lambda: schema.valuespace_document(head),
    }
    source = sources.get(wanted.document)
    found = pruned(source(), wanted.steps) if source else None
    return found or head.nothing(wanted.document.capitalize(), location)


def is_hidden(dialect: Dialect, location: str, role: str) -> bool:
    """Whether a role is refused a location, because it lies in what the role may not see of the status tree."""
    if dialect.role_reads != "less":
        return False
    try:
        wanted = parse(location)
    except Unparsable:
        return False
    hidden = {name.casefold() for name in UNREADABLE[role]}
    return wanted.document == "status" and bool(wanted.steps) and wanted.steps[0].name in hidden


def visible(dialect: Dialect, leaves: Mapping[Path, str], role: str) -> Mapping[Path, str]:
    """What a role may see of the status tree."""
    if dialect.role_reads == "all":
        return leaves
    return {path: value for path, value in leaves.items() if path[0] not in UNREADABLE[role]}


def _narrowed(leaves: Mapping[Path, str], wanted: Location) -> Mapping[Path, str]:
    """The leaves of the location's first name: elements for the rest need not be built."""
    if not wanted.steps or wanted.steps[0].deep or wanted.steps[0].name == "*":
        return leaves
    top = wanted.steps[0].name
    return {path: value for path, value in leaves.items() if str(path[0]).casefold() == top}
