"""A phone's status tree as the leaves of a flat list: what each says, what it means, and what became of it.

document now ──┐
document then ─┼──► leaves ──► chosen (search, changes alone) ──► rows
changed at ────┘

A phone's whole status tree: a leaf a row, drawn only where it can be seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import overload

from phonetui.phone.state import Phone
from phonetui.text import Printable
from phonetui.ui.text.format import MAY_NOT_SEE, ON_PREM, release, steps
from phonetui.ui.text.rows import ELLIPSIS, Role, Row, Run, cell_width, clip, pad, right, row
from phonetui.xapi.catalog import CatalogEntry, CatalogKind, Deployment, Type, phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import is_registered
from phonetui.xapi.notation import written
from phonetui.xapi.path import ROOT, Path


class LeafChange(Enum):
    """What became of a leaf since somebody began to look."""

    NONE = "unchanged"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Note:
    """What the catalogue says of a leaf."""

    meaning: str
    unit: str = ""
    release: str = ""
    """The first PhoneOS that has it; empty where the catalogue knows nothing."""
    deployment: str = ""
    is_pushable: bool = False
    """Whether phones push it to who registered for it."""
    type: Type | None = None


STRANGE = Note("not in the catalogue")


@dataclass(frozen=True, slots=True)
class StatusLeaf:
    path: Path
    value: Printable
    """Raw; of a leaf that is gone, what it said last."""
    note: Note
    change: LeafChange = LeafChange.NONE
    changed_at: float | None = None
    """Monotonic seconds; None where it is gone."""

    @property
    def names(self) -> str:
        return str(self.path)

    @property
    def unit(self) -> str:
        """Of a value that has one: what lies in a container of counters may be a name, such as a neighbour's."""
        is_own = self.note.type is not None
        return self.note.unit if is_own or self.value.strip().isdigit() else ""

    @property
    def is_pushed(self) -> bool:
        """Whether our own registration covers it."""
        return self.note.is_pushable and is_registered(self.path)


@dataclass(frozen=True, slots=True)
class Absence:
    """A group of the catalogue of which the phone says nothing."""

    group: str
    why: str


def leaves(
    now: Document, changed_at: Mapping[Path, float], *, before: Document, opened_at: float
) -> tuple[StatusLeaf, ...]:
    """Every leaf in the order of its path. `before` is what stood there when the refresh_view began, at `opened_at`."""
    found = [
        StatusLeaf(path, value, note(path.names), _change(path, before, changed_at, opened_at), changed_at.get(path))
        for path, value in now.items()
    ]
    found += [
        StatusLeaf(path, value, note(path.names), LeafChange.GONE) for path, value in before.items() if path not in now
    ]
    return tuple(sorted(found, key=_place))


def chosen(among: Iterable[StatusLeaf], words: str, *, changes_alone: bool = False) -> tuple[StatusLeaf, ...]:
    """Those with `words` in path, value or meaning, letter case aside; of those, the changed ones where asked for."""
    wanted = words.casefold().strip()
    return tuple(
        leaf
        for leaf in among
        if (leaf.change is not LeafChange.NONE or not changes_alone)
        and (not wanted or any(wanted in text.casefold() for text in (leaf.names, leaf.value, leaf.note.meaning)))
    )


def absences(phone: Phone, document: Document) -> tuple[Absence, ...]:
    """The groups that are missing whole, and why as far as that can be told; none before the phone has answered."""
    if not document:
        return ()
    there = {path.names for path in document}
    heads = {names[:depth] for names in there for depth in range(1, len(names) + 1)}
    groups: dict[str, CatalogEntry] = {}
    for entry in phoneos().below(ROOT, CatalogKind.STATUS):
        groups.setdefault(entry.group, entry)
    seen = {entry.group for entry in phoneos().below(ROOT, CatalogKind.STATUS) if entry.path.names in heads}
    return tuple(Absence(name, why(phone, entry)) for name, entry in groups.items() if name not in seen)


def why(phone: Phone, entry: CatalogEntry) -> str:
    """Why a phone may not publish an entry of the catalogue."""
    version = release(phone.system.version)
    if version and version[:2] < (release(Printable(entry.release)) or version)[:2]:
        return f"needs PhoneOS {entry.release}"
    if str(entry.path[0]) in phone.forbidden:
        return MAY_NOT_SEE
    if entry.deployment is Deployment.MPP and not phone.is_mpp:
        return MAY_NOT_SEE if phone.forbidden else ON_PREM
    return "no call is up" if entry.group == "Calls" else "this phone publishes none"


