"""The tree of groups, our phones, and phones that only Webex knows; and its rows.

Both steps cost time for every device, so panes repeat them only when what they are made of is another object; devices
of shut locations are not grouped at all.

phones, devices ──build_tree──► Branch ──items──► Item, Item, …  (what is open, row by row)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.text.format import (
    LOSS_CELLS,
    MOS_CELLS,
    NOBODY,
    TIMES,
    Mark,
    Troubled,
    aged,
    call_figures,
    mark,
    urgency,
)
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, cell_width, pad, right, row, spread
from phonetui.ui.webex_status import SHORT_STATUSES, at_odds, offline_for, status_mark

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import Inventory

Group = tuple[str, ...]
MANY = 50
"""Devices of Webex's alone from which on its locations are shut until somebody opens them."""
LOCATED = 2
"""Organization, location; workspaces and persons are below."""


class Branch:
    """A group, with all that is below it. Not changed any more once the tree is grown."""

    __slots__ = ("_groups", "_held", "_leaves", "devices", "group", "offline", "phones")

    def __init__(self, group: Group) -> None:
        self.group = group
        self.phones: list[PhoneId] = []
        """Below it, however deep; so are the devices."""
        self.devices = 0
        self.offline = 0
        """Of the devices, as Webex claims."""
        self._groups: dict[str, Branch] = {}
        self._leaves: list[PhoneId | WebexDevice] = []
        self._held: list[tuple[Inventory, Sequence[WebexDevice]]] = []

    @property
    def groups(self) -> Mapping[str, "Branch"]:
        """The groups right below, by name."""
        self._spread()
        return self._groups

    @property
    def leaves(self) -> "Sequence[PhoneId | WebexDevice]":
        """What hangs here and in no group below."""
        self._spread()
        return self._leaves

    def group_below(self, name: str) -> "Branch":
        if name not in self._groups:
            self._groups[name] = Branch((*self.group, name))
        return self._groups[name]

    def hang(self, phone: PhoneId) -> None:
        self._leaves.append(phone)

    def hold(self, inventory: "Inventory", devices: "Sequence[WebexDevice]") -> None:
        """Keeps a location's devices, to be spread over workspaces and persons once somebody looks at them."""
        self._held.append((inventory, devices))

    def _spread(self) -> None:
        """A workspace or person that has the name of its only device is no group of its own."""
        held, self._held = self._held, []
        for inventory, listed in held:
            names = [inventory.group(device)[-1] for device in listed]
            several = Counter(names)
            for name, device in zip(names, listed, strict=True):
                is_alone = several[name] == 1 and name not in self._groups and name == (device.name or name)
                if device.unreadable is not None or is_alone:
                    self._leaves.append(device)
                    continue
                owner = self.group_below(name)
                owner.devices += 1
                owner.offline += device.is_online is False
                owner._leaves.append(device)


class Item(NamedTuple):
    """A row of the tree: a phone, a device that only Webex knows, a note, or a group with what is below it."""

    group: Group
    depth: int = 0
    phone: PhoneId | None = None
    device: "WebexDevice | None" = None
    branch: Branch | None = None
    note: Run | None = None
    is_open: bool = True

    @property
    def spot(self) -> Group | str | None:
        """The place by which the cursor stays on this row, whatever happens around it."""
        if self.branch is not None:
            return self.group
        return self.phone if self.device is None else self.device.key


def build_tree(
    phones: Iterable[tuple[PhoneId, Group]], inventory: "Inventory | None" = None, devices: "Iterable[WebexDevice]" = ()
) -> Branch:
    """The root. Phones in their order, then devices in theirs."""
    root = Branch(())
    for phone, group in phones:
        for branch in (path := _path_to(root, group)):
            branch.phones.append(phone)
        path[-1].hang(phone)
    if inventory is None:
        return root
    located: dict[tuple[str | None, bool], list[WebexDevice]] = {}
    for device in devices:
        located.setdefault((device.location_id, device.unreadable is None), []).append(device)
    for there in located.values():
        offline = sum(device.is_online is False for device in there)
        for branch in (path := _path_to(root, inventory.group(there[0])[:LOCATED])):
            branch.devices += len(there)
            branch.offline += offline
        path[-1].hold(inventory, there)
    return root


