"""Which phone of ours a device is, and the other way round, as the claims of Webex tell."""

from collections.abc import Iterable

from phonetui.phone.state import Phone
from phonetui.webex.device import Device
from phonetui.webex.inventory import Inventory, key


def counterpart(found: Device, phones: Iterable[Phone]) -> Phone | None:
    """Our own phone of a device's; None where we watch none."""
    return next((each for each in phones if each.claim is not None and each.claim.device == key(found)), None)


def counterparts(phones: Iterable[Phone], inventory: Inventory) -> tuple[Device, ...]:
    """The devices of our own phones, in their order; those that Webex doesn't list are left out."""
    found = (inventory.devices.get(phone.claim.device) for phone in phones if phone.claim is not None)
    return tuple(each for each in found if each is not None)
