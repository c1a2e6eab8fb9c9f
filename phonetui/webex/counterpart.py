"""Which phone of ours a device is, and the other way round: by the MAC address alone."""

from collections.abc import Iterable

from phonetui.phone.state import Phone
from phonetui.webex.device import Device
from phonetui.webex.inventory import Inventory
from phonetui.webex.pairing import local


def counterpart(found: Device, phones: Iterable[Phone]) -> Phone | None:
    """Our own phone of a device's; None where we watch none with its MAC address."""
    return next((each for each in phones if found.mac and found.mac in local(each).macs), None)


def counterparts(phones: Iterable[Phone], inventory: Inventory) -> tuple[Device, ...]:
    """The devices of our own phones, in their order; those that Webex doesn't list are left out."""
    by_mac = {each.mac: each for each in inventory.devices.values() if each.mac}
    found = (by_mac.get(mac) for phone in phones for mac in local(phone).macs)
    return tuple({each.id: each for each in found if each is not None}.values())
