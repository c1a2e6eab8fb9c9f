"""Names and addresses → the ids that Webex wants: phones of the configuration, devices, locations, workspaces, people,
templates.

A name must match as a whole, in any letter case, so that nothing is sent to the wrong phone.
"""

import difflib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import devices as devices_module
from phonetui.webex.answer import at, text
from phonetui.webex.devices import WebexDevice
from phonetui.webex.operations import operation

if TYPE_CHECKING:
    from phonetui.webex.client import WebexClient
    from phonetui.webex.operations import Operation

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOST = 20
"""Candidates that are listed."""


class AmbiguousName(ConfigError):
    """Several fit: `block` lists them, one a line."""

    def __init__(self, message: str, hint: str, block: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.block = block


class NamedThing(Struct, frozen=True):
    """Anything with an id: what it is called, and what tells it from others of the same name."""

    id: str
    names: tuple[str, ...]
    """The first is shown."""
    more: Printable = NOTHING


def is_id(word: str) -> bool:
    """Whether it is an id already: base64 of a `ciscospark://` URL, or a UUID."""
    return bool(devices_module.kind_of_id(word) or _UUID.fullmatch(word))


def device_things(found: Iterable[WebexDevice]) -> Iterator[NamedThing]:
    """Devices by name, MAC address, serial number, IP address and the end of their id."""
    for each in found:
        if each.unreadable is None:
            names = (each.shown_name, each.mac, each.serial, each.ip, devices_module.short_id(each.id))
            facts = (each.product, each.mac, each.serial, each.status)
            more = printable("  ".join(fact for fact in facts if fact))
            yield NamedThing(each.id, tuple(name for name in names if name), more)


def find_named(word: str, kind: str, things: Iterable[NamedThing], hint: str) -> NamedThing:
    """The one that `word` names; `hint` says what lists them.

    Raises ConfigError for none, AmbiguousName for several.
    """
    known = list(things)
    wanted = {word.strip().casefold(), devices_module.mac_of_id(word)} - {""}
    fitting = [each for each in known if wanted & {name.casefold() for name in each.names}]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        lines = [f"  {each.names[0]}  {each.more}  {each.id}" for each in fitting[:_MOST]]
        lines += [f"  … {len(fitting) - _MOST} more"] if len(fitting) > _MOST else []
        raise AmbiguousName(
            f"'{word}' may be {len(fitting)} {kind}s", "Name it by one of the following", tuple(map(printable, lines))
        )
    names = {name.casefold(): name for each in known for name in each.names}
    near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.75)
    raise ConfigError(f"Webex lists no {kind} '{word}'", f"Did you mean '{names[near[0]]}'?" if near else hint)


class Listing(Struct, frozen=True):
    """Where things of a kind are listed, and the fields by which they are called."""

    kind: str
    operation: str
    names: tuple[str, ...]
    more: str
    """A field that tells one from another of the same name."""


LISTINGS = {
    "locationId": Listing("location", "locations list", ("name",), "timeZone"),
    "locationIds": Listing("location", "locations list", ("name",), "timeZone"),
    "workspaceId": Listing("workspace", "workspaces list", ("displayName",), "type"),
    "personId": Listing("person", "people list", ("displayName", "emails"), "emails"),
    "templateId": Listing("template", "templates list", ("templateName",), "deviceModel"),
}
"""By the field that takes their ids."""
_DEVICE = "deviceId"


