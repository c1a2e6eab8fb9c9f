"""The `location` of getxml and the `Expression` of a feedback slot: slash paths with a little XPath.

    location  = ["/"] document {step} ["/"]
    step      = ("/" | "//") (name | "*") [predicate] | "/" n
    predicate = "[" (n | ["@"] "item" "=" ["'"] n ["'"] | "*") "]"

Names compare without letter case; a list without a predicate means all its items. A bare number picks an item of the
name before it, as people write who think of the terminal's notation.
"""

import re
from dataclasses import dataclass, replace

from phonetui.simulator.element import Element
from phonetui.xapi.path import Path

_STEP = re.compile(
    r"(?P<axis>//?)(?P<name>\*|[A-Za-z_][\w.-]*)"
    r"(?:\[\s*(?:(?:@?item\s*=\s*)?(?P<quote>['\"]?)(?P<item>\d{1,9})(?P=quote)|\*)\s*\])?"
)
_BARE = re.compile(r"/(\d{1,9})(?![^/])")


class Unparsable(Exception):
    """Not a location; `rest` is what could not be read."""

    def __init__(self, text: str, rest: str) -> None:
        super().__init__(f"cannot parse location {text!r} at {rest!r}")
        self.rest = rest


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    """Folded, or `*`."""
    item: int | None
    deep: bool
    """Written behind `//`: at any depth."""

    def fits(self, name: str, item: int | None) -> bool:
        return self.name in ("*", name.casefold()) and (self.item is None or item is None or self.item == item)


@dataclass(frozen=True, slots=True)
class Location:
    document: str
    """Folded: `status`, `configuration`, …"""
    steps: tuple[Step, ...]


def parse(text: str) -> Location:
    """Raises Unparsable, also for an empty text."""
    stripped = text.strip()
    rest = stripped if stripped.startswith("/") else f"/{stripped}"
    rest = rest.rstrip("/")
    steps: list[Step] = []
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
        steps.append(Step(match["name"].casefold(), item, match["axis"] == "//"))
        rest = rest[match.end() :]
    if not steps:
        raise Unparsable(text, "")
    return Location(steps[0].name, tuple(steps[1:]))


def pruned(root: Element, steps: tuple[Step, ...]) -> Element | None:
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


def _covers(steps: tuple[Step, ...], named: tuple[tuple[str, int | None], ...]) -> bool:
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
