"""Authentication of requests: Basic each time, or a session cookie where configured and offered.

    no cookie ──begin──► cookie ──401──► begin once more ──401──► Basic
        └─── no sessions here, or too many ───────────────────────┘

Sessions are known from room devices. They never expire by themselves and are few (four is common), so Basic on a
connection that is kept open is the default, and a session is always ended.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable

from phonetui.errors import Busy, PhonetuiError, ProtocolError
from phonetui.transport.base import Address
from phonetui.transport.http_answer import HttpAnswer
from phonetui.transport.http_client import HttpClient, header_lines
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of

SESSION_END_S = 1.0
"""Time limit for ending a session on the way out."""
BODY_CAP = 2**16
"""Bytes that an answer to begin or end may have; nobody looks at them."""
UNAUTHORIZED = 401

Send = Callable[[bytes], Awaitable[HttpAnswer]]
"""Sends a request with one more header line, the one that proves who asks."""


def basic(address: Address) -> bytes:
    """The header line of Basic authentication (RFC 7617), in UTF-8."""
    pair = f"{address.username}:{address.password}".encode()
    return header_lines(("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}"))


class WebSession:
    """One session at a phone's web server at most, with the cookies that stand for it."""

    def __init__(self, address: Address, client: HttpClient) -> None:
        self._address = address
        self._client = client
        self._beginning = asyncio.Lock()
        self._cookie = ""

    @property
    def cookie(self) -> str:
        """The `Cookie` header of the open session; empty without one."""
        return self._cookie

    async def begin(self) -> str:
        """The `Cookie` header to send; an open session is used again.

        Raises ProtocolError where the phone offers no sessions, AccessError, Busy and the like.
        """
        async with self._beginning:
            if not self._cookie:
                answer = await self._post("begin", self._address.timeout_s)
                cookie = _cookies(answer)
                if not (answer.is_success and cookie):
                    raise error_of(ServerPlace.SESSION, Refusal(status=answer.status, username=self._address.username))
                self._cookie = cookie
            return self._cookie

    async def end(self) -> None:
        """Ends the session. Never raises: a phone that is gone has forgotten its sessions."""
        if not self._cookie:
            return
        try:
            await self._post("end", min(SESSION_END_S, self._address.timeout_s))
        except PhonetuiError:
            pass
        finally:
            self._cookie = ""

    async def _post(self, verb: str, seconds: float) -> HttpAnswer:
        proof = header_lines(("Cookie", self._cookie)) if self._cookie else basic(self._address)
        target, step = f"/xmlapi/session/{verb}", f"session {verb}"
        return await self._client.request(
            "POST", target, proof, b"", step=step, seconds=seconds, cap=BODY_CAP, cut=True
        )


def _cookies(answer: HttpAnswer) -> str:
    """What is to be sent back, whatever the cookies' names (RFC 6265 5.2); their attributes don't matter here."""
    pairs = (value.partition(";")[0].strip() for name, value in answer.headers.pairs if name == "set-cookie")
    return "; ".join(dict.fromkeys(pair for pair in pairs if pair.partition("=")[0].strip()))


class SessionLogin:
    """A session while the phone has one for us, else Basic."""

    def __init__(self, address: Address, session: WebSession) -> None:
        self._basic = basic(address)
        self._session = session
        self._is_offered = True

    async def ask(self, send: Send) -> HttpAnswer:
        """What `send` brings, once or again with other proof. Raises what it raises.

        AccessError at once for a wrong password: another way of sending it would be another failed login.
        """
        for _ in range(2):
            cookie = await self._cookie()
            if not cookie:
                break
            answer = await send(header_lines(("Cookie", cookie)))
            if answer.status != UNAUTHORIZED:
                return answer
            if self._session.cookie == cookie:
                await self._session.end()  # a restart of the phone ends sessions
        return await send(self._basic)

    async def close(self) -> None:
        """Ends the session. Never raises."""
        await self._session.end()

    async def _cookie(self) -> str:
        if not self._is_offered:
            return ""
        try:
            return await self._session.begin()
        except (Busy, ProtocolError):
            self._is_offered = False
            return ""
