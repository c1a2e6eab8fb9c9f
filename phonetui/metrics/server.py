"""`/metrics`, `/-/healthy`, `/-/ready` and `/sd` over HTTP: what Prometheus asks a collector."""

import asyncio
import hmac
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phonetui.config.address import split_port
from phonetui.config.settings import MetricsSettings
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Fleet
from phonetui.metrics.totals import Totals, site
from phonetui.phone.state import State
from phonetui.tls import server_context

if TYPE_CHECKING:
    from aiohttp import web

    from phonetui.archive.meshes import MeshArchive
    from phonetui.metrics.exposition import FleetSnapshot

CACHE_S = 5.0
"""How long an exposition is reused: 1,000 phones take 0.06 s of CPU."""
PREPARED = 100
"""Phones whose lines are written ahead in one look at the fleet: 10 ms of CPU, in a thread; as many start in one."""
UPDATE_S = 1.0
"""Between two looks at the fleet: a call that is shorter may be missed by the packet counters, never by the calls."""
SHUTDOWN_S = 1.0
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN_PATHS = frozenset({"/-/healthy", "/-/ready"})
"""Paths served without a token, for supervisors that have none."""


class MetricsServer:
    """Serves a fleet's metrics until it is cancelled."""

    def __init__(
        self,
        fleet: Fleet,
        settings: MetricsSettings,
        reported: Mapping[str, int] | None = None,
        *,
        meshes: "MeshArchive | None" = None,
    ) -> None:
        """`reported` is what happened to the messages that a collector of voice quality reports was sent; `meshes` has
        the results of test calls.

        Raises ConfigError where prometheus-client is not installed, or the address is none.
        """
        self._fleet = fleet
        self._settings = settings
        self._reported = reported
        self._host, self._port = parse_listen(settings.listen or "")
        try:
            from phonetui.metrics import exposition  # noqa: PLC0415 - an extra, and not before the first frame
        except ImportError as error:
            hint = "Install phonetui with its extra: 'phonetui[metrics]'"
            raise ConfigError("metrics need prometheus-client, which is not installed", hint) from error
        self._module = exposition
        self._exposition = exposition.Exposition()
        self._meshes = None
        if meshes is not None:
            from phonetui.metrics.mesh import MeshResults  # noqa: PLC0415 - as above

            self._meshes = MeshResults(meshes)
        self._totals = Totals(datetime.now(UTC))
        self._lag_s = 0.0
        self._made: tuple[float, bytes] | None = None
        self._making = asyncio.Lock()
        self.address: tuple[str, int] | None = None
        """The address it listens on, once it does."""

    async def run(self) -> None:
        """Until cancelled. Raises ConfigError where the address cannot be listened on, or the certificate is none."""
        from aiohttp import web  # noqa: PLC0415 - not before the first frame

        app = web.Application(middlewares=[self._authorize])
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/-/healthy", self._healthy)
        app.router.add_get("/-/ready", self._ready)
        app.router.add_get("/sd", self._discovery)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            listener = web.TCPSite(runner, self._host, self._port, ssl_context=self._tls())
            try:
                await listener.start()
            except OSError as error:
                words = f"metrics: {self._settings.listen} cannot be listened on: {error.strerror or error}"
                raise ConfigError(words, "Choose another address in [metrics] listen") from error
            host, port = runner.addresses[0][:2]
            self.address = (host, port)
            await self._follow()
        finally:
            await runner.cleanup()

    async def exposition(self) -> bytes:
        """The exposition, at most `CACHE_S` old, made in a thread."""
        loop = asyncio.get_running_loop()
        async with self._making:
            if self._made is None or loop.time() - self._made[0] >= CACHE_S:
                self._totals.update(self._fleet, self._fleet.version)
                snapshot = self._module.FleetSnapshot.of(
                    self._fleet,
                    self._totals.snapshot(),
                    loop.time(),
                    datetime.now(UTC),
                    self._lag_s,
                    reported=self._reported,
                )
                text = await asyncio.to_thread(self._make, snapshot)
                self._made = (loop.time(), text)
            return self._made[1]

    def _make(self, snapshot: "FleetSnapshot") -> bytes:
        """Makes the exposition; runs in a thread, as results of test calls are read from the disk."""
        return self._exposition.text(snapshot, self._meshes.latest() if self._meshes is not None else ())

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._totals.update(self._fleet, self._fleet.version)
            await self._prepare()
            due = loop.time() + UPDATE_S
            await asyncio.sleep(UPDATE_S)
            self._lag_s = max(loop.time() - due, 0.0)

    async def _prepare(self) -> None:
        """Writes some phones ahead of the first scrape, which else would write all of them at once."""
        if not self._making.locked() and (phones := self._exposition.unwritten(self._fleet.phones, PREPARED)):
            async with self._making:
                await asyncio.to_thread(self._exposition.prepare, phones)

    def _tls(self) -> ssl.SSLContext | None:
        if self._settings.tls_cert is None:
            return None
        context = server_context()
        try:
            context.load_cert_chain(self._settings.tls_cert, self._settings.tls_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"metrics: {self._settings.tls_cert}: {error}", "See [metrics] tls_cert") from error
        return context

    @property
    def _authorize(self) -> "Callable[..., Awaitable[web.StreamResponse]]":
        from aiohttp import web  # noqa: PLC0415 - see `run`

        token = self._settings.token

        @web.middleware
        async def authorize(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if token is not None and request.path not in OPEN_PATHS:
                expected = f"Bearer {token.reveal()}".encode()
                given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
                if not hmac.compare_digest(given, expected):
                    return web.Response(status=401, text="A bearer token is needed.\n")
            return await handler(request)

        return authorize

    async def _metrics(self, _: "web.Request") -> "web.Response":
        from aiohttp import web  # noqa: PLC0415 - see `run`

        return web.Response(body=await self.exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def _healthy(self, _: "web.Request") -> "web.Response":
        from aiohttp import web  # noqa: PLC0415 - see `run`

        return web.Response(text="healthy\n")

    async def _ready(self, _: "web.Request") -> "web.Response":
        """Whether each phone has answered or failed since the start."""
        from aiohttp import web  # noqa: PLC0415 - see `run`

        waiting = sum(phone.connection.state is State.CONNECTING for phone in self._fleet.phones.values())
        if waiting:
            return web.Response(status=503, text=f"{waiting} phones not heard of\n")
        return web.Response(text="ready\n")

    async def _discovery(self, _: "web.Request") -> "web.Response":
        """The phones for HTTP service discovery, as for a blackbox or SNMP exporter."""
        from aiohttp import web  # noqa: PLC0415 - see `run`

        targets = [
            {
                "targets": [str(phone.address)],
                "labels": {
                    "__meta_phonetui_phone": str(phone.id),
                    "__meta_phonetui_site": site(phone),
                    "__meta_phonetui_model": str(phone.system.product_id or ""),
                },
            }
            for phone in self._fleet.phones.values()
        ]
        return web.json_response(targets)


def parse_listen(text: str) -> tuple[str, int]:
    """`127.0.0.1:9819`, `[::1]:9819` → host and port; 0 is a free one. Raises ConfigError."""
    try:
        host, port = split_port(text, least=0)
    except ValueError:
        port = None
    if port is None:
        raise ConfigError(f"'{text}' is no address to listen on", "Write it as 127.0.0.1:9819")
    return host, port
