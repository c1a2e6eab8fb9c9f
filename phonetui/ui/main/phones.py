"""The pane of the phones: a tree with a cursor, or a picker of one line."""

from collections import Counter
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Sequence
from operator import is_not
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.main.phone_tree import (
    LOCATED,
    MANY,
    Branch,
    Group,
    Item,
    TreeContext,
    TreeRows,
    build_tree,
    device_picker,
    items,
    picker,
)
from phonetui.ui.phone_filter import PHONE, filtered, filtered_devices
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.filters import Filter
from phonetui.ui.text.format import Troubled
from phonetui.ui.text.rows import Role, Row, Run, row, wrapped
from phonetui.ui.webex_status import sweep_notes
from phonetui.ui.widgets.list_cursor import NOWHERE
from phonetui.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import Inventory

FEW = 500
"""Devices up to which a filter opens every group."""
_NOTE_LINES = 3


class PhoneTree:
    def __init__(self) -> None:
        self.root: Branch = build_tree(())
        self.items: Sequence[Item] = ()
        """What can be seen of it, row by row."""
        self.of = 0
        """How many phones and devices there are without the filter."""
        self._others = 0
        self._inventory: Inventory | None = None
        self._sought: tuple[frozenset[str], str] = (frozenset(), "")
        self._devices: Sequence[WebexDevice] = ()
        self._placed: Sequence[tuple[PhoneId, Group]] = ()
        self._placed_by: tuple[object, ...] = ()
        """What decided where all phones are, as the same objects."""
        self._is_worst_first = False
        self._opened: dict[Group, bool] = {}
        """What the operator opened and shut."""
        self._listed: object = None
        """What the items were made of."""
        self._places: dict[object, int] = {}

    def update(self, snapshot: Snapshot, words: str, width: int) -> None:
        """Brings all of it up to date for what there is to see."""
        inventory, summary = snapshot.cloud.inventory if snapshot.cloud else None, snapshot.summary
        order = summary.worst_first if snapshot.worst_first else None
        placed_by = (words, inventory, summary.placement, order, snapshot.worst_first)
        if words or any(map(is_not, placed_by, self._placed_by)) or not self._placed_by:
            self._place_all(snapshot, inventory, words)
            self._placed_by = placed_by
        self.of = len(snapshot.phones) + self._others
        is_named = inventory is not None and inventory.organization in self.root.groups
        self._list(sweep_notes(snapshot.cloud, snapshot.at, named=is_named), words, width)

    def _place_all(self, snapshot: Snapshot, inventory: "Inventory | None", words: str) -> None:
        taken = frozenset(phone.claim.device for phone in snapshot.phones.values() if phone.claim)
        is_news = inventory is not self._inventory or (taken, words) != self._sought
        if is_news:
            self._inventory, self._sought = inventory, (taken, words)
            known = inventory.devices.items() if inventory else ()
            others = [device for name, device in known if name not in taken]
            self._others, self._devices = len(others), filtered_devices(others, words)
        found, self._is_worst_first = listed(snapshot, words), snapshot.worst_first
        placed: tuple[tuple[PhoneId, Group], ...]
        if self._is_worst_first:
            placed = tuple([(phone.id, ()) for phone in found])
        else:
            crowded = self._crowded(snapshot.phones.values())
            placed = tuple([(phone.id, _place(phone, crowded)) for phone in found])
        if is_news or placed != self._placed:
            self._placed = placed
            self.root = build_tree(placed, inventory, self._devices)

    def _crowded(self, phones: Collection[Phone]) -> Container[Group]:
        """Places that have the name of a phone there, and hold others too."""
        inventory, named = self._inventory, {phone.place for phone in phones if _is_named_alike(phone)}
        if inventory is None or not named:
            return ()
        names = {place[-1] for place in named}
        spaces = {each for each, name in inventory.workspaces.items() if name in names}
        beside = (each for each in self._devices if each.workspace_id in spaces or each.name in names)
        count = Counter([*(phone.place for phone in phones), *map(inventory.group, beside)])
        return {place for place in named if count[place] > 1}

    def _list(self, notes: Iterable[Run], words: str, width: int) -> None:
        lines = tuple(
            Run(line, note.role) for note in notes for line in wrapped(note.text, max(width - 1, 1), _NOTE_LINES)
        )
        made_of = (self.root, lines, bool(words), tuple(self._opened.items()), self._is_worst_first)
        if made_of == self._listed:
            return
        self._listed = made_of
        organization = self._inventory.organization if self._inventory else ""
        is_open = self._is_found if words else self.is_open
        self.items = items(self.root, is_open, lines, organization, leaves_first=self._is_worst_first)
        self._places = {item.spot: place for place, item in enumerate(self.items) if item.note is None}

    def place(self, spot: object) -> int | None:
        """The row of a phone, a device or a group; None where it cannot be seen."""
        return self._places.get(spot)

    def is_open(self, branch: Branch) -> bool:
        """Whether a branch is open, as the operator left it.

        At the start locations of a large organization are shut.
        """
        is_large_location = self.root.devices > MANY and len(branch.group) == LOCATED and branch.devices > 0
        return self._opened.get(branch.group, not is_large_location)

    def _is_found(self, branch: Branch) -> bool:
        """What a filter leaves is shown at once, unless it is more than anybody would read."""
        return self.root.devices <= FEW or self.is_open(branch)

    def open(self, group: Group, *, wanted: bool = True) -> None:
        self._opened[group] = wanted


