"""The web server that phones push to: one for all phones, with a secret path for each.

Phones send no credentials with a post, so the path is the secret. Every other path is answered alike and cheaply. A
post is answered before it is read, because a phone that waits too long gives its slot up.
"""

import asyncio
import ipaddress
import secrets
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from phonetui.errors import ConfigError, Unreachable

if TYPE_CHECKING:
    from aiohttp import web

CAP = 2**20
"""Bytes of one post: a whole tree is 12 KB."""
SLOW_S = 10.0
"""For one post to arrive."""

Receiver = Callable[[bytes, float], None]
"""Takes the body and the monotonic second of its arrival."""


class Listener:
    """Listens on those local addresses alone that phones need, from the first phone that needs one on."""

    def __init__(
        self, *, listen: str = "auto", advertise: str = "auto", cert: str | None = None, key: str | None = None
    ) -> None:
        """`listen` is `auto` or `address:port`; `advertise` is `auto` or the host that phones are told."""
        self._listen = listen
        self._advertise = advertise
        self._files = (cert, key) if cert and key else None
        self._receivers: dict[str, Receiver] = {}
        self._runner: web.AppRunner | None = None
        self._places: dict[str, tuple[str, int]] = {}
        self._opening = asyncio.Lock()

    async def expect(self, host: str, receiver: Receiver) -> str:
        """The URL that the phone at `host` shall post to."""
        address, port = await self._place(host)
        token = secrets.token_urlsafe(18)
        self._receivers[token] = receiver
        shown = address if self._advertise == "auto" else self._advertise
        shown = f"[{shown}]" if ":" in shown else shown
        return f"{'https' if self._files else 'http'}://{shown}:{port}/fb/{token}"

    def forget(self, url: str) -> None:
        self._receivers.pop(url.rpartition("/")[2], None)

    async def close(self) -> None:
        self._receivers.clear()
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _place(self, host: str) -> tuple[str, int]:
        async with self._opening:
            wanted = await _local_address(host) if self._listen == "auto" else self._listen
            if wanted not in self._places:
                self._places[wanted] = await self._open(wanted)
            return self._places[wanted]

    async def _open(self, wanted: str) -> tuple[str, int]:
        from aiohttp import web  # noqa: PLC0415 - 130 ms that a start without phones doesn't need

        if self._runner is None:
            app = web.Application(client_max_size=CAP)
            app.router.add_route("*", "/{path:.*}", self._receive)
            self._runner = web.AppRunner(app, access_log=None, handle_signals=False, keepalive_timeout=75.0)
            await self._runner.setup()
        address, _, port = (wanted, "", "0") if self._listen == "auto" else wanted.rpartition(":")
        sock = socket.socket(socket.AF_INET6 if ":" in address.strip("[]") else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address.strip("[]"), int(port)))
        except (OSError, ValueError) as error:
            sock.close()
            raise ConfigError(f"cannot listen for feedback on {wanted}: {error}", "Change [feedback] listen") from error
        await web.SockSite(self._runner, sock, ssl_context=self._context()).start()
        return address.strip("[]"), sock.getsockname()[1]

    def _context(self) -> ssl.SSLContext | None:
        if self._files is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self._files)
        return context

    async def _receive(self, request: "web.Request") -> "web.Response":
        from aiohttp import web  # noqa: PLC0415 - loaded already when a request arrives

        at = asyncio.get_running_loop().time()
        receiver = self._receivers.get(request.path.removeprefix("/fb/"))
        if receiver is None or request.method != "POST":
            return web.Response(status=404)
        try:
            async with asyncio.timeout(SLOW_S):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        asyncio.get_running_loop().call_soon(receiver, body, at)
        return web.Response()


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
