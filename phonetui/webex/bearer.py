"""The token of a client: one that was given, or one that renews itself."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from phonetui.errors import ConfigError, PhonetuiError
from phonetui.webex.signin import SignIn
from phonetui.webex.tokens import SignInFile, Token, is_sendable

_log = logging.getLogger(__name__)


class Given:
    """A token that somebody copied: when it is over, it is over."""

    def __init__(self, access: str) -> None:
        """Raises ConfigError for what cannot be a token, without repeating it."""
        if not is_sendable(access):
            raise ConfigError("the Webex token has characters that none can have", "Copy it again, without line ends")
        self._access = access

    async def access(self) -> str:
        return self._access

    async def renewed(self) -> bool:
        return False


class Renewing:
    """A token with what it is renewed by, and where it is kept for the user's other programs."""

    def __init__(
        self,
        token: Token,
        sign_in: SignIn,
        file: SignInFile | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """A `token` without access is renewed before its first use. Without a `file` it is kept for this run alone.

        `tell` hears, once, where it cannot be kept.
        """
        self._token = token
        self._sign_in = sign_in
        self._file = file
        self._tell = tell
        self._told = ""
        self._turn = asyncio.Lock()

    async def access(self) -> str:
        async with self._turn:
            if not self._token.access:
                await self._renew()
            elif self._token.refresh and self._token.is_due(_now()):
                try:
                    await self._renew()
                except PhonetuiError as error:  # the old one may hold for days yet
                    _log.warning("webex: the sign-in was not renewed: %s", error)
            return self._token.access

    async def renewed(self) -> bool:
        refused = self._token
        async with self._turn:
            if self._token is not refused:
                return True  # somebody else was first
            if not self._token.refresh:
                return False
            await self._renew()
            return True

    async def _renew(self) -> None:
        """Takes over what another program of the user has renewed meanwhile: Webex caps how many tokens live."""
        if self._file is not None:
            newest = await asyncio.to_thread(self._file.get)
            if newest is not None and newest.access not in ("", self._token.access) and not newest.is_due(_now()):
                self._token = newest
                return
        self._token = await self._sign_in.renew(self._token.refresh or "")
        if self._file is not None:
            trouble = await asyncio.to_thread(self._file.keep, self._token)
            if trouble and trouble != self._told:
                self._tell(f"{trouble}. It holds for this run")
            self._told = trouble


def _now() -> datetime:
    return datetime.now(UTC)
