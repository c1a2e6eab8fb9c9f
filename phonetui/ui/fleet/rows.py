"""Rows of the fleet's table, drawn on demand, and two rows below it about the phone at the cursor."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from msgspec import Struct

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.state import Call, Phone, PhoneId, State
from phonetui.text import natural_key
from phonetui.ui.fleet.columns import COLUMNS, DEFAULT_COLUMNS, CellContext, Column, state_words
from phonetui.ui.screen_state import URGENCY, Arrangement
from phonetui.ui.snapshot import seen
from phonetui.ui.text.format import (
    DASH,
    NOBODY,
    SEVERITIES,
    TROUBLE,
    Troubled,
    duration,
    firmware,
    mark,
    model,
    switch,
    up_time,
    urgency,
)
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, cell_width, clip, clipped, pad, right, row

GROUPINGS: Mapping[str, Callable[[Phone], str | None]] = {
    "": lambda _: "",
    "site": lambda phone: "/".join(phone.place[:1]),
    "model": model,
    "firmware": firmware,
    "switch": switch,
    "VLAN": lambda phone: phone.network.vlan,
    "jump host": lambda phone: phone.via,
    "state": lambda phone: phone.connection.state.value,
}
"""By what the table can be split, the first one being not at all."""
"""The column whose order is that of urgency: the one to begin with."""
_MARK_CELLS = 2
"""Cells before the columns, for the mark."""
_FORMER_NAMES = {"delay": "rtt"}
"""Columns of earlier releases, as they are called now."""
_OMITTED_CELLS = 4
"""Cells behind them, for how many had no room."""


def restore_arrangement(kept: object, usual: tuple[str, ...] = DEFAULT_COLUMNS) -> Arrangement:
    """What was kept, as far as it is understood: it may be damaged, or another version's.

    `usual` are the columns where none were chosen.
    """
    known = kept if isinstance(kept, dict) else {}
    named, order, grouping = known.get("columns"), known.get("order"), known.get("grouping")
    words = (
        [_FORMER_NAMES.get(name, name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
    )
    columns = [name for name in words if name in COLUMNS]
    arrangement = Arrangement(
        columns=(),
        order=_FORMER_NAMES.get(order, order) if isinstance(order, str) else URGENCY,
        grouping=grouping if isinstance(grouping, str) and grouping in GROUPINGS else "",
        is_reversed=known.get("reversed") is True,
    )
    return arrangement.with_columns(tuple(dict.fromkeys(columns)) or usual)


class GroupHeading(Struct, frozen=True):
    """The heading of a group."""

    words: str
    members: tuple[Phone, ...]


Entry = Phone | GroupHeading


def arrange(phones: Iterable[Phone], arrangement: Arrangement, worst: Troubled = NOBODY) -> list[Entry]:
    """Phones in order, each group below its heading; groups are ordered by their worst phone."""
    ordered = _in_order(phones, arrangement, worst)
    if not arrangement.grouping:
        return list(ordered)
    of = GROUPINGS[arrangement.grouping]
    groups: dict[str, list[Phone]] = {}
    for phone in ordered:
        groups.setdefault(of(phone) or "", []).append(phone)
    urgencies = {name: max(urgency(phone, worst) for phone in members) for name, members in groups.items()}
    names = sorted(groups, key=lambda name: (-urgencies[name], name == "", natural_key(name)))
    entries: list[Entry] = []
    for name in names:
        entries += (GroupHeading(name or _unknown(arrangement), tuple(groups[name])), *groups[name])
    return entries


def _unknown(arrangement: Arrangement) -> str:
    return f"{arrangement.grouping} unknown" if arrangement.grouping != "jump host" else "reached directly"


def _in_order(phones: Iterable[Phone], arrangement: Arrangement, worst: Troubled) -> list[Phone]:
    """Stable over equals: by name, as a phone book is."""
    known = sorted(phones, key=lambda phone: natural_key(phone.name) or ())
    sort = COLUMNS[arrangement.order].sort
    if sort is None:
        return sorted(known, key=lambda phone: urgency(phone, worst), reverse=not arrangement.is_reversed)
    some = [phone for phone in known if sort(phone) is not None]
    none = [phone for phone in known if sort(phone) is None]
    return [*sorted(some, key=sort, reverse=arrangement.is_reversed), *none]


def fitting_columns(columns: Sequence[str], width: int, order: str = "") -> tuple[tuple[Column, ...], int]:
    """The columns that have room, in order, and how many have none; the one that sorts, `order`, has always room."""
    sorting = {name for name in columns if name == order}
    room = width - _MARK_CELLS - sum(COLUMNS[name].cells + 1 for name in sorting)
    fit = set(sorting)
    for name in columns:
        if name in sorting:
            continue
        if COLUMNS[name].cells > room:
            break
        fit.add(name)
        room -= COLUMNS[name].cells + 1
    return tuple(COLUMNS[name] for name in columns if name in fit), len(columns) - len(fit)


def shown_columns(arrangement: Arrangement, width: int) -> tuple[tuple[Column, ...], int]:
    """The columns that a table of `width` cells has, and how many more it would have."""
    return fitting_columns(arrangement.columns, width - _OMITTED_CELLS, arrangement.order)


def table_heading(arrangement: Arrangement, width: int) -> Row:
    columns, left_out = shown_columns(arrangement, width)
    runs: list[Run | str] = ["  "]
    for column in columns:
        sorts = column.id == arrangement.order
        arrow = ("▲" if arrangement.is_reversed else "▼") if sorts else ""
        words = _fitted(f"{column.heading[: column.cells - len(arrow)]}{arrow}", column)
        runs += [Run(words, Role.ACCENT if sorts else Role.LABEL), " "]
    return row(*runs, Run(f"+{left_out}" if left_out else "", Role.DIM))


def column_at(arrangement: Arrangement, width: int, x: int) -> str | None:
    """The id of the column whose heading is drawn there."""
    start = _MARK_CELLS
    for column in shown_columns(arrangement, width)[0]:
        if start <= x < start + column.cells:
            return column.id
        start += column.cells + 1
    return None


_COUNTED = (
    ("✗", Role.CRITICAL), ("⊘", Role.FAILED), ("!", Role.POOR), ("≈", Role.STALE), ("▲", Role.FAIR),
    ("◆", Role.ACCENT), ("●", Role.GOOD), ("◐", Role.MEASURING), ("z", Role.DIM), ("○", Role.DIM),
)  # fmt: skip
"""Signs of the title, worst first; others count as `?`."""


def table_title(arrangement: Arrangement, words: str, counts: Mapping[str, int], listed: int, phones: int) -> Row:
    """How many phones are listed, how they do, and by what they are sorted, filtered and grouped."""
    known = {sign for sign, _ in _COUNTED}
    others = sum(count for sign, count in counts.items() if sign not in known)
    signs = [Run(f"  {sign} {counts[sign]}", role) for sign, role in _COUNTED if counts.get(sign)]
    heading = COLUMNS[arrangement.order].heading
    arrow = "▲" if arrangement.is_reversed else "▼"
    sort = "worst first" if arrangement.order == URGENCY and not arrangement.is_reversed else f"{heading} {arrow}"
    parts = [("sort", sort), ("filter", words), ("group", arrangement.grouping)]
    settings = [
        run
        for name, value in parts
        for run in (Run(f"   {name}: ", Role.LABEL), _setting(value, is_sort=name == "sort"))
    ]
    return row(
        Run("Fleet", Role.TITLE), Run(f"  {listed:,} of {phones:,}", Role.LABEL), *signs,
        Run(f"  ? {others}" if others else "", Role.UNKNOWN), *settings,
    )  # fmt: skip


def _setting(value: str, *, is_sort: bool) -> Run:
    return Run(value or DASH, Role.DIM if not value else Role.VALUE if is_sort else Role.ACCENT)


@dataclass(frozen=True, eq=False)
class FleetTable(LazyRows):
    entries: Sequence[Entry]
    arrangement: Arrangement
    marked: Collection[PhoneId]
    width: int
    context: CellContext

    def __len__(self) -> int:
        return len(self.entries)

    def make(self, place: int) -> Row:
        entry = self.entries[place]
        if isinstance(entry, GroupHeading):
            return heading_row(entry, self.context.worst)
        marked = Run("* " if entry.id in self.marked else "  ", Role.ACCENT)
        return row(marked, *seen(entry, row(*self._cells(entry))))

    def keeps(self, place: int, before: "FleetTable") -> bool:
        """That of a phone in which nothing changed, until the next step of ages."""
        entry, here, there = self.entries[place], self.context, before.context
        return (
            not isinstance(entry, GroupHeading)
            and before.entries[place] is entry
            and (before.width, before.arrangement) == (self.width, self.arrangement)
            and (entry.id in before.marked) is (entry.id in self.marked)
            and there.worst.get(entry.id) is here.worst.get(entry.id)
            and there.step == here.step
        )

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return shown_columns(self.arrangement, self.width)[0]

    def _cells(self, phone: Phone) -> Iterator[Run | str]:
        """The blank behind a cell has the cell's colour: each change of colour costs the terminal some forty bytes."""
        for column in self._columns:
            cell = column.cell(phone, self.context)
            runs = (cell._replace(text=_fitted(cell.text, column)),) if isinstance(cell, Run) else cell
            yield from runs[:-1]
            last, blank = runs[-1], " " * (column.cells - cell_width(runs) + 1)
            if last.role in _GROUNDED:
                yield from (last, blank)
            else:
                yield Run(last.text + blank, last.role)


