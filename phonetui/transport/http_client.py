"""The HTTP client of one phone: one connection, directly or through a jump host, and one request at a time on it.

    no connection ──► TCP or SSH channel, TLS ──► request ──► answer ──► kept for the next request
          ▲                                          │                        │ closed by the phone, KEPT_S without use
          └────── one that was kept broke unanswered ┘◄───────────────────────┘

What may be repeated, a GET, is asked once more where a kept connection turns out to be closed; a command, which may
have been acted on, never is. Nobody is followed elsewhere, no proxy of the environment is asked, no cookie is kept.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from phonetui.errors import ConfigError, Dropped, PhonetuiError, TimedOut
from phonetui.transport.base import Address, authority
from phonetui.transport.http_answer import AnswerReader, HttpAnswer
from phonetui.transport.http_connection import HttpConnection, TlsEngine
from phonetui.transport.status_errors import translate
from phonetui.transport.tls_client import TlsContext, TlsResumption

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

CONNECT_S = 3.0
"""Time limit for TCP and TLS: more than three lost SYNs are a phone that isn't there."""
KEPT_S = 120.0
"""Without a request: what lies between may have forgotten an older connection, and tells nobody."""
OTHER_FAMILY_S = 0.25
"""Until a host's next address is tried beside the one that doesn't answer (RFC 8305 5)."""
ADMITTED = "!$%&'()*+,/:;=?@[]~"
"""Beside letters, digits and `-._` these stay as they are in a request's target; everything else is percent-encoded."""
_DEFAULT_PORT = {"https": ":443", "http": ":80"}
"""What a server need not be told (RFC 9110 7.2)."""


