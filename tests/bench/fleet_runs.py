"""The program over a whole office, a bare loop beside it, and what both use: phones, loop and program are processes.

All are measured over the same seconds, so that whatever else the machine does disturbs them alike.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path as File

import psutil

from tests.bench.lean_office import BARE
from tests.terminal import Terminal
from tests.test_two_processes import PHONETUI, environment

START_S = 120.0
"""A thousand phones on a busy machine."""


class OfficeProcess:
    """`lean_office`, which answers how often it was asked."""

    def __init__(self, phones: int, pushes_per_s: float = 0.0) -> None:
        words = [sys.executable, "-m", "tests.bench.lean_office", str(phones), str(pushes_per_s)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.fingerprint, *self.ports = self._line().split()

    @property
    def requests(self) -> dict[str, int]:
        """So far: the program's as `ours`, those of bare loops by their library."""
        return dict(zip(("ours", *BARE), self.tell("")[1:], strict=True))

    @property
    def answered(self) -> int:
        """Phones that have given their whole tree since the last `reset`."""
        return self.tell("")[0]

    def tell(self, words: str) -> tuple[int, ...]:
        """As `LeanOffice.obey`; phones that answered, and requests by who asked."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        return tuple(map(int, self._line().split()))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def lean_office(phones: int, pushes_per_s: float = 0.0) -> Iterator[OfficeProcess]:
    office = OfficeProcess(phones, pushes_per_s)
    try:
        yield office
    finally:
        office.close()


@contextmanager
def bare_fleet(library: str, ports: Sequence[str], what: str = "poll") -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "tests.bench.bare_fleet", library, what, *ports]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def write_config(folder: File, office: OfficeProcess, *, pushes: bool = False) -> File:
    folder.mkdir(parents=True, exist_ok=True)
    phones = (
        f'[[phone]]\nname = "desk-{number:04}"\nurl = "https://127.0.0.1:{port}"\ngroup = "floor {number // 50}"\n'
        f'numbers = ["{5000 + number}"]\nfingerprint = "{office.fingerprint}"\n'
        for number, port in enumerate(office.ports)
    )
    file = folder / "config.toml"
    listen = "auto" if pushes else "off"
    file.write_text(f'[feedback]\nlisten = "{listen}"\n{"".join(phones)}')
    file.chmod(0o600)
    return file


@contextmanager
def dashboard(folder: File, office: OfficeProcess, *, pushes: bool = False) -> Iterator[Terminal]:
    """The program in a terminal of its own, not waited for."""
    file = write_config(folder, office, pushes=pushes)
    watched = {**environment(folder), "PHONETUI_PASSWORD": "phonetui"}
    terminal = Terminal([*PHONETUI, "--config", str(file)], environment=watched)
    try:
        yield terminal
    finally:
        terminal.close("q")


def used_s(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def memory_kb(process: int) -> float:
    return float(psutil.Process(process).memory_info().rss) / 1024


def shares(
    processes: Mapping[str, int],
    turns: int,
    seconds: float,
    pump: Callable[[float], object],
    asked: Callable[[], Mapping[str, int]] = dict,
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """CPU of a core that each process took, turn for turn, and its milliseconds for each request that `asked` counts.

    `pump` lets time pass and reads what is painted.
    """
    found: dict[str, list[float]] = {name: [] for name in processes}
    each: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(turns):
        before, began = {name: used_s(process) for name, process in processes.items()}, time.monotonic()
        counted = asked()
        pump(seconds)
        took, now = time.monotonic() - began, asked()
        for name, process in processes.items():
            used = used_s(process) - before[name]
            found[name].append(used / took)
            each[name].append(1e3 * used / max(now.get(name, 0) - counted.get(name, 0), 1))
    return found, each


def middle_ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Of one turn after the other."""
    return statistics.median(a / max(b, 1e-6) for a, b in zip(one, other, strict=True))


def is_full_form() -> bool:
    return bool(os.environ.get("PHONETUI_BENCH_FULL"))
