"""The web server that phones push to: one for all phones, with a secret path for each.

Phones send no credentials with a post, so the path is the secret. Every other path is answered alike and cheaply. A
post is answered before it is read, because a phone that waits too long gives its slot up.

Where a post comes from proves nothing, because phones may sit behind NAT or a jump host: its path alone says whose
values it brings, and the values of one path can only ever become that one phone's.
"""

import asyncio
import ipaddress
import logging
import secrets
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonetui import tls
from phonetui.errors import ConfigError, Unreachable
from phonetui.transport.gate import SLOW_S, Allowance, Gate

if TYPE_CHECKING:
    from aiohttp import web

CAP = 2**20
"""Bytes of one post: a whole tree is 12 KB."""
POSTS_PER_S, POSTS_AT_ONCE = 20.0, 200.0
"""Of one phone; in a call it sends some five a second."""
POST_SIZE = 2**14
"""Bytes that count as one post: who sends more at a time may do so less often."""

Receiver = Callable[[bytes, float], None]
"""Takes the body and the monotonic second of its arrival."""

_SILENT = logging.Logger("phonetui.feedback", logging.CRITICAL + 1)
"""The library would write what it cannot read into the log, with a traceback each time."""
_HEADERS = {"Server": "phonetui"}
"""Instead of the versions of what it is made of."""


@dataclass(slots=True)
class _Place:
    receiver: Receiver
    posts: Allowance


class Listener:
    """Listens on those local addresses alone that phones need, from the first phone that needs one on."""

    def __init__(
        self, *, listen: str = "auto", advertise: str = "auto", cert: str | None = None, key: str | None = None
    ) -> None:
        """`listen` is `auto` or `address:port`; `advertise` is `auto` or the host that phones are told."""
        self._listen = listen
        self._advertise = advertise
        self._files = (cert, key) if cert and key else None
        self._expected: dict[str, _Place] = {}
        self._server: web.Server | None = None
        self._gate: Gate | None = None
        self._places: dict[str, tuple[str, int]] = {}
        self._opening = asyncio.Lock()

    async def expect(self, host: str, receiver: Receiver) -> str:
        """The URL that the phone at `host` shall post to."""
        address, port = await self._place(host)
        return self.url(address if self._advertise == "auto" else self._advertise, port, receiver)

    def url(self, address: str, port: int, receiver: Receiver) -> str:
        """A new URL for `receiver` at a place whose connections come here."""
        token = secrets.token_urlsafe(18)
        now = asyncio.get_running_loop().time()
        self._expected[token] = _Place(receiver, Allowance(POSTS_PER_S, POSTS_AT_ONCE, now))
        shown = f"[{address}]" if ":" in address else address
        return f"{'https' if self._files else 'http'}://{shown}:{port}/fb/{token}"

    def take(self, arrived: socket.socket, source: str) -> None:
        """A connection that somebody else accepted for us: a jump host. Closed unread where no phone is expected."""
        if not self._expected:
            arrived.close()
            return
        self._gate = self._gate or self._made()
        self._gate.let_in(arrived, source)

    def hears(self, url: str) -> bool:
        """Whether what is posted there still arrives: what listens on this machine does so to the end."""
        return url.rpartition("/")[2] in self._expected

    def forget(self, url: str) -> None:
        self._expected.pop(url.rpartition("/")[2], None)

    async def close(self) -> None:
        self._expected.clear()
        gate, server, self._gate, self._server = self._gate, self._server, None, None
        if gate is not None:
            await gate.close()
        if server is not None:
            await server.shutdown(0.0)

    async def _place(self, host: str) -> tuple[str, int]:
        async with self._opening:
            wanted = await _local_address(host) if self._listen == "auto" else self._listen
            if wanted not in self._places:
                self._places[wanted] = await self._open(wanted)
            return self._places[wanted]

    async def _open(self, wanted: str) -> tuple[str, int]:
        gate = self._gate = self._gate or self._made()
        address, _, port = (wanted, "", "0") if self._listen == "auto" else wanted.rpartition(":")
        sock = socket.socket(socket.AF_INET6 if ":" in address.strip("[]") else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address.strip("[]"), int(port)))
        except (OSError, ValueError) as error:
            sock.close()
            raise ConfigError(f"cannot listen for feedback on {wanted}: {error}", "Change [feedback] listen") from error
        gate.open(sock)
        return address.strip("[]"), sock.getsockname()[1]

    def _made(self) -> Gate:
        from aiohttp import web  # noqa: PLC0415 - 130 ms that a start without phones doesn't need

        context = self._context()
        self._server = web.Server(
            self._receive,
            access_log=None,
            logger=_SILENT,
            auto_decompress=False,  # phones don't pack, and a small post could unpack to any size
            lingering_time=0.0,  # what is not read is not waited for
        )
        return Gate(self._server, context)

    def _context(self) -> ssl.SSLContext | None:
        if self._files is None:
            return None
        context = tls.server_context()
        try:
            context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            words = f"the certificate for feedback over https cannot be used: {error.strerror or error}"
            raise ConfigError(words, "Look at [feedback] cert and key") from error
        return context

    async def _receive(self, request: "web.BaseRequest") -> "web.StreamResponse":
        """Whoever sends too much or too often hears so and is hung up on; a phone stops then, and is polled."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        place = self._expected.get(request.path.removeprefix("/fb/")) if request.method == "POST" else None
        if self._gate is None or not self._gate.admits(request.transport, stray=place is None):
            return _ending(429)
        if place is None:
            return _ending(404)
        body = bytearray()
        try:
            async with asyncio.timeout(SLOW_S):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > CAP:
                        return _ending(413)
        except TimeoutError:
            return _ending(408)
        if not place.posts.take(at, max(1.0, len(body) / POST_SIZE)):
            return _ending(429)
        loop.call_soon(place.receiver, bytes(body), at)
        return _answer(200)


def _answer(status: int) -> "web.Response":
    from aiohttp import web  # noqa: PLC0415 - loaded already when a request arrives

    return web.Response(status=status, headers=_HEADERS)


def _ending(status: int) -> "web.Response":
    answer = _answer(status)
    answer.force_close()
    return answer


async def _local_address(host: str) -> str:
    """Our address on the way to `host`; loopback for a phone on loopback. Nothing is sent."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)
        family, _, _, _, target = found[0]
        if ipaddress.ip_address(str(target[0])).is_loopback:
            return "::1" if family == socket.AF_INET6 else "127.0.0.1"
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise Unreachable("no local address towards the phone", reason="no-route") from error