_GROUNDED = frozenset({Role.CRITICAL, Role.BADGE})
"""Roles with a ground of their own, which is to end where the cell does."""


def _fitted(words: str, column: Column) -> str:
    return right(words, column.cells) if column.is_number else pad(words, column.cells)


def heading_row(heading: GroupHeading, worst: Troubled) -> Row:
    count = f"  {len(heading.members)} phone{'' if len(heading.members) == 1 else 's'}"
    marks = [mark(phone, worst) for phone in heading.members if urgency(phone, worst) >= TROUBLE]
    trouble = [Run(f"   {len(marks)} in trouble", marks[0].role)] if marks else []
    return row(Run(clip(heading.words, 40), Role.TITLE), Run(count, Role.LABEL), *trouble)


def phone_detail(
    phone: Phone,
    alerts: Sequence[Alert],
    causes: Sequence[Diagnosis],
    call: Call | None,
    *,
    zone: tzinfo | None,
    width: int,
) -> list[Row]:
    """Two rows.

    `alerts` are the phone's own that hold, worst first; `causes` are of `call`, the one that stands worst.
    """
    head, tail = _trouble(phone, alerts, zone), _where(phone, causes, call)
    name = Run(f" {phone.name}  ", Role.TITLE)
    return [clipped(row(name, *head), width), clipped(row(" ", *tail), width)]


