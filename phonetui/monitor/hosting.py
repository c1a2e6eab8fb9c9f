"""Phones that come and go while the fleet runs: those that only Webex knows, watched once somebody looks at them."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable

from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.monitor.acting import Acting
from phonetui.monitor.audit import Deed
from phonetui.monitor.cloud import Cloud
from phonetui.monitor.guests import Guests, guest
from phonetui.monitor.key_arguments import KeyArgumentStore
from phonetui.monitor.watch import Watch
from phonetui.phone.state import PhoneId


class Hosting(Acting):
    """The part of the fleet that knows who is watched, and follows them."""

    _watches: dict[PhoneId, Watch]
    cloud: Cloud | None
    """The organization in Webex; None where none is configured."""

    def __init__(
        self, config: Config, audit: Callable[[Deed], None] | None, key_arguments: KeyArgumentStore | None = None
    ) -> None:
        super().__init__(config, audit, key_arguments)
        self._guests = Guests()
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
