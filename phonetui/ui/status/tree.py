"""A phone's status as a tree of containers and leaves, which of them can be seen, and their rows.

leaves ──build──► StatusBranch ──visible_rows(folds)──► TreeRow, TreeRow, …  (row by row) ──► StatusRows

A list's number stands with its name (`Call 0`), and a container of one thing alone is no level of its own (`Standby
Level`). Inside a container, what says nothing comes last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import Struct

from phonetui.ui.status.document import UNCATALOGUED, Absence, LeafChange, StatusLeaf, describe_path, path_order
from phonetui.ui.text.format import steps
from phonetui.ui.text.rows import ELLIPSIS, LazyRows, Role, Row, Run, cell_width, clip, pad, right, row
from phonetui.xapi.path import ROOT, Path

ABSENT = "Not published here"
"""The heading above what the phone leaves out."""


class StatusBranch(Struct, frozen=True):
    """A container and what is in it; the root has no label."""

    path: Path
    label: str
    """What its heading says: the end of its path, from the heading above on."""
    children: "tuple[TreeChild, ...]" = ()
    absences: tuple[Absence, ...] = ()
    """In place of children: groups that are left out."""
    leaves: int = 0
    """Below it, however deep; so are the changed ones."""
    changed: int = 0
    is_empty: bool = False
    """Whether nothing below it has a value."""

    def values(self) -> Iterator[StatusLeaf]:
        """The leaves below it that say something, in the order of the tree."""
        return (leaf for leaf in self.all_leaves() if leaf.value)

    def all_leaves(self) -> Iterator[StatusLeaf]:
        """All leaves below, those without a value, too."""
        for child in self.children:
            if isinstance(child.node, StatusBranch):
                yield from child.node.all_leaves()
            else:
                yield child.node


class TreeChild(NamedTuple):
    node: StatusBranch | StatusLeaf
    label: str


class TreeRow(NamedTuple):
    """What can be seen, in its place."""

    node: StatusBranch | StatusLeaf | Absence
    depth: int
    label: str
    is_open: bool = False
    """Whether what is below it can be seen, too."""
    above: Path = ROOT
    """Of the heading that it stands under; the root's where there is none."""

    @property
    def key(self) -> object:
        """A key that is the same for as long as it is the same place, whatever the phone says there."""
        match self.node:
            case StatusLeaf(path=path):
                return path
            case StatusBranch(path=path):
                return branch_key(path)
            case Absence(group=group):
                return group


def branch_key(path: Path) -> object:
    """The key of a heading: a leaf may have the same path."""
    return ("heading", *path)


def build(leaves: Sequence[StatusLeaf], absences: tuple[Absence, ...] = ()) -> StatusBranch:
    """The root. `leaves` are in the order of their paths; `absences` stand below a heading of their own, last."""
    root = _branch(ROOT, "", leaves)
    if not absences:
        return root
    left_out = StatusBranch(Path.of(ABSENT), ABSENT, absences=absences, leaves=len(absences))
    return StatusBranch(
        ROOT, "", (*root.children, TreeChild(left_out, ABSENT)), (), root.leaves, root.changed, root.is_empty
    )


def visible_rows(root: StatusBranch, folds: Mapping[Path, bool], *, opens_all: bool = False) -> tuple[TreeRow, ...]:
    """`folds` are the headings that somebody opened (True) or shut; others are shut on the top level, open below it.

    `opens_all`: whatever was folded is shown.
    """
    return tuple(_rows(root, 0, folds, opens_all))


def is_open(path: Path, depth: int, folds: Mapping[Path, bool]) -> bool:
    return folds.get(path, depth > 0)


def headings_above(root: StatusBranch, path: Path) -> Iterator[Path]:
    """The containers around a place, outermost first."""
    branch: StatusBranch | None = root
    while branch is not None:
        inner = (child.node for child in branch.children if isinstance(child.node, StatusBranch))
        branch = next((node for node in inner if path.is_under(node.path) and path != node.path), None)
        if branch is not None:
            yield branch.path


def all_headings(branch: StatusBranch) -> Iterator[Path]:
    for child in branch.children:
        if isinstance(child.node, StatusBranch):
            yield child.node.path
            yield from all_headings(child.node)


def siblings(root: StatusBranch, path: Path) -> Iterator[StatusLeaf]:
    """The leaves right beside the one with that path, itself among them."""
    around = root
    for above in headings_above(root, path):
        around = next(
            (
                child.node
                for child in around.children
                if isinstance(child.node, StatusBranch) and child.node.path == above
            ),
            around,
        )
    return (child.node for child in around.children if isinstance(child.node, StatusLeaf))


