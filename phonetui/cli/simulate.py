"""`phonetui simulate`: simulated phones for other programs, until interrupted."""

import argparse
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from phonetui.cli.lines import compact
from phonetui.cli.office import LOOPBACK, add_office, password
from phonetui.cli.options import count

if TYPE_CHECKING:
    from phonetui.simulator.server import Settings, SimulatedPhone


def declare(words: argparse.ArgumentParser) -> None:
    add_office(words)
    words.add_argument("--host", metavar="H", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK})")
    words.add_argument("--port", metavar="P", type=count, help="first of consecutive ports (default: free ones)")
    words.add_argument("--log", metavar="FILE", help="every change of the phones' own trees, as 'watch' writes them")


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
        host=options.host,
        port=options.port,
        password=password(),
        log=Path(options.log).expanduser() if options.log else None,
    )
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: "Settings") -> None:
    import asyncio

    from phonetui.simulator.server import serve

    ended = asyncio.Event()
    with suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serve(settings) as office:
        for phone in office.phones:
            print(introduction(phone))
        print(compact({"type": "ready"}), flush=True)
        await ended.wait()


def introduction(phone: "SimulatedPhone") -> str:
    fields = {
        "type": "phone",
        "name": phone.name,
        "url": phone.url,
        "username": phone.username,
        "model": phone.model,
        "fingerprint": phone.fingerprint,
    }
    return compact(fields)
