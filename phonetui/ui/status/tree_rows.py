"""The status tree as rows: a heading or a leaf a row, and the one under the cursor whole."""

from dataclasses import dataclass

from phonetui.ui.status.document import UNCATALOGUED, LeafChange, StatusLeaf, describe_path
from phonetui.ui.status.tree import ABSENT, StatusBranch, TreeRow
from phonetui.ui.text.format import steps
from phonetui.ui.text.rows import ELLIPSIS, LazyRows, Role, Row, Run, cell_width, clip, pad, right, row

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
    """What the cursor is on, in two rows; `pushes` is whether the phone sends us what we registered for."""
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
