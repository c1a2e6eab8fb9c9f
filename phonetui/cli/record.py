"""`phonetui record DIR [PHONE …]`: watches without a screen and writes down what is observed."""

import argparse
import signal
from typing import TYPE_CHECKING

from phonetui import signals
from phonetui.cli.connection import configuration, live_fleet, notice, resolve_passwords
from phonetui.cli.options import seconds
from phonetui.cli.recorder import open_recorder
from phonetui.cli.watch import run_headless
from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.config.settings import Config, RecordingSettings


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("directory", metavar="DIR", help="where the recording's files go; it is made if need be")
    words.add_argument(
        "targets", metavar="PHONE", nargs="*", default=[], help="names or URLs; without one, every phone"
    )
    words.add_argument("--for", metavar="SECONDS", dest="for_s", type=seconds, help="end after this long")
    words.add_argument(
        "--redact", action="store_true", help="mask names, numbers and addresses before anything is written"
    )


def run(options: argparse.Namespace) -> int:
    from msgspec.structs import replace

    from phonetui import boot_time
    from phonetui.cli.dashboard import NoPhones
    from phonetui.config.reader import with_phones

    config = with_phones(configuration(options), options.targets)
    if not config.phones:
        raise NoPhones
    chosen = replace(config.recording, directory=options.directory, redact=options.redact or config.recording.redact)
    return boot_time.run(_record(resolve_passwords(config), chosen, options.for_s))


async def _record(config: "Config", chosen: "RecordingSettings", for_s: float | None) -> int:
    """Until the time is up or somebody asks the process to end; the exit code. Raises ConfigError."""
    import asyncio

    from phonetui.cli.webex.account import webex_opener_if_used

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ended_by: list[int] = []

    def end(number: int) -> None:
        ended_by.append(number)
        ended.set()

    def tell(words: str) -> None:
        """In the recorder's thread: it ended by itself, and there is nothing else to be done here."""
        notice(words)
        loop.call_soon_threadsafe(ended.set)

    for number in signals.ending_signals():
        loop.add_signal_handler(number, end, number)
    sink, recorder = open_recorder(config, chosen, tell)
    fleet = live_fleet(config, notice=notice, webex=webex_opener_if_used(config), keeps_histories=True, recorder=sink)
    notice(f"recording {len(config.phones)} phones into {recorder.folder}; ctrl+c ends it")
    try:
        await run_headless(fleet, for_s, ended)
    finally:
        await asyncio.to_thread(recorder.close)
    if recorder.failure:
        raise ConfigError(f"{recorder.folder}: {recorder.failure}", "Make room, or record somewhere else")
    return 0 if not ended_by or ended_by[0] == signal.SIGTERM else 128 + ended_by[0]
