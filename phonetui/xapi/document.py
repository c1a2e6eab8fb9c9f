"""A phone's status tree as one immutable value, and the changes that lead from one to the next.

Where an element stands is one rule for XML, feedback JSON and WebSocket JSON. These mark list items differently (`item`
and `maxOccurrence`, arrays with `id`), older software marks everything and newer software hardly anything. So the
catalogue decides first, then the wire's mark, then whether several elements have the same name. Names that the
catalogue has are written in its letter case.
"""

import re
from collections.abc import Container, ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from phonetui import numeric
from phonetui.errors import ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import CatalogKind, phoneos
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


_Section = dict[Path, Printable]
"""The leaves whose paths share their first two steps, such as those of one line."""
_Sections = dict[str | int, dict[str | int, _Section]]
"""By first step, then by second; the second of a path of one step is empty."""


class Document(Mapping[Path, Printable]):
    """Leaves by path, in the order in which they came. Never changed in place.

    Beside them, once it is asked for a part, it keeps them by their first two steps, and hands that on to the document
    that follows from it: neither a look at one line nor one pushed leaf goes through the whole tree.
    """

    __slots__ = ("_by_steps", "_characters", "_leaves")

    def __init__(self, leaves: Mapping[Path, Printable] | None = None) -> None:
        self._leaves = dict(leaves or {})
        self._by_steps: _Sections | None = None
        self._characters: int | None = None

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
        if not place:
            return self
        return Document({path: value for path, value in self._near(place) if _covers(place, path)})

    def indices(self, place: Path) -> tuple[int, ...]:
        """The ids of a list's items, in the order in which they came."""
        depth = len(place)
        if depth == 1:
            return tuple(step for step in self._sections.get(place[0], ()) if isinstance(step, int))
        found = (path[depth] for path, _ in self._near(place) if len(path) > depth and path[:depth] == place)
        return tuple(dict.fromkeys(step for step in found if isinstance(step, int)))

    @property
    def characters(self) -> int:
        """Of all values together."""
        if self._characters is None:
            self._characters = sum(map(len, self._leaves.values()))
        return self._characters

    def count(self, name: str) -> int:
        """How many items a list at the top has: `Line`."""
        return sum(isinstance(step, int) for step in self._sections.get(name, ()))

    def has_item(self, name: str, index: int) -> bool:
        """Whether a list at the top has this item: `ExtStatus 2`."""
        return index in self._sections.get(name, ())

    def covered(self, places: Iterable[Path]) -> list[Path]:
        """The leaves at and below any of `places`, indices and all: each leaf is asked once, however many places."""
        wanted = frozenset(places)
        near: dict[int, Iterable[Path]] = {}
        for place in wanted:
            if not place:
                return list(self._leaves)
            sections = self._sections.get(place[0], {})
            if len(place) == 1:
                near.update((id(section), section) for section in sections.values())
            elif (section := sections.get(place[1])) is not None:
                near[id(section)] = section
        return [path for section in near.values() for path in section if _is_within(path, wanted)]

    def merge(self, updates: Iterable[Update]) -> "Document":
        """The document after `updates`, one after another."""
        updates = tuple(updates)
        ends = {update.path: place for place, update in enumerate(updates) if update.value is None}
        gone = self.covered(ends) if ends else []
        news = {
            update.path: update.value
            for place, update in enumerate(updates)
            if update.value is not None and not (ends and _ends_later(update.path, ends, place))
        }
        after = Document(self._leaves)
        characters = self.characters
        for path in gone:
            characters -= len(after._leaves.pop(path))
        characters += sum(len(value) - len(after._leaves.get(path, "")) for path, value in news.items())
        after._characters = characters
        after._leaves.update(news)
        after._by_steps = _sections_after(self._sections, gone, news)
        return after

    def changes(self, read: "Document", at: float, *, place: Path = ROOT) -> tuple[Update, ...]:
        """What leads from this document to `read`, a fresh reading of everything at `place`.

        What vanished is a ghost of the nearest list item that vanished with it (`Line 1 Call 0`), as a phone would
        push it, or of the single leaf.
        """
        known = self._leaves
        gone = [path for path in self.under(place) if path not in read]
        kept = {path[:depth] for path in read for depth in range(1, len(path) + 1)} if gone else set()
        ghosts = dict.fromkeys(_ghost_place(path, kept, place) for path in gone)
        news = (
            Update(path, value, at)
            for path, value in read.items()
            if known.get(path) != value or (ghosts and _is_within(path, ghosts))
        )
        return (*(Update(path, None, at) for path in ghosts), *news)

    @property
    def _sections(self) -> _Sections:
        if self._by_steps is None:
            self._by_steps = _sections_after({}, (), self._leaves)
        return self._by_steps

    def _near(self, place: Path) -> Iterator[tuple[Path, Printable]]:
        """All leaves that may lie at or below a place of one step or more, and some others."""
        sections = self._sections.get(place[0], {})
        if len(place) > 1 and (section := sections.get(place[1])) is not None:
            yield from section.items()
        if len(place) > 1 and isinstance(place[1], int):
            return
        for second, section in sections.items():
            if len(place) == 1 or isinstance(second, int):
                yield from section.items()

    def nested(self) -> dict[str, Any]:
        """The contract's JSON form: lists are arrays of objects with an integer `id`, leaves are strings."""
        top: _Node = {}
        for path, value in self._leaves.items():
            node = top
            for step in path:
                node = node.setdefault(step, {})
            if path:
                node[None] = value
        return _object(top)


