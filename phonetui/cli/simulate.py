"""`phonetui simulate`: simulated phones for other programs, until interrupted.

With `--processes N` each process serves its share of the phones as an office of its own, so phones call each other only
within a process. Output is that of one simulator: the phones in order, then `ready`. When one process ends, all end.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phonetui.cli.options import count
from phonetui.cli.output import write_stderr
from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.simulator.recording import Bundle
    from phonetui.simulator.replay import ReplayedPhone
    from phonetui.simulator.server import Settings, SimulatedPhone

LOOPBACK = "127.0.0.1"
RECORDING = ".ptrec"
PASSWORD = "phonetui"  # noqa: S105 - of phones that don't exist, as the manual says


def add_simulator(words: argparse.ArgumentParser) -> None:
    from phonetui.simulator import data_names

    words.add_argument("--phones", metavar="N", type=count, default=5, help="how many (default 5)")
    words.add_argument("--seed", metavar="S", type=int, default=1, help="another seed, another office (default 1)")
    words.add_argument(
        "--scenario", metavar="NAME|FILE.toml", default="office",
        help=f"what goes on in it: {', '.join(data_names('scenarios'))}, or a TOML file with fields as theirs",
    )  # fmt: skip
    words.add_argument(
        "--dialect", metavar="NAME", default="plain", help=f"how phones word it: {', '.join(data_names('dialects'))}"
    )
    words.add_argument(
        "--media", metavar="NAME", default="model", help="call figures from a model, rtp or sip (default model)"
    )


def simulator_settings(options: argparse.Namespace, **more: Any) -> "Settings":
    """What those options ask for; `more` are other fields of Settings."""
    from phonetui.simulator.server import Settings

    chosen = {name: getattr(options, name) for name in ("phones", "seed", "scenario", "dialect", "media")}
    return Settings(**chosen, password=simulator_password(), **more)


def tell_accounts() -> None:
    """Writes the phones' accounts to standard error: standard output is for programs."""
    is_named = bool(os.environ.get("PHONETUI_PASSWORD"))
    password = "that of PHONETUI_PASSWORD" if is_named else f"{PASSWORD} (PHONETUI_PASSWORD sets another)"
    write_stderr(f"phonetui: each phone has the accounts xapi, integrator and user; their password is {password}")


def simulator_password() -> str:
    return os.environ.get("PHONETUI_PASSWORD") or PASSWORD


def declare(words: argparse.ArgumentParser) -> None:
    add_simulator(words)
    words.add_argument("--host", metavar="H", default=LOOPBACK, help=f"address to listen on (default {LOOPBACK})")
    words.add_argument("--port", metavar="P", type=count, help="first of consecutive ports (default: free ones)")
    words.add_argument("--processes", metavar="N", type=count, default=1, help="that serve them (default 1)")
    words.add_argument("--first", metavar="N", type=count, default=1, help="the first phone's number (default 1)")
    words.add_argument(
        "--vq-report", metavar="URL", help="where phones report each call that ended (RFC 6035): udp://H:P or tcp://H:P"
    )
    words.add_argument("--log", metavar="FILE", help="every change of the phones' own trees, as 'watch' writes them")
    words.add_argument(
        "--from",
        dest="bundle",
        metavar="FILE",
        help="one phone that answers as the one did that 'probe' surveyed, or as one of a recording did",
    )
    words.add_argument("--recorded", metavar="PHONE", help="of a recording: which phone (else the first that spoke)")
    words.add_argument("--at", metavar="TIME", help="of a recording: 14:03, an instant, -5m before its end (its end)")


def run(options: argparse.Namespace) -> int:
    import asyncio

    if options.port and options.port + options.phones - 1 > 65535:
        raise ConfigError(f"{options.phones} ports from {options.port} on are more than there are", "Lower --port")
    if options.processes > 1:
        return run_all(options)
    log = Path(options.log).expanduser() if options.log else None
    if log is not None and log.exists() and log.stat().st_size:
        write_stderr(f"phonetui: {log}: is there already, and is added to")
    settings = simulator_settings(
        options, first=options.first, host=options.host, port=options.port, log=log, vq_report=options.vq_report
    )
    asyncio.run(_serve(settings, _source(options)))
    return 0


def _source(options: argparse.Namespace) -> "Path | Bundle | None":
    """A survey's file, or what a recording knows of a phone. Raises ConfigError."""
    from phonetui import private

    if not options.bundle:
        return None
    path = Path(private.expand_user(options.bundle))
    if not path.is_dir() and path.suffix != RECORDING:
        return path
    from phonetui.cli.replay import document_at
    from phonetui.simulator.recording import bundle_of

    product, document = document_at(path, options.recorded, options.at)
    return bundle_of(product, document)


