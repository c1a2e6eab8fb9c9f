"""Which phone of ours is which of Webex's, and whether the two sides tell the same of it.

Which phone of ours a device is, and the other way round, as the claims of Webex tell.
"""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from phonetui.phone.state import Disagreement, Phone, PhoneId, State
from phonetui.webex import devices as devices_module
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import Inventory, key

_ANSWERS = {
    State.LIVE: True,
    State.REFUSED: True,
    State.NOT_XAPI: True,
    State.UNREACHABLE: False,
}
"""Of the other states none says whether it could be reached just now."""


@dataclass(frozen=True, slots=True)
class Local:
    """What tells our own phone apart."""

    id: PhoneId
    macs: tuple[str, ...] = ()
    """Twelve lower-case hex digits each: the configuration's, wired, wireless, and the one that it calls its own."""
    serial: str = ""
    ip: str = ""
    """Its IP address, where it is known."""
    device: str = ""
    """Its id in Webex, where somebody named it."""


class DeviceMatch(NamedTuple):
    device: WebexDevice
    by: str
    """What paired the two: `id`, `mac`, `serial` or `address`."""


def local(phone: Phone, host: str = "", *, mac: str = "", serial: str = "", device: str = "") -> Local:
    """What stands behind the phone is the configuration's: phones don't publish their serial number."""
    raw = (mac, phone.system.mac, phone.network.ethernet_mac, phone.network.wifi_mac)
    macs = dict.fromkeys(filter(None, (devices_module.mac_of_id(each or "") for each in raw)))
    return Local(phone.id, tuple(macs), serial, phone.network.ipv4 or _address(host), device)


def paired(inventory: Inventory, phones: Iterable[Local]) -> dict[PhoneId, DeviceMatch]:
    """Those of ours that Webex has, too. Never by name: two phones may be called the same.

    A device is given to one phone alone, the first that fits; by its address only where nobody else has that, and no
    hardware addresses deny it.
    """
    left = {phone.id: phone for phone in phones}
    free = dict(inventory.devices)
    pairs: dict[PhoneId, DeviceMatch] = {}
    for by, ours, theirs in _WAYS:
        known = _known(free.values(), theirs, alone=by == "address")
        for phone in list(left.values()):
            found = next((known[word] for word in ours(phone) if word in known), None)
            if found is None or key(found) not in free or (by == "address" and phone.macs and found.mac):
                continue
            pairs[phone.id] = DeviceMatch(found, by)
            del free[key(found)], left[phone.id]
    return pairs


_WAYS: tuple[tuple[str, Callable[[Local], Iterable[str]], Callable[[WebexDevice], str | None]], ...] = (
    ("id", lambda phone: (phone.device,), lambda found: found.id),
    ("mac", lambda phone: phone.macs, lambda found: found.mac),
    ("serial", lambda phone: (phone.serial.casefold(),), lambda found: (found.serial or "").casefold()),
    ("address", lambda phone: (phone.ip,), lambda found: found.ip),
)
"""Surest first: what tells our phones apart, and what does Webex's."""


def _known(
    devices: Iterable[WebexDevice], word: Callable[[WebexDevice], str | None], *, alone: bool
) -> dict[str, WebexDevice]:
    """By their word, the first of several; `alone`: only words that a single one has."""
    known: dict[str, WebexDevice] = {}
    several: set[str] = set()
    for each in devices:
        if said := word(each):
            several.update((said,) if known.setdefault(said, each) is not each else ())
    return {said: each for said, each in known.items() if said not in several} if alone else known


def reachable(phone: Phone) -> bool | None:
    """Whether it answers us by a way of our own; None where we cannot say."""
    return None if phone.is_behind_webex else _ANSWERS.get(phone.connection.state)


def disagreement(found: WebexDevice, answers: bool | None) -> Disagreement | None:
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
    """Our own phone of a device's; None where we watch none."""
    return next((each for each in phones if each.claim is not None and each.claim.device == key(found)), None)


def counterparts(phones: Iterable[Phone], inventory: Inventory) -> tuple[WebexDevice, ...]:
    """The devices of our own phones, in their order; those that Webex doesn't list are left out."""
    found = (inventory.devices.get(phone.claim.device) for phone in phones if phone.claim is not None)
    return tuple(each for each in found if each is not None)
