"""What jump hosts cost: a poll, and the whole program, beside the same without. Figures are printed; bounds are generous.

pytest -s tests/bench/test_tunnel.py; PHONETUI_BENCH_HOPS=50 takes as many phones for the whole program, and a minute.
"""

import contextlib
import os
import statistics
import time
from pathlib import Path as File
from typing import cast

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Config, FeedbackSettings, PhoneSettings
from phonetui.monitor.jump_hosts import JumpHosts
from phonetui.monitor.transports import TransportFactory
from phonetui.transport.http import HttpTransport
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.xapi.path import ROOT
from tests.bench.test_idle import pumped, watched
from tests.test_two_processes import Simulator
from tests.tunnel.simulator_process import phones_at
from tests.tunnel.sshd import Sshd, needs_sshd, sshd
from tests.tunnel.tunnelled_fleet import jump

pytestmark = [needs_sshd, pytest.mark.bench, pytest.mark.slow, pytest.mark.live]

ROUNDS, POLLS = 15, 40
PHONES = int(os.environ.get("PHONETUI_BENCH_HOPS", "10"))
WARM_S, WATCHED_S = (8.0, 12.0) if PHONES < 50 else (20.0, 60.0)
TARGETS = {"one hop": 1.35, "two hops": 1.6}


@pytest.fixture(autouse=True)
def _home(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


async def test_cpu_of_a_poll(tmp_path: File) -> None:
    """Whole documents of which everything is new, over kept connections, in turns; phone and jump hosts are processes."""
    known = tmp_path / "known"
    outside, inside, elsewhere = sshd(tmp_path / "a"), sshd(tmp_path / "b"), phones_at("127.0.0.1", 1, "plain")
    async with outside as outer, inside as inner, elsewhere as (phone,):
        direct = replace(phone, jump=None, transport="http")
        ways = {
            "direct": direct,
            "one hop": replace(direct, jump="outer"),
            "two hops": replace(direct, jump="inner"),
        }
        config = Config(
            phones=tuple(ways.values()), jumps=(jump(outer, known, "outer"), jump(inner, known, "inner", via="outer"))
        )
        taken = await measured(config, ways, tmp_path)
    print()
    middle = {name: statistics.median(times) for name, times in taken.items()}
    for name, used in middle.items():
        ratio = used / middle["direct"]
        print(f"{name:9} {used * 1e6:6.0f} us CPU a poll, {ratio:.2f} x direct (target {TARGETS.get(name, 1.0)})")
    assert middle["one hop"] < 2.0 * middle["direct"]
    assert middle["two hops"] < 3.0 * middle["direct"]


async def hop_costs(folder: File, phones: int, warm_s: float, watched_s: float) -> dict[str, float]:
    """Seconds of CPU of three dashboards over the same phones at the same time, calls among them; nothing is pushed."""
    office = Simulator(folder, phones=phones, scenario="office")
    with contextlib.ExitStack() as stack:
        stack.callback(office.kill)
        async with sshd(folder / "a") as outer, sshd(folder / "b") as inner:
            jumps = _jump_tables(outer, inner, folder / "known")
            screens = {
                name: stack.enter_context(watched(folder / name, office.urls, listen="off", more=jumps, phone=way))
                for name, way in (("direct", ""), ("one hop", 'jump = "outer"'), ("two hops", 'jump = "inner"'))
            }
            pumped(screens, warm_s)
            before = {name: screen.cpu_s() for name, screen in screens.items()}
            pumped(screens, watched_s)
            return {name: screen.cpu_s() - before[name] for name, screen in screens.items()}


async def test_cpu_of_the_whole_program(tmp_path: File) -> None:
    used = await hop_costs(tmp_path, PHONES, WARM_S, WATCHED_S)
    print(f"\n{PHONES} phones, {WATCHED_S:g} s of the whole program")
    for name, seconds in used.items():
        ratio = seconds / used["direct"]
        print(
            f"{name:9} {100 * seconds / WATCHED_S:5.2f} % of a core, {ratio:.2f} x direct (target {TARGETS.get(name, 1.0)})"
        )
    assert used["one hop"] < 1.5 * used["direct"]
    assert used["two hops"] < 1.8 * used["direct"]


def _jump_tables(outer: Sshd, inner: Sshd, known: File) -> str:
    tables = []
    for name, server, more in (("outer", outer, ""), ("inner", inner, 'via = "outer"')):
        tables.append(
            f'[jump.{name}]\nhost = "{server.address}"\nport = {server.port}\nuser = "{server.user}"\n'
            f'key_file = "{server.key}"\nknown_hosts = "{server.known_hosts(known)}"\n{more}\n'
        )
    return "".join(tables)


async def measured(config: Config, ways: dict[str, PhoneSettings], folder: File) -> dict[str, list[float]]:
    """Seconds of CPU of this process for each poll, a round each."""
    jumps = JumpHosts(config, folder / "own_known_hosts", lambda *_: None)
    connections = TransportFactory(
        FeedbackSettings(listen="off"),
        PinStore(None),
        SlotStore(None),
        WebSocketSupport(None),
        notice=lambda *_: None,
        jumps=jumps,
    )
    transports = {name: cast(HttpTransport, connections.transport(way, pushes=False)) for name, way in ways.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    try:
        for transport in transports.values():
            await transport.fetch(ROOT)
        for _ in range(ROUNDS):
            for name, transport in transports.items():
                began = time.process_time()
                for _ in range(POLLS):
                    transport._readers.clear()  # what was read before would make this a glance
                    await transport.fetch(ROOT)
                taken[name].append((time.process_time() - began) / POLLS)
    finally:
        for transport in transports.values():
            await transport.close()
        await jumps.close()
    return taken
