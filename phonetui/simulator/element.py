"""An element of an XML document, as the simulated phone holds it before writing and after reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
        child = Element(name, attributes, [], text)
        self.children.append(child)
        return child

    def find(self, name: str) -> "Element | None":
        """The first child of that name, whatever its letter case."""
        return next((child for child in self.children if child.name.casefold() == name.casefold()), None)

    def __iter__(self) -> Iterator["Element"]:
        return iter(self.children)


def grown(root: Element, leaves: Mapping[Path, str]) -> Element:
    """`root` with a flat tree hung below it: items of one list side by side, in order of first appearance."""
    for path, value in leaves.items():
        place(root, path).text = value
    return _grouped(root)


def place(root: Element, path: Path) -> Element:
    """The element at a path below `root`, made where it isn't there yet."""
    node = root
    steps = list(path)
    for position, name in enumerate(steps):
        if isinstance(name, int):
            continue
        behind = steps[position + 1] if position + 1 < len(steps) else None
        index = behind if isinstance(behind, int) else None
        node = _child(node, name, index)
    return node


def _child(node: Element, name: str, index: int | None) -> Element:
    for child in reversed(node.children):  # leaves of one place follow each other: the last is mostly the one
        if child.name == name and child.item == index:
            return child
    if index is None:
        return node.add(name)
    return node.add(name, item=str(index), maxOccurrence="n")


def _grouped(node: Element) -> Element:
    order: dict[str, list[Element]] = {}
    for child in node.children:
        order.setdefault(child.name, []).append(child)
    node.children = [child for group in order.values() for child in group]
    for child in node.children:
        if child.children:
            _grouped(child)
    return node