def _path_to(root: Branch, group: Group) -> list[Branch]:
    """From the root to a group, which is made where it isn't there."""
    path = [root]
    for name in group:
        path.append(path[-1].group_below(name))
    return path


def items(
    root: Branch,
    is_open: Callable[[Branch], bool],
    notes: Sequence[Run] = (),
    organization: str = "",
    *,
    leaves_first: bool = False,
) -> list[Item]:
    """What can be seen, row by row; the notes stand below the organization, or last where that has no group.

    `leaves_first`: what is in no group stands on top.
    """
    found = [*(_leaves(root) if leaves_first else ()), *_below(root, is_open)]
    if not leaves_first:
        found += _leaves(root)
    place = next((at for at, item in enumerate(found, 1) if item.group == (organization,)), len(found))
    found[place:place] = [Item((organization,), 1, note=note) for note in notes]
    return found


def _below(branch: Branch, is_open: Callable[[Branch], bool]) -> Iterator[Item]:
    """The groups in it with all that is in them."""
    for group_below in branch.groups.values():  # a group is one place, wherever the configuration names its phones
        opened = is_open(group_below)
        yield Item(group_below.group, len(branch.group), branch=group_below, is_open=opened)
        if opened:
            yield from _below(group_below, is_open)
            yield from _leaves(group_below)


def _leaves(branch: Branch) -> Iterator[Item]:
    depth = len(branch.group)
    for leaf in branch.leaves:
        if isinstance(leaf, str):
            yield Item(branch.group, depth, phone=leaf)
        else:
            yield Item(branch.group, depth, device=leaf)


class TreeContext(NamedTuple):
    """What a row depends on beside its place in the tree."""

    phones: Mapping[PhoneId, Phone]
    moment: datetime
    """Aware UTC: ages are counted from here."""
    worst: Troubled = NOBODY
    is_current: bool = True
    """Whether the newest sweep of Webex went well."""


@dataclass(frozen=True, eq=False)
class TreeRows(LazyRows):
    tree: Sequence[Item]
    context: TreeContext
    width: int

    def __len__(self) -> int:
        return len(self.tree)

    def keeps(self, place: int, before: "TreeRows") -> bool:
        """That of a phone in which nothing changed; of groups and devices no memory is kept."""
        item, here, there = self.tree[place], self.context, before.context
        phone = item.phone
        return (
            phone is not None
            and before.width == self.width
            and before.tree[place] == item
            and there.phones.get(phone) is here.phones.get(phone)
            and there.worst.get(phone) is here.worst.get(phone)
        )

    def make(self, place: int) -> Row:
        item, context, width = self.tree[place], self.context, self.width
        if item.note is not None:
            return spread(row(" " * item.depth, item.note), (), width)
        if item.branch is not None:
            return _branch_row(item.branch, item, context, width)
        if item.device is not None:
            made = _device_row(item.device, item.depth, context.moment, width)
            return made if context.is_current else row(*map(aged, made))
        phone = context.phones.get(item.phone) if item.phone is not None else None
        return _phone_row(phone, item.depth, width, context.worst) if phone else ()


def picker(
    phones: Mapping[PhoneId, Phone], selected: PhoneId | None, width: int, words: str = "", worst: Troubled = NOBODY
) -> Row:
    """The tree in one row, for a terminal without room."""
    phone = phones.get(selected) if selected is not None else None
    if phone is None:
        return row(Run(" no phone", Role.DIM))
    place = list(phones).index(phone.id) + 1
    others = [other for other in phones.values() if other.id != phone.id and mark(other, worst).role in _TROUBLE]
    trouble = [Run(f"{len(others)} other{'s' if len(others) > 1 else ''} in trouble  ", Role.POOR)] if others else []
    left = _picked(phone.name, mark(phone, worst), width, words)
    return spread(left, row(*trouble, Run(f"{place} of {len(phones)}", Role.DIM), _STEP), width)


