"""Phones that only Webex knows, watched while somebody looks at them: a few, the least recently viewed goes first."""

from collections.abc import Callable, Container

from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings
from phonetui.errors import ConfigError
from phonetui.monitor.cloud import WebexOrganization
from phonetui.monitor.watch import Watch
from phonetui.monitor.watches import Watches
from phonetui.phone.models import MODELS, model_number
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.webex import devices
from phonetui.webex.devices import WebexDevice

MOST = 8
"""At once: 64 requests a minute through Webex if all of them are in calls."""


class AdoptedPhones:
    """Phones that are watched beside those of the configuration."""

    def __init__(
        self,
        watches: Watches,
        cloud: WebexOrganization | None,
        defaults: PhoneSettings,
        on_release: Callable[[Watch], None],
    ) -> None:
        """`cloud` is None where no organization is configured; `on_release` is called with a watch that has gone."""
        self._watches = watches
        self._cloud = cloud
        self._defaults = defaults
        self._on_release = on_release
        self._devices: dict[PhoneId, str] = {}
        """Their keys in Webex's inventory; the one longest not looked at first."""

    def adopt(self, device_key: str) -> PhoneId:
        """Watches a phone by its key in the inventory; one that is watched already stays.

        Raises ConfigError where Webex does not list it.
        """
        found = self._cloud.state.inventory.devices.get(device_key) if self._cloud is not None else None
        if self._cloud is None or found is None or not found.id:
            raise ConfigError("Webex doesn't list this phone any more")
        if (known := self._watched(device_key, found.id)) is not None:
            self.look_at(known)
            return known
        group = self._cloud.state.inventory.group(found)
        settings = adopted_settings(found, group, self._defaults, self._watches.settings)
        self._watches.add(settings)
        self._devices[settings.id] = device_key
        if len(self._devices) > MOST:
            self.release(next(iter(self._devices)))
        return settings.id

    def release(self, phone: PhoneId) -> None:
        """Lets an adopted phone go; its calls and journal entries stay. Other phones are left alone."""
        if self._devices.pop(phone, None) is not None:
            self._on_release(self._watches.remove(phone))

    def look_at(self, phone: PhoneId) -> None:
        """Notes that somebody looks at a phone, adopted or not."""
        if phone in self._devices:
            self._devices[phone] = self._devices.pop(phone)

    def _watched(self, device_key: str, id_: str) -> PhoneId | None:
        """Which of the watched phones it is."""
        adopted = (phone for phone, key in self._devices.items() if key == device_key)
        settings = self._watches.settings.values()
        configured = (each.id for each in settings if each.is_behind_webex and each.device == id_)
        return next(adopted, None) or next(configured, None)


def adopted_settings(
    found: WebexDevice, group: tuple[Printable, ...], defaults: PhoneSettings, used: Container[PhoneId]
) -> PhoneSettings:
    """How a phone of the organization is watched: as `[defaults]` say, through Webex, under a name not in `used`."""
    number = model_number(found.product or "")
    return replace(
        defaults,
        id=_free_id(found, used),
        host=found.ip or "",
        port=None,
        transport="webex",
        device=found.id,
        group=group,
        model=number if number in MODELS else None,
        jump=None,
    )


def _free_id(found: WebexDevice, used: Container[PhoneId]) -> PhoneId:
    """Its name, else with the end of its id, which is unique in Webex."""
    short = devices.short_id(found.id)
    name = PhoneId(printable(found.name or short))
    return name if name not in used else PhoneId(printable(f"{name} {short}"))
