"""What the screen costs: first frame, bytes and CPU at rest and in a call. Figures are printed; bounds are generous.

pytest -s tests/bench
"""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path as File

import pytest

from tests.terminal import Terminal
from tests.test_two_processes import PHONETUI, Simulator, dashboard

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
RUNS = 10
WATCHED_S = 20.0
HELLO = [sys.executable, str(File(__file__).parent / "hello.py")]


def first_frame_s(command: list[str], words: str, folder: File) -> float:
    """Without reckoning what reading it took. Programs are installed compiled: so are they here, from the second run on."""
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    terminal = Terminal(command, environment={"HOME": str(folder), **compiled})
    try:
        terminal.until(words)
        return terminal.heard_at - terminal.began
    finally:
        terminal.close("q")


def cost(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Bytes a second to the terminal, and percent of a core, over `seconds` without a key."""
    written, used = len(terminal.output), terminal.cpu_s()
    terminal.pump(seconds)
    return (len(terminal.output) - written) / seconds, 100.0 * (terminal.cpu_s() - used) / seconds


def test_the_first_frame_beside_hello_world(tmp_path: File) -> None:
    runs: dict[str, Callable[[], float]] = {
        "hello": lambda: first_frame_s(HELLO, "hello", tmp_path),
        "demo": lambda: first_frame_s([*PHONETUI, "demo"], "Phones", tmp_path),
    }
    pairs = [{name: run() for name, run in runs.items()} for _ in range(1 + RUNS)][1:]
    middle = {name: statistics.median(pair[name] for pair in pairs) for name in runs}
    ratio = statistics.median(pair["demo"] / pair["hello"] for pair in pairs)
    print(
        f"\nfirst frame: demo {middle['demo'] * 1e3:.0f} ms, hello {middle['hello'] * 1e3:.0f} ms, ratio {ratio:.2f} (target 1.5)"
    )
    assert ratio < 4.0


def test_the_idle_demo(tmp_path: File) -> None:
    with dashboard(tmp_path, "demo", "--phones", "5", "--scenario", "quiet") as terminal:
        terminal.until("sim-5")
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
    finally:
        simulator.kill()
    print(
        f"\na call on the selected phone, pushed once a second: {rate:.0f} bytes/s (target 4000), {cpu:.2f} % of a core"
    )
    assert rate < 12_000