def _rows(branch: StatusBranch, depth: int, folds: Mapping[Path, bool], opens_all: bool) -> Iterator[TreeRow]:
    for absence in branch.absences:
        yield TreeRow(absence, depth, absence.group, above=branch.path)
    for node, label in branch.children:
        if isinstance(node, StatusLeaf):
            yield TreeRow(node, depth, label, above=branch.path)
            continue
        opened = opens_all or is_open(node.path, depth, folds)
        yield TreeRow(node, depth, label, opened, branch.path)
        if opened:
            yield from _rows(node, depth + 1, folds, opens_all)


def _branch(path: Path, label: str, leaves: Sequence[StatusLeaf]) -> StatusBranch:
    start = len(path)
    inside: dict[Path, list[StatusLeaf]] = {}
    children: list[TreeChild] = []
    for leaf in leaves:
        end = _level_end(leaf.path, start)
        if end < len(leaf.path):
            inside.setdefault(Path(leaf.path[:end]), []).append(leaf)
        else:
            children.append(TreeChild(leaf, _label(leaf.path[start:])))
    children += (_child(below, start, found) for below, found in inside.items())
    children.sort(key=lambda child: (_is_empty(child.node), path_order(child.node.path)))
    return StatusBranch(
        path, label, tuple(children), (), len(leaves),
        sum(leaf.change is not LeafChange.NONE for leaf in leaves),
        all(_is_empty(child.node) for child in children),
    )  # fmt: skip


def _child(path: Path, start: int, leaves: Sequence[StatusLeaf]) -> TreeChild:
    """A container, or what it holds where that is one thing alone."""
    branch = _branch(path, _label(path[start:]), leaves)
    if len(branch.children) > 1:
        return TreeChild(branch, branch.label)
    only = branch.children[0]
    label = f"{branch.label} {only.label}"
    if isinstance(only.node, StatusLeaf):
        return TreeChild(only.node, label)
    found = only.node
    return TreeChild(
        StatusBranch(found.path, label, found.children, (), found.leaves, found.changed, found.is_empty), label
    )


def _level_end(path: Path, start: int) -> int:
    """Behind the name at `start` and the numbers that belong to it."""
    end = start + 1
    while end < len(path) and isinstance(path[end], int):
        end += 1
    return end


def _label(steps: Iterable[str | int]) -> str:
    return " ".join(map(str, steps))


def _is_empty(node: StatusBranch | StatusLeaf) -> bool:
    """What is gone said something before, so it is none of these."""
    if isinstance(node, StatusBranch):
        return node.is_empty
    return not node.value and node.change is not LeafChange.GONE


_MARKS = {
    LeafChange.NONE: Run("  "),
    LeafChange.NEW: Run("+ ", Role.ACCENT),
    LeafChange.CHANGED: Run("◆ ", Role.ACCENT),
    LeafChange.GONE: Run("✗ ", Role.FAILED),
}
_AGE = 7
_WORDS_FROM = 100
"""Cells across from which a row has room for what the leaf means."""
_SHORT_UNIT = 8
_INDENT = 2
_PREVIEWED = 6
"""Leaves of a heading that is shut of which it tells."""


@dataclass(frozen=True)
class StatusRows(LazyRows):
    tree: tuple[TreeRow, ...]
    width: int
    at: float
    """Monotonic seconds: ages are counted from here."""
    is_current: bool = True

    def __len__(self) -> int:
        return len(self.tree)

    def make(self, place: int) -> Row:
        found = self.tree[place]
        if isinstance(found.node, StatusBranch):
            return _heading(found, found.node, self)
        if isinstance(found.node, StatusLeaf):
            return _leaf(found, found.node, self)
        cells = _columns(self.width)[0]
        name = row("    ", Run(pad(found.label, cells - 2), Role.LABEL))
        return row(*name, Run(clip(found.node.why, self.width - cell_width(name)), Role.DIM))


