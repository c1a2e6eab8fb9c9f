"""What a hundred phones in one table cost, beside the toolkit's own table with the same figures.

pytest -s tests/bench/test_fleet.py
"""

import re
import statistics
import sys
from pathlib import Path as File
from random import Random

import pytest

from tests.bench.test_screen import cost
from tests.terminal import Terminal

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
PHONES, KEYS = 100, 300
WATCHED_S = 10.0
_NAME = re.compile(r"desk-\d+")
DOWN, UP, FIRST = "\x1b[B", "\x1b[A", "\x1b[H"


def measured(folder: File, module: str, *first: str) -> dict[str, float]:
    command = [sys.executable, "-m", module, str(PHONES)]
    terminal = Terminal(command, environment={"HOME": str(folder), "TEXTUAL_FPS": "240"})
    try:
        terminal.until("desk-0", 20.0)
        for keys in first:
            terminal.send(keys)
            terminal.until("10 min")
        terminal.pump(3.0)
        rate, cpu = cost(terminal, WATCHED_S)
        paints = sorted(_paints(terminal))
    finally:
        terminal.close("\x11")
    assert len(paints) >= 0.98 * KEYS, f"{KEYS - len(paints)} keys were not seen to move the cursor in time"
    return {
        "bytes/s": rate,
        "cpu %": cpu,
        "p50 ms": 1e3 * statistics.median(paints),
        "p99 ms": 1e3 * paints[int(len(paints) * 0.99)],
    }


def _paints(terminal: Terminal) -> list[float]:
    """Down and up again, at moments that know nothing of the program's own timers."""
    random = Random(3)
    found = []
    terminal.send(FIRST)
    terminal.pump(0.5)
    for _ in range(3):
        terminal.send(DOWN)
        terminal.pump(0.2)
    for place in range(KEYS):
        took = terminal.paint_s(DOWN if place % 20 < 10 else UP, lambda: _NAME.findall(terminal.highlighted()))
        if took is not None:
            found.append(took)
        terminal.pump(random.uniform(0.01, 0.06))
    return found


def test_a_hundred_phones_beside_the_stock_table(tmp_path: File) -> None:
    ours = measured(tmp_path, "tests.bench.crowd", "f")
    stock = measured(tmp_path, "tests.bench.stock")
    print(f"\n{PHONES} phones, each changing every 2 s; {KEYS} keys")
    for figure, value in ours.items():
        print(f"  {figure:8} ours {value:9.1f}   stock table {stock[figure]:9.1f}   ratio {value / stock[figure]:.2f}")
    print("  targets: 10000 bytes/s, 0.15 of the stock table's bytes, 0.25 of its key p99")
    assert ours["bytes/s"] < 0.5 * stock["bytes/s"]
    assert ours["bytes/s"] < 20_000