def listed(snapshot: Snapshot, words: str) -> list[Phone]:
    """The phones that the filter leaves, in the order in which they are listed."""
    phones = snapshot.phones
    ordered = [phones[phone] for phone in snapshot.summary.worst_first] if snapshot.worst_first else phones.values()
    return filtered(ordered, words)


def _place(phone: Phone, crowded: Container[Group]) -> Group:
    """A person or workspace of Webex that has the name of its only phone is no group of its own, as among devices."""
    place = phone.place
    return place[:LOCATED] if _is_named_alike(phone) and place not in crowded else place


def _is_named_alike(phone: Phone) -> bool:
    is_webexs = phone.claim is not None and phone.place == phone.claim.place
    return is_webexs and phone.place[LOCATED:] == (phone.name,)


class PhonesPane(Pane):
    number = "1"
    name_ = "Phones"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "close", "Close the group", show=False),
        Binding("right", "open", "Open the group", show=False),
        Binding("enter,space", "enter", "Open or close the group, or open the call", show=False),
    ]

    def __init__(
        self,
        select: Callable[[PhoneId], bool],
        leave: Callable[[], None],
        turn_to: Callable[[str], bool],
        visit: Callable[[], None],
    ) -> None:
        """`select` notes where the cursor came to, and returns whether that is still there; `leave` is called when
        enter was pressed on a phone.

        `turn_to` and `visit` are called in the same way for a device that only Webex knows, by its inventory key.
        """
        super().__init__(id="phones")
        self.moved = self._moved
        self._select = select
        self._leave = leave
        self._turn_to = turn_to
        self._visit = visit
        self.words = ""
        """The filter in force."""
        self._tree = PhoneTree()
        self._on_group: Group | None = None
        self._is_asked = False
        """Whether the operator himself brought about what is drawn next."""

    def listed(self, snapshot: Snapshot) -> list[PhoneId]:
        """The phones that the filter leaves, shut groups included, in the order in which they are listed."""
        return [phone.id for phone in listed(snapshot, self.words)]

    def filter(self, words: str) -> None:
        """Filters the tree from the next look on."""
        self.words = words
        self._on_group = None
        self._is_asked = True

    def reveal(self) -> None:
        """Opens what hides the selected phone or device and puts the cursor on it."""
        for depth in range(1, len(self._around) + 1):
            self._tree.open(self._around[:depth])
        self._on_group = None
        self._draw_asked()

    def _draw_asked(self) -> None:
        self._is_asked = True
        self.draw()

    def draw(self) -> None:
        snapshot, size = self.snapshot, self.size
        if snapshot is None:
            return
        if not size:
            self._update_title(snapshot)
            return
        self._size_drawn = size
        worst = snapshot.summary.worst
        if size.height <= 1:
            self.show([self._picker(snapshot, worst)])
            return
        width = size.width - 1
        self._tree.update(snapshot, self.words, width)
        is_current = snapshot.cloud is None or not snapshot.cloud.failure
        context = TreeContext(snapshot.phones, snapshot.moment, worst, is_current)
        drawn = TreeRows(self._tree.items, context, width).following(self.rows)
        if len(drawn):
            self.show(drawn, self._tree.items, key_of=_spot, at=self._at(), asked=self._is_asked)
        else:
            why = Filter(PHONE, self.words).problem or "No match." if self.words else "No phones."
            self.show([row(Run(line, Role.DIM)) for line in wrapped(why, max(width - 1, 1), 4)])
        self._is_asked = False
        self._update_title(snapshot)

    def _picker(self, snapshot: Snapshot, worst: Troubled) -> Row:
        width = self.size.width
        if snapshot.device is not None:
            return device_picker(snapshot.device, width, self.words)
        if not snapshot.phones and snapshot.cloud is not None:
            return row(
                Run(f" {len(snapshot.cloud.inventory.devices):,} phones in Webex: zoom shows the tree", Role.DIM)
            )
        return picker(snapshot.phones, snapshot.selected, width, self.words, worst)

    def title_of(self, snapshot: Snapshot) -> str:
        if not self.words:
            return f"{self.name_} · worst first" if snapshot.worst_first else self.name_
        root = self._tree.root
        return f"Phones /{self.words} · {len(root.phones) + root.devices:,} of {self._tree.of:,}"

    def _moved(self) -> None:
        item = self._item
        if item is None or item.note is not None:
            return
        self._on_group = item.group if item.branch else None
        snapshot = self.snapshot
        if item.phone is not None:
            self.snapshot = snapshot and replace(snapshot, selected=item.phone, device=None)
            self._select(item.phone)
        elif item.device is not None:
            self.snapshot = snapshot and replace(snapshot, selected=None, device=item.device)
            self._turn_to(item.device.key)

    def action_move(self, by: int) -> None:
        """Moves the cursor; in the picker it walks from phone to phone."""
        if self.size.height > 1 or self.snapshot is None:
            super().action_move(by)
            return
        among = self.listed(self.snapshot)
        if among:
            place = among.index(self.snapshot.selected) if self.snapshot.selected in among else 0
            self._select(among[min(max(place + by, 0), len(among) - 1)])

    def action_close(self) -> None:
        item = self._item
        if item is None:
            return
        if item.branch is not None and item.is_open:
            self._tree.open(item.group, wanted=False)
        else:
            self._on_group = item.group if item.branch is None else item.group[:-1]
        self._on_group = self._on_group or None
        self._draw_asked()

    def action_open(self) -> None:
        item = self._item
        if item and item.branch is not None:
            self._tree.open(item.group)
            self._draw_asked()

    def action_enter(self) -> None:
        item = self._item
        if item and item.phone is not None:
            if self._select(item.phone):  # it may have gone since it was drawn
                self._leave()
        elif item and item.device is not None:
            if self._turn_to(item.device.key):
                self._visit()
        elif item and item.branch is not None:
            self._tree.open(item.group, wanted=not item.is_open)
            self._draw_asked()
        elif self.size.height <= 1 and self.snapshot and self.snapshot.selected is not None:  # the picker
            self._leave()

    @property
    def _item(self) -> Item | None:
        """Under the cursor as it was shown."""
        found: Item | None = self.target
        return found

    @property
    def _around(self) -> Group:
        """The groups around what is selected, outermost first."""
        snapshot = self.snapshot
        if snapshot is None:
            return ()
        if snapshot.device is not None and snapshot.cloud is not None:
            return snapshot.cloud.inventory.group(snapshot.device)
        return snapshot.phone.place if snapshot.phone else ()

    def _at(self) -> object:
        """Where the cursor is: on the group where the operator left it, else on what is selected or a group around."""
        snapshot, place = self.snapshot, self._tree.place
        spots: list[object] = [
            self._on_group,
            snapshot and snapshot.selected,
            snapshot and snapshot.device and snapshot.device.key,
        ]
        around = self._around
        spots += [around[:depth] for depth in range(len(around), 0, -1)]
        return next((spot for spot in spots if spot is not None and place(spot) is not None), NOWHERE)


def _spot(item: Item) -> Hashable | None:
    return item.spot if item.note is None else None