def device_picker(device: "WebexDevice", width: int, words: str = "") -> Row:
    """The picker's row where the cursor is on a device that only Webex knows."""
    left = _picked(device.shown_name, status_mark(device.status), width, words)
    return spread(left, row(Run("only Webex knows it", Role.DIM), _STEP), width)


def _picked(called: str, found: Mark, width: int, words: str) -> Row:
    looked_for = Run(f"/{words}  " if words else "", Role.ACCENT)
    return row(looked_for, Run(pad(called, min(24, width // 3)), Role.TITLE), "  ", found.run())


_STEP = Run("  [ ]", Role.KEY)
_TROUBLE = (Role.POOR, Role.CRITICAL, Role.FAILED, Role.STALE)


_FIGURES_FROM = 30
"""Cells of a row from which on a call's figures have columns of their own."""


def _phone_row(phone: Phone, depth: int, width: int, worst: Troubled) -> Row:
    calls = sum(1 for _ in phone.calls)
    has_figures = phone.worst is not None and width >= _FIGURES_FROM
    cells = MOS_CELLS + LOSS_CELLS + 1 if has_figures else 0
    drawn = _drawn(phone.name, phone.via, (mark(phone, worst), at_odds(phone.claim)), calls, (depth, width - cells))
    if not cells:
        return drawn
    figures = Run(right(call_figures(phone), cells), Role.VALUE if phone.is_current else Role.STALE)
    return row(*drawn, " " * (width - cells - cell_width(drawn)), figures)


@lru_cache(maxsize=1000)  # most phones look as they did a moment ago
def _drawn(name: str, jump: str | None, found: tuple[Mark, Run | None], calls: int, room: tuple[int, int]) -> Row:
    (how, odds), (depth, width) = found, room
    several = Run(f" {TIMES}{calls}", Role.LABEL) if calls > 1 else Run("")
    end = row(Run(how.word, how.role), several)
    left = row(" " * depth, Run(how.glyph, how.role), f" {name}")
    if odds is not None:
        short = Run(odds.text.replace("Webex: ", ""), odds.role)
        end = _roomy(left, width, row(odds, "  ", *end), row(short, "  ", *end), row(odds), row(short))
    via = row(*left, Run(f" via {jump}", Role.LABEL)) if jump else left
    return spread(via if cell_width(via) + cell_width(end) < width else left, end, width)


def _device_row(device: "WebexDevice", depth: int, moment: datetime, width: int) -> Row:
    found = status_mark(device.status if device.unreadable is None else "unreadable")
    left = row(" " * depth, Run(found.glyph, found.role), f" {device.shown_name}")
    age = offline_for(device, moment)
    word, brief = Run(found.word, found.role), Run(SHORT_STATUSES.get(found.word, found.word), found.role)
    since = row(word, Run(f" {age}" if age else "", Role.DIM))
    return spread(left, _roomy(left, width, since, row(word), row(brief)), width)


def _branch_row(branch: Branch, item: Item, context: TreeContext, width: int) -> Row:
    left = row(" " * item.depth, Run("▾ " if item.is_open else "▸ ", Role.LABEL), Run(branch.group[-1], Role.TITLE))
    if item.is_open:
        return spread(left, (), width)
    count = Run(f"{len(branch.phones) + branch.devices:,}", Role.LABEL)
    phones = [phone for each in branch.phones if (phone := context.phones.get(each))]
    gravest = max(phones, key=lambda phone: urgency(phone, context.worst), default=None)
    runs = []
    if gravest is not None and urgency(gravest, context.worst) > 0:
        worst = mark(gravest, context.worst)
        runs = [Run(f"{worst.glyph} {worst.word} ", worst.role)]
    elif branch.offline:
        runs = [Run(f"✗ {branch.offline:,} of ", Role.FAILED if context.is_current else Role.STALE)]
    end = row(*runs, count)
    return spread(left, end if cell_width(end) < width // 2 else row(count), width)


def _roomy(left: Row, width: int, *ends: Row) -> Row:
    """The first of several ends that has room beside what is left, else the last."""
    return next((end for end in ends if cell_width(left) + cell_width(end) < width), ends[-1])
