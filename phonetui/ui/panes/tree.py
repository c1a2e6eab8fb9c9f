"""The phones, by the groups that the configuration puts them in."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.format import TIMES, Mark
from phonetui.ui.panes.standing import NOBODY, Troubled, mark, urgency
from phonetui.ui.row import Role, Row, Run, pad, row, spread, width

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the tree: a phone, or a group with the phones below it."""

    group: Group
    phone: Phone | None = None
    members: tuple[Phone, ...] = ()
    is_open: bool = True

    @property
    def depth(self) -> int:
        return len(self.group) - (self.phone is None)


def items(phones: Iterable[Phone], shut: Collection[Group] = ()) -> list[Item]:
    """The rows of the tree in the order of the configuration; groups in `shut` show no members."""
    below: dict[Group, list[Phone]] = {}
    for phone in phones:
        for depth in range(len(phone.group) + 1):
            below.setdefault(phone.group[:depth], []).append(phone)
    return list(_walk((), below, shut))


def _walk(group: Group, below: Mapping[Group, list[Phone]], shut: Collection[Group]) -> Iterator[Item]:
    if group:
        yield Item(group, members=tuple(below[group]), is_open=group not in shut)
    if group in shut:
        return
    for child in below:  # groups before phones would tear apart an order that somebody chose; a group is one place
        if len(child) == len(group) + 1 and child[:-1] == group:
            yield from _walk(child, below, shut)
    for phone in below.get(group, ()):
        if phone.group == group:
            yield Item(group, phone)


def rows(tree: Iterable[Item], across: int, worst: Troubled = NOBODY) -> list[Row]:
    return [
        _phone_row(item.phone, item, across, worst) if item.phone else _group_row(item, across, worst) for item in tree
    ]


def picker(
    phones: Mapping[PhoneId, Phone], selected: PhoneId | None, across: int, words: str = "", worst: Troubled = NOBODY
) -> Row:
    """The tree in one row, for a terminal without room."""
    phone = phones.get(selected) if selected is not None else None
    if phone is None:
        return row(Run(" no phone", Role.DIM))
    place = list(phones).index(phone.id) + 1
    others = [other for other in phones.values() if other.id != phone.id and mark(other, worst).role in _TROUBLE]
    trouble = [Run(f"{len(others)} other{'s' if len(others) > 1 else ''} in trouble  ", Role.POOR)] if others else []
    looked_for = Run(f"/{words}  " if words else "", Role.ACCENT)
    left = row(looked_for, Run(pad(phone.name, min(24, across // 3)), Role.TITLE), "  ", mark(phone, worst).run())
    return spread(left, row(*trouble, Run(f"{place} of {len(phones)}", Role.DIM), Run("  [ ]", Role.KEY)), across)


_TROUBLE = (Role.POOR, Role.CRITICAL, Role.FAILED, Role.STALE)


def _phone_row(phone: Phone, item: Item, across: int, worst: Troubled) -> Row:
    calls = sum(1 for _ in phone.calls)
    return _drawn(phone.name, phone.via, mark(phone, worst), calls, (item.depth, across))


@lru_cache(maxsize=1000)  # most phones look as they did a moment ago
def _drawn(name: str, jump: str | None, found: Mark, calls: int, room: tuple[int, int]) -> Row:
    depth, across = room
    several = Run(f" {TIMES}{calls}", Role.LABEL) if calls > 1 else Run("")
    end = row(Run(found.word, found.role), several)
    left = row(" " * depth, Run(found.glyph, found.role), f" {name}")
    via = row(*left, Run(f" via {jump}", Role.LABEL)) if jump else left
    return spread(via if width(via) + width(end) < across else left, end, across)


def _group_row(item: Item, across: int, alerts: Troubled) -> Row:
    left = row(" " * item.depth, Run("▾ " if item.is_open else "▸ ", Role.LABEL), Run(item.group[-1], Role.TITLE))
    if item.is_open:
        return spread(left, (), across)
    worst = mark(max(item.members, key=lambda phone: urgency(phone, alerts)), alerts)
    is_told = max(urgency(phone, alerts) for phone in item.members) > 0
    told = [Run(f"{worst.glyph} {worst.word} ", worst.role)] if is_told else []
    end = row(*told, Run(f"{len(item.members)}", Role.LABEL))
    return spread(left, end if width(end) < across // 2 else row(Run(f"{len(item.members)}", Role.LABEL)), across)
