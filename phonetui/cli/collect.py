"""`phonetui collect`: watches the phones without a screen, for as long as it runs, and serves others what it knows.

SIGHUP reads the configuration again: phones whose settings stay go on undisturbed. A broken file is refused in words,
and the configuration before it stays in force.
"""

import argparse
import logging
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli.connection import configuration, live_fleet, resolve_passwords
from phonetui.cli.failure import NoPhones, error_line, mask_passwords
from phonetui.cli.json_lines import NoticeOutput
from phonetui.cli.options import seconds
from phonetui.cli.services import check_listen, check_sip_listen, run_services, services
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.signals import EndingSignal

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from phonetui.config.settings import Config, NatsSettings
    from phonetui.exchange.collector import CollectorService
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.monitor.journal import Report
    from phonetui.monitor.observations import ObservationSink
    from phonetui.recording.recorder import Recorder

SIGN_OF_LIFE_S = 10.0
"""Seconds between two lines of status for systemd, or less where its watchdog wants that."""
END_S = 1.8
"""How long the way out may take: phones get their slots back, what was learnt is written."""
NEEDS_RESTART = ("jumps", "feedback", "webex", "metrics", "notify", "quality", "nats", "vq", "report", "recording")
"""What is not read again while it runs."""
_log = logging.getLogger(__name__)


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("--metrics", metavar="ADDRESS", type=check_listen, help="serve figures to Prometheus there")
    words.add_argument("--nats", metavar="URL", help="share what is observed over this NATS server: nats://host[:port]")
    words.add_argument("--site", metavar="NAME", help="whose phones these are; collectors of one site share them")
    words.add_argument(
        "--vq-listen",
        metavar="URL",
        action="append",
        type=check_sip_listen,
        help="take the phones' own voice quality reports there (RFC 6035): udp://ADDRESS:5060, or tcp://; repeatable",
    )
    words.add_argument("--record", metavar="DIR", help="write down what is observed, for 'phonetui replay'")
    words.add_argument("--for", metavar="SECONDS", dest="for_s", type=seconds, help="end after this long")


def run(options: argparse.Namespace) -> int:
    from phonetui import boot_time

    return boot_time.run(Collector(options).run())


def with_exchange(nats: "NatsSettings", url: str | None, site: str | None) -> "NatsSettings":
    """The settings with what the options say. Raises ConfigError."""
    from phonetui.config.values import NATS_URL

    if url is not None:
        try:
            nats = replace(nats, url=NATS_URL.read(url))
        except ValueError:
            raise ConfigError(f"--nats must be {NATS_URL.allowed}") from None
    if site is not None and nats.url is None:
        raise ConfigError("--site needs a NATS server", "Add --nats nats://host:4222, or [nats] url")
    return replace(nats, site=site or nats.site)


def collector_service(fleet: "LiveFleet", config: "Config", notice: "Callable[[str], None]") -> "CollectorService":
    """The service that shares what is observed over NATS. Raises ConfigError."""
    from phonetui.exchange.collector import CollectorService

    return CollectorService(fleet, config, notice)


