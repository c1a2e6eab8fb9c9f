"""Another user or password for a phone that refuses the one it was asked with; for this session, whoever keeps it.

typed ──► one request ──accepted──► the phone, and those that refused the same account, are asked with it from now on
                      ──refused───► nothing changes
"""

import asyncio
from collections.abc import Iterator

from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings, Secret
from phonetui.errors import AccessError, ConfigError
from phonetui.monitor import transports
from phonetui.monitor.transports import TransportFactory
from phonetui.monitor.watches import Watches
from phonetui.phone.journal import Weight
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.path import Path

_SYSTEM = Path.of("SystemUnit")
CREDENTIALS = "credentials"
"""The contract's reason of a phone that refuses the account."""


class PhoneAccounts:
    """The accounts that the phones of a fleet are asked with."""

    def __init__(self, watches: Watches, connections: TransportFactory) -> None:
        self._watches = watches
        self._connections = connections

    def username(self, phone: PhoneId) -> Printable:
        """Raises ConfigError for a phone that is asked with no account of its own."""
        return printable(self._settings(phone).username)

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        """Asks the phone once with that account. The phones that are asked with it from now on, `phone` first.

        Raises PhonetuiError where the phone refuses it or doesn't answer; then nothing has changed.
        """
        before = self._settings(phone)
        settings = replace(before, username=username, password=password)
        transport = self._connections.transport(settings, pushes=False)
        try:
            await transport.fetch(_SYSTEM)
        finally:
            await transports.close(transport, phone)
        taken = (phone, *self._alike(phone, before))
        for each in taken:
            watch = self._watches[each]
            self._watches.settings[each] = replace(self._watches.settings[each], username=username, password=password)
            watch.log.note(f"asked as {printable(username)} from now on, with the password that was typed", Weight.GOOD)
        await asyncio.gather(*(self._watches[each].reconnect() for each in taken))
        return taken

    def _alike(self, phone: PhoneId, before: PhoneSettings) -> Iterator[PhoneId]:
        """The other phones that refused the same account: a password is most often typed for many."""
        for id_, settings in self._watches.settings.items():
            error = self._watches[id_].facts.error
            is_refused = isinstance(error, AccessError) and error.reason == CREDENTIALS
            same = (settings.username, settings.password) == (before.username, before.password)
            if id_ != phone and is_refused and same and not settings.is_behind_webex:
                yield id_

    def _settings(self, phone: PhoneId) -> PhoneSettings:
        settings = self._watches.settings.get(phone)
        if settings is None:
            raise ConfigError(f"{phone}: not watched any more")
        if settings.is_behind_webex:
            raise ConfigError(f"{phone}: asked through Webex, with no password of its own", "'phonetui webex login'")
        return settings
