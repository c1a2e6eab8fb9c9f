"""The rows of the tree: phones of ours, phones that only Webex knows, and the groups that they stand in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.format import TIMES, Mark, aged
from phonetui.ui.panes.branches import Branch, Item
from phonetui.ui.panes.claims import BRIEFLY, at_odds, claimed, unseen
from phonetui.ui.panes.standing import NOBODY, Troubled, mark, urgency
from phonetui.ui.row import MadeRows, Role, Row, Run, pad, row, spread, width
from phonetui.webex import devices
from phonetui.webex.devices import WebexDevice


class Sight(NamedTuple):
    """What a row depends on beside its place in the tree."""

    phones: Mapping[PhoneId, Phone]
    moment: datetime
    """Aware UTC: ages are counted from here."""
    worst: Troubled = NOBODY
    is_current: bool = True
    """Whether the newest sweep of Webex went well."""


class Rows(MadeRows):
    def __init__(self, tree: Sequence[Item], sight: Sight, across: int) -> None:
        super().__init__()
        self._tree = tree
        self._sight = sight
        self._across = across

    def __len__(self) -> int:
        return len(self._tree)

    def make(self, place: int) -> Row:
        item, sight, across = self._tree[place], self._sight, self._across
        if item.note is not None:
            return spread(row(" " * item.depth, item.note), (), across)
        if item.branch is not None:
            return _branch_row(item.branch, item, sight, across)
        if item.device is not None:
            made = _device_row(item.device, item.depth, sight.moment, across)
            return made if sight.is_current else row(*map(aged, made))
        phone = sight.phones.get(item.phone) if item.phone is not None else None
        return _phone_row(phone, item.depth, across, sight.worst) if phone else ()


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
    left = _picked(phone.name, mark(phone, worst), across, words)
    return spread(left, row(*trouble, Run(f"{place} of {len(phones)}", Role.DIM), _STEP), across)


def device_picker(device: WebexDevice, across: int, words: str = "") -> Row:
    """The same where the cursor is on a device that only Webex knows."""
    left = _picked(name(device), claimed(device.status), across, words)
    return spread(left, row(Run("known to Webex alone", Role.DIM), _STEP), across)


def _picked(called: str, found: Mark, across: int, words: str) -> Row:
    looked_for = Run(f"/{words}  " if words else "", Role.ACCENT)
    return row(looked_for, Run(pad(called, min(24, across // 3)), Role.TITLE), "  ", found.run())


_STEP = Run("  [ ]", Role.KEY)
_TROUBLE = (Role.POOR, Role.CRITICAL, Role.FAILED, Role.STALE)


def name(device: WebexDevice) -> str:
    """What Webex calls it, else what there is."""
    return device.unreadable or device.name or device.mac or devices.short(device.id)


def _phone_row(phone: Phone, depth: int, across: int, worst: Troubled) -> Row:
    calls = sum(1 for _ in phone.calls)
    return _drawn(phone.name, phone.via, (mark(phone, worst), at_odds(phone.claim)), calls, (depth, across))


@lru_cache(maxsize=1000)  # most phones look as they did a moment ago
def _drawn(name: str, jump: str | None, found: tuple[Mark, Run | None], calls: int, room: tuple[int, int]) -> Row:
    (how, odds), (depth, across) = found, room
    several = Run(f" {TIMES}{calls}", Role.LABEL) if calls > 1 else Run("")
    end = row(Run(how.word, how.role), several)
    left = row(" " * depth, Run(how.glyph, how.role), f" {name}")
    if odds is not None:
        short = Run(odds.text.replace("Webex: ", ""), odds.role)
        end = _roomy(left, across, row(odds, "  ", *end), row(short, "  ", *end), row(odds), row(short))
    via = row(*left, Run(f" via {jump}", Role.LABEL)) if jump else left
    return spread(via if width(via) + width(end) < across else left, end, across)


def _device_row(device: WebexDevice, depth: int, moment: datetime, across: int) -> Row:
    found = claimed(device.status if device.unreadable is None else "unreadable")
    left = row(" " * depth, Run(found.glyph, found.role), f" {name(device)}")
    age = unseen(device, moment)
    word, brief = Run(found.word, found.role), Run(BRIEFLY.get(found.word, found.word), found.role)
    since = row(word, Run(f" {age}" if age else "", Role.DIM))
    return spread(left, _roomy(left, across, since, row(word), row(brief)), across)


def _branch_row(branch: Branch, item: Item, sight: Sight, across: int) -> Row:
    left = row(" " * item.depth, Run("▾ " if item.is_open else "▸ ", Role.LABEL), Run(branch.group[-1], Role.TITLE))
    if item.is_open:
        return spread(left, (), across)
    count = Run(f"{len(branch.phones) + branch.devices:,}", Role.LABEL)
    phones = [phone for each in branch.phones if (phone := sight.phones.get(each))]
    gravest = max(phones, key=lambda phone: urgency(phone, sight.worst), default=None)
    told = []
    if gravest is not None and urgency(gravest, sight.worst) > 0:
        worst = mark(gravest, sight.worst)
        told = [Run(f"{worst.glyph} {worst.word} ", worst.role)]
    elif branch.offline:
        told = [Run(f"✗ {branch.offline:,} of ", Role.FAILED if sight.is_current else Role.STALE)]
    end = row(*told, count)
    return spread(left, end if width(end) < across // 2 else row(count), across)


def _roomy(left: Row, across: int, *ends: Row) -> Row:
    """The first of several ends that has room beside what is left, else the last."""
    return next((end for end in ends if width(left) + width(end) < across), ends[-1])
