"""Which phone of ours is which of Webex's, and whether the two sides tell the same of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from phonetui.phone.state import Phone, PhoneId, State
from phonetui.text import Printable
from phonetui.webex import identity
from phonetui.webex.device import Device
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
    """What tells our own phone apart, and whether it answers."""

    id: PhoneId
    macs: tuple[str, ...] = ()
    """Twelve lower-case hex digits each: wired, wireless, and the one that it calls its own."""
    serial: str = ""
    is_reachable: bool | None = None


class Disagreement(StrEnum):
    """What one side says and the other denies: cloud status is a claim with an age."""

    ONLY_WEBEX = "Webex says it is online, here it doesn't answer"
    ONLY_HERE = "it answers here, Webex says it is offline"


@dataclass(frozen=True, slots=True)
class Entry:
    """A phone of the tree: ours, Webex's, or both."""

    group: tuple[Printable, ...]
    phone: PhoneId | None = None
    device: Device | None = None
    by: str = ""
    """What paired the two: `mac` or `serial`."""
    disagreement: Disagreement | None = None


def local(phone: Phone) -> Local:
    """The serial number isn't among what phones publish over xAPI."""
    raw = (phone.system.mac, phone.network.ethernet_mac, phone.network.wifi_mac)
    macs = dict.fromkeys(filter(None, (identity.mac(each or "") for each in raw)))
    return Local(phone.id, tuple(macs), is_reachable=_ANSWERS.get(phone.connection.state))


def paired(
    inventory: Inventory, phones: Iterable[Local], groups: Mapping[PhoneId, tuple[Printable, ...]]
) -> tuple[Entry, ...]:
    """Ours first, in their order and where the configuration puts them; then Webex's others in theirs.

    Never by name: two phones may be called the same. A device is given to one phone alone, the first that fits.
    """
    latest_first = list(inventory.devices.values())[::-1]
    by_mac = {each.mac: each for each in latest_first if each.mac}
    by_serial = {each.serial.casefold(): each for each in latest_first if each.serial}
    taken: set[str] = set()
    entries = []
    for phone in phones:
        found, by = _found(phone, by_mac, by_serial, taken)
        if found is not None:
            taken.add(key(found))
        entries.append(Entry(groups.get(phone.id, ()), phone.id, found, by, _disagreement(phone, found)))
    others = (each for name, each in inventory.devices.items() if name not in taken)
    return (*entries, *(Entry(inventory.group(each), device=each) for each in others))


def _found(
    phone: Local, by_mac: Mapping[str, Device], by_serial: Mapping[str, Device], taken: set[str]
) -> tuple[Device | None, str]:
    candidates = [(by_mac.get(mac), "mac") for mac in phone.macs]
    candidates.append((by_serial.get(phone.serial.casefold()) if phone.serial else None, "serial"))
    for found, by in candidates:
        if found is not None and key(found) not in taken:
            return found, by
    return None, ""


def _disagreement(phone: Local, found: Device | None) -> Disagreement | None:
    if found is None or None in (found.is_online, phone.is_reachable) or found.is_online == phone.is_reachable:
        return None
    return Disagreement.ONLY_WEBEX if found.is_online else Disagreement.ONLY_HERE
