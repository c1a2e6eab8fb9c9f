"""Phones that are watched because somebody looked at them: few at once, the one longest not looked at goes first.

Phones that come and go while the fleet runs: those that only Webex knows, watched once somebody looks at them.

What is known of a phone before it has answered: the operator's words for it, and the way to it.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Container
from dataclasses import replace

from phonetui.config.settings import Config, PhoneSettings, TlsMode
from phonetui.errors import ConfigError
from phonetui.monitor.audit import AuditEntry
from phonetui.monitor.cloud import WebexOrganization
from phonetui.monitor.control import PhoneControl
from phonetui.monitor.firmware_profile import KeyArgumentStore
from phonetui.monitor.watch import Watch
from phonetui.phone.models import MODELS, model_number
from phonetui.phone.state import Connection, Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.webex import devices
from phonetui.webex.devices import WebexDevice

MOST = 8
"""At once: 64 requests a minute through Webex if all of them are in calls."""


class AdoptionQueue:
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
    found: WebexDevice, group: tuple[Printable, ...], defaults: PhoneSettings, taken: Container[PhoneId]
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


def _free(found: WebexDevice, taken: Container[PhoneId]) -> PhoneId:
    """Its name, else with the end of its id, by which Webex tells it apart."""
    short = devices.short_id(found.id)
    name = PhoneId(printable(found.name or short))
    return name if name not in taken else PhoneId(printable(f"{name} {short}"))


class AdoptedPhones(PhoneControl):
    """The part of the fleet that knows who is watched, and follows them."""

    _watches: dict[PhoneId, Watch]
    cloud: WebexOrganization | None
    """The organization in Webex; None where none is configured."""

    def __init__(
        self, config: Config, audit: Callable[[AuditEntry], None] | None, key_arguments: KeyArgumentStore | None = None
    ) -> None:
        super().__init__(config, audit, key_arguments)
        self._guests = AdoptionQueue()
        self._tasks: asyncio.TaskGroup | None = None
        self._following: dict[PhoneId, asyncio.Task[None]] = {}

    def adopt(self, device_key: str) -> PhoneId:
        """Watches a phone that only Webex knows, by its key in the inventory; one that is watched already stays.

        Few are watched so at once: the one longest not looked at is let go. Raises ConfigError for an unknown one.
        """
        found = self.cloud.state.inventory.devices.get(device_key) if self.cloud is not None else None
        if self.cloud is None or found is None or not found.id:
            raise ConfigError("Webex doesn't list this phone any more")
        if (known := self._known(device_key, found.id)) is not None:
            self._guests.looked_at(known)
            return known
        settings = guest(found, self.cloud.state.inventory.group(found), self._config.defaults, self._settings)
        self._settings[settings.id] = settings
        watch = self._watches[settings.id] = self._watch(settings)
        if (leaving := self._guests.welcome(settings.id, device_key)) is not None:
            self.release(leaving)
        self._follow(watch)
        self._told_apart()
        return settings.id

    def release(self, phone: PhoneId) -> None:
        """Lets an adopted phone go; of it stay its calls and what the journal tells. Other phones are left alone."""
        if phone not in self._guests:
            return
        self._guests.leave(phone)
        if (task := self._following.pop(phone, None)) is not None:
            task.cancel()  # and with it its connection, if it has one
        self._forget(self._watches.pop(phone))
        self._grants.end(phone)
        del self._settings[phone]
        self._told_apart()

    def _known(self, device_key: str, id_: str) -> PhoneId | None:
        """Who of those that are watched it is."""
        configured = (each.id for each in self._settings.values() if each.is_behind_webex and each.device == id_)
        return self._guests.known(device_key) or next(configured, None)

    def _follow(self, watch: Watch) -> None:
        """Once, and only while the fleet runs."""
        phone = watch.desk.phone
        if self._tasks is not None and phone not in self._following and self._watches.get(phone) is watch:
            self._following[phone] = self._tasks.create_task(watch.run())

    @abstractmethod
    def _watch(self, settings: PhoneSettings) -> Watch: ...

    @abstractmethod
    def _forget(self, watch: Watch) -> None:
        """Whoever keeps something of a phone that is not watched any more lets go of it."""

    @abstractmethod
    def _told_apart(self) -> None:
        """There are other phones to be seen."""


WAY = Printable("Webex")
"""Where a jump host's name would stand."""


def initial_phone(settings: PhoneSettings) -> Phone:
    return Phone(
        id=settings.id,
        name=printable(settings.id),
        address=printable(settings.authority) if settings.host else WAY,
        group=settings.group,
        tags=settings.tags,
        via=_via(settings),
        is_behind_webex=settings.is_behind_webex,
        expected_model=printable(settings.model) if settings.model else None,
        connection=Connection(unverified=_is_unverified(settings)),
    )


def _via(settings: PhoneSettings) -> Printable | None:
    if settings.is_behind_webex:
        return WAY
    return printable(settings.jump) if settings.jump else None


def _is_unverified(settings: PhoneSettings) -> bool:
    return settings.tls is TlsMode.OFF and settings.scheme in ("https", "wss") and not settings.is_behind_webex