@lru_cache(maxsize=4096)
def note(names: tuple[str, ...]) -> Note:
    """By the leaf's own row of the catalogue, else by that of the container it lies in."""
    for depth in range(len(names), 0, -1):
        entry = phoneos().find(Path(names[:depth]))
        if entry is not None and (depth == len(names) or entry.type is Type.CONTAINER):
            kind = entry.type if depth == len(names) else None
            unit = entry.unit or ""
            return Note(entry.meaning, unit, entry.release, entry.deployment.value, entry.pushable, kind)
    return STRANGE


def notations(leaf: StatusLeaf) -> tuple[tuple[str, str], ...]:
    """The leaf in every way that people paste it: its name and its text."""
    return (
        ("terminal", f"*s {leaf.path}: {written(leaf.value, leaf.note.type)}"),
        ("path", str(leaf.path)),
        ("slash", leaf.path.location()),
        ("cloud", leaf.path.dotted()),
        ("value", leaf.value),
    )


def _change(path: Path, before: Document, changed_at: Mapping[Path, float], opened_at: float) -> LeafChange:
    if path not in before:
        return LeafChange.NEW
    return LeafChange.CHANGED if changed_at.get(path, opened_at) > opened_at else LeafChange.NONE


def _place(leaf: StatusLeaf) -> tuple[tuple[bool, str | int], ...]:
    """Names by letter, indices by number, and never one compared with the other."""
    return tuple((isinstance(step, int), step) for step in leaf.path)


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


@dataclass(frozen=True)
class LeafRows(Sequence[Row]):
    """The rows of the leaves, each made when it is asked for: a tree may have thousands, a screen shows thirty."""

    leaves: tuple[StatusLeaf, ...]
    absences: tuple[Absence, ...]
    width: int
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


def leaf_row(leaf: StatusLeaf, before: str, rows: LeafRows) -> Row:
    """`before` is the path of the row above: what is repeated of it is dimmed."""
    room = rows.width - _AGE - 2
    has_words = rows.width >= _WORDS_FROM
    width = min(max(room * 4 // 10, 30), 48) if has_words else room * 6 // 10
    beside = min(room * 3 // 10, 34) if has_words else room - width
    shown = row(_MARKS[leaf.change], *_path(leaf, before, width), *_value(leaf, beside, rows.is_current))
    words = f"{pad(leaf.note.release, 4)}{leaf.note.meaning}" if has_words else ""
    about = Run(pad(words, room - width - beside), Role.UNKNOWN if leaf.note is STRANGE else Role.DIM)
    age = Run(right(_age(leaf, rows.at), _AGE), Role.ACCENT if leaf.change is not LeafChange.NONE else Role.DIM)
    return row(*shown, about, age)


def _path(leaf: StatusLeaf, before: str, cells: int) -> Row:
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
    fill = " " * max(cells - cell_width((Run(head), Run(tail))), 0)
    return row(Run(head, Role.DIM), Run(tail + fill))


def _value(leaf: StatusLeaf, cells: int, is_current: bool) -> Row:
    if leaf.change is LeafChange.GONE:
        return row(Run(pad(f"gone, was {leaf.value}" if leaf.value else "gone", cells - 1) + " ", Role.FAILED))
    if not leaf.value:
        return row(Run(pad("(empty)", cells), Role.DIM))
    unit = leaf.unit if leaf.value[-1:].isdigit() else ""
    unit = f" {unit}" if unit and len(unit) <= _SHORT_UNIT and unit.isalpha() else ""
    said = Run(clip(leaf.value, cells - 1 - len(unit)), Role.VALUE if is_current else Role.STALE)
    return row(said, Run(unit, Role.DIM), " " * (cells - cell_width((said, Run(unit)))))


def _age(leaf: StatusLeaf, at: float) -> str:
    return "" if leaf.changed_at is None else steps(at - leaf.changed_at) or "now"


def detail(leaf: StatusLeaf | None, width: int, *, pushes: bool) -> list[Row]:
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
    said = Run(clip(leaf.value or "(empty)", max(width - len(leaf.names) - 4, 10)), Role.VALUE)
    return [
        row(" ", Run(clip(leaf.names, width // 2), Role.TITLE), "  ", said),
        row(" ", Run(clip(about, width - 1), Role.UNKNOWN if found is STRANGE else Role.INFO)),
    ]


def heading(words: str, *, changes_alone: bool) -> str:
    """The title above the tree: what was asked for. Nothing that counts, because a border repaints everything."""
    return " · ".join(filter(None, ("Status", f"/{words}" if words else "", "changes alone" if changes_alone else "")))


def counts(shown: int, of: int, changed: int) -> Row:
    """How much there is, for the end of the last line."""
    told = f"{of} leaves" if shown == of else f"{shown} of {of} leaves"
    return row(Run(f"{told}, {changed} changed since you came " if changed else f"{told} ", Role.DIM))
