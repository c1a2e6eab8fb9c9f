"""`phonetui watch [PHONE …] [--for SECONDS]`: prints what happens, one JSON object a line."""

import argparse
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from phonetui.cli.connection import configuration, live_fleet, resolve_passwords
from phonetui.cli.failure import NoPhones, mask_passwords
from phonetui.cli.json_lines import LineOutput, NoticeOutput, line
from phonetui.cli.options import add_attach, seconds
from phonetui.cli.output import OutputLost, Terminal, terminal
from phonetui.errors import TransportError
from phonetui.signals import EndingSignal

if TYPE_CHECKING:
    import asyncio

    from phonetui.config.settings import Config
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.monitor.journal import Report


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "targets", metavar="PHONE", nargs="*", default=[], help="names or URLs; without one, every phone"
    )
    words.add_argument("--for", metavar="SECONDS", dest="for_s", type=seconds, help="end after this long")
    add_attach(words)


def run(options: argparse.Namespace) -> int:
    from phonetui import boot_time
    from phonetui.config.reader import with_phones

    if options.attach:
        return boot_time.run(_watch_attached(options))
    config = with_phones(configuration(options), options.targets)
    if not config.phones:
        raise NoPhones
    return boot_time.run(_watch(resolve_passwords(config), options.for_s))


async def _watch(config: "Config", for_s: float | None) -> int:
    """Until the time is up, the reader goes away, or somebody asks the process to end; the exit code.

    Raises OSError where nothing can be written any more.
    """
    from phonetui.cli.webex.account import webex_opener_if_used

    streams = WatchStreams()
    fleet = live_fleet(
        config,
        report=streams.report,
        notice=streams.notice,
        webex=webex_opener_if_used(config),
        keeps_histories=False,
    )
    await run_headless(fleet, for_s, streams.ended)
    return streams.close()


async def _watch_attached(options: argparse.Namespace) -> int:
    """The same over what collectors know. Raises PhonetuiError where they cannot be reached."""
    from phonetui.cli.attach import attached_config, watch_attached

    streams = WatchStreams()
    await watch_attached(
        attached_config(options), tuple(options.sites or ()), tuple(options.targets), report=streams.report,
        notice=streams.notice, for_s=options.for_s, ended=streams.ended,
    )  # fmt: skip
    return streams.close()


class WatchStreams:
    """The streams that lines go to while it runs, and what ends it."""

    def __init__(self) -> None:
        import asyncio

        self.ended = asyncio.Event()
        self._signal = EndingSignal(asyncio.get_running_loop(), self.ended.set)
        sys.stdout.flush()
        self._lines = LineOutput(sys.stdout.fileno(), self.ended)
        self._notices = NoticeOutput()

    def report(self, what: "Report") -> None:
        self._lines.write(line(what))

    def notice(self, words: str) -> None:
        self._notices.write(mask_passwords(f"phonetui: {words}"))

    def close(self) -> int:
        """The exit code. Raises OSError where nothing can be written any more."""
        if self._signal.number is None:
            self._lines.close()
            return 0
        with suppress(OSError, OutputLost):  # a terminal that hung up takes nothing any more
            self._lines.close()
        return self._signal.exit_code


async def run_headless(fleet: "LiveFleet", for_s: float | None, ended: "asyncio.Event") -> None:
    """Watches until the time is up or `ended` is set, and closes the fleet. Raises what ended the watching."""
    import asyncio

    if (prompter := terminal()) is not None:
        await _open_tunnels(fleet, prompter)
    running = asyncio.create_task(fleet.run())
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
            await fleet.close()


async def _open_tunnels(fleet: "LiveFleet", prompter: "Terminal") -> None:
    """Questions come before the first line; a jump host that isn't there is what watching will tell of."""

    fleet.ask_with(prompter)
    with suppress(TransportError):
        await fleet.open_tunnels()
    fleet.ask_with(None)
