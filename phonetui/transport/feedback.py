"""The HTTP server that phones post to: one for all phones, with a secret path for each.

Phones send no credentials with a post, so the path is the secret. Every other path is answered alike and cheaply. A
post is answered before it is parsed, because a phone that waits too long gives its slot up.

Where a post comes from proves nothing, because phones may sit behind NAT or a jump host: its path alone says whose
values it brings, and the values of one path can only ever become that one phone's.
"""

import asyncio
import logging
import secrets
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from msgspec import Struct

from phonetui import tls
from phonetui.errors import ConfigError, ProtocolError, Unreachable
from phonetui.transport.base import LARGE_BODY, Sink, authority, parse_off_loop
from phonetui.transport.connection_limiter import FIRST_REQUEST_S, ConnectionLimiter, TokenBucket
from phonetui.xapi.feedback import Push, parse_feedback

if TYPE_CHECKING:
    from aiohttp import web

PATH = "/fb/"
CAP = 2**20
"""Bytes of one post: a whole tree is 12 KB."""
POSTS_PER_S, POSTS_AT_ONCE = 20.0, 200.0
"""Allowed posts of one phone; in a call it sends some five a second."""
POST_SIZE = 2**14
"""Bytes that count as one post: who sends more at a time may do so less often."""
MOST_BYTES = 2**25
"""Of all posts that are being read; more has to wait until some are done."""

MOST_WAITING = 4 * 2**20
"""Bytes of one phone's posts that wait to be parsed."""

Receiver = Callable[[bytes, float], None]
"""Takes the body and the monotonic second of its arrival."""

_SILENT = logging.Logger("phonetui.feedback", logging.CRITICAL + 1)
"""The library would write what it cannot read into the log, with a traceback each time."""
_HEADERS = {"Server": "phonetui"}
"""Instead of the versions of what it is made of."""


class _ListeningAddress(Struct, frozen=True):
    """The listening address as the phones of one network reach it."""

    address: str
    port: int
    towards: str | None = None
    """Our address on the way to the phone when it was registered; None where the configuration fixes another."""


@dataclass(slots=True)
class _Registration:
    receiver: Receiver
    posts: TokenBucket
    local: _ListeningAddress


