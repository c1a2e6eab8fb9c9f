"""The organization's phones, built page by page from frozen values, and which of them are our own phones.

page, page, …  ──►  Inventory  ──►  group(device): organization → location → workspace or person
end of a sweep ──►  without those that no page had
"""

import ipaddress
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.errors import Unreachable
from phonetui.phone.state import Disagreement, Phone, PhoneId, State
from phonetui.text import NOTHING, Printable
from phonetui.webex import devices as devices_module
from phonetui.webex.answer import at, text_at
from phonetui.webex.devices import WebexDevice

ORGANIZATION = Printable("Webex")
"""What the tree's top is called where the organization's name isn't known."""
NOWHERE = Printable("no location")
NOBODY = Printable("nobody's")


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


class Inventory(Struct, frozen=True):
    """The organization's devices, locations and workspaces at one moment."""

    devices: Mapping[str, WebexDevice] = field(default_factory=_nothing)
    """By id, in Webex's order; unreadable ones by what they were."""
    locations: Mapping[str, Printable] = field(default_factory=_nothing)
    """Names by id."""
    workspaces: Mapping[str, Printable] = field(default_factory=_nothing)
    organization: Printable = ORGANIZATION

    def with_page(self, page: Iterable[WebexDevice]) -> "Inventory":
        """The inventory with a page's devices added or brought up to date; this object where that changes nothing."""
        changed = {found.key: found for found in page if self.devices.get(found.key) != found}
        if not changed:
            return self
        return replace(self, devices=MappingProxyType({**self.devices, **changed}))

    def only(self, seen: Collection[str]) -> "Inventory":
        """The inventory after a whole sweep: without the devices whose keys no page had."""
        if all(name in seen for name in self.devices):
            return self
        kept = {name: found for name, found in self.devices.items() if name in seen}
        return replace(self, devices=MappingProxyType(kept))

    def with_places(self, *, locations: Iterable[Any] = (), workspaces: Iterable[Any] = ()) -> "Inventory":
        """The inventory with the names of places; this very object where they are known already."""
        where = {**self.locations, **_names(locations, "name")}
        whose = {**self.workspaces, **_names(workspaces, "displayName")}
        if (where, whose) == (self.locations, self.workspaces):
            return self
        return replace(self, locations=MappingProxyType(where), workspaces=MappingProxyType(whose))

    def group(self, found: WebexDevice) -> tuple[Printable, ...]:
        """A device's place in the tree, outermost first.

        A person's name is that of the phone: listings give no other.
        """
        if found.unreadable is not None:
            return (self.organization, Printable("unreadable"))
        return (self.organization, _named(found.location_id, self.locations, NOWHERE), self._owner(found))

    def _owner(self, found: WebexDevice) -> Printable:
        if found.workspace_id:
            return self.workspaces.get(found.workspace_id) or found.name or devices_module.short_id(found.workspace_id)
        return found.name or (devices_module.short_id(found.person_id) if found.person_id else NOBODY)


def _names(items: Iterable[Any], name: str) -> dict[str, Printable]:
    return {
        place: text_at(item, name) or NOTHING
        for item in items
        if isinstance(place := at(item, "id"), str) and isinstance(at(item, name), str)
    }


def _named(place: str | None, names: Mapping[str, Printable], otherwise: Printable) -> Printable:
    return otherwise if place is None else names.get(place) or devices_module.short_id(place)


class CloudState(Struct, frozen=True, kw_only=True):
    """What is known of the organization, and how the latest sweep went."""

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


class DeviceQuery(Struct, frozen=True, kw_only=True):
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
        """The key by which an index finds the device, where its id isn't known."""
        if self.mac:
            return "mac", devices_module.mac_of_id(self.mac)
        return ("serial", self.serial.casefold()) if self.serial else ("ip", self.host)

    def matches(self, found: WebexDevice) -> bool:
        return found.id == self.device if self.device else self.key in _keys(found)


def device_index(devices: Iterable[WebexDevice]) -> Mapping[Key, Sequence[WebexDevice]]:
    """Devices by everything that they can be sought by beside their ids: built for many phones at once."""
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


def not_listed(query: DeviceQuery, fit: int = 0) -> Unreachable:
    """The error that the device isn't listed, or that `fit` of the listed ones may be it."""
    what = "this id" if query.device else query.mac or query.serial or query.host
    words = f"Webex lists {fit or 'no'} phone{'s' if fit else ''} with {what}"
    hint = "Set device to its id in Webex: 'phonetui webex devices list' shows them"
    error = Unreachable(words, hint, reason="not-found")
    error.is_certain = True
    return error


