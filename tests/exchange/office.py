"""Collectors and viewers inside of the test's process, over simulated phones and a real server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phonetui.config.settings import Config, FeedbackSettings, NatsSettings, PhoneSettings
from phonetui.exchange.attached_fleet import AttachedFleet
from phonetui.exchange.collector import CollectorService
from phonetui.exchange.connection import NatsConnection
from phonetui.monitor.control_policy import AuditEntry
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import Report
from phonetui.simulator.server import ServedOffice
from phonetui.transport.trust import PinStore
from tests.exchange.server import NatsServer, nats_server
from tests.live import Phones, served, settings, until


class Collecting:
    """A collector: its fleet and what stands beside it."""

    def __init__(self, config: Config, name: str) -> None:
        self.notices: list[str] = []
        self.audit: list[AuditEntry] = []
        self.fleet = LiveFleet(config, pins=PinStore(None), report=self._report, audit=self.audit.append)
        self.service = CollectorService(self.fleet, config, self.notices.append, name)
        self.tasks: list[asyncio.Task[None]] = []

    def _report(self, what: Report) -> None:
        self.service.take_report(what)

    def start(self) -> None:
        self.tasks = [asyncio.create_task(self.fleet.run()), asyncio.create_task(self.service.run())]

    async def stop(self) -> None:
        for task in reversed(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def collector_config(phones: Sequence[PhoneSettings], url: str, **nats: Any) -> Config:
    known: dict[str, Any] = {"url": url, "site": "hq", "shards": 4}
    feedback = FeedbackSettings(listen=nats.pop("listen", "off"))
    return Config(phones=tuple(phones), feedback=feedback, nats=NatsSettings(**(known | nats)))


@asynccontextmanager
async def collecting(office: Phones, url: str, name: str = "a", **fields: Any) -> AsyncIterator[Collecting]:
    """`fields` go to the phones' settings, those of `[nats]` and where pushes are listened for excepted."""
    nats = {key: fields.pop(key) for key in ("site", "shards", "creds", "operators", "listen") if key in fields}
    config = collector_config([settings(phone, **fields) for phone in office.phones], url, **nats)
    collector = Collecting(config, name)
    collector.start()
    try:
        yield collector
    finally:
        await collector.stop()


@asynccontextmanager
async def attached(
    url: str, sites: tuple[str, ...] = ("hq",), *, creds: Path | None = None, **options: Any
) -> AsyncIterator[AttachedFleet]:
    connection = NatsConnection(NatsSettings(url=url, creds=str(creds) if creds else None), "viewer")
    fleet = AttachedFleet(connection, sites, **options)
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True)
class Exchange:
    """A server, phones, the collector that watches them, and a viewer that is attached to what it knows."""

    server: NatsServer
    office: ServedOffice
    collector: Collecting
    fleet: AttachedFleet


@asynccontextmanager
async def exchanging(
    folder: Path, phones: int, sites: tuple[str, ...] = ("hq",), *, listen: str = "off", **options: Any
) -> AsyncIterator[Exchange]:
    """All of it, once the viewer has every phone as it is now; `options` go to the viewer's fleet.

    Without `listen`, which is the collector's for pushes, phones are polled alone.
    """
    async with (
        nats_server(folder) as server,
        served(phones) as office,
        collecting(office, server.url, listen=listen) as collector,
        attached(server.url, sites, **options) as fleet,
    ):
        await until(lambda: len(fleet.phones) == phones and all(one.is_current for one in fleet.phones.values()), 10)
        yield Exchange(server, office, collector, fleet)
