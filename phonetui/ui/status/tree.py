"""A phone's status as a tree: containers that fold, leaves below them, and which of both can be seen.

leaves ──build──► StatusBranch ──visible_rows(folds)──► TreeRow, TreeRow, …  (row by row)

A list's number stands with the list's name (`Call 0`), and a container that holds one thing alone is no level of its
own (`Standby Level`). Inside of a container what says nothing comes last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from phonetui.ui.status.document import Absence, LeafChange, StatusLeaf, path_order
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
        """Those without a value, too."""
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
        """The same for as long as it is the same place, whatever the phone says there."""
        match self.node:
            case StatusLeaf(path=path):
                return path
            case StatusBranch(path=path):
                return branch_key(path)
            case Absence(group=group):
                return group


def branch_key(path: Path) -> object:
    """Of a heading: a leaf may have the same path."""
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
