"""What the program may cost beside what its parts must: a reading, a still fleet, jump hosts, the way to a first frame."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path as File

from tests.bench.fleet_runs import used_s
from tests.bench.gate import Gate, NotMeasured, Size
from tests.bench.knowledge import knowledge_ratios
from tests.bench.test_idle import PHONES, idle_costs
from tests.bench.test_screen import MOST, PROGRAMS, first_frame_s
from tests.bench.test_tunnel import TARGETS, hop_costs
from tests.test_two_processes import Simulator
from tests.tunnel.sshd import SSHD

WARM_S, WATCHED_S = 12.0, 14.0
"""Begins after certificates were looked at for the first time, 10 s after the start, and is over before garbage is."""
HOP_PHONES, HOP_WARM_S, HOP_WATCHED_S = 50, 13.0, 14.0
FIRST_FRAMES = 8
SIMULATED, ASKED_PER_S, ASKED_S = 50, 200.0, 5.0


def knowledge(_: Size) -> Iterator[Gate]:
    """One answer and one push, beside a bare parse; whatever the size of the fleet."""
    for what, (us, ratio, most) in knowledge_ratios().items():
        yield Gate(f"knowledge: {what}", us, "us CPU", most, ratio, "bare ElementTree parse of 10 KB")


def idle(_: Size) -> Iterator[Gate]:
    """Ten phones in which nothing changes, beside a loop of the same client that drops the answers."""
    with tempfile.TemporaryDirectory() as folder:
        costs = idle_costs(File(folder), WARM_S, WATCHED_S)
    for name, cost in costs.items():
        percent = 100 * cost.used_s / WATCHED_S
        bare = cost.bare_s
        if bare is None:
            yield Gate(f"idle, {PHONES} phones, {name}", percent, "%", None)
            continue
        beside = f"asking alone {100 * bare / WATCHED_S:.2f} %"
        yield Gate(f"idle, {PHONES} phones, {name}", percent, "%", 1.3, cost.used_s / max(bare, 1e-6), beside)
        if name == "nothing changes":
            yield Gate("  of a core", percent, "%", 0.5)


def hops(_: Size) -> Iterator[Gate]:
    """The whole program through one and two jump hosts, beside the same without."""
    if not File(SSHD).exists():
        raise NotMeasured("no OpenSSH server is installed")
    home = os.environ.get("HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # whoever measures has keys and hosts of its own
        try:
            used = asyncio.run(hop_costs(File(folder), HOP_PHONES, HOP_WARM_S, HOP_WATCHED_S))
        finally:
            os.environ.pop("HOME")
            os.environ.update({} if home is None else {"HOME": home})
    direct = used["direct"]
    for name, most in TARGETS.items():
        percent, beside = 100 * used[name] / HOP_WATCHED_S, f"direct {100 * direct / HOP_WATCHED_S:.1f} %"
        yield Gate(f"{name}, {HOP_PHONES} phones", percent, "%", most, used[name] / direct, beside)


def first_frame(_: Size) -> Iterator[Gate]:
    """Processor time until the first frame stands, beside the toolkit's smallest program."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            {name: first_frame_s(name, File(folder)) for name in PROGRAMS if name != "demo"}
            for _ in range(1 + FIRST_FRAMES)
        ][1:]
    for kind, what in enumerate(("CPU", "by the clock")):
        ms = {name: 1e3 * statistics.median(run[name][kind] for run in runs) for name in ("hello", "dashboard")}
        ratio = statistics.median(run["dashboard"][kind] / run["hello"][kind] for run in runs)
        beside = f"hello world {ms['hello']:.0f} ms"
        yield Gate(f"first frame, {what}", ms["dashboard"], "ms", MOST, ratio, beside, by_clock=kind == 1)


def simulator(_: Size) -> Iterator[Gate]:
    """CPU of the simulator for each whole tree that it gives."""
    with tempfile.TemporaryDirectory() as folder:
        office = Simulator(File(folder), phones=SIMULATED)
        try:
            ports = [url.rpartition(":")[2] for url in office.urls]
            words = [sys.executable, "-m", "tests.bench.clients", "ours", f"{ASKED_PER_S:g}", f"{ASKED_S:g}", *ports]
            before = used_s(office.process)
            subprocess.run(words, check=True, capture_output=True)
            spent = used_s(office.process) - before
        finally:
            office.kill()
    asked = SIMULATED + ASKED_PER_S * ASKED_S
    yield Gate("simulator: an answer of a whole tree", 1e3 * spent / asked, "ms CPU", 0.2)
