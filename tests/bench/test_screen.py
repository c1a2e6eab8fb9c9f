"""What the screen costs: first frame, bytes and CPU at rest and in a call. Figures are printed; bounds are generous.

pytest -s tests/bench
"""

import statistics
import sys
from math import inf
from pathlib import Path as File

import pytest

from tests.terminal import Terminal
from tests.test_two_processes import Simulator, dashboard

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
RUNS = 8
ROUNDS = 4
WATCHED_S = 20.0


PROGRAMS = {
    "hello": ("hello", str(File(__file__).parent / "hello.py")),
    "demo": ("Phones", "-m", "phonetui", "demo"),
    "dashboard": (
        "Phones",
        "-m",
        "phonetui",
        "--phone",
        "https://xapi@127.0.0.1:9",
        "--phone",
        "https://xapi@127.0.0.2:9",
    ),
}
"""What stands in the first frame, and how each is started; nobody listens where the dashboard's phones are."""
MOST = 1.5
"""Times the processor time that the toolkit's smallest program takes to its first frame, side by side: what else the
machine does slows both."""


def first_frame_s(program: str, folder: File) -> tuple[float, float]:
    """Seconds of processor time, and by the clock. Programs are installed compiled: so are they here, from the second
    run on.
    """
    result = folder / "first frame"
    command = [sys.executable, str(File(__file__).parent / "first_frame.py"), str(result), *PROGRAMS[program]]
    terminal = Terminal(
        command,
        environment={
            "HOME": str(folder),
            "PHONETUI_PASSWORD": "none",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        },
    )
    try:
        terminal.wait_for(lambda: not terminal.is_open, "a first frame")
    finally:
        terminal.close()
    cpu_s, at = map(float, result.read_text().split())
    return cpu_s, at - terminal.began


def cost(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Bytes a second to the terminal, and percent of a core, over `seconds` without a key."""
    written, used = len(terminal.output), terminal.cpu_s()
    terminal.pump(seconds)
    return (len(terminal.output) - written) / seconds, 100.0 * (terminal.cpu_s() - used) / seconds


def test_the_first_frame_beside_hello_world(tmp_path: File) -> None:
    """More runs are taken where the first ones miss the gate: a neighbour of this machine slows some of them twofold."""
    runs: list[dict[str, tuple[float, float]]] = []
    ratios = {"": inf}
    for name in PROGRAMS:
        first_frame_s(name, tmp_path)
    while max(ratios.values()) > MOST and len(runs) < ROUNDS * RUNS:
        runs += [{name: first_frame_s(name, tmp_path) for name in PROGRAMS} for _ in range(RUNS)]
        print(f"\nfirst frame, processor time and by the clock, beside hello world, {len(runs)} runs")
        ratios = {name: first_frame_ratio(runs, name) for name in PROGRAMS}
    assert max(ratios.values()) <= MOST


def first_frame_ratio(runs: list[dict[str, tuple[float, float]]], name: str) -> float:
    """Of processor time, pair by pair; the line of the table is printed."""
    middle = [1e3 * statistics.median(run[name][kind] for run in runs) for kind in (0, 1)]
    ratio, clock = (statistics.median(run[name][kind] / run["hello"][kind] for run in runs) for kind in (0, 1))
    print(f"{name:10} {middle[0]:4.0f} ms {middle[1]:5.0f} ms   ratios {ratio:.2f} and {clock:.2f}")
    return ratio


def test_the_idle_demo(tmp_path: File) -> None:
    with dashboard(tmp_path, "demo", "--phones", "5", "--scenario", "quiet") as terminal:
        terminal.until("Kitchen")  # the last one
        terminal.pump(15.0)
        rate, cpu = cost(terminal, WATCHED_S)
    print(f"\nidle demo, 5 phones and their simulator in one process: {rate:.0f} bytes/s, {cpu:.2f} % of a core")
    assert rate < 2000
    assert cpu < 25


def test_a_dashboard_with_one_live_call(tmp_path: File) -> None:
    simulator = Simulator(tmp_path, phones=2, scenario="office")
    phones = [argument for url in simulator.urls for argument in ("--phone", url)]
    try:
        with dashboard(tmp_path, *phones) as terminal:
            terminal.until("Connected", 15.0)
            terminal.pump(5.0)
            rate, cpu = cost(terminal, WATCHED_S)
            for key in ("2", "\r"):
                terminal.send(key)
                terminal.pump(2.0)
            terminal.until(" hears")
            alone, alone_cpu = cost(terminal, WATCHED_S / 2)
    finally:
        simulator.kill()
    print(
        f"\na call on the selected phone, pushed once a second: {rate:.0f} bytes/s (target 4000), {cpu:.2f} % of a core;"
        f" alone on the screen {alone:.0f} bytes/s, {alone_cpu:.2f} %"
    )
    assert rate < 12_000
    assert alone < 12_000
