"""The services of `collect` and of the dashboard: metrics, notifications, voice reports and the like, beside a fleet.

One that fails is recorded and ends alone; the watching goes on.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from phonetui.cli.failure import error_line
from phonetui.config import places
from phonetui.errors import PhonetuiError

if TYPE_CHECKING:
    from phonetui.config.settings import Config
    from phonetui.fleet.protocol import Fleet

_log = logging.getLogger(__name__)


class Service(Protocol):
    """Looks at a fleet until it is cancelled."""

    async def run(self) -> None: ...


def services(config: "Config", fleet: "Fleet", notice: Callable[[str], None]) -> Sequence[Service]:
    """The services that the configuration asks for; `notice` takes what the operator should know.

    Raises ConfigError where one cannot be.
    """
    from phonetui.fleet.extensions import VoiceReportFleet

    found: list[Service] = []
    if (left := _left_calls(fleet, notice)) is not None:
        found.append(left)
    config = with_secrets(config)
    reported = None
    if config.vq.listen and isinstance(fleet, VoiceReportFleet):
        from phonetui.voice_reports.collector import VoiceReportCollector

        collector = VoiceReportCollector(fleet.voice_reports, config.vq, notice)
        found.append(collector)
        reported = collector.counts
    if config.metrics.listen is not None:
        from phonetui.archive.meshes import MeshArchive
        from phonetui.metrics.server import MetricsServer

        found.append(MetricsServer(fleet, config.metrics, reported, meshes=MeshArchive(places.meshes())))
    if config.report.publish is not None:
        from phonetui.voice_reports.publisher import VoiceReportPublisher

        seen = _masked(fleet) if config.ui.privacy else fleet
        found.append(VoiceReportPublisher(seen, config.report.publish, notice))
    notify = config.notify
    if notify.command or notify.webhook or notify.apprise:
        from phonetui.notify.service import NotificationService

        found.append(NotificationService(_masked(fleet) if config.ui.privacy else fleet, notify, notice))
    return found


def _left_calls(fleet: "Fleet", notice: Callable[[str], None]) -> Service | None:
    """What ends test calls that a killed program left up; None where there are none. Blocks."""
    if not places.begun_calls().exists():
        return None
    from phonetui.fleet.protocol import MeshFleet
    from phonetui.mesh.begun_calls import BegunCalls
    from phonetui.mesh.recovery import CallRecovery

    begun = BegunCalls(places.begun_calls())
    if begun.is_empty() or not isinstance(fleet, MeshFleet):
        return None
    return CallRecovery(fleet, begun, notice)


def with_secrets(config: "Config") -> "Config":
    """The configuration with tokens and URLs of services from where they are kept. Raises ConfigError."""
    import os

    from phonetui.config.credentials import secret
    from phonetui.config.settings import Secret

    metrics, notify = config.metrics, config.notify
    if metrics.listen is not None and metrics.token_source is not None:
        metrics = replace(metrics, token=secret(metrics.token_source, os.environ, "metrics"))
    if notify.webhook is not None and notify.webhook.url_source is not None:
        url = secret(notify.webhook.url_source, os.environ, "webhook")
        notify = replace(notify, webhook=replace(notify.webhook, url=url))
    urls = tuple(
        url if isinstance(url, Secret) else secret(url, os.environ, f"apprise-{place}")
        for place, url in enumerate(notify.apprise, 1)
    )
    return replace(config, metrics=metrics, notify=replace(notify, apprise=urls))


def _masked(fleet: "Fleet") -> "Fleet":
    """What leaves the program is masked as the screen is."""
    from phonetui.fleet.masked import mask_fleet

    return mask_fleet(fleet)


@asynccontextmanager
async def beside(running: Sequence[Service], notice: Callable[[str], None]) -> AsyncIterator[None]:
    """Runs the services for as long as the block does."""
    import asyncio

    task = asyncio.create_task(run_services(running, notice))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def run_services(running: Sequence[Service], notice: Callable[[str], None]) -> None:
    """Runs the services until cancelled."""
    import asyncio

    await asyncio.gather(*(_guarded(service, notice) for service in running))


async def _guarded(service: Service, notice: Callable[[str], None]) -> None:
    try:
        await service.run()
    except PhonetuiError as error:
        notice(error_line(error).removeprefix("phonetui: "))
    except Exception as error:  # noqa: BLE001 - whatever it is, the phones go on being watched
        _log.exception("a service ended")
        notice(f"{type(service).__name__} ended by a mistake of its own: {type(error).__name__}")


def check_sip_listen(address: str) -> str:
    """An address at which voice quality reports are taken, as `[vq] listen` has it; a type for argparse."""
    import argparse

    from phonetui.config.address import parse_sip_listener

    try:
        parse_sip_listener(address)
    except ValueError:
        raise argparse.ArgumentTypeError("must be an address such as udp://127.0.0.1:5060 or tcp://…") from None
    return address


def check_listen(address: str) -> str:
    """An address to listen on, as `[metrics] listen` has it; a type for argparse."""
    import argparse

    from phonetui.config.values import listener

    rule = listener()
    try:
        read: str = rule.read(address)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be {rule.allowed}, such as 127.0.0.1:9819") from None
    return read