async def _serve(settings: "Settings", bundle: "Path | Bundle | None") -> None:
    """The simulator's phones, or the one of a bundle, until the process is asked to end."""
    import asyncio

    from phonetui.cli.json_lines import LineOutput, compact
    from phonetui.simulator import replay
    from phonetui.simulator.server import serve

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    sys.stdout.flush()
    lines = LineOutput(sys.stdout.fileno(), ended)
    async with AsyncExitStack() as stack:
        phones: Sequence[SimulatedPhone | ReplayedPhone]
        if bundle is None:
            phones = (await stack.enter_async_context(serve(settings))).phones
        else:
            phones = [await stack.enter_async_context(replay.serve(bundle, settings))]
        if settings.first == 1:  # of several processes one tells it
            tell_accounts()
        for phone in phones:
            lines.write(phone_line(phone))
        lines.write(compact({"type": "ready"}))
        await ended.wait()
    lines.close()


def phone_line(phone: "SimulatedPhone | ReplayedPhone") -> str:
    """What other programs need to reach the phone, as one JSON object."""
    from phonetui.cli.json_lines import compact

    names = ("name", "url", "username", "model", "fingerprint")
    return compact({"type": "phone", **{name: getattr(phone, name) for name in names}})


START_S = 30.0
"""A hundred certificates on a slow machine; usually a fifth of a second."""
END_S = 5.0


@dataclass(slots=True)
class SimulatorThread:
    """Simulated phones that are being started."""

    _phones: "Future[tuple[SimulatedPhone, ...]]"

    def phones(self) -> "Sequence[SimulatedPhone]":
        """Waits until they answer. Raises what kept them from starting."""
        return self._phones.result(START_S)


@contextmanager
def serve_in_thread(settings: "Callable[[], Settings]") -> Iterator[SimulatorThread]:
    """Serves while the block runs, in a thread with a loop of its own; `settings` is called in it."""
    import asyncio

    phones: Future[tuple[SimulatedPhone, ...]] = Future()
    ended = threading.Event()
    wake: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve_until_ended() -> None:
        stop = asyncio.Event()
        wake.append((asyncio.get_running_loop(), stop))
        from phonetui.simulator.server import serve  # in the thread: it takes as long to load as the screen

        try:
            async with serve(settings()) as simulator:
                phones.set_result(tuple(simulator.phones))
                if not ended.is_set():
                    await stop.wait()
        except Exception as error:
            if phones.done():  # on standard error it would be in the middle of the screen
                logging.getLogger(__name__).exception("the simulator broke off")
            else:
                phones.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(serve_until_ended()), name="simulator", daemon=True)
    thread.start()
    try:
        yield SimulatorThread(phones)
    finally:
        ended.set()
        for loop, stop in wake:
            with suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(stop.set)
        thread.join(END_S)


def run_all(options: argparse.Namespace) -> int:
    """Runs until interrupted, asked to end, or one of them ends; returns the exit status of the first that failed."""
    if options.processes > options.phones:
        raise ConfigError(f"{options.phones} phones are too few for {options.processes} processes", "Lower --processes")
    if options.log or options.bundle:
        option = "--log" if options.log else "--from"
        raise ConfigError(f"{option} takes one process", "Leave out --processes")
    signal.signal(signal.SIGTERM, _interrupt)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for words in _commands(options):
            process = subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603 - this program itself
            processes.append(process)
        for process in processes:
            assert process.stdout is not None  # noqa: S101 - as asked for above
            for line in iter(process.stdout.readline, b""):
                if b'"ready"' in line and process is not processes[-1]:
                    break
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
                if b'"ready"' in line:
                    break
            else:
                return process.wait() or 1
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)  # any of them: half an office is none
        return next((status for process in processes if (status := process.poll()) is not None), 0)
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    finally:
        _end(processes)


def _commands(options: argparse.Namespace) -> Iterator[list[str]]:
    """One for each process, with its share of the phones, of their numbers and of the ports."""
    common = [sys.executable, "-m", "phonetui", "simulate", "--seed", str(options.seed), "--host", options.host]
    for name in ("scenario", "dialect", "media"):
        common += [f"--{name}", getattr(options, name)]
    if options.vq_report:
        common += ["--vq-report", options.vq_report]
    share, more = divmod(options.phones, options.processes)
    first = options.first
    for place in range(options.processes):
        count = share + (place < more)
        port = ["--port", str(options.port + first - options.first)] if options.port else []
        yield [*common, "--phones", str(count), "--first", str(first), *port]
        first += count


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        process.kill()
        process.wait()
