"""What ten phones at rest cost, beside a loop that asks the same questions and drops the answers.

pytest -s tests/bench/test_idle.py
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path as File
from typing import NamedTuple

import pytest

from tests.terminal import Terminal, cpu_s
from tests.test_two_processes import PHONETUI, Simulator, environment

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
PHONES = 10
WARM_S, WATCHED_S = 33.0, 20.0
"""The garbage collector is told what stays at 30 s; two readings of every phone are watched after that."""


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@contextlib.contextmanager
def still(*more: str) -> Iterator[list[str]]:
    with process("tests.bench.still", str(PHONES), *more) as phones:
        assert phones.stdout
        yield [line.strip() for line in iter(phones.stdout.readline, "ready\n")]


@contextlib.contextmanager
def watched(folder: File, urls: list[str], *, listen: str, more: str = "", phone: str = "") -> Iterator[Terminal]:
    """The dashboard over phones; `more` are other tables of its configuration, `phone` more lines of each phone's."""
    folder.mkdir()
    phones = "".join(f'[[phone]]\nname = "desk-{place}"\nurl = "{url}"\n{phone}\n' for place, url in enumerate(urls))
    (folder / "config.toml").write_text(f'[feedback]\nlisten = "{listen}"\n{more}{phones}')
    terminal = Terminal([*PHONETUI, "--config", str(folder / "config.toml")], environment=environment(folder))
    try:
        terminal.until("3.6.1")
        yield terminal
    finally:
        terminal.close("q")


class IdleCost(NamedTuple):
    """What one dashboard took while it was watched."""

    bytes_per_s: float
    used_s: float
    bare_s: float | None
    """What asking alone took meanwhile; None where phones push."""


def idle_costs(folder: File, warm_s: float, watched_s: float) -> dict[str, IdleCost]:
    """Of three dashboards at the same time, over phones that are read in three ways."""
    with contextlib.ExitStack() as stack:
        whole, parts = stack.enter_context(still()), stack.enter_context(still("parts"))
        office = Simulator(folder, phones=PHONES)
        stack.callback(office.kill)
        screens = {
            "nothing changes": stack.enter_context(watched(folder / "whole", whole, listen="off")),
            "nothing changes, read in parts": stack.enter_context(watched(folder / "parts", parts, listen="off")),
            "counters run and are pushed": stack.enter_context(watched(folder / "office", office.urls, listen="auto")),
        }
        loops = {
            "nothing changes": stack.enter_context(process("tests.bench.bare", *whole)),
            "nothing changes, read in parts": stack.enter_context(process("tests.bench.bare", "parts", *parts)),
        }
        pumped(screens, warm_s)
        before = {name: (len(screen.output), screen.cpu_s()) for name, screen in screens.items()}
        asked = {name: cpu_s(loop.pid) for name, loop in loops.items()}
        pumped(screens, watched_s)
        return {
            name: IdleCost(
                (len(screen.output) - before[name][0]) / watched_s,
                screen.cpu_s() - before[name][1],
                cpu_s(loops[name].pid) - asked[name] if name in loops else None,
            )
            for name, screen in screens.items()
        }


def test_ten_phones_at_rest(tmp_path: File) -> None:
    costs = idle_costs(tmp_path, WARM_S, WATCHED_S)
    print(f"\n{PHONES} phones at rest in another process (targets: 0 bytes/s but for the clock, 0.5 % of a core)")
    for name, cost in costs.items():
        bare = cost.bare_s
        beside = f", {cost.used_s / bare:.2f} x {100 * bare / WATCHED_S:.2f} % of asking alone" if bare else ""
        print(f"  {name:31} {cost.bytes_per_s:4.0f} bytes/s  {100 * cost.used_s / WATCHED_S:5.2f} % of a core{beside}")
        assert cost.bytes_per_s < 100, "only the clock of the header may move"
        assert cost.used_s / WATCHED_S < 0.2


def pumped(screens: dict[str, Terminal], seconds: float) -> None:
    """In turns, so that none waits for its terminal."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for screen in screens.values():
            screen.pump(0.2)