_IS_REACHABLE = {State.LIVE: True, State.REFUSED: True, State.NOT_XAPI: True, State.UNREACHABLE: False}
"""Of the other states none says whether it could be reached just now."""


class LocalPhone(Struct, frozen=True):
    """A monitored phone with what it is matched by with a device."""

    id: PhoneId
    macs: tuple[str, ...] = ()
    """Twelve lower-case hex digits each: the configuration's, wired, wireless, and the one that it calls its own."""
    serial: str = ""
    ip: str = ""
    """Its IP address, where it is known."""
    device: str = ""
    """Its id in Webex, where somebody named it."""


class DeviceMatch(NamedTuple):
    """A device of Webex's that is a monitored phone, and what shows it."""

    device: WebexDevice
    by: str
    """What paired the two: `id`, `mac`, `serial` or `address`."""


def local_phone(phone: Phone, host: str = "", *, mac: str = "", serial: str = "", device: str = "") -> LocalPhone:
    """The named arguments are from the configuration: phones don't publish their serial number."""
    raw = (mac, phone.system.mac, phone.network.ethernet_mac, phone.network.wifi_mac)
    macs = dict.fromkeys(filter(None, (devices_module.mac_of_id(each or "") for each in raw)))
    return LocalPhone(phone.id, tuple(macs), serial, phone.network.ipv4 or _address(host), device)


def match_devices(inventory: Inventory, phones: Iterable[LocalPhone]) -> dict[PhoneId, DeviceMatch]:
    """The devices that are monitored phones.

    Never by name: two phones may be called the same. A device is given to one phone alone, the first that fits; by its
    address only where nobody else has that, and no hardware addresses deny it.
    """
    left = {phone.id: phone for phone in phones}
    free = dict(inventory.devices)
    pairs: dict[PhoneId, DeviceMatch] = {}
    for by, ours, theirs in _MATCH_KEYS:
        known = _known(free.values(), theirs, alone=by == "address")
        for phone in list(left.values()):
            found = next((known[word] for word in ours(phone) if word in known), None)
            if found is None or found.key not in free or (by == "address" and phone.macs and found.mac):
                continue
            pairs[phone.id] = DeviceMatch(found, by)
            del free[found.key], left[phone.id]
    return pairs


_MATCH_KEYS: tuple[tuple[str, Callable[[LocalPhone], Iterable[str]], Callable[[WebexDevice], str | None]], ...] = (
    ("id", lambda phone: (phone.device,), lambda found: found.id),
    ("mac", lambda phone: phone.macs, lambda found: found.mac),
    ("serial", lambda phone: (phone.serial.casefold(),), lambda found: (found.serial or "").casefold()),
    ("address", lambda phone: (phone.ip,), lambda found: found.ip),
)
"""Surest first: the name of the match, the words of a phone of ours, the word of a device."""


def _known(
    devices: Iterable[WebexDevice], word: Callable[[WebexDevice], str | None], *, alone: bool
) -> dict[str, WebexDevice]:
    """By their word, the first of several; `alone`: only words that a single one has."""
    known: dict[str, WebexDevice] = {}
    several: set[str] = set()
    for each in devices:
        if (name := word(each)) and known.setdefault(name, each) is not each:
            several.add(name)
    return {name: each for name, each in known.items() if not (alone and name in several)}


def reachable(phone: Phone) -> bool | None:
    """Whether it answers directly, not through Webex; None where that is not known."""
    return None if phone.is_behind_webex else _IS_REACHABLE.get(phone.connection.state)


def disagreement(found: WebexDevice, answers: bool | None) -> Disagreement | None:
    """What Webex says of a device and observation denies; None where they agree, or one of them doesn't know."""
    if None in (found.is_online, answers) or found.is_online == answers:
        return None
    return Disagreement.ONLY_WEBEX if found.is_online else Disagreement.ONLY_HERE


def _address(host: str) -> str:
    """Empty for a host's name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def counterpart(found: WebexDevice, phones: Iterable[Phone]) -> Phone | None:
    """The monitored phone of a device; None where there is none."""
    return next((each for each in phones if each.claim is not None and each.claim.device == found.key), None)


def counterparts(phones: Iterable[Phone], inventory: Inventory) -> tuple[WebexDevice, ...]:
    """The devices of our own phones, in their order; those that Webex doesn't list are left out."""
    found = (inventory.devices.get(phone.claim.device) for phone in phones if phone.claim is not None)
    return tuple(each for each in found if each is not None)
