"""The HTTP client of one phone: one connection, directly or through a jump host, with limits on what it may answer.

A server may send any number of interim answers (RFC 9110 §15.2) before the one that counts, and httpx reads them all:
`LimitedStream` counts what comes before the end of an answer's head, `read_body` the unpacked body.

Requests prove who asks by Basic authentication each time, or by a session's cookie where that is wished and offered:

    no cookie ──begin──► cookie ──401──► begin once more ──401──► Basic
        └─── no sessions here, or too many ───────────────────────┘

Sessions are known from room devices. They never expire by themselves and are few (four is common), so Basic on a
connection that is kept open is the default, and a session is always ended.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from phonetui.errors import Busy, PhonetuiError, ProtocolError, TimedOut
from phonetui.transport.base import Address
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of, translate

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

TURN = 2**14
"""Bytes read at a time: as many as a TLS record holds (RFC 8446 §5.1)."""
HEAD = 2**17
"""Bytes until an answer's head is whole; the library itself takes no single head of more than 100 KiB."""


class LimitedBackend(httpcore.AsyncNetworkBackend):
    """Connections of another backend, with limits."""

    def __init__(self, network: httpcore.AsyncNetworkBackend) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return LimitedStream(await self._network.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class LimitedStream(httpcore.AsyncNetworkStream):
    """Raises ProtocolError out of a read that goes too far."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left: float = HEAD

    def head_complete(self) -> None:
        """What comes now is counted by who reads it."""
        self._left = float("inf")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        came = await self._stream.read(min(max_bytes, TURN), timeout)
        self._left -= len(came)
        if self._left < 0:
            raise ProtocolError("an answer that never begins", "Is this the phone's own web port?")
        return came

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = HEAD
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return LimitedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def client(
    context: ssl.SSLContext, tunnel: "Tunnel | None", *, base_url: str = "", auth: httpx.Auth | None = None
) -> httpx.AsyncClient:
    """One connection for each phone: one request at a time is what its web server is asked."""
    network: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()
    if tunnel is not None:
        from phonetui.transport.ssh.channels import TunnelBackend  # noqa: PLC0415 - SSH only where a phone needs it

        network = TunnelBackend(tunnel)
    transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
    # httpcore takes a `network_backend`, and httpx's wrapper doesn't pass it on.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=context, max_connections=1, keepalive_expiry=120.0, network_backend=LimitedBackend(network)
    )
    return httpx.AsyncClient(
        base_url=base_url,
        auth=auth,
        trust_env=False,  # a proxy of the operator's browser is no way to a phone
        follow_redirects=False,  # credentials stay where they were meant to go
        transport=transport,
    )


ACCEPT_ENCODING = "gzip"
"""What we say that we take."""
PIECES = 2**14
"""Of one body: a phone's server may send line by line, but not byte by byte."""
STEP = 2**16
"""Bytes that are unpacked at a time."""
BODY_TURN = 256
"""Pieces after which everything else has its turn: what has arrived already is never waited for."""


async def read_body(response: httpx.Response, cap: int) -> bytes:
    """Unpacked and whole. Raises ProtocolError where it has more than `cap` bytes."""
    whole, is_whole = await read_beginning(response, cap)
    if not is_whole:
        raise ProtocolError(f"an answer of more than {cap // 2**20} MiB")
    return whole


async def read_beginning(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    """At most the first `cap` bytes, unpacked, and whether that is all. Raises ProtocolError.

    httpx's own unpacking makes 64 MB of 64 KB at a stroke before anybody can count them.
    """
    whole = bytearray()
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    stream = response.extensions.get("network_stream")
    if isinstance(stream, LimitedStream):
        stream.head_complete()
    pieces = 0
    async for piece in response.aiter_raw():
        for part in _unpacked(piece, unpack):
            whole += part
            if len(whole) > cap:
                return bytes(whole[:cap]), False
        pieces += 1
        if pieces > PIECES:
            raise ProtocolError(f"an answer in more than {PIECES:,} pieces")
        if pieces % BODY_TURN == 0:
            await asyncio.sleep(0)
    return bytes(whole), True


def _unpacked(piece: bytes, unpack: "zlib._Decompress | None") -> Iterator[bytes]:
    """In steps, so that the reader can stop."""
    if unpack is None:
        yield piece
        return
    try:
        while piece:
            yield unpack.decompress(piece, STEP)
            piece = unpack.unconsumed_tail
    except zlib.error as error:
        raise ProtocolError("an answer that cannot be unpacked") from error


def http_error(error: httpx.HTTPError | httpx.InvalidURL | OSError) -> PhonetuiError:
    """What a request failed with: a peer that hangs up is told from one that doesn't speak HTTP."""
    if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(("Server disc", "peer closed")):
        return ProtocolError("what it answers is not HTTP", "Is this the phone's own web port?")
    return translate(error)


def _unpacker(packing: str) -> "zlib._Decompress | None":
    match packing.strip().casefold():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(zlib.MAX_WBITS | 32)  # told apart by their first bytes
    raise ProtocolError("an answer packed in a way that was not asked for")


SESSION_END_S = 1.0
"""For ending a session on the way out."""


class WebSession:
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
            await self._post("end", min(SESSION_END_S, self._address.timeout_s))
        except PhonetuiError:
            pass
        finally:
            self._cookie = ""

    async def _post(self, verb: str, limit: float) -> tuple[int, str]:
        """Status and what to send back as cookies, whatever their names."""
        auth = None if self._cookie else httpx.BasicAuth(self._address.username, self._address.password)
        headers = {"Cookie": self._cookie} if self._cookie else {}
        extensions = {"sni_hostname": self._address.tls_name} if self._address.tls_name else None
        url = f"{self._address.url}/xmlapi/session/{verb}"
        http = client(self._context, self._tunnel, auth=auth)
        post = http.stream("POST", url, headers=headers, extensions=extensions)
        try:
            async with asyncio.timeout(limit), http, post as answer:
                # Neither the body nor the cookies' attributes matter, so nothing of any size is read.
                cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
                return answer.status_code, cookies
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(f"session {verb}", limit) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, OSError, ssl.SSLError) as error:
            raise translate(error) from error


class SessionAuth(httpx.Auth):
    """A session while the phone has one for us, else Basic."""

    def __init__(self, session: WebSession, basic: httpx.BasicAuth) -> None:
        self._session = session
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
            await self._session.end()  # a restart of the phone ends sessions
        request.headers.pop("Cookie", None)
        yield next(self._basic.auth_flow(request))

    async def end(self) -> None:
        """Never raises."""
        await self._session.end()

    async def _cookie(self) -> str:
        if not self._is_offered:
            return ""
        try:
            return await self._session.begin()
        except (Busy, ProtocolError):
            self._is_offered = False
            return ""
