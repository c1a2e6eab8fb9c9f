"""A phone's status tree as one immutable value, and the changes from one to the next."""

from collections.abc import Container, ItemsView, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import ref

from msgspec import Struct

from phonetui.text import Printable
from phonetui.xapi.path import ROOT, Path


class Update(NamedTuple):
    """One change arriving: a leaf's new value, or the end of a subtree."""

    path: Path
    value: Printable | None
    """None is a ghost: everything at and below `path` is gone."""
    at: float
    """Monotonic seconds."""

    @property
    def is_ghost(self) -> bool:
        return self.value is None


class Event(Struct, frozen=True):
    """Something that happened once: a name and the fields it came with, in their order."""

    name: Printable
    fields: tuple[tuple[Printable, Printable], ...]
    at: float
    """Monotonic seconds."""


_Section = dict[Path, Printable]
"""The leaves whose paths share their first two steps, such as those of one line."""
_Branch = dict[str | int, _Section]
"""By second step; that of a path of one step is empty."""
_Branches = dict[str | int, _Branch]
"""By first step."""
_NO_BRANCH: _Branch = {}
_NO_SECTION: _Section = {}


class Document(Mapping[Path, Printable]):
    """Leaves by path, in the order in which they came, those with the same first two steps together. Never changed.

    A document that follows from another shares with it every branch and section in which nothing changed. So neither
    a look at one line nor a pushed leaf nor the comparison of two readings goes through the whole tree.
    """

    __slots__ = ("__weakref__", "_branches", "_characters", "_count", "_origin")

    def __init__(self, leaves: Mapping[Path, Printable] | None = None) -> None:
        branches: _Branches = {}
        place: tuple[str | int, ...] | None = None
        section = _NO_SECTION
        for path, value in (leaves or {}).items():
            if path[:2] != place:
                place, (first, second) = path[:2], _steps(path)
                section = branches.setdefault(first, {}).setdefault(second, {})
            section[path] = value
        self._branches = branches
        self._count = len(leaves or ())
        self._characters: int | None = None
        self._origin: _Origin | None = None
        """What it was made of, until somebody has asked how it differs from that."""

    @classmethod
    def _of(
        cls, branches: _Branches, count: int, characters: int | None, origin: "_Origin | None" = None
    ) -> "Document":
        made = cls.__new__(cls)
        made._branches, made._count, made._characters, made._origin = branches, count, characters, origin
        return made

    def __getitem__(self, path: Path) -> Printable:
        return self._section(path)[path]

    def __iter__(self) -> Iterator[Path]:
        for section in self._sections():
            yield from section

    def __contains__(self, path: object) -> bool:
        return isinstance(path, tuple) and path in self._section(path)

    def items(self) -> ItemsView[Path, Printable]:
        """The leaves as pairs, without a look-up for each."""
        return _Items(self)

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<Document of {len(self)} leaves>"

    def under(self, place: Path) -> "Document":
        """The leaves at and below `place`, paths whole. Items of a list match a place that names no index."""
        if not place:
            return self
        return Document({path: value for path, value in self._near(place) if _covers(place, path)})

    def below(self, *steps: str | int) -> Mapping[Path, Printable]:
        """A live view of the leaves whose paths begin with these two steps; not to be changed."""
        return self._section(steps)

    def indices(self, place: Path) -> tuple[int, ...]:
        """The ids of a list's items, in the order in which they came."""
        depth = len(place)
        if depth == 1:
            return tuple(step for step in self._branches.get(place[0], ()) if isinstance(step, int))
        found = (path[depth] for path, _ in self._near(place) if len(path) > depth and path[:depth] == place)
        return tuple(dict.fromkeys(step for step in found if isinstance(step, int)))

    @property
    def characters(self) -> int:
        """The number of characters of all values together."""
        if self._characters is None:
            self._characters = sum(len(value) for section in self._sections() for value in section.values())
        return self._characters

    def count(self, name: str) -> int:
        """How many items a list at the top has: `Line`."""
        return sum(isinstance(step, int) for step in self._branches.get(name, ()))

    def has_item(self, name: str, index: int) -> bool:
        """Whether a list at the top has this item: `ExtStatus 2`."""
        return index in self._branches.get(name, ())

    def covered(self, places: Iterable[Path]) -> list[Path]:
        """The leaves at and below any of `places`, indices and all: each leaf is asked once, however many places."""
        wanted = frozenset(places)
        near: dict[int, Iterable[Path]] = {}
        for place in wanted:
            if not place:
                return list(self)
            branch = self._branches.get(place[0], _NO_BRANCH)
            if len(place) == 1:
                near.update((id(section), section) for section in branch.values())
            elif (section := branch.get(place[1])) is not None:
                near[id(section)] = section
        return [path for section in near.values() for path in section if _is_within(path, wanted)]

    def merge(self, updates: Iterable[Update]) -> "Document":
        """The document after `updates`, one after another."""
        updates = tuple(updates)
        if None not in [update.value for update in updates]:
            return self.with_leaves({path: value for path, value, _ in updates if value is not None})
        ends = {update.path: place for place, update in enumerate(updates) if update.value is None}
        gone = self.covered(ends) if ends else []
        news = {
            update.path: update.value
            for place, update in enumerate(updates)
            if update.value is not None and not (ends and _ends_later(update.path, ends, place))
        }
        return self.with_leaves(news, gone)

    def with_leaves(self, news: Mapping[Path, Printable], gone: Sequence[Path] = ()) -> "Document":
        """The document without the leaves `gone`, then with `news`; what neither touches is shared."""
        branches, own = dict(self._branches), dict[tuple[str | int, ...], _Section]()
        count, characters = self._count, self.characters
        for path in gone:
            characters -= len(_own_section(branches, own, path).pop(path))
            count -= 1
        place: tuple[str | int, ...] | None = None
        leaves = _NO_SECTION
        changed: list[tuple[Path, Printable]] = []
        for path, value in news.items():
            if path[:2] != place:  # what changes in one place mostly comes in a row
                place, leaves = path[:2], _own_section(branches, own, path)
            before = leaves.get(path)
            if before == value:
                continue
            leaves[path] = value
            changed.append((path, value))
            if before is None:
                count += 1
                characters += len(value)
            else:
                characters += len(value) - len(before)
        for first, *second in own:
            if second and not branches[first][second[0]]:
                del branches[first][second[0]]
                if not branches[first]:
                    del branches[first]
        origin = None if gone else _Origin(ref(self), changed)
        return Document._of(branches, count, characters, origin)

    def replaced(self, read: "Document", place: Path) -> "Document | None":
        """The document with `read`, a fresh reading of everything at `place`, instead of what there is.

        None where `place` is no whole branch, or something else was answered than what was asked for.
        """
        if not place:
            return read
        if len(place) > 1 or not read._branches.keys() <= {place[0]}:
            return None
        branches, old = dict(self._branches), self._branches.get(place[0], _NO_BRANCH).values()
        if read._branches:
            branches[place[0]] = read._branches[place[0]]
        else:
            branches.pop(place[0], None)
        characters = sum(len(value) for section in old for value in section.values())
        count = self._count + read._count - sum(map(len, old))
        return Document._of(branches, count, self.characters + read.characters - characters)

    def sharing(self, read: "Document") -> "Document":
        """The same leaves, with sections of `read` instead of equal ones of its own.

        Comparing them again costs nothing.
        """
        if all(self._branches.get(first) is theirs for first, theirs in read._branches.items()):
            return read if len(self._branches) == len(read._branches) else self
        branches, is_read = dict(self._branches), len(self._branches) == len(read._branches)
        for first, theirs in read._branches.items():
            own = branches.get(first)
            if own is not None and own is not theirs:
                branches[first] = theirs if own == theirs else _sharing(own, theirs)
            is_read &= branches.get(first) is theirs
        return read if is_read else Document._of(branches, self._count, self._characters)

    def changes(self, read: "Document", at: float, *, place: Path = ROOT) -> tuple[Update, ...]:
        """What leads from this document to `read`, a fresh reading of everything at `place`.

        What vanished is a ghost of the nearest list item that vanished with it (`Line 1 Call 0`), as a phone would
        push it, or of the single leaf.
        """
        if read is self:
            return ()
        origin, read._origin = read._origin, None
        if origin is not None and origin.document() is self and not place:
            return tuple([Update(path, value, at) for path, value in origin.changed])
        gone = [path for path in self._not_in(read, place) if _covers(place, path)]
        ghosts = dict.fromkeys(read._end_of(path, place) for path in gone)
        return (
            *(Update(path, None, at) for path in ghosts),
            *read._news(self, ghosts, at),
        )

    def _not_in(self, read: "Document", place: Path) -> Iterator[Path]:
        """Leaves that `read` lacks, of all sections that may hold any at or below `place`."""
        for first, branch in self._branches.items():
            others = read._branches.get(first, _NO_BRANCH)
            if others is branch or (place and first != place[0]):
                continue
            for second, section in branch.items():
                other = others.get(second, _NO_SECTION)
                if other is not section and section.keys() != other.keys():
                    yield from (path for path in section if path not in other)

    def _news(self, known: "Document", ghosts: Mapping[Path, None], at: float) -> Iterator[Update]:
        """Leaves that are otherwise in `known`, and those that one of `ghosts` takes away there."""
        for first, branch in self._branches.items():
            others = known._branches.get(first, _NO_BRANCH)
            if others is branch and not ghosts:
                continue
            for second, section in branch.items():
                other = others.get(second, _NO_SECTION)
                if other is section and not ghosts:
                    continue
                for path, value in section.items():
                    if other.get(path) != value or (ghosts and _is_within(path, ghosts)):
                        yield Update(path, value, at)

    def _end_of(self, path: Path, place: Path) -> Path:
        """The nearest list item around a leaf that isn't here, if gone whole and within `place`; else the leaf."""
        for depth in range(len(path) - 1, 0, -1):
            if isinstance(path[depth - 1], int):
                item = Path(path[:depth])
                is_here = any(other[:depth] == item for other in self._section(item))
                return path if is_here or not _covers(place, item) else item
        return path

    def _section(self, path: tuple[str | int, ...]) -> _Section:
        """All leaves with the first two steps of `path`."""
        if len(path) > 1:
            return self._branches.get(path[0], _NO_BRANCH).get(path[1], _NO_SECTION)
        return self._branches.get(path[0] if path else "", _NO_BRANCH).get("", _NO_SECTION)

    def _sections(self) -> Iterator[_Section]:
        for branch in self._branches.values():
            yield from branch.values()

    def _near(self, place: Path) -> Iterator[tuple[Path, Printable]]:
        """All leaves that may lie at or below a place of one step or more, and some others."""
        branch = self._branches.get(place[0], _NO_BRANCH)
        if len(place) > 1 and (section := branch.get(place[1])) is not None:
            yield from section.items()
        if len(place) > 1 and isinstance(place[1], int):
            return
        for second, section in branch.items():
            if len(place) == 1 or isinstance(second, int):
                yield from section.items()

    def nested(self) -> dict[str, Any]:
        """The contract's JSON form: lists are arrays of objects with an integer `id`, leaves are strings."""
        top: _Node = {}
        for path, value in self.items():
            node = top
            for step in path:
                node = node.setdefault(step, {})
            if path:
                node[None] = value
        return _object(top)


