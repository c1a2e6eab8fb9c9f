"""The tree as it stands from look to look: grown and listed anew only when something in it is another than before."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Sequence

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.panes.branches import LOCATED, MANY, Branch, Group, Item, grown, items
from phonetui.ui.panes.claims import notes
from phonetui.ui.panes.filtering import filtered, sought
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Run, wrapped
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import ORGANIZATION, Inventory

FEW = 500
"""Devices up to which a filter opens every group."""
_NOTE_LINES = 3


class Growth:
    def __init__(self) -> None:
        self.root: Branch = grown(())
        self.items: Sequence[Item] = ()
        """What can be seen of it, row by row."""
        self.of = 0
        """How many phones and devices there are without the filter."""
        self._others = 0
        self._inventory: Inventory | None = None
        self._sought: tuple[frozenset[str], str] = (frozenset(), "")
        self._devices: Sequence[WebexDevice] = ()
        self._placed: Sequence[tuple[PhoneId, Group]] = ()
        self._opened: dict[Group, bool] = {}
        """What the operator opened and shut."""
        self._listed: object = None
        """What the items were made of."""
        self._places: dict[object, int] = {}

    def look(self, scene: Scene, words: str, across: int) -> None:
        """Brings all of it up to date for what there is to see."""
        inventory = scene.cloud.inventory if scene.cloud else None
        taken = frozenset(phone.claim.device for phone in scene.phones.values() if phone.claim)
        is_news = inventory is not self._inventory or (taken, words) != self._sought
        if is_news:
            self._inventory, self._sought = inventory, (taken, words)
            known = inventory.devices.items() if inventory else ()
            others = [device for name, device in known if name not in taken]
            self._others, self._devices = len(others), sought(others, words)
        crowded = self._crowded(scene.phones.values())
        placed = tuple((phone.id, _place(phone, crowded)) for phone in filtered(scene.phones.values(), words))
        if is_news or placed != self._placed:
            self._placed = placed
            self.root = grown(placed, inventory, self._devices)
        self.of = len(scene.phones) + self._others
        is_named = inventory is not None and inventory.organization in self.root.limbs
        self._list(notes(scene.cloud, scene.at, named=is_named), words, across)

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

    def _list(self, told: Iterable[Run], words: str, across: int) -> None:
        lines = tuple(
            Run(line, note.role) for note in told for line in wrapped(note.text, max(across - 1, 1), _NOTE_LINES)
        )
        made_of = (self.root, lines, bool(words), tuple(self._opened.items()))
        if made_of == self._listed:
            return
        self._listed = made_of
        organization = self._inventory.organization if self._inventory else ORGANIZATION
        self.items = items(self.root, self.is_open if not words else self._is_found, lines, organization)
        self._places = {item.spot: place for place, item in enumerate(self.items) if item.note is None}

    def place(self, spot: object) -> int | None:
        """The row of a phone, a device or a group; None where it cannot be seen."""
        return self._places.get(spot)

    def is_open(self, branch: Branch) -> bool:
        """As the operator left it; at the start locations of a large organization are shut."""
        is_large_location = self.root.devices > MANY and len(branch.group) == LOCATED and branch.devices > 0
        return self._opened.get(branch.group, not is_large_location)

    def _is_found(self, branch: Branch) -> bool:
        """What a filter leaves is shown at once, unless it is more than anybody would read."""
        return self.root.devices <= FEW or self.is_open(branch)

    def open(self, group: Group, *, wanted: bool = True) -> None:
        self._opened[group] = wanted


def _place(phone: Phone, crowded: Container[Group]) -> Group:
    """A person or workspace of Webex that has the name of its only phone is no group of its own, as among devices."""
    place = phone.place
    return place[:LOCATED] if _is_named_alike(phone) and place not in crowded else place


def _is_named_alike(phone: Phone) -> bool:
    is_webexs = phone.claim is not None and phone.place == phone.claim.place
    return is_webexs and phone.place[LOCATED:] == (phone.name,)
