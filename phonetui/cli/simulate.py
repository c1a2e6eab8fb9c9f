"""`phonetui simulate`: simulated phones for other programs, until interrupted."""

import argparse
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from phonetui.cli.json_lines import compact
from phonetui.cli.options import LOOPBACK, add_office, count, password

if TYPE_CHECKING:
    from phonetui.simulator.replica import ReplayedPhone
    from phonetui.simulator.server import Settings, SimulatedPhone


def declare(words: argparse.ArgumentParser) -> None:
    add_office(words)
    words.add_argument("--host", metavar="H", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK})")
    words.add_argument("--port", metavar="P", type=count, help="first of consecutive ports (default: free ones)")
    words.add_argument("--log", metavar="FILE", help="every change of the phones' own trees, as 'watch' writes them")
    words.add_argument(
        "--from", dest="bundle", metavar="FILE", help="one phone that answers as the one did that 'probe' surveyed"
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from phonetui.errors import ConfigError
    from phonetui.simulator.server import Settings

    if options.port and options.port + options.phones - 1 > 65535:
        raise ConfigError(f"{options.phones} ports from {options.port} on are more than there are", "Lower --port")
    settings = Settings(
        phones=options.phones,
        seed=options.seed,
        scenario=options.scenario,
        dialect=options.dialect,
        media=options.media,
        host=options.host,
        port=options.port,
        password=password(),
        log=Path(options.log).expanduser() if options.log else None,
    )
    asyncio.run(_serve(settings, Path(options.bundle).expanduser() if options.bundle else None))
    return 0


async def _serve(settings: "Settings", bundle: Path | None) -> None:
    import asyncio

    from phonetui.cli.line_output import LineOutput

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    sys.stdout.flush()
    lines = LineOutput(sys.stdout.fileno(), ended)
    async with _phones(settings, bundle) as phones:
        for phone in phones:
            lines.write(introduction(phone))
        lines.write(compact({"type": "ready"}))
        await ended.wait()
    lines.close()


@asynccontextmanager
async def _phones(
    settings: "Settings", bundle: Path | None
) -> "AsyncIterator[Sequence[SimulatedPhone | ReplayedPhone]]":
    """An office's phones, or the one of a bundle."""
    if bundle is None:
        from phonetui.simulator.server import serve

        async with serve(settings) as office:
            yield office.phones
    else:
        from phonetui.simulator import replica

        async with replica.serve(bundle, settings) as phone:
            yield (phone,)


def introduction(phone: "SimulatedPhone | ReplayedPhone") -> str:
    fields = {
        "type": "phone",
        "name": phone.name,
        "url": phone.url,
        "username": phone.username,
        "model": phone.model,
        "fingerprint": phone.fingerprint,
    }
    return compact(fields)
