"""What a request to a phone costs: our client beside bare aiohttp and bare httpx, the same questions in the same run.

pytest -s tests/bench/test_client.py; PHONETUI_BENCH_PHONES=1000 asks as many.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bench.clients import CLIENTS
from tests.pace import slowness

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live, pytest.mark.timeout(900)]
PHONES = int(os.environ.get("PHONETUI_BENCH_PHONES", "100"))
TURNS, SECONDS, PER_S = 5, 1.0, 200.0
SIZES = (2_000, 10_000)
REQUEST_S = 0.45e-3
"""CPU of one request over a kept connection with TLS, on a machine on which `pace` says 1."""
KB = 65.0
"""Kept for each phone that was asked."""


@contextmanager
def phones(count: int, size: int) -> Iterator[list[str]]:
    """The ports of lean phones in a process of their own."""
    words = [sys.executable, "-m", "tests.bench.lean_phones", str(count), str(size)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        try:
            yield serving.stdout.readline().split()
        finally:
            serving.kill()


def measured(name: str, ports: list[str]) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.clients", name, str(PER_S), str(SECONDS), *ports]
    figures: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return figures


@pytest.mark.parametrize("size", SIZES)
def test_a_request_beside_other_clients(size: int) -> None:
    with phones(PHONES, size) as ports:
        turns = [{name: measured(name, ports) for name in CLIENTS} for _ in range(TURNS)]
    allowed = REQUEST_S * slowness()
    print(f"\n{PHONES} phones, {PER_S:g} requests a second, TLS kept open, {size} bytes; medians of {TURNS} turns")
    middle = {
        name: {figure: statistics.median(turn[name][figure] for turn in turns) for figure in ("cpu_s", "kb")}
        for name in CLIENTS
    }
    ratios = {
        name: statistics.median(turn["ours"]["cpu_s"] / turn[name]["cpu_s"] for turn in turns) for name in CLIENTS
    }
    for name, figures in middle.items():
        print(
            f"  {name:8} {figures['cpu_s'] * 1e6:6.0f} us CPU a request, {figures['kb']:5.1f} KB a phone; "
            f"ours / {name} {ratios[name]:.2f}"
        )
    print(f"  ours may take {allowed * 1e6:.0f} us here, 1.0 x aiohttp, 0.5 x httpx, {KB:g} KB")
    assert middle["ours"]["cpu_s"] <= allowed
    assert ratios["aiohttp"] <= 1.0
    assert ratios["httpx"] <= 0.5
    assert middle["ours"]["kb"] <= KB