class Listener:
    """Listens on those local addresses alone that phones need, from the first phone that needs one on."""

    def __init__(
        self, *, listen: str = "auto", advertise: str = "auto", cert: str | None = None, key: str | None = None
    ) -> None:
        """`listen` is `auto` or `address:port`, `0.0.0.0` and `[::]` for all of ours and port 0 for a free one.

        `advertise` is `auto` or the host in the URLs that phones get.
        """
        self._listen = listen
        self._advertise = advertise
        self._files = (cert, key) if cert and key else None
        self._registered: dict[str, _Registration] = {}
        self._server: web.Server | None = None
        self._limiter: ConnectionLimiter | None = None
        self._sockets: dict[str, socket.socket] = {}
        """By the address, or address and port, that was asked for."""
        self._reading = 0
        """Bytes of posts that aren't whole yet."""
        self._opening = asyncio.Lock()

    async def register(self, host: str, receiver: Receiver) -> str:
        """The URL that the phone at `host` shall post to."""
        return self._url(await self._listening_address(host), receiver)

    def register_at(self, address: str, port: int, receiver: Receiver) -> str:
        """A new URL for `receiver` at a place whose connections come here."""
        return self._url(_ListeningAddress(address, port), receiver)

    def accept(self, arrived: socket.socket, source: str) -> None:
        """A connection that a jump host accepted. Closed unread where no phone is expected."""
        if not self._registered:
            arrived.close()
            return
        self._limiter = self._limiter or self._make_limiter()
        self._limiter.accept(arrived, source)

    async def is_reachable(self, host: str, url: str) -> bool:
        """Whether what the phone at `host` posts there still arrives: not so once our way to it has another address."""
        place = self._registered.get(url.rpartition("/")[2])
        if place is None or place.local.towards is None:
            return place is not None
        try:
            return await _local_address(host) == place.local.towards
        except Unreachable:
            return True  # no way to it at all: where it will be found again isn't known yet

    @property
    def count(self) -> int:
        """See `connection_limiter.KnownSenders`."""
        return len(self._registered)

    def sender(self, first_bytes: bytes) -> str | None:
        """See `connection_limiter.KnownSenders`."""
        token = _token(first_bytes.partition(b"\r")[0].decode("ascii", "replace"))
        return token if token in self._registered else None

    def has_allowance(self, sender: str, at: float) -> bool:
        """See `connection_limiter.KnownSenders`."""
        place = self._registered.get(sender)
        return place is not None and place.posts.has(at)

    def unregister(self, url: str) -> None:
        """Ends a registration: posts to its URL are refused from now on."""
        self._registered.pop(url.rpartition("/")[2], None)

    async def close(self) -> None:
        """Forgets all registrations, stops listening, and returns once all connections are ended."""
        self._registered.clear()
        self._sockets.clear()
        limiter, server, self._limiter, self._server = self._limiter, self._server, None, None
        if limiter is not None:
            await limiter.close()
        if server is not None:
            await server.shutdown(0.0)

    def _url(self, local: _ListeningAddress, receiver: Receiver) -> str:
        token = secrets.token_urlsafe(18)
        now = asyncio.get_running_loop().time()
        self._registered[token] = _Registration(receiver, TokenBucket(POSTS_PER_S, POSTS_AT_ONCE, now), local)
        return f"{'https' if self._files else 'http'}://{authority(local.address, local.port)}{PATH}{token}"

    async def _listening_address(self, host: str) -> _ListeningAddress:
        """The address at which the phone at `host` reaches the listener, opened if need be.

        Raises ConfigError and Unreachable.
        """
        async with self._opening:
            if self._listen == "auto":
                towards: str | None = await _local_address(host)
                wanted, address = f"{towards}:0", str(towards)
            else:
                wanted, address = self._listen, self._listen.rpartition(":")[0].strip("[]")
                towards = await _local_address(host) if _is_wildcard(address) else None
                if towards is not None and ":" in towards and ":" not in address:
                    words = f"nothing that a phone with an IPv6 address pushes arrives at {wanted}"
                    raise ConfigError(words, "Set [feedback] listen to '[::]:PORT'")
            if wanted not in self._sockets:
                self._close_unused()
                self._sockets[wanted] = self._open_socket(wanted)
            port = self._sockets[wanted].getsockname()[1]
        shown = self._advertise if self._advertise != "auto" else towards or address
        return _ListeningAddress(shown, port, towards)

    def _open_socket(self, wanted: str) -> socket.socket:
        limiter = self._limiter = self._limiter or self._make_limiter()
        address, _, port = wanted.rpartition(":")
        address = address.strip("[]")
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # `[::]` takes IPv4, too
        try:
            sock.bind((address, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            sock.close()
            raise ConfigError(f"cannot listen for feedback on {wanted}: {error}", "Change [feedback] listen") from error
        limiter.listen(sock)
        return sock

    def _close_unused(self) -> None:
        """Addresses that were ours once, and that no phone posts to any more."""
        ports = {place.local.port for place in self._registered.values()}
        for wanted, sock in tuple(self._sockets.items()):
            if self._limiter is not None and sock.getsockname()[1] not in ports:
                self._limiter.stop_listening(self._sockets.pop(wanted))

    def _make_limiter(self) -> ConnectionLimiter:
        from aiohttp import web  # noqa: PLC0415 - 130 ms that a start without phones doesn't need

        context = self._context()
        self._server = web.Server(
            self._receive,
            access_log=None,
            logger=_SILENT,
            auto_decompress=False,  # phones don't pack, and a small post could unpack to any size
            lingering_time=0.0,  # what is not read is not waited for
        )
        return ConnectionLimiter(self._server, self, context)

    def _context(self) -> ssl.SSLContext | None:
        if self._files is None:
            return None
        tls.limit_read_buffers()
        context = tls.server_context()
        try:
            context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            words = f"the certificate for feedback over https cannot be used: {error.strerror or error}"
            raise ConfigError(words, "Look at [feedback] cert and key") from error
        return context

    async def _receive(self, request: "web.BaseRequest") -> "web.StreamResponse":
        """A sender of too much or too many is told so and disconnected; a phone stops then, and is polled."""
        from aiohttp import web  # noqa: PLC0415 - loaded already when a request arrives

        answer = web.Response(status=await self._status(request), headers=_HEADERS)
        if answer.status != 200:
            answer.force_close()
        return answer

    async def _status(self, request: "web.BaseRequest") -> int:
        """The status that a request is answered with; what a post brought goes to its receiver afterwards."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        token = request.path.removeprefix(PATH) if request.method == "POST" else ""
        place = self._registered.get(token)
        if self._limiter is None or not self._limiter.admit(request.transport, token if place is not None else None):
            return 429
        if place is None:
            return 404
        if not place.posts.has(at):
            return 429
        try:
            async with asyncio.timeout(FIRST_REQUEST_S):
                body = await self._body(request)
        except TimeoutError:
            return 408
        if body is None:
            return 413
        if not place.posts.take(at, max(1.0, len(body) / POST_SIZE)):
            return 429
        loop.call_soon(place.receiver, body, at)
        return 200

    async def _body(self, request: "web.BaseRequest") -> bytes | None:
        """None where it is too large, by itself or beside all others that are being read."""
        body = bytearray()
        try:
            async for chunk in request.content.iter_any():
                body += chunk
                self._reading += len(chunk)
                if len(body) > CAP or self._reading > MOST_BYTES:
                    return None
            return bytes(body)
        finally:
            self._reading -= len(body)


class PostQueue:
    """The posts of one phone, parsed in the order in which they came: a small one never overtakes a large one."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None

    def put(self, body: bytes, at: float) -> None:
        """A post that arrived at monotonic second `at`."""
        if self._task is None and len(body) < LARGE_BODY:
            self._sink(_push(body, at))
            return
        if self._bytes + len(body) > MOST_WAITING:
            self._sink(ProtocolError("too much at once, it is left out and read instead"))
            return
        self._waiting.append((body, at))
        self._bytes += len(body)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                began_at = loop.time()
                body, at = self._waiting.popleft()
                self._bytes -= len(body)
                self._sink(await parse_off_loop(_push, body, at))
                await asyncio.sleep(loop.time() - began_at)  # threads take turns with the loop
        finally:
            self._task = None


def _push(body: bytes, at: float) -> Push | ProtocolError:
    try:
        return parse_feedback(body, at)
    except ProtocolError as error:
        return error


def _token(request_line: str) -> str:
    """The secret in `POST /fb/SECRET HTTP/1.1`; empty for any other request."""
    method, _, rest = request_line.partition(" ")
    path = rest.partition(" ")[0]
    return path.removeprefix(PATH) if method == "POST" and path.startswith(PATH) else ""


def _is_wildcard(address: str) -> bool:
    try:
        return ip_address(address).is_unspecified
    except ValueError:
        return False


async def _local_address(host: str) -> str:
    """Our address on the way to `host`; loopback for a phone on loopback. Nothing is sent."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)
        family, _, _, _, target = found[0]
        if ip_address(str(target[0])).is_loopback:
            return "::1" if family == socket.AF_INET6 else "127.0.0.1"
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise Unreachable("no local address towards the phone", reason="no-route") from error
