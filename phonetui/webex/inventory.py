"""The fleet that Webex knows, built up page by page: frozen values, so that what didn't change is the same object.

page, page, …  ──►  Inventory  ──►  group(device): organization → location → workspace or person
end of a sweep ──►  without those that no page had

What is known of the organization in Webex, and how asking for it goes.

A phone that is looked for among those of an organization: by its id, its MAC address, its serial number, its IP.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from phonetui.errors import Unreachable
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import devices as devices_module
from phonetui.webex.answer import at
from phonetui.webex.devices import WebexDevice

ORGANIZATION = Printable("Webex")
"""What the tree's top is called where the organization's name isn't known."""
NOWHERE = Printable("no location")
NOBODY = Printable("nobody's")


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Inventory:
    devices: Mapping[str, WebexDevice] = field(default_factory=_nothing)
    """By id, in Webex's order; unreadable ones by what they were."""
    locations: Mapping[str, Printable] = field(default_factory=_nothing)
    """Names by id."""
    workspaces: Mapping[str, Printable] = field(default_factory=_nothing)
    organization: Printable = ORGANIZATION

    def with_page(self, page: Iterable[WebexDevice]) -> "Inventory":
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

    def group(self, found: WebexDevice) -> tuple[Printable, ...]:
        """Its place in the tree, outermost first. A person's name is that of the phone: listings give no other."""
        if found.unreadable is not None:
            return (self.organization, Printable("unreadable"))
        return (self.organization, _named(found.location_id, self.locations, NOWHERE), self._owner(found))

    def _owner(self, found: WebexDevice) -> Printable:
        if found.workspace_id:
            return self.workspaces.get(found.workspace_id) or found.name or devices_module.short(found.workspace_id)
        return found.name or (devices_module.short(found.person_id) if found.person_id else NOBODY)


def key(found: WebexDevice) -> str:
    """Under which a device is kept."""
    return found.id or f"unreadable: {found.unreadable}"


def _names(items: Iterable[Any], name: str) -> dict[str, Printable]:
    return {
        place: printable(found)
        for item in items
        if isinstance(place := at(item, "id"), str) and isinstance(found := at(item, name), str)
    }


def _named(place: str | None, names: Mapping[str, Printable], otherwise: Printable) -> Printable:
    return otherwise if place is None else names.get(place) or devices_module.short(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudState:
    inventory: Inventory = field(default_factory=Inventory)
    """The same object as long as nothing in it changed."""
    is_whole: bool = False
    """Whether a sweep has reached its end yet."""
    swept_at: float | None = None
    """When the last whole sweep ended, in monotonic seconds."""
    failure: Printable = NOTHING
    """Why the last sweep broke off."""
    waits_until: float | None = None
    """Until when Webex wants to be left alone, in monotonic seconds; None where it may be asked."""


Key = tuple[str, str]
"""`mac`, `serial` or `ip`, and its value in one spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceQuery:
    """What is known of it; the first that isn't empty decides."""

    device: str = ""
    mac: str = ""
    """In any spelling."""
    serial: str = ""
    host: str = ""
    """An IP address: private ones occur twice, so that only a whole listing tells whether it is the only one."""

    @property
    def filter(self) -> dict[str, str]:
        """The words of a listing that brings it alone; empty where Webex has none for that."""
        if self.mac:
            return {"mac": self.mac}
        return {"serial": self.serial} if self.serial else {}

    @property
    def key(self) -> Key:
        """By which an index finds it, where its id isn't known."""
        if self.mac:
            return "mac", devices_module.mac_of_id(self.mac)
        return ("serial", self.serial.casefold()) if self.serial else ("ip", self.host)

    def fits(self, found: WebexDevice) -> bool:
        return found.id == self.device if self.device else self.key in _keys(found)


def index(devices: Iterable[WebexDevice]) -> Mapping[Key, Sequence[WebexDevice]]:
    """Devices by all that they can be sought by beside their ids: built for many phones at once."""
    found: dict[Key, list[WebexDevice]] = {}
    for each in devices:
        for key in _keys(each):
            found.setdefault(key, []).append(each)
    return found


def _keys(found: WebexDevice) -> Iterator[Key]:
    if found.mac:
        yield "mac", found.mac
    if found.serial:
        yield "serial", found.serial.casefold()
    if found.ip:
        yield "ip", found.ip


def unknown(sought: DeviceQuery, fit: int = 0) -> Unreachable:
    """That it isn't among them, or that `fit` of them may be it."""
    what = "this id" if sought.device else sought.mac or sought.serial or sought.host
    error = Unreachable(f"Webex lists {fit or 'no'} phone{'s' if fit else ''} with {what}", _HINT, reason="not-found")
    error.is_certain = True
    return error


_HINT = "Set device to its id in Webex: 'phonetui webex devices list' shows them"
