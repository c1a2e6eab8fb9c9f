"""What happened, newest at the bottom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import overload

from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import PhoneId
from phonetui.ui.phone_filter import holds
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Role, Row, Run, clipped, pad, row
from phonetui.ui.widgets.pane import Pane

MARKS = {
    Weight.INFO: ("·", Role.PLAIN),
    Weight.GOOD: ("●", Role.GOOD),
    Weight.WARNING: ("▲", Role.FAIR),
    Weight.TROUBLE: ("!", Role.POOR),
}
"""Glyph and role of an entry."""
FILTER = "part of the words, !not, phone:lobby, weight:trouble, kind:alert"
NOTHING_YET = row(Run("Nothing has happened yet.", Role.DIM))
_NAME_FROM = 100
"""Cells of a row from which on longer names have room."""


class EventsPane(Pane):
    number = "5"
    name_ = "Events"

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...]:
        return (snapshot.entries, snapshot.zone)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> Sequence[Row]:  # noqa: ARG002 - events scroll
        return EventRows(snapshot.entries, snapshot.zone, width) if snapshot.entries else [NOTHING_YET]


@dataclass(frozen=True)
class EventRows(Sequence[Row]):
    """The rows of entries, each made when it is asked for: there may be thousands, a screen shows thirty."""

    entries: Sequence[JournalEntry]
    zone: tzinfo | None
    width: int
    is_dated: bool = False
    """Whether days are told too."""
    name: int = 12
    """Cells for a phone's name."""

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return entry_row(self.entries[place], self)


def entry_row(entry: JournalEntry, rows: EventRows) -> Row:
    glyph, role = MARKS[entry.weight]
    seen_at = entry.seen_at.astimezone(rows.zone)
    return clipped(
        row(
            Run(f"{seen_at:%d %b %H:%M:%S} " if rows.is_dated else f"{seen_at:%H:%M:%S} ", Role.DIM),
            Run(f"{pad(entry.phone, rows.name)} ", Role.LABEL),
            Run(f"{glyph} ", role),
            Run(entry.text, role),
        ),
        rows.width,
    )


def journal(entries: Sequence[JournalEntry], zone: tzinfo | None, width: int) -> EventRows:
    """As the whole journal is listed: with days where it is of more than one."""
    days = {entry.seen_at.astimezone(zone).date() for entry in (entries[0], entries[-1])} if entries else set()
    return EventRows(entries, zone, width, is_dated=len(days) > 1, name=16 if width >= _NAME_FROM else 10)


def filtered(entries: Sequence[JournalEntry], words: str, phone: PhoneId | None = None) -> Sequence[JournalEntry]:
    """Entries of `phone`, or of all, that every word holds for; the fields are `text`, `phone`, `weight`, `kind`."""
    wanted = words.casefold().split()
    return [entry for entry in entries if phone in (None, entry.phone) and holds(wanted, _fields(entry))]


def _fields(entry: JournalEntry) -> dict[str, str]:
    return {
        "text": entry.text.casefold(),
        "phone": entry.phone.casefold(),
        "weight": entry.weight.value,
        "kind": entry.kind.value,
    }
