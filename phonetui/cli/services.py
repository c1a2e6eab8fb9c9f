"""What runs beside a fleet, in `collect` and in the dashboard: each serves others what the fleet knows.

One that fails is written down and ends alone; the watching goes on.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from phonetui.cli.failure import error_line
from phonetui.errors import PhonetuiError

if TYPE_CHECKING:
    from phonetui.config.settings import Config
    from phonetui.fleet.protocol import Fleet

_log = logging.getLogger(__name__)


class Service(Protocol):
    """Looks at a fleet until it is cancelled."""

    async def run(self) -> None: ...


def services(config: "Config", fleet: "Fleet") -> Sequence[Service]:
    """Those that the configuration asks for. Raises ConfigError where one cannot be."""
    found: list[Service] = []
    if config.metrics.listen is not None:
        from phonetui.metrics.server import MetricsServer

        found.append(MetricsServer(fleet, with_token(config).metrics))
    return found


def with_token(config: "Config") -> "Config":
    """With the metrics' token from where it is kept. Raises ConfigError."""
    import os

    from phonetui.config.credentials import secret

    metrics = config.metrics
    if metrics.token is not None or metrics.token_source is None:
        return config
    token = secret(metrics.token_source, os.environ, "metrics")
    return replace(config, metrics=replace(metrics, token=token))


async def run_services(running: Sequence[Service], notice: Callable[[str], None]) -> None:
    """All of them until cancelled."""
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


def check_listen(address: str) -> str:
    """For argparse: an address to listen on."""
    import argparse

    from phonetui.config.address import split_port

    try:
        _, port = split_port(address, least=0)
    except ValueError:
        port = None
    if port is None:
        raise argparse.ArgumentTypeError("must be ADDRESS:PORT, such as 127.0.0.1:9819")
    return address
