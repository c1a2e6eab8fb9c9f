"""Phones that are watched because somebody looked at them: few at once, the one longest not looked at goes first."""

from collections.abc import Container
from dataclasses import replace

from phonetui.config.settings import PhoneSettings
from phonetui.phone.models import MODELS, model_number
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.webex import identity
from phonetui.webex.device import Device

MOST = 8
"""At once: 64 requests a minute through Webex if all of them are in calls."""


class Guests:
    def __init__(self) -> None:
        self._devices: dict[PhoneId, str] = {}
        """Their keys in the inventory; longest not looked at first."""

    def __contains__(self, phone: PhoneId) -> bool:
        return phone in self._devices

    def known(self, device: str) -> PhoneId | None:
        return next((phone for phone, key in self._devices.items() if key == device), None)

    def welcome(self, phone: PhoneId, device: str) -> PhoneId | None:
        """Takes a phone in; the one that has to make room for it."""
        self._devices[phone] = device
        return next(iter(self._devices)) if len(self._devices) > MOST else None

    def looked_at(self, phone: PhoneId) -> None:
        if phone in self._devices:
            self._devices[phone] = self._devices.pop(phone)

    def leave(self, phone: PhoneId) -> None:
        self._devices.pop(phone, None)


def guest(
    found: Device, group: tuple[Printable, ...], defaults: PhoneSettings, taken: Container[PhoneId]
) -> PhoneSettings:
    """How a phone of the organization is watched: as `[defaults]` say, through Webex, under a name that is free."""
    number = model_number(found.product or "")
    return replace(
        defaults,
        id=_free(found, taken),
        host=found.ip or "",
        port=None,
        transport="webex",
        device=found.id,
        group=group,
        model=number if number in MODELS else None,
        jump=None,
    )


def _free(found: Device, taken: Container[PhoneId]) -> PhoneId:
    """Its name, else with the end of its id, by which Webex tells it apart."""
    short = identity.short(found.id)
    name = PhoneId(printable(found.name or short))
    return name if name not in taken else PhoneId(printable(f"{name} {short}"))
