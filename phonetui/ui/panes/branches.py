"""The tree's shape: which groups there are, and which phones and which of Webex's devices hang on them.

Both steps cost time for every device, so panes repeat them only when what they are made of is another object; shut
locations are not spread out at all.

phones, devices ──grown──► Branch ──items──► Item, Item, …  (what is open, row by row)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from phonetui.phone.state import PhoneId
from phonetui.ui.row import Run
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import Inventory, key

Group = tuple[str, ...]
MANY = 50
"""Devices of Webex's alone from which on its locations are shut until somebody opens them."""
LOCATED = 2
"""Organization, location; workspaces and persons are below."""


class Branch:
    """A group, with all that is below it. Not changed any more once the tree is grown."""

    __slots__ = ("_held", "_leaves", "_limbs", "devices", "group", "offline", "phones")

    def __init__(self, group: Group) -> None:
        self.group = group
        self.phones: list[PhoneId] = []
        """Below it, however deep; so are the devices."""
        self.devices = 0
        self.offline = 0
        """Of the devices, as Webex claims."""
        self._limbs: dict[str, Branch] = {}
        self._leaves: list[PhoneId | WebexDevice] = []
        self._held: list[tuple[Inventory, Sequence[WebexDevice]]] = []

    @property
    def limbs(self) -> Mapping[str, "Branch"]:
        """The groups right below, by name."""
        self._spread()
        return self._limbs

    @property
    def leaves(self) -> Sequence[PhoneId | WebexDevice]:
        """What hangs here and in no group below."""
        self._spread()
        return self._leaves

    def limb(self, name: str) -> "Branch":
        if name not in self._limbs:
            self._limbs[name] = Branch((*self.group, name))
        return self._limbs[name]

    def hang(self, phone: PhoneId) -> None:
        self._leaves.append(phone)

    def hold(self, inventory: Inventory, devices: Sequence[WebexDevice]) -> None:
        """Keeps a location's devices, to be spread over workspaces and persons once somebody looks at them."""
        self._held.append((inventory, devices))

    def _spread(self) -> None:
        """A workspace or person that has the name of its only device is no group of its own."""
        held, self._held = self._held, []
        for inventory, devices in held:
            names = [inventory.group(device)[-1] for device in devices]
            several = Counter(names)
            for name, device in zip(names, devices, strict=True):
                is_alone = several[name] == 1 and name not in self._limbs and name == (device.name or name)
                if device.unreadable is not None or is_alone:
                    self._leaves.append(device)
                    continue
                owner = self.limb(name)
                owner.devices += 1
                owner.offline += device.is_online is False
                owner._leaves.append(device)


class Item(NamedTuple):
    """A row of the tree: a phone, a device that only Webex knows, a note, or a group with what is below it."""

    group: Group
    depth: int = 0
    phone: PhoneId | None = None
    device: WebexDevice | None = None
    branch: Branch | None = None
    note: Run | None = None
    is_open: bool = True

    @property
    def spot(self) -> Group | str | None:
        """Where the cursor stands when it is on this row, whatever happens around it."""
        if self.branch is not None:
            return self.group
        return self.phone if self.device is None else key(self.device)


def grown(
    phones: Iterable[tuple[PhoneId, Group]], inventory: Inventory | None = None, devices: Iterable[WebexDevice] = ()
) -> Branch:
    """The root. Phones in their order, then devices in theirs."""
    root = Branch(())
    for phone, group in phones:
        for branch in (way := _way(root, group)):
            branch.phones.append(phone)
        way[-1].hang(phone)
    if inventory is None:
        return root
    located: dict[tuple[str | None, bool], list[WebexDevice]] = {}
    for device in devices:
        located.setdefault((device.location_id, device.unreadable is None), []).append(device)
    for there in located.values():
        offline = sum(device.is_online is False for device in there)
        for branch in (way := _way(root, inventory.group(there[0])[:LOCATED])):
            branch.devices += len(there)
            branch.offline += offline
        way[-1].hold(inventory, there)
    return root


def _way(root: Branch, group: Group) -> list[Branch]:
    """From the root to a group, which is made where it isn't there."""
    way = [root]
    for name in group:
        way.append(way[-1].limb(name))
    return way


def items(
    root: Branch, is_open: Callable[[Branch], bool], notes: Sequence[Run] = (), organization: str = ""
) -> list[Item]:
    """What can be seen, row by row; the notes stand below the organization, or last where that has no group."""
    found = list(_below(root, is_open))
    place = next((at for at, item in enumerate(found, 1) if item.group == (organization,)), len(found))
    found[place:place] = [Item((organization,), 1, note=note) for note in notes]
    return found


def _below(branch: Branch, is_open: Callable[[Branch], bool]) -> Iterator[Item]:
    for limb in branch.limbs.values():  # a group is one place, wherever the configuration names its phones
        opened = is_open(limb)
        yield Item(limb.group, len(branch.group), branch=limb, is_open=opened)
        if opened:
            yield from _below(limb, is_open)
    depth = len(branch.group)
    for leaf in branch.leaves:
        if isinstance(leaf, WebexDevice):
            yield Item(branch.group, depth, device=leaf)
        else:
            yield Item(branch.group, depth, phone=leaf)
