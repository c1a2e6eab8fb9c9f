"""`phonetui simulate --processes N`: each process serves a share of the phones, as an office of its own.

Their lines come out of this process as one simulator's would: the phones in order, `ready` once all are. Phones call
each other within their process only. When one process ends, all do.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from phonetui.errors import ConfigError

END_S = 5.0


def run_all(options: argparse.Namespace) -> int:
    """Until interrupted, asked to end, or one of them ends; the exit status of the first that failed."""
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