class _Origin(NamedTuple):
    """Of a document that has all leaves of another one, but for some that it has with other values, or besides."""

    document: "ref[Document]"
    changed: Sequence[tuple[Path, Printable]]


class _Items(ItemsView[Path, Printable]):
    _mapping: Document

    def __iter__(self) -> Iterator[tuple[Path, Printable]]:
        for section in self._mapping._sections():
            yield from section.items()


EMPTY = Document()


def _steps(path: Path) -> tuple[str | int, str | int]:
    return (path[0] if path else "", path[1] if len(path) > 1 else "")


def _own_section(branches: _Branches, own: dict[tuple[str | int, ...], _Section], path: Path) -> _Section:
    """Those of `branches` that `path` is among, copied when first asked for; `own` are the copies."""
    first, second = steps = _steps(path)
    if (found := own.get(steps)) is None:
        if (first,) not in own:
            own[first,] = _NO_SECTION
            branches[first] = dict(branches.get(first, _NO_BRANCH))
        found = own[steps] = branches[first][second] = dict(branches[first].get(second, _NO_SECTION))
    return found


def _sharing(own: _Branch, theirs: _Branch) -> _Branch:
    return {
        second: other if (other := theirs.get(second)) is not None and other == section else section
        for second, section in own.items()
    }


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


SLICE = 200
"""Values taken in one turn of the loop: some 3 ms with all that is made of them."""


def slices(updates: tuple[Update, ...]) -> Iterator[tuple[Update, ...]]:
    """`updates` in parts of at most `SLICE`; one empty part of none."""
    for first in range(0, max(len(updates), 1), SLICE):
        yield updates[first : first + SLICE]
