"""`phonetui watch [PHONE …] [--for SECONDS]`: what happens, as lines for other programs."""

import argparse
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from phonetui.cli.options import seconds

if TYPE_CHECKING:
    from phonetui.cli.asking import Terminal
    from phonetui.config.settings import Config
    from phonetui.monitor.fleet import Fleet
    from phonetui.monitor.report import Report


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "targets", metavar="PHONE", nargs="*", default=[], help="names or URLs; without one, every phone"
    )
    words.add_argument("--for", metavar="SECONDS", dest="for_s", type=seconds, help="end after this long")


def run(options: argparse.Namespace) -> int:
    import asyncio

    from phonetui.cli.connection import configuration, unlocked
    from phonetui.cli.dashboard import NoPhones
    from phonetui.config.address import with_phones

    config = with_phones(configuration(options), options.targets)
    if not config.phones:
        raise NoPhones
    asyncio.run(_watch(unlocked(config), options.for_s))
    return 0


async def _watch(config: "Config", for_s: float | None) -> None:
    """Until the time is up, the reader goes away, or somebody asks the process to end. Raises BrokenPipeError."""
    import asyncio

    from phonetui.cli.asking import terminal
    from phonetui.cli.cloud import needed
    from phonetui.cli.connection import fleet, notice
    from phonetui.cli.lines import line

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    broken: list[BrokenPipeError] = []

    def report(what: "Report") -> None:
        if broken:
            return
        try:
            sys.stdout.write(f"{line(what)}\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            broken.append(error)
            ended.set()

    loop.add_signal_handler(signal.SIGTERM, ended.set)
    watched = fleet(config, report=report, notice=notice, webex=needed(config))
    if (asking := terminal()) is not None:
        await _asked_first(watched, asking)
    running = asyncio.create_task(watched.run())
    waiting = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await running
        finally:
            await watched.close()
    if broken:
        raise broken[0]


async def _asked_first(watched: "Fleet", asking: "Terminal") -> None:
    """Questions come before the first line; a jump host that isn't there is what watching will tell of."""
    from phonetui.errors import TransportError

    watched.ask_with(asking)
    with suppress(TransportError):
        await watched.open_tunnels()
    watched.ask_with(None)