def _columns(width: int) -> tuple[int, int, int]:
    """Cells of a name with its indent, of a value, and of its meaning."""
    room = width - _AGE - 2
    if width < _WORDS_FROM:
        return room * 6 // 10, room - room * 6 // 10, 0
    name, value = min(max(room * 4 // 10, 30), 48), min(room * 3 // 10, 34)
    return name, value, room - name - value


def _heading(found: TreeRow, branch: StatusBranch, rows: StatusRows) -> Row:
    """Shut, it tells of the first values in it; open, what the container is."""
    cells = _columns(rows.width)[0]
    mark = _MARKS[LeafChange.CHANGED if branch.changed else LeafChange.NONE]
    sign = " " * _INDENT * found.depth + ("▾ " if found.is_open else "▸ ")
    label = Run(_fitted(found.label, cells - len(sign) - 1), Role.TITLE if found.depth == 0 else Role.LABEL)
    head = row(mark, Run(sign, Role.LABEL), label, " " * (cells - len(sign) - cell_width((label,))))
    end = Run(right(str(branch.leaves), _AGE), Role.LABEL)
    room = rows.width - cell_width(head) - _AGE
    return row(*head, Run(pad(_about(found, branch), room), Role.DIM), end)


def _about(found: TreeRow, branch: StatusBranch) -> str:
    if branch.label == ABSENT:
        return "" if found.is_open else ", ".join(absence.group for absence in branch.absences)
    if found.is_open:
        about = describe_path(branch.path.names)
        return "" if about is UNCATALOGUED else about.meaning
    values = branch.values()
    shown = [f"{leaf.path[-1]} {leaf.value}" for leaf, _ in zip(values, range(_PREVIEWED), strict=False)]
    return " · ".join(shown) or "(empty)"


def _leaf(found: TreeRow, leaf: StatusLeaf, rows: StatusRows) -> Row:
    cells, beside, about = _columns(rows.width)
    indent = " " * (_INDENT * (found.depth + 1))
    label = Run(pad(_fitted(found.label, cells - len(indent) - 1), cells - len(indent)))
    shown = row(_MARKS[leaf.change], indent, label, *_value(leaf, beside, rows.is_current))
    words = f"{pad(leaf.description.release, 4)}{leaf.description.meaning}" if about else ""
    known = Run(pad(words, about), Role.UNKNOWN if leaf.description is UNCATALOGUED else Role.DIM)
    age = Run(right(_age(leaf, rows.at), _AGE), Role.ACCENT if leaf.change is not LeafChange.NONE else Role.DIM)
    return row(*shown, known, age)


def _fitted(name: str, cells: int) -> str:
    """Cut at its beginning where it is too long: what tells leaves apart is their end."""
    return name if len(name) <= cells else ELLIPSIS + name[len(name) - cells + 1 :]


def _value(leaf: StatusLeaf, cells: int, is_current: bool) -> Row:
    if leaf.change is LeafChange.GONE:
        return row(Run(pad(f"gone, was {leaf.value}" if leaf.value else "gone", cells - 1) + " ", Role.FAILED))
    if not leaf.value:
        return row(Run(pad("(empty)", cells), Role.DIM))
    unit = leaf.unit if leaf.value[-1:].isdigit() else ""
    unit = f" {unit}" if unit and len(unit) <= _SHORT_UNIT and unit.isalpha() else ""
    value = Run(clip(leaf.value, cells - 1 - len(unit)), Role.VALUE if is_current else Role.STALE)
    return row(value, Run(unit, Role.DIM), " " * (cells - cell_width((value, Run(unit)))))


def _age(leaf: StatusLeaf, at: float) -> str:
    return "" if leaf.changed_at is None else steps(at - leaf.changed_at) or "now"


def detail(found: TreeRow | None, width: int, *, pushes: bool) -> list[Row]:
    """What the cursor is on, in two rows; `pushes` is whether the phone pushes."""
    if found is not None and isinstance(found.node, StatusLeaf):
        return leaf_detail(found.node, width, pushes=pushes)
    if found is None or not isinstance(found.node, StatusBranch) or found.node.label == ABSENT:
        return [(), ()]
    branch = found.node
    about = describe_path(branch.path.names)
    leaves = f"{branch.leaves} leaves" + (f", {branch.changed} changed since you came" if branch.changed else "")
    return [
        row(" ", Run(clip(str(branch.path), width // 2), Role.TITLE), "  ", Run(leaves, Role.VALUE)),
        row(" ", Run(clip("" if about is UNCATALOGUED else about.meaning, width - 1), Role.INFO)),
    ]


def leaf_detail(leaf: StatusLeaf, width: int, *, pushes: bool) -> list[Row]:
    """A leaf whole."""
    found = leaf.description
    facts = (
        f"in {leaf.unit}" if leaf.unit else "",
        f"since PhoneOS {found.release}" if found.release else "",
        found.deployment,
        ("pushed" if pushes and leaf.is_pushed else "polled") if found.release else "",
    )
    about = " · ".join(filter(None, (found.meaning, *facts)))
    value = Run(clip(leaf.value or "(empty)", max(width - len(leaf.names) - 4, 10)), Role.VALUE)
    return [
        row(" ", Run(clip(leaf.names, width // 2), Role.TITLE), "  ", value),
        row(" ", Run(clip(about, width - 1), Role.UNKNOWN if found is UNCATALOGUED else Role.INFO)),
    ]


def tree_heading(words: str, *, changes_alone: bool) -> str:
    """The title above the tree: what was asked for. Nothing that counts, because a border repaints everything."""
    return " · ".join(filter(None, ("Status", f"/{words}" if words else "", "changes alone" if changes_alone else "")))


def leaf_counts(shown: int, of: int, changed: int) -> Row:
    """How much there is, for the end of the last line."""
    count_words = f"{of} leaves" if shown == of else f"{shown} of {of} leaves"
    return row(Run(f"{count_words}, {changed} changed since you came " if changed else f"{count_words} ", Role.DIM))