class Collector:
    """One run of `collect`."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Raises ConfigError."""
        self._options = options
        self._config = self._read()
        self._notifier = ServiceNotifier()
        self._exchange: CollectorService | None = None
        self._recorder: Recorder | None = None

    async def run(self) -> int:
        """Collects until a signal ends it, or the time is up; returns the exit code. Raises ConfigError."""
        import asyncio

        from phonetui.archive.archive import Archive
        from phonetui.cli.attach import load_exchange
        from phonetui.cli.webex.account import webex_opener_if_used
        from phonetui.config import places

        loop = asyncio.get_running_loop()
        self._notices = NoticeOutput()
        ended, reload = asyncio.Event(), asyncio.Event()
        ending = EndingSignal(loop, ended.set)
        loop.add_signal_handler(signal.SIGHUP, reload.set)
        config = self._config
        archive = Archive(places.history(), config.history_days) if config.history_days else None
        recorder = await asyncio.to_thread(self._record, loop)
        self._fleet = live_fleet(
            config, notice=self._notice, report=self._report if config.nats.url else None, archive=archive,
            webex=webex_opener_if_used(config), recorder=recorder,
            keeps_histories=config.nats.url is not None or recorder is not None,
            audited=lambda line: self._share_audit(loop, line),
        )  # fmt: skip
        if config.nats.url is not None:
            await asyncio.to_thread(load_exchange)
            self._exchange = collector_service(self._fleet, config, self._notice)
        beside = await asyncio.to_thread(services, config, self._fleet, self._notice)
        tasks = [
            asyncio.create_task(self._fleet.run()),
            asyncio.create_task(run_services(beside, self._notice)),
            *([asyncio.create_task(self._exchange.run())] if self._exchange is not None else ()),
            asyncio.create_task(self._reload_when(reload)),
            asyncio.create_task(self._report_life()),
        ]
        waiting = asyncio.create_task(ended.wait())
        self._notifier.ready(self._status())
        needed = {waiting, tasks[0], *tasks[2 : 2 + (self._exchange is not None)]}
        try:
            done, _ = await asyncio.wait(needed, timeout=self._options.for_s, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {waiting}:
                await task
        finally:
            self._notifier.stopping()
            waiting.cancel()
            if self._recorder is not None:  # first: that phones are given up now is none of what was observed
                await asyncio.to_thread(self._recorder.close)
            for task in tasks:
                task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await asyncio.gather(*tasks, return_exceptions=True)
                    await self._fleet.close()
        return ending.exit_code

    def _read(self) -> "Config":
        """The configuration with passwords and the options over it. Raises ConfigError."""

        config = configuration(self._options)
        if self._options.metrics:
            config = replace(config, metrics=replace(config.metrics, listen=self._options.metrics))
        if self._options.nats or self._options.site:
            config = replace(config, nats=with_exchange(config.nats, self._options.nats, self._options.site))
        if self._options.vq_listen:
            config = replace(config, vq=replace(config.vq, listen=tuple(self._options.vq_listen)))
        if self._options.record:
            config = replace(config, recording=replace(config.recording, directory=self._options.record))
        if not config.phones:
            raise NoPhones
        return resolve_passwords(config)

    def _record(self, loop: "asyncio.AbstractEventLoop") -> "ObservationSink | None":
        """What the fleet gives its observations to, where they are wanted. Raises ConfigError."""
        if not self._config.recording.directory:
            return None
        from phonetui.cli.record import open_recorder

        def tell(words: str) -> None:
            loop.call_soon_threadsafe(self._notice, words)

        sink, self._recorder = open_recorder(self._config, self._config.recording, tell)
        return sink

    async def _reload_when(self, asked: "asyncio.Event") -> None:
        while True:
            await asked.wait()
            asked.clear()
            self._notifier.reloading()
            await self._reload()
            self._notifier.ready(self._status())

    async def _reload(self) -> None:
        """A password's command may take its time: phones are read meanwhile."""
        import asyncio

        before = self._config
        try:
            config = await asyncio.to_thread(self._read)
            if self._exchange is not None:
                self._exchange.configure(config)
            else:
                self._fleet.reconfigure(config)
        except PhonetuiError as error:
            self._notice(f"the configuration before stays in force: {error_line(error).removeprefix('phonetui: ')}")
            return
        self._config = config
        kept = [name for name in NEEDS_RESTART if getattr(before, name) != getattr(config, name)]
        if kept:
            self._notice(f"{', '.join(kept)}: another one takes a restart")
        self._notice(f"configuration read again: {self._status()}")

    async def _report_life(self) -> None:
        import asyncio

        pause_s = min(SIGN_OF_LIFE_S, (self._notifier.watchdog_s or SIGN_OF_LIFE_S * 2) / 2)
        while True:
            self._notifier.alive(self._status())
            await asyncio.sleep(pause_s)

    def _share_audit(self, loop: "asyncio.AbstractEventLoop", line: str) -> None:
        """In the thread that wrote it."""
        if self._exchange is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._exchange.take_audit, line)

    def _report(self, what: "Report") -> None:
        if self._exchange is not None:
            self._exchange.take_report(what)

    def _status(self) -> str:
        """`100 phones: 97 live, 3 unreachable; recording`"""
        phones = self._fleet.phones.values()
        states = Counter(str(phone.connection.state) for phone in phones)
        counts = ", ".join(f"{count} {state}" for state, count in states.most_common())
        recording = ""
        if self._recorder is not None:
            recording = f"; recording ended: {self._recorder.failure}" if self._recorder.failure else "; recording"
        return f"{len(phones)} phones: {counts}{recording}"

    def _notice(self, words: str) -> None:
        """On standard error, where a journal of services takes it, and in the log."""
        line = mask_passwords(f"phonetui: {words}")
        _log.info("%s", line)
        self._notices.write(line)


class ServiceNotifier:
    """Messages to systemd (sd_notify(3)): ready, reloading, alive, stopping.

    Sends datagrams to `NOTIFY_SOCKET`; does nothing where there is none. Never fails, never waits.
    """

    def __init__(self) -> None:
        self._place = os.environ.get("NOTIFY_SOCKET", "")
        limit = os.environ.get("WATCHDOG_USEC", "")
        is_ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(limit) / 1e6 if limit.isdecimal() and is_ours else None
        """Within so many seconds systemd wants a sign of life; None where it wants none."""

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """`ready` says when that is over."""
        monotonic_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_us}")

    def alive(self, status: str) -> None:
        self._send("WATCHDOG=1", f"STATUS={status}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._place.startswith(("/", "@")):
            return
        import socket

        place = "\0" + self._place[1:] if self._place.startswith("@") else self._place
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(lines).encode(), place)