EMPTY = Document()


def _steps(path: Path) -> tuple[str | int, str | int]:
    return (path[0] if path else "", path[1] if len(path) > 1 else "")


def _sections_after(before: _Sections, gone: Iterable[Path], news: Mapping[Path, Printable]) -> _Sections:
    """`before` without what is gone and with what is new; what neither touches is shared with it."""
    after, own = dict(before), set[tuple[str | int, ...]]()

    def section(path: Path) -> _Section:
        first, second = steps = _steps(path)
        if steps not in own:
            if (first,) not in own:
                after[first] = dict(after.get(first, {}))
                own.add((first,))
            after[first][second] = dict(after[first].get(second, {}))
            own.add(steps)
        return after[first][second]

    for path in gone:
        del section(path)[path]
    for path, value in news.items():
        section(path)[path] = value
    for first, *second in own:
        if second and not after[first][second[0]]:
            del after[first][second[0]]
    return after


def _is_within(path: Path, places: Container[tuple[str | int, ...]]) -> bool:
    """Whether `path` or something above it is among `places`."""
    return any(path[:depth] in places for depth in range(len(path) + 1))


def _ends_later(path: Path, ends: Mapping[Path, int], place: int) -> bool:
    """Whether a ghost at or above `path` came after `place` in the same row of updates."""
    return any(ends.get(Path(path[:depth]), -1) > place for depth in range(len(path) + 1))


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


def _ghost_place(path: Path, kept: set[tuple[str | int, ...]], place: Path) -> Path:
    """The nearest list item around `path` if it vanished whole and lies within what was read, else `path`."""
    for depth in range(len(path) - 1, 0, -1):
        if isinstance(path[depth - 1], int):
            item = Path(path[:depth])
            return item if item not in kept and _covers(place, item) else path
    return path


_Node = dict[str | int | None, Any]
"""By step; a leaf's own text is at None."""


def _json(node: _Node) -> Any:
    """A leaf's text, a list's items as an array, or an object."""
    items = [{"id": step, **_object(child)} for step, child in node.items() if isinstance(step, int)]
    return items or (node[None] if set(node) == {None} else _object(node))


def _object(node: _Node) -> dict[str, Any]:
    return {
        "Value" if step is None else str(step): child if step is None else _json(child) for step, child in node.items()
    }


MAX_DEPTH = 64
"""Levels of a document; the deepest published place has seven."""
MAX_NAME = 128
"""Characters; the longest published name has 24."""
MAX_FOREIGN_CHARACTERS = 100_000
"""Characters of a document in values that aren't plain ASCII: making them harmless takes 0.3 µs each."""
MAX_WORDS = 1000
"""Characters of a message about an error."""

