"""The fleet that Webex knows, built up page by page: frozen values, so that what didn't change is the same object.

page, page, …  ──►  Inventory  ──►  group(device): organization → location → workspace or person
end of a sweep ──►  without those that no page had
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from phonetui.text import Printable, printable
from phonetui.webex import identity
from phonetui.webex.answer import at
from phonetui.webex.device import Device

ORGANIZATION = Printable("Webex")
"""What the tree's top is called where the organization's name isn't known."""
NOWHERE = Printable("no location")
NOBODY = Printable("nobody's")


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Inventory:
    devices: Mapping[str, Device] = field(default_factory=_nothing)
    """By id, in Webex's order; unreadable ones by what they were."""
    locations: Mapping[str, Printable] = field(default_factory=_nothing)
    """Names by id."""
    workspaces: Mapping[str, Printable] = field(default_factory=_nothing)
    organization: Printable = ORGANIZATION

    def with_page(self, page: Iterable[Device]) -> "Inventory":
        """With a page's devices added or brought up to date; this very object where that changes nothing."""
        changed = {key(found): found for found in page if self.devices.get(key(found)) != found}
        if not changed:
            return self
        return replace(self, devices=MappingProxyType({**self.devices, **changed}))

    def only(self, seen: Collection[str]) -> "Inventory":
        """After a whole sweep: without the devices whose keys no page had."""
        if all(name in seen for name in self.devices):
            return self
        kept = {name: found for name, found in self.devices.items() if name in seen}
        return replace(self, devices=MappingProxyType(kept))

    def with_places(self, *, locations: Iterable[Any] = (), workspaces: Iterable[Any] = ()) -> "Inventory":
        """With the names of places; this very object where they are known already."""
        where = {**self.locations, **_names(locations, "name")}
        whose = {**self.workspaces, **_names(workspaces, "displayName")}
        if (where, whose) == (self.locations, self.workspaces):
            return self
        return replace(self, locations=MappingProxyType(where), workspaces=MappingProxyType(whose))

    def group(self, found: Device) -> tuple[Printable, ...]:
        """Its place in the tree, outermost first. A person's name is that of the phone: listings give no other."""
        if found.unreadable is not None:
            return (self.organization, Printable("unreadable"))
        return (self.organization, _named(found.location_id, self.locations, NOWHERE), self._owner(found))

    def _owner(self, found: Device) -> Printable:
        if found.workspace_id:
            return self.workspaces.get(found.workspace_id) or found.name or identity.short(found.workspace_id)
        return found.name or (identity.short(found.person_id) if found.person_id else NOBODY)


def key(found: Device) -> str:
    """Under which a device is kept."""
    return found.id or f"unreadable: {found.unreadable}"


def _names(items: Iterable[Any], name: str) -> dict[str, Printable]:
    return {
        place: printable(found)
        for item in items
        if isinstance(place := at(item, "id"), str) and isinstance(found := at(item, name), str)
    }


def _named(place: str | None, names: Mapping[str, Printable], otherwise: Printable) -> Printable:
    return otherwise if place is None else names.get(place) or identity.short(place)
