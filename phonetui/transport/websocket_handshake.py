"""Opens a WebSocket to a phone: authentication schemes in order, and what a refusal means.

The next scheme is tried only after 401: 403 means that the credentials were understood, and trying them again in
another form could lock the account. The pin is checked in the TLS handshake, before any of them is sent.
"""

import asyncio
import base64
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from phonetui.errors import AccessError, Dropped, NotOffered, PhonetuiError, ProtocolError, TimedOut
from phonetui.text import printable
from phonetui.tls import limit_read_buffers
from phonetui.transport import status_errors
from phonetui.transport.base import Address
from phonetui.transport.http_client import HttpClient
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of, translate
from phonetui.transport.tls_client import TlsContext
from phonetui.transport.web_session import WebSession

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from phonetui.transport.ssh.tunnel import Tunnel

OPEN_S = 5.0
"""Time limit for TCP, TLS and the handshake, or the address's timeout where that is shorter."""
CLOSE_S = 1.0
"""Time limit for the phone's close frame."""
PING_S = 20.0
"""Between two pings, and for each one's answer: a connection that died silently is found out within twice that."""
MESSAGE_CAP = 32 * 2**20
"""Bytes of one message: a screenshot's; everything else is held to less by the reader."""
QUEUE = 16
"""Frames that wait to be read before the phone has to."""

_SILENT = logging.Logger("phonetui.websocket", logging.CRITICAL + 1)
"""The library would write handshakes, credentials and all, into a debug log."""


class _Unauthorized(Exception):
    """401: this scheme is not taken."""


class Handshake:
    """Opens connections to one phone, and remembers which scheme worked."""

    def __init__(self, address: Address, context: TlsContext, tunnel: "Tunnel | None" = None) -> None:
        self._address = address
        self._context = context
        self._own: ssl.SSLContext | None = None
        """What the library is given, once it is needed."""
        self._tunnel = tunnel
        self._client = HttpClient(address, context, tunnel)
        """For sessions; it keeps no connection open beside the WebSocket's."""
        self._session = WebSession(address, self._client)
        self._schemes: tuple[_Scheme, ...] = _SCHEMES

    async def open(self) -> "ClientConnection":
        """A WebSocket to the phone. Raises NotOffered, AccessError and TransportErrors."""
        try:
            for scheme in self._schemes:
                try:
                    connection = await self._try(scheme)
                except _Unauthorized:
                    continue
                self._schemes = (scheme,)
                return connection
        except PhonetuiError:
            await self._session.end()  # no session stays behind a connection that wasn't made
            raise
        finally:
            self._client.close()
        await self.close()
        self._schemes = _SCHEMES
        refusal = Refusal(status=401, username=self._address.username, is_encrypted=self._address.scheme == "https")
        raise error_of(ServerPlace.WEBSOCKET, refusal)

    async def close(self) -> None:
        """Ends the session, where one was begun. Never raises."""
        await self._session.end()
        self._client.close()

    def _ssl_context(self) -> ssl.SSLContext:
        if self._own is None:
            self._own = self._context if isinstance(self._context, ssl.SSLContext) else self._context.with_check()
        return self._own

    async def _try(self, scheme: "_Scheme") -> "ClientConnection":
        is_old = bool(self._session.cookie)
        try:
            return await self._connect(*await scheme(self._address, self._session))
        except _Unauthorized:
            if not is_old:
                raise
        await self._session.end()  # a restart ends sessions: once more with a new one
        return await self._connect(*await scheme(self._address, self._session))

    async def _connect(self, headers: dict[str, str], protocols: list[str]) -> "ClientConnection":
        """Every exception of the libraries below ends here, but for 401."""
        from websockets.asyncio.client import connect  # noqa: PLC0415 - 60 ms that only this transport needs
        from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI  # noqa: PLC0415 - as above

        class Unredirected(connect):
            def process_redirect(self, exc: Exception) -> Exception:
                return exc  # credentials stay where they were meant to go

        limit_read_buffers()
        address = self._address
        limit = min(OPEN_S, address.timeout_s)
        options: dict[str, Any] = {"ssl": self._ssl_context()} if address.scheme == "https" else {}
        if options and address.tls_name:
            options["server_hostname"] = address.tls_name
        try:
            async with asyncio.timeout(limit):
                if self._tunnel is not None:
                    options["sock"] = await self._tunnel.open_socket(address.host, address.port, limit)
                return await Unredirected(
                    address.socket_url,
                    subprotocols=protocols or None,  # type: ignore[arg-type]  # the library's own NewType of str
                    additional_headers=headers,
                    compression=None,  # costs 33 to 130 KB a connection and saves nothing on a local network
                    proxy=None,  # a proxy of the operator's browser is no way to a phone
                    open_timeout=None,
                    ping_interval=PING_S,
                    ping_timeout=PING_S,
                    close_timeout=min(CLOSE_S, address.timeout_s),
                    max_size=MESSAGE_CAP,
                    max_queue=QUEUE,
                    logger=_SILENT,
                    **options,
                )
        except TimeoutError as error:
            raise TimedOut("opening the WebSocket", limit) from error
        except InvalidStatus as error:
            status = error.response.status_code
            if status == 401:
                raise _Unauthorized from error
            raise error_of(
                ServerPlace.WEBSOCKET, Refusal.of(status, address.username, error.response.headers)
            ) from error
        except InvalidHandshake as error:
            raise _no_handshake(error) from error
        except (InvalidURI, OSError, ssl.SSLError) as error:
            raise translate(error) from error


_Scheme = Callable[[Address, WebSession], Awaitable[tuple[dict[str, str], list[str]]]]
"""Gives the handshake's headers and sub-protocols. Raises _Unauthorized where the phone has no such scheme."""


async def _basic(address: Address, _: WebSession) -> tuple[dict[str, str], list[str]]:
    token = base64.b64encode(_pair(address)).decode()
    return {"Authorization": f"Basic {token}"}, []


async def _protocol(address: Address, _: WebSession) -> tuple[dict[str, str], list[str]]:
    token = base64.urlsafe_b64encode(_pair(address)).decode().rstrip("=")
    return {}, [f"auth-{token}"]


async def _cookie(_: Address, session: WebSession) -> tuple[dict[str, str], list[str]]:
    try:
        return {"Cookie": await session.begin()}, []
    except (ProtocolError, AccessError) as error:
        raise _Unauthorized from error


_SCHEMES: tuple[_Scheme, ...] = (_basic, _protocol, _cookie)
"""In the order in which they are tried; the last one needs a request more, and a session ended."""


def _pair(address: Address) -> bytes:
    return f"{address.username}:{address.password}".encode()


def _no_handshake(error: Exception) -> PhonetuiError:
    """The server hung up in the middle of it, or answered something that is no WebSocket."""
    cause = error.__cause__
    if isinstance(cause, EOFError | OSError):
        return Dropped("the phone hung up during the WebSocket handshake")
    words = printable(str(error))
    return NotOffered(f"no WebSocket at this address: {words}", status_errors.NO_WEBSOCKET, reason="not-found")