class HttpClient:
    """A client of one phone's web server. It raises PhonetuiErrors alone; an answer of whatever status is an answer."""

    def __init__(self, address: Address, context: TlsContext, tunnel: "Tunnel | None" = None) -> None:
        self._address = address
        self._context = context
        self._tunnel = tunnel
        self._turn = asyncio.Lock()
        self._connection: HttpConnection | None = None
        self._tunnel_failure: Callable[[], PhonetuiError | None] = _none
        self._resumption = TlsResumption()
        self._host = _ascii(address.host)
        name = self._host.partition("%")[0]  # the interface of a link-local address is ours alone (RFC 6874 4)
        self._tls_name = _ascii(address.tls_name) if address.tls_name else name
        self._common = header_lines(
            ("Host", authority(name, address.port).removesuffix(_DEFAULT_PORT[address.scheme])),
            ("User-Agent", "phonetui"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip"),
        )

    @property
    def ssl_object(self) -> ssl.SSLObject | None:
        """The TLS object of the open connection; None for plain HTTP."""
        return self._connection.ssl_object if self._connection is not None else None

    async def request(
        self,
        method: str,
        target: str,
        headers: bytes = b"",
        body: bytes | None = None,
        *,
        step: str,
        seconds: float,
        cap: int,
        cut: bool = False,
        upgrade: bool = False,
    ) -> HttpAnswer:
        """The answer to one request, within `seconds` from its turn on.

        `target` is path and query; what may not stand there is percent-encoded. `headers` are lines of `header_lines`
        beside those of every request. `step` says what is done, for TimedOut. A body that unpacked has more than `cap`
        bytes is an error, or cut off there where `cut` is set. With `upgrade` the headers propose another protocol.
        """
        line = f"{method} {quote(target, safe=ADMITTED)} HTTP/1.1\r\n".encode("ascii")
        kept = b"" if upgrade else b"Connection: keep-alive\r\n"
        length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
        request = b"".join((line, self._common, kept, headers, length, b"\r\n", body or b""))
        reader = partial(AnswerReader, method, cap, cut=cut, upgrade=upgrade)
        try:
            async with self._turn:
                answer = await self._exchange(request, reader, seconds, is_repeatable=method == "GET")
        except TimeoutError as error:
            raise TimedOut(step, seconds) from error
        if answer is None:
            raise TimedOut(step, seconds)
        return answer

    async def reconnect(self) -> None:
        """Drops the connection, once the request that is on it is over."""
        async with self._turn:
            self._drop()

    def close(self) -> None:
        """Ends the connection at once, also under a request. Never raises."""
        self._drop()

    async def _exchange(
        self, request: bytes, reader: Callable[[], AnswerReader], seconds: float, *, is_repeatable: bool
    ) -> HttpAnswer | None:
        until = asyncio.get_running_loop().time() + seconds
        connection = self._kept()
        if connection is not None and not is_repeatable:
            # An end that has arrived meanwhile is better known now than after a command went out.
            await asyncio.sleep(0)
            connection = self._kept()
        if connection is not None:
            first = reader()
            try:
                return await self._ask(connection, request, first, until)
            except Dropped:
                if first.has_begun or not is_repeatable:
                    raise
        connection = await self._open(until)
        return await self._ask(connection, request, reader(), until)

    async def _ask(
        self, connection: HttpConnection, request: bytes, reader: AnswerReader, until: float
    ) -> HttpAnswer | None:
        try:
            return await connection.ask(request, reader, until - asyncio.get_running_loop().time())
        except Dropped as error:
            raise (self._tunnel_failure() or error) from error.__cause__

    def _kept(self) -> HttpConnection | None:
        """The open connection, where it can be used again."""
        connection = self._connection
        if connection is None:
            return None
        if connection.is_open and asyncio.get_running_loop().time() - connection.used_at < KEPT_S:
            return connection
        self._drop()
        return None

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            if connection.ssl_object is not None:
                self._resumption.note_end(connection.ssl_object, has_answered=connection.has_answered)
            connection.close()

    async def _open(self, until: float) -> HttpConnection:
        """A new connection, its certificate believed. Raises PhonetuiErrors, and TimeoutError where `until` is over."""
        self._drop()
        connection = None
        try:
            connection = HttpConnection(self._tls())
            await self._connect(connection, until)
            await self._shake_hands(connection, until)
        except BaseException as error:
            if connection is not None:
                connection.abort()
            if isinstance(error, (OSError, ValueError)) and not isinstance(error, TimeoutError):
                raise translate(error) from error
            if isinstance(error, Dropped) and (failure := self._tunnel_failure()) is not None:
                raise failure from error
            raise
        self._connection = connection
        return connection

    async def _shake_hands(self, connection: HttpConnection, until: float) -> None:
        try:
            await _within(until, "the TLS handshake", connection.opened())
        except BaseException:
            self._resumption.forget()
            raise

    async def _connect(self, connection: HttpConnection, until: float) -> None:
        host, port, loop = self._host, self._address.port, asyncio.get_running_loop()
        if self._tunnel is None:
            delay = None if _is_literal(host) else OTHER_FAMILY_S
            made = loop.create_connection(lambda: connection, host, port, happy_eyeballs_delay=delay)
            await _within(until, "a connection", made)
        else:
            seconds = min(CONNECT_S, until - loop.time())
            self._tunnel_failure = await self._tunnel.connect(connection, host, port, seconds)

    def _tls(self) -> TlsEngine | None:
        if self._address.scheme != "https":
            return None
        return TlsEngine(self._context, self._tls_name, self._resumption.session)


async def _within(until: float, step: str, work: Awaitable[object]) -> None:
    """Raises TimedOut where `work` takes longer than CONNECT_S, TimeoutError where `until` comes first."""
    limit = asyncio.get_running_loop().time() + CONNECT_S
    try:
        async with asyncio.timeout_at(min(until, limit)):
            await work
    except TimeoutError as error:
        if until < limit:
            raise
        raise TimedOut(step, CONNECT_S) from error


def header_lines(*headers: tuple[str, str]) -> bytes:
    """Names and values as they are sent.

    Raises ConfigError for what cannot stand in a header; its words name no value, which may be a credential.
    """
    written = "".join(f"{name}: {value}\r\n" for name, value in headers)
    try:
        raw = written.encode("latin-1")
    except UnicodeEncodeError:
        raw = b""
    if raw.count(b"\n") != len(headers) or b"\0" in raw:
        raise ConfigError(f"this cannot be sent in a header: {' or '.join(name for name, _ in headers)}")
    return raw


def _ascii(name: str) -> str:
    """A host's name as it is asked for and as certificates bear it (IDNA 2008)."""
    if name.isascii():
        return name
    import idna  # noqa: PLC0415 - 25 ms that such names alone need

    return idna.encode(name.lower()).decode("ascii")


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _none() -> None:
    return None
