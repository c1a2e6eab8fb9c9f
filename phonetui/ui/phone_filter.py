"""The filter of trees and tables: which of many things a few typed words mean.

A word is part of any field's text; `field:part` looks at one field alone; `!` before either turns it round. Letter case
does not matter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from phonetui.phone.state import Phone
from phonetui.ui.text.format import firmware, model, switch

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice

Thing = TypeVar("Thing")
_PUNCTUATION = str.maketrans("", "", ":-.")
"""Addresses are spelled in many ways."""
Readers = Mapping[str, Callable[[Thing], str | None]]


def filtered(phones: Iterable[Phone], words: str) -> list[Phone]:
    """Phones that every word holds for, in their order; the fields are those of `PHONE`."""
    return filtered_by(PHONE, phones, words)


def filtered_devices(devices: "Iterable[WebexDevice]", words: str) -> "list[WebexDevice]":
    """Webex's devices in the same language; the fields are those of `DEVICE`."""
    return filtered_by(DEVICE, devices, words)


def filtered_by(readers: Readers[Thing], things: Iterable[Thing], words: str) -> list[Thing]:
    """Things that every word holds for, in their order.

    Reads no field that no word asks for: with 20,000 devices that is felt.
    """
    wanted = words.casefold().split()

    def fits(thing: Thing) -> bool:
        def text(name: str) -> str:
            return (readers[name](thing) or "").casefold()

        return all(_holds(word, readers, text) for word in wanted)

    return [thing for thing in things if fits(thing)] if wanted else list(things)


def _holds(word: str, fields: Collection[str], text: Callable[[str], str]) -> bool:
    turned = word.startswith("!")
    part = word.removeprefix("!")
    field, colon, value = part.partition(":")
    if colon and field in fields:
        return _is_in(value, field, text(field)) is not turned
    return any(_is_in(part, name, text(name)) for name in fields) is not turned


def _is_in(part: str, field: str, text: str) -> bool:
    match field:
        case "status":  # `connected` is part of `disconnected`, and means the opposite
            return any(word.startswith(part) for word in text.split(" "))
        case "mac":
            bare = part.translate(_PUNCTUATION)
            return bare in text.translate(_PUNCTUATION) if bare else not part
        case _:
            return part in text


def _claimed(status: str | None, is_online: bool | None) -> str:
    """Webex's word, and what it comes to: `status:offline` means every way of being offline."""
    return " ".join(filter(None, (status, {True: "online", False: "offline", None: ""}[is_online])))


def _grade(phone: Phone) -> str:
    return phone.worst.grade.word if phone.worst else ""


PHONE: Readers[Phone] = {
    "name": lambda phone: phone.name,
    "model": model,
    "state": lambda phone: phone.connection.state.value,
    "grade": _grade,
    "address": lambda phone: phone.address,
    "group": lambda phone: "/".join(phone.place),
    "tag": lambda phone: " ".join(phone.tags),
    "firmware": firmware,
    "software": lambda phone: phone.system.version,
    "status": lambda phone: _claimed(phone.claim.status, phone.claim.is_online) if phone.claim else "",
    "mac": lambda phone: phone.system.mac or phone.network.ethernet_mac,
    "switch": switch,
    "vlan": lambda phone: phone.network.vlan,
    "via": lambda phone: phone.via,
}
DEVICE: "Readers[WebexDevice]" = {
    "name": lambda device: device.name,
    "model": lambda device: device.product,
    "tag": lambda device: " ".join(device.tags),
    "status": lambda device: _claimed(device.status, device.is_online),
    "software": lambda device: device.software,
    "mac": lambda device: device.mac,
    "serial": lambda device: device.serial,
    "address": lambda device: device.ip,
}