_LINE_ENDS = str.maketrans("\t\n\r", "   ")
_NAME = re.compile(r"[^\s\d\[\]'\"=/.-][^\s\[\]'\"=/]*")
"""Everything that XML allows as a name passes; JSON would allow names that no notation could write."""


@dataclass(slots=True)
class Reading:
    """What one walk over a document found."""

    leaves: dict[Path, Printable] = field(default_factory=dict)
    ghosts: list[Path] = field(default_factory=list)
    _foreign: int = 0
    """Characters so far that had to be looked at one by one."""

    def keep(self, where: Path, text: str, kind: CatalogKind) -> None:
        """A leaf, unless it is an empty element that is published as a branch: a list's item without members."""
        text = text.strip()
        if text or not phoneos().is_branch(where.names, kind):
            self.leaves[where] = self.value(text)

    def value(self, text: str) -> Printable:
        """`text` made harmless. Raises ProtocolError for more foreign characters than a phone has to say."""
        if text.isascii() and text.isprintable():
            return Printable(text)
        self._foreign += len(text)
        if self._foreign <= MAX_FOREIGN_CHARACTERS:
            return printable(text)
        if text.isascii() and (lines := text.translate(_LINE_ENDS)).isprintable():
            return Printable(lines)  # a picture in lines of base64 is long and harmless
        raise ProtocolError(f"more than {MAX_FOREIGN_CHARACTERS:,} characters beyond plain ASCII")


ElementPosition = tuple[Path, str, str | None, bool, CatalogKind, int]
"""All that decides an element's path: the path above it; its name; the wire's index; the wire's mark of a list; the
document's kind; its place among elements of the same name (from 1), or 0 where there is only one. A tuple, because
there is one for every element that ever arrives."""


def element_path(spot: ElementPosition) -> Path:
    """The element's path. Raises ProtocolError for what cannot be a name."""
    known = _places.get(spot)
    if known is None:
        if len(_places) >= _PLACES_CAP:
            _places.clear()
        known = _places[spot] = _build_path(spot)
    return known


def ghost_path(spot: ElementPosition) -> Path:
    """Like `place`; a ghost of a list that names no item is the end of the whole list."""
    parent, name, item, _, kind, position = spot
    return _below(parent, name, kind) if item is None and not position else element_path(spot)


def event_name(words: str) -> Printable:
    """An event's name, in the letter case of the catalogue as places are."""
    return printable(str(phoneos().canonical(Path(words[:MAX_WORDS].split()), CatalogKind.EVENT)))


_places: dict[ElementPosition, Path] = {}
"""Paths already built: phones of a fleet share their shape. Cleared when a liar fills it."""
_PLACES_CAP = 50_000


def _build_path(spot: ElementPosition) -> Path:
    parent, name, item, may_repeat, kind, position = spot
    found = _below(parent, name, kind)
    listed = phoneos().is_list(found.names, kind)
    if listed or position or (listed is None and may_repeat):
        number = numeric.integer(item or "", most=numeric.MAX_INDEX)
        return found / (position or 1 if number is None else number)
    return found


def _below(parent: Path, name: str, kind: CatalogKind) -> Path:
    """In the letter case of the catalogue: which one phones write isn't published, and all wires compare without it."""
    return phoneos().canonical(parent / _element_name(name), kind)


def _element_name(name: str) -> str:
    name = name.rpartition("}")[2]  # legacy software's XML has namespaces
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ProtocolError(f"'{name[:40]}' cannot be the name of an element")
    return str(printable(name))


SLICE = 200
"""Values taken in one turn of the loop: some 3 ms with all that is made of them."""


def slices(updates: tuple[Update, ...]) -> Iterator[tuple[Update, ...]]:
    """`updates` in parts of at most `SLICE`; one empty part of none."""
    for first in range(0, max(len(updates), 1), SLICE):
        yield updates[first : first + SLICE]
