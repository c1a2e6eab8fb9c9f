"""A phone's whole status tree: a leaf a row, drawn only where it can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from phonetui.ui.format import steps
from phonetui.ui.leaves import STRANGE, Absence, Change, Leaf
from phonetui.ui.row import ELLIPSIS, Role, Row, Run, clip, pad, right, row, width

_MARKS = {
    Change.NONE: Run("  "),
    Change.NEW: Run("+ ", Role.ACCENT),
    Change.CHANGED: Run("◆ ", Role.ACCENT),
    Change.GONE: Run("✗ ", Role.FAILED),
}
_AGE = 7
_WORDS_FROM = 100
"""Cells across from which a row has room for what the leaf means."""
_SHORT_UNIT = 8


@dataclass(frozen=True)
class Rows(Sequence[Row]):
    """The rows of the leaves, each made when it is asked for: a tree may have thousands, a screen shows thirty."""

    leaves: tuple[Leaf, ...]
    absences: tuple[Absence, ...]
    across: int
    at: float
    """Monotonic seconds: ages are counted from here."""
    is_current: bool = True

    def __len__(self) -> int:
        return len(self.leaves) + (len(self.absences) + 2 if self.absences else 0)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        if place >= len(self.leaves):
            return self._absent(place - len(self.leaves))
        before = self.leaves[place - 1].names if place else ""
        return leaf_row(self.leaves[place], before, self)

    def _absent(self, place: int) -> Row:
        if place < 2:
            return row(Run("  Not published here", Role.TITLE)) if place else ()
        found = self.absences[place - 2]
        return row("  ", Run(pad(found.group, 26), Role.LABEL), Run(found.why, Role.DIM))


def leaf_row(leaf: Leaf, before: str, rows: Rows) -> Row:
    """`before` is the path of the row above: what is repeated of it is dimmed."""
    room = rows.across - _AGE - 2
    has_words = rows.across >= _WORDS_FROM
    across = min(max(room * 4 // 10, 30), 48) if has_words else room * 6 // 10
    beside = min(room * 3 // 10, 34) if has_words else room - across
    shown = row(_MARKS[leaf.change], *_path(leaf, before, across), *_value(leaf, beside, rows.is_current))
    words = f"{pad(leaf.note.release, 4)}{leaf.note.meaning}" if has_words else ""
    about = Run(pad(words, room - across - beside), Role.UNKNOWN if leaf.note is STRANGE else Role.DIM)
    age = Run(right(_age(leaf, rows.at), _AGE), Role.ACCENT if leaf.change is not Change.NONE else Role.DIM)
    return row(*shown, about, age)


def _path(leaf: Leaf, before: str, cells: int) -> Row:
    """Cut at its beginning where it is too long: what tells leaves apart is their end."""
    names = leaf.names
    words, others = names.split(" "), before.split(" ")
    same = next((at for at, word in enumerate(words[:-1]) if others[at : at + 1] != [word]), len(words) - 1)
    head, tail = " ".join(words[:same]), " ".join(words[same:])
    head += " " if head else ""
    room = cells - 2
    if len(names) > room:
        names = ELLIPSIS + names[len(names) - room + 1 :]
        head = names[: max(len(names) - len(tail), 0)]
        tail = names[len(head) :]
    fill = " " * max(cells - width((Run(head), Run(tail))), 0)
    return row(Run(head, Role.DIM), Run(tail + fill))


def _value(leaf: Leaf, cells: int, is_current: bool) -> Row:
    if leaf.change is Change.GONE:
        return row(Run(pad(f"gone, was {leaf.value}" if leaf.value else "gone", cells - 1) + " ", Role.FAILED))
    if not leaf.value:
        return row(Run(pad("(empty)", cells), Role.DIM))
    unit = leaf.unit if leaf.value[-1:].isdigit() else ""
    unit = f" {unit}" if unit and len(unit) <= _SHORT_UNIT and unit.isalpha() else ""
    said = Run(clip(leaf.value, cells - 1 - len(unit)), Role.VALUE if is_current else Role.STALE)
    return row(said, Run(unit, Role.DIM), " " * (cells - width((said, Run(unit)))))


def _age(leaf: Leaf, at: float) -> str:
    return "" if leaf.changed_at is None else steps(at - leaf.changed_at) or "now"


def detail(leaf: Leaf | None, across: int, *, pushes: bool) -> list[Row]:
    """The chosen leaf whole, in two rows; `pushes` is whether its phone sends us what we registered for."""
    if leaf is None:
        return [(), ()]
    found = leaf.note
    facts = (
        f"in {leaf.unit}" if leaf.unit else "",
        f"since PhoneOS {found.release}" if found.release else "",
        found.deployment,
        ("pushed" if pushes and leaf.is_pushed else "polled") if found.release else "",
    )
    about = " · ".join(filter(None, (found.meaning, *facts)))
    said = Run(clip(leaf.value or "(empty)", max(across - len(leaf.names) - 4, 10)), Role.VALUE)
    return [
        row(" ", Run(clip(leaf.names, across // 2), Role.TITLE), "  ", said),
        row(" ", Run(clip(about, across - 1), Role.UNKNOWN if found is STRANGE else Role.INFO)),
    ]


def heading(words: str, *, changes_alone: bool) -> str:
    """The title above the tree: what was asked for. Nothing that counts, because a border repaints everything."""
    return " · ".join(filter(None, ("Status", f"/{words}" if words else "", "changes alone" if changes_alone else "")))


def counts(shown: int, of: int, changed: int) -> Row:
    """How much there is, for the end of the last line."""
    told = f"{of} leaves" if shown == of else f"{shown} of {of} leaves"
    return row(Run(f"{told}, {changed} changed since you came " if changed else f"{told} ", Role.DIM))
