"""From what people call a device, a location, a template to its id in Webex: names, MAC addresses, serial numbers.

A name fits whole, whatever its letter case: what is sent to the wrong phone is not taken back. Pure.
"""

import difflib
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import devices as devices_module
from phonetui.webex.devices import WebexDevice

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