def _trouble(phone: Phone, alerts: Sequence[Alert], zone: tzinfo | None) -> Row:
    connection = phone.connection
    if connection.state is not State.LIVE:
        state = state_words(phone, zone)
        why = ". ".join(filter(None, (connection.detail, connection.hint)))
        return row(Run(f"{mark(phone).glyph} {state.text}", state.role), Run(f": {why}" if why else "", Role.PLAIN))
    if not alerts:
        state = state_words(phone, zone)
        return row(Run(state.text, state.role), Run("  no alert", Role.DIM))
    worst, more = alerts[0], len(alerts) - 1
    shown = SEVERITIES[worst.severity]
    others = f"  and {more} more" if more else ""
    return row(
        Run(f"{shown.glyph} {worst.text}", shown.role), Run(f"  since {_moment(worst.raised_at, zone)}", Role.LABEL),
        Run(others, Role.DIM),
    )  # fmt: skip


def _where(phone: Phone, causes: Sequence[Diagnosis], call: Call | None) -> Row:
    """Where to look; without anything to look for, what is known of the call, or of the phone itself.

    A cause's own figures are those of when it was found, and the row above shows those of now.
    """
    if causes:
        cause = causes[0]
        evidence = f"  {cause.evidence}" if cause.evidence else ""
        return row(Run("→ ", Role.ACCENT), Run(cause.words, Role.INFO), Run(evidence, Role.LABEL))
    if call is not None:
        who = " ".join(filter(None, (call.remote_name, call.remote_number)))
        facts = (who, call.state, call.decoder or call.encoder, duration(call.duration_s))
        return row(Run(" · ".join(fact for fact in facts if fact), Role.LABEL))
    version = firmware(phone)
    known = (model(phone), phone.address, f"firmware {version}" if version else "", up_time(phone.up_s))
    return row(Run(" · ".join(fact for fact in known if fact), Role.LABEL))


def _moment(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M}"
