"""A phone's status tree as the leaves of a flat list: what each says, what it means, and what became of it.

document now ──┐
document then ─┼──► leaves ──► chosen (search, changes alone) ──► rows
changed at ────┘
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from phonetui.phone.state import Phone
from phonetui.text import Printable
from phonetui.ui.format import MAY_NOT_SEE, ON_PREM, release
from phonetui.xapi.catalog import Deployment, Entry, Kind, Type, phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import is_registered
from phonetui.xapi.notation import written
from phonetui.xapi.path import ROOT, Path


class Change(Enum):
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
class Leaf:
    path: Path
    value: Printable
    """Raw; of a leaf that is gone, what it said last."""
    note: Note
    change: Change = Change.NONE
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


def leaves(now: Document, changed_at: Mapping[Path, float], *, before: Document, opened_at: float) -> tuple[Leaf, ...]:
    """Every leaf in the order of its path. `before` is what stood there when the look began, at `opened_at`."""
    found = [
        Leaf(path, value, note(path.names), _change(path, before, changed_at, opened_at), changed_at.get(path))
        for path, value in now.items()
    ]
    found += [Leaf(path, value, note(path.names), Change.GONE) for path, value in before.items() if path not in now]
    return tuple(sorted(found, key=_place))


def chosen(among: Iterable[Leaf], words: str, *, changes_alone: bool = False) -> tuple[Leaf, ...]:
    """Those with `words` in path, value or meaning, letter case aside; of those, the changed ones where asked for."""
    wanted = words.casefold().strip()
    return tuple(
        leaf
        for leaf in among
        if (leaf.change is not Change.NONE or not changes_alone)
        and (not wanted or any(wanted in text.casefold() for text in (leaf.names, leaf.value, leaf.note.meaning)))
    )


def absences(phone: Phone, document: Document) -> tuple[Absence, ...]:
    """The groups that are missing whole, and why as far as that can be told; none before the phone has answered."""
    if not document:
        return ()
    there = {path.names for path in document}
    heads = {names[:depth] for names in there for depth in range(1, len(names) + 1)}
    groups: dict[str, Entry] = {}
    for entry in phoneos().below(ROOT, Kind.STATUS):
        groups.setdefault(entry.group, entry)
    seen = {entry.group for entry in phoneos().below(ROOT, Kind.STATUS) if entry.path.names in heads}
    return tuple(Absence(name, why(phone, entry)) for name, entry in groups.items() if name not in seen)


def why(phone: Phone, entry: Entry) -> str:
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


def notations(leaf: Leaf) -> tuple[tuple[str, str], ...]:
    """The leaf in every way that people paste it: its name and its text."""
    return (
        ("terminal", f"*s {leaf.path}: {written(leaf.value, leaf.note.type)}"),
        ("path", str(leaf.path)),
        ("slash", leaf.path.location()),
        ("cloud", leaf.path.dotted()),
        ("value", leaf.value),
    )


def _change(path: Path, before: Document, changed_at: Mapping[Path, float], opened_at: float) -> Change:
    if path not in before:
        return Change.NEW
    return Change.CHANGED if changed_at.get(path, opened_at) > opened_at else Change.NONE


def _place(leaf: Leaf) -> tuple[tuple[bool, str | int], ...]:
    """Names by letter, indices by number, and never one compared with the other."""
    return tuple((isinstance(step, int), step) for step in leaf.path)
