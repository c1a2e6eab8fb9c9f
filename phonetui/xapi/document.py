"""A phone's status tree as one immutable value, and the changes that lead from one to the next."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from phonetui.text import Printable
from phonetui.xapi.path import ROOT, Path


@dataclass(frozen=True, slots=True)
class Update:
    """One change arriving: a leaf's new value, or the end of a subtree."""

    path: Path
    value: Printable | None
    """None is a ghost: everything at and below `path` is gone."""
    at: float
    """Monotonic seconds."""

    @property
    def is_ghost(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once: a name and the fields it came with, in their order."""

    name: Printable
    fields: tuple[tuple[Printable, Printable], ...]
    at: float
    """Monotonic seconds."""

    def field(self, name: str) -> Printable | None:
        return next((value for key, value in self.fields if key == name), None)


class Document(Mapping[Path, Printable]):
    """Leaves by path, in the order in which they came. Never changed in place."""

    __slots__ = ("_leaves",)

    def __init__(self, leaves: Mapping[Path, Printable] | None = None) -> None:
        self._leaves = dict(leaves or {})

    def __getitem__(self, path: Path) -> Printable:
        return self._leaves[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._leaves)

    def __contains__(self, path: object) -> bool:
        return path in self._leaves

    def items(self) -> ItemsView[Path, Printable]:
        """As every mapping has it, without a look-up for each leaf."""
        return self._leaves.items()

    def __len__(self) -> int:
        return len(self._leaves)

    def __repr__(self) -> str:
        return f"<Document of {len(self)} leaves>"

    def under(self, place: Path) -> "Document":
        """The leaves at and below `place`, paths whole. Items of a list match a place that names no index."""
        top = place[:1]  # compared first: most leaves lie elsewhere, and this is done for every push
        return Document(
            {path: value for path, value in self._leaves.items() if path[:1] == top and _covers(place, path)}
            if top
            else self._leaves
        )

    def indices(self, place: Path) -> tuple[int, ...]:
        """The ids of a list's items, in the order in which they came."""
        depth = len(place)
        found = (path[depth] for path in self._leaves if len(path) > depth and path[:depth] == place)
        return tuple(dict.fromkeys(step for step in found if isinstance(step, int)))

    def merge(self, updates: Iterable[Update]) -> "Document":
        leaves = dict(self._leaves)
        for update in updates:
            if update.value is not None:
                leaves[update.path] = update.value
            else:
                for path in [path for path in leaves if path.is_under(update.path)]:
                    del leaves[path]
        return Document(leaves)

    def changes(self, read: "Document", at: float, *, place: Path = ROOT) -> tuple[Update, ...]:
        """What leads from this document to `read`, a fresh reading of everything at `place`.

        What vanished is a ghost of the nearest list item that vanished with it (`Line 1 Call 0`), as a phone would
        push it, or of the single leaf.
        """
        known = self._leaves
        gone = [path for path in known if path not in read and _covers(place, path)]
        kept = {path[:depth] for path in read for depth in range(1, len(path) + 1)} if gone else set()
        ghosts = tuple(dict.fromkeys(_lost(path, kept, place) for path in gone))
        news = (
            Update(path, value, at)
            for path, value in read.items()
            if known.get(path) != value or any(path.is_under(ghost) for ghost in ghosts)
        )
        return (*(Update(path, None, at) for path in ghosts), *news)

    def nested(self) -> dict[str, Any]:
        """The contract's JSON form: lists are arrays of objects with an integer `id`, leaves are strings."""
        top: dict[str, Any] = {}
        for path, value in self._leaves.items():
            _plant(top, path, value)
        return top


EMPTY = Document()


def _covers(place: Path, path: Path) -> bool:
    if path[: len(place)] == place:
        return True
    steps = iter(path)
    for wanted in place:
        step = next(steps, None)
        while isinstance(step, int) and isinstance(wanted, str):  # the place names no index: any item will do
            step = next(steps, None)
        if step != wanted:
            return False
    return True


def _lost(path: Path, kept: set[tuple[str | int, ...]], place: Path) -> Path:
    """The nearest list item around `path` if it vanished whole and lies within what was read, else `path`."""
    for depth in range(len(path) - 1, 0, -1):
        if isinstance(path[depth - 1], int):
            item = Path(path[:depth])
            return item if item not in kept and _covers(place, item) else path
    return path


def _plant(top: dict[str, Any], path: Path, value: Printable) -> None:
    node = top
    last = len(path) - 1
    for position, step in enumerate(path):
        if isinstance(step, int):
            continue
        index = path[position + 1] if position < last and isinstance(path[position + 1], int) else None
        if index is None:
            if position == last:
                node[step] = value
            else:
                node = _branch(node, step)
        else:
            node = _item(node, step, index)
            if position + 1 == last:
                node["Value"] = value


def _branch(node: dict[str, Any], name: str) -> dict[str, Any]:
    child = node.setdefault(name, {})
    if not isinstance(child, dict):  # a leaf that has children too: keep its text beside them
        child = node[name] = {"Value": child}
    return child


def _item(node: dict[str, Any], name: str, index: str | int) -> dict[str, Any]:
    items = node.setdefault(name, [])
    if not isinstance(items, list):
        items = node[name] = []
    for item in items:
        if item["id"] == index:
            found: dict[str, Any] = item
            return found
    items.append({"id": index})
    fresh: dict[str, Any] = items[-1]
    return fresh
