"""How HTTP requests prove who asks: Basic each time, or a session's cookie where that is wished and offered.

    no cookie ──begin──► cookie ──401──► begin once more ──401──► Basic
        └─── no sessions here, or too many ───────────────────────┘

Basic on a connection that is kept open is the default: sessions are few on a phone and never expire by themselves.
"""

from collections.abc import AsyncGenerator

import httpx

from phonetui.errors import Busy, ProtocolError
from phonetui.transport.login import Login


class SessionAuth(httpx.Auth):
    """A session while the phone has one for us, else Basic."""

    def __init__(self, login: Login, basic: httpx.BasicAuth) -> None:
        self._login = login
        self._basic = basic
        self._is_offered = True

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Raises AccessError at once for a wrong password: another way of sending it would be another failed login."""
        for _ in range(2):
            cookie = await self._cookie()
            if not cookie:
                break
            request.headers["Cookie"] = cookie
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            await self._login.end()  # a restart of the phone ends sessions
        request.headers.pop("Cookie", None)
        yield next(self._basic.auth_flow(request))

    async def end(self) -> None:
        """Never raises."""
        await self._login.end()

    async def _cookie(self) -> str:
        if not self._is_offered:
            return ""
        try:
            return await self._login.begin()
        except (Busy, ProtocolError):
            self._is_offered = False
            return ""
