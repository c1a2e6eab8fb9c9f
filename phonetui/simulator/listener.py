"""A simulated phone's ports: TLS on one socket, plain on another, closed and opened while the phone restarts."""

import asyncio
import contextlib
import socket
import ssl

from aiohttp import web

from phonetui.errors import ConfigError
from phonetui.simulator.web import MAX_BODY, Site

_REOPEN_S = 0.1


class PhoneListener:
    """Listens for one phone; the port stays the same after the first opening."""

    def __init__(self, site: Site, tls: ssl.SSLContext, host: str, port: int, *, plain: bool = False) -> None:
        """`plain`: a second port, any free one, without encryption."""
        self._site = site
        self._tls = tls
        self._host = host
        self.port = port
        """0 until opened, where any free port will do."""
        self.plain_port = 0
        """0 without one, and until opened."""
        self._plain = plain
        self._runner: web.AppRunner | None = None
        self._dead: list[socket.socket] = []

    async def open(self) -> None:
        """Raises ConfigError when the port is taken or the host isn't ours; an open door stays as it is."""
        if self._runner:
            return
        self._site.closing.clear()
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{anything:.*}", self._site.answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.05)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self.port, ssl_context=self._tls).start()
            if self._plain:
                await web.TCPSite(runner, self._host, self.plain_port).start()
        except (OSError, OverflowError) as error:  # ports beyond 65535 overflow
            await runner.cleanup()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigError(
                f"cannot listen on {self._host} port {self.port}: {reason}", "Choose another --port"
            ) from error
        self.port, self.plain_port = (*(int(address[1]) for address in runner.addresses), 0)[:2]
        self._runner, self._site.encrypted_port = runner, self.port

    async def close(self) -> None:
        """Cuts connections; new ones are refused."""
        self._site.closing.set()
        self._site.sockets.cut()
        while self._dead:
            self._dead.pop().close()
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def sleep(self) -> None:
        """Off the network: what is sent here gets no answer at all, until `wake`."""
        await self.close()
        for port in filter(None, (self.port, self.plain_port)):
            self._dead += _dead_end(self._host, port)

    async def wake(self) -> None:
        """Opens again."""
        await self.close()
        await self.open()

    async def swing(self, seconds: float) -> None:
        """Refuses for the middle half of a restart that takes so long, in real time."""
        await asyncio.sleep(seconds / 4)
        await self.close()
        await asyncio.sleep(seconds / 2)
        while self._runner is None:
            try:
                await self.open()
            except ConfigError:  # somebody sits on the port: it is ours again when they leave
                await asyncio.sleep(_REOPEN_S)


def _dead_end(host: str, port: int) -> list[socket.socket]:
    """A port whose queue is full and never emptied: on Linux a connection attempt ends by its own time limit only."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sockets = [socket.create_server((host, port), family=family, backlog=0)]
    for _ in range(2):
        caller = socket.socket(family)
        caller.setblocking(False)
        sockets.append(caller)
        with contextlib.suppress(BlockingIOError):
            caller.connect((host, port))
    return sockets
