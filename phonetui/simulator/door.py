"""A simulated phone's port: TLS on one socket, closed and opened again while the phone restarts."""

import asyncio
import ssl

from aiohttp import web

from phonetui.errors import ConfigError
from phonetui.simulator.web import MAX_BODY, Site

_REOPEN_S = 0.1


class Door:
    """Listens for one phone; the port stays the same after the first opening."""

    def __init__(self, site: Site, tls: ssl.SSLContext, host: str, port: int) -> None:
        self._site = site
        self._tls = tls
        self._host = host
        self.port = port
        """0 until opened, where any free port will do."""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Raises ConfigError when the port is taken or the host isn't ours; an open door stays as it is."""
        if self._runner:
            return
        self._site.closing.clear()
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{anything:.*}", self._site.answer)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.05)
        await runner.setup()
        listening = web.TCPSite(runner, self._host, self.port, ssl_context=self._tls)
        try:
            await listening.start()
        except (OSError, OverflowError) as error:  # ports beyond 65535 overflow
            await runner.cleanup()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise ConfigError(
                f"cannot listen on {self._host} port {self.port}: {reason}", "Choose another --port"
            ) from error
        self.port = int(runner.addresses[0][1])
        self._runner = runner

    async def close(self) -> None:
        """Cuts connections; new ones are refused."""
        self._site.closing.set()
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

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
