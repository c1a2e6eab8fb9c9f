"""A session with a phone's web server: one login, then a cookie; always ended, because sessions never expire.

Known from room devices. Their number is limited (four is common), so one that is left open locks others out.
"""

import asyncio
import ssl
from typing import TYPE_CHECKING

from phonetui.errors import PhonetuiError, TimedOut
from phonetui.transport.base import Address
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of, translated

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

END_S = 1.0
"""For ending a session on the way out."""


class WebLogin:
    """At most one session, with the cookies that stand for it."""

    def __init__(self, address: Address, context: ssl.SSLContext, tunnel: "Tunnel | None" = None) -> None:
        self._address = address
        self._context = context
        self._tunnel = tunnel
        self._cookie = ""

    @property
    def cookie(self) -> str:
        """The `Cookie` header of the open session; empty without one."""
        return self._cookie

    async def begin(self) -> str:
        """The `Cookie` header to send; an open session is used again.

        Raises ProtocolError where the phone offers no sessions, AccessError, Busy and the like.
        """
        if self._cookie:
            return self._cookie
        limit = self._address.timeout_s
        code, cookie = await self._post("begin", limit)
        if not (200 <= code < 300 and cookie):
            raise error_of(ServerPlace.SESSION, Refusal(status=code, username=self._address.username))
        self._cookie = cookie
        return cookie

    async def end(self) -> None:
        """Never raises: a phone that is gone has forgotten its sessions."""
        if not self._cookie:
            return
        try:
            await self._post("end", min(END_S, self._address.timeout_s))
        except PhonetuiError:
            pass
        finally:
            self._cookie = ""

    async def _post(self, verb: str, limit: float) -> tuple[int, str]:
        """Status and what to send back as cookies, whatever their names."""
        import httpx  # noqa: PLC0415 - 80 ms that a start without phones doesn't need

        from phonetui.transport.http_client import client  # noqa: PLC0415 - as above

        auth = None if self._cookie else httpx.BasicAuth(self._address.username, self._address.password)
        headers = {"Cookie": self._cookie} if self._cookie else {}
        extensions = {"sni_hostname": self._address.tls_name} if self._address.tls_name else None
        url = f"{self._address.url}/xmlapi/session/{verb}"
        asking = client(self._context, self._tunnel, auth=auth)
        post = asking.stream("POST", url, headers=headers, extensions=extensions)
        try:
            async with asyncio.timeout(limit), asking, post as answer:
                # Neither the body nor the cookies' attributes matter, so nothing of any size is read.
                cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
                return answer.status_code, cookies
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(f"session {verb}", limit) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, OSError, ssl.SSLError) as error:
            raise translated(error) from error