@dataclass
class Lookup:
    """One command's: what was listed once is not asked for again."""

    webex: "WebexClient"
    config: Config
    about: Printable = NOTHING
    """The device that was named last, for the audit log."""
    _listed: dict[str, list[Any]] = field(default_factory=dict)

    async def resolve(self, asked: "Operation", values: Mapping[str, Any]) -> dict[str, Any]:
        """`values` with ids in place of names. Raises ConfigError for what is unknown or ambiguous, PhonetuiErrors."""
        found = dict(values)
        for name in (*asked.places, *(each.name for each in asked.fields)):
            given = values.get(name)
            find: Callable[[str], Awaitable[str]]
            if name == _DEVICE:
                find = self.device_id
            elif name in LISTINGS:
                find = self._finder(LISTINGS[name])
            else:
                continue
            if isinstance(given, str) and given:
                found[name] = await find(given)
            elif isinstance(given, list):
                found[name] = [await find(each) for each in given]
        return found

    async def device_id(self, word: str) -> str:
        """The id of a device by whatever it is called, or of a phone of the configuration by its name.

        Raises PhonetuiErrors.
        """
        if is_id(word):
            return word
        found = await self.device(word)
        self.about = Printable(found.names[0])
        return found.id

    async def device(self, word: str) -> NamedThing:
        """A device by whatever it is called. Raises ConfigError and PhonetuiErrors."""
        if is_id(word):
            return NamedThing(word, (devices_module.short_id(word),))
        ours = next((each for each in self.config.phones if each.id.casefold() == word.casefold()), None)
        if ours is not None and ours.device:
            return NamedThing(ours.device, (ours.id,))
        hint = "'phonetui webex devices list' shows them"
        for wanted in _words(ours, word):
            narrow = [thing async for thing in self._narrowly(wanted)]
            if len(narrow) == 1:
                return NamedThing(narrow[0].id, (word, *narrow[0].names) if ours else narrow[0].names, narrow[0].more)
        known = list(device_things([devices_module.device(each) for each in await self._everything("devices list")]))
        for wanted in _words(ours, word):
            if any(wanted.casefold() in map(str.casefold, each.names) for each in known):
                return find_named(wanted, "device", known, hint)
        return find_named(word, "device", known, hint)

    async def phones(self) -> list[WebexDevice]:
        """All phones of the organization, as they are listed. Raises PhonetuiErrors."""
        pages = self.webex.pages(operation("devices list"), {"type": "phone"})
        raw = [each async for page in pages for each in page]
        return [found for found in map(devices_module.device, raw) if found.unreadable is None]

    async def location_names(self) -> dict[str, str]:
        """Names of locations by id. Raises PhonetuiErrors."""
        raw = await self._everything("locations list")
        return {str(at(each, "id")): str(at(each, "name")) for each in raw if isinstance(at(each, "name"), str)}

    async def named(self, name: str, word: str) -> str:
        """The id of a thing by the field that takes it, such as `locationId`. Raises ConfigError, PhonetuiErrors."""
        return await self._finder(LISTINGS[name])(word)

    async def _narrowly(self, wanted: str) -> AsyncIterator[NamedThing]:
        """Those that Webex's own filter finds and that are called exactly so."""
        mac = devices_module.mac_of_id(wanted)
        query = {"mac": mac} if mac else {"displayName": wanted}
        folded = {wanted.casefold(), mac}
        async for page in self.webex.pages(operation("devices list"), query):
            for thing in device_things(map(devices_module.device, page)):
                if folded & {name.casefold() for name in thing.names}:
                    yield thing

    def _finder(self, listing: Listing) -> Callable[[str], Awaitable[str]]:
        async def find(word: str) -> str:
            if is_id(word):
                return word
            things = [_thing(each, listing) for each in await self._everything(listing.operation, word)]
            hint = f"'phonetui webex {listing.operation}' shows them"
            return find_named(word, listing.kind, [each for each in things if each is not None], hint).id

        return find

    async def _everything(self, name: str, word: str = "") -> list[Any]:
        """All items of a listing; of people only those of an e-mail address or a name, as Webex lists no more."""
        query: dict[str, str] = {}
        if name == "people list":
            query = {"email": word} if "@" in word else {"displayName": word}
        key = f"{name} {query}"
        if key not in self._listed:
            pages = self.webex.pages(operation(name), query)
            self._listed[key] = [each async for page in pages for each in page]
        return self._listed[key]


def _words(ours: PhoneSettings | None, word: str) -> list[str]:
    """By what a device is sought: of a phone of ours what the configuration says of it, else as it was typed."""
    if ours is None:
        return [word]
    found = [each for each in (ours.mac, ours.serial, ours.host) if each]
    if not found:
        raise ConfigError(
            f"{ours.id}: the configuration doesn't say which device it is in Webex", "Set its mac or device"
        )
    return found


def _thing(raw: Any, listing: Listing) -> NamedThing | None:
    identity = at(raw, "id")
    if not isinstance(identity, str) or not identity:
        return None
    names: list[Any] = []
    for name in listing.names:
        value = at(raw, name)
        names += value if isinstance(value, list) else [value]
    known = tuple(name for name in names if isinstance(name, str) and name)
    return NamedThing(identity, (*known, devices_module.short_id(identity)), text(at(raw, listing.more)))
