"""From a phone over a collector and a real NATS server to a viewer."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Config
from phonetui.exchange.attached_fleet import AttachedFleet
from phonetui.fleet.protocol import CompleteFleet, Permission
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import CallReport, EventReport, Report, StateReport
from phonetui.phone.measure import ScoreTrend
from phonetui.phone.state import Phone, PhoneId, State
from phonetui.simulator.element import CommandRequest
from phonetui.ui.app import PhonetuiApp
from phonetui.xapi.path import Path as Place
from tests.deadlines import SLOWER
from tests.exchange.office import exchanging
from tests.live import until
from tests.ui.idle import patient_pilot
from tests.ui.screen import painted

SIM_1 = PhoneId("sim-1")
EVENTS = int(os.environ.get("PHONETUI_EXCHANGE_EVENTS", "6"))
"""How many are timed; 200 is what is held to, on a machine that has nothing else to do."""
LATE_S = 0.3


def _without_ages(phone: Phone) -> object:
    connection = replace(phone.connection, fresh_at=None, seen_at=None, answer_ms=None)
    return replace(phone, connection=connection, up_s=None, clock=None, ports=(), trend=ScoreTrend())


async def test_a_viewer_shows_what_a_collector_knows(tmp_path: Path) -> None:
    async with exchanging(tmp_path, 2) as exchange:
        office, collector, fleet = exchange.office, exchange.collector, exchange.fleet
        await collector.fleet.dial(SIM_1, office.phones[1].number)
        fleet.history(SIM_1)  # as a screen does of the phone that is looked at
        await until(lambda: fleet.phones[SIM_1].has_live_call and fleet.phones[SIM_1].system.host_name, 10)

        def is_same() -> bool:
            return _without_ages(fleet.phones[SIM_1]) == _without_ages(collector.fleet.phones[SIM_1])

        await until(is_same, 10, "the whole state")
        await until(lambda: fleet.document(SIM_1), 5, "the status tree")
        assert fleet.document(SIM_1)[Place.of("SystemUnit", "ProductId")].startswith("DP-98")
        await until(lambda: fleet.history(SIM_1), 5, "figures over time")
        assert fleet.permission(SIM_1) is Permission.DENIED  # without an operator's key


def test_it_is_all_that_a_dashboard_asks_for() -> None:
    def fulfils(fleet: AttachedFleet) -> CompleteFleet:
        return fleet

    assert fulfils is not None


async def test_what_is_asked_for_again_happened_once(tmp_path: Path) -> None:
    async with exchanging(tmp_path, 2) as exchange:
        collector, fleet = exchange.collector, exchange.fleet
        await until(lambda: len(fleet.entries) >= len(collector.fleet.entries) >= 2, 10)
        await fleet.viewer.take_earlier()
        assert [entry.seen_at for entry in fleet.entries] == sorted({entry.seen_at for entry in fleet.entries})


async def test_what_happens_is_reported_to_watch(tmp_path: Path) -> None:
    reports: list[Report] = []
    async with exchanging(tmp_path, 2, (), report=reports.append) as exchange:
        office, collector, fleet = exchange.office, exchange.collector, exchange.fleet
        name = PhoneId("hq/sim-1")  # no site was named, so all that the key sees are shown
        await fleet.viewer.follow_states(frozenset())
        assert fleet.phones[name].group[0] == "hq"
        await collector.fleet.dial(SIM_1, office.phones[1].number)
        await until(lambda: any(isinstance(each, CallReport) for each in reports), 10)
        states = [each.state for each in reports if isinstance(each, StateReport)]
        assert states[-1] is State.LIVE
        assert not [each for each in reports if isinstance(each, EventReport) and each.phone != name]


async def _seen_at(fleet: LiveFleet | AttachedFleet, is_up: bool) -> float:
    """Monotonic seconds at which the fleet has a call of the phone, or none."""
    while fleet.phones[SIM_1].has_live_call is not is_up:
        changed = asyncio.Event()
        fleet.on_next_change(changed.set)
        await changed.wait()
    return time.monotonic()


@pytest.mark.slow
@pytest.mark.live
async def test_what_happens_is_shown_at_once(tmp_path: Path) -> None:
    """Though the row before was sent only just before."""
    late: list[float] = []
    async with exchanging(tmp_path, 2) as exchange:
        office, collector, fleet = exchange.office, exchange.collector, exchange.fleet
        for turn in range(EVENTS):
            is_up = turn % 2 == 0
            moments = [asyncio.create_task(_seen_at(each, is_up)) for each in (collector.fleet, fleet)]
            if is_up:
                await collector.fleet.dial(SIM_1, office.phones[1].number)
            else:
                await collector.fleet.press(SIM_1, "Release")
            async with asyncio.timeout(20):
                here, there = await asyncio.gather(*moments)
            late.append(there - here)
    late.sort()
    print(
        f"{len(late)} events: at a viewer {late[len(late) // 2] * 1000:.0f} ms later, at worst {late[-1] * 1000:.0f} ms"
    )
    assert late[int(len(late) * 0.99)] < LATE_S * (1 if EVENTS >= 200 else SLOWER)


@pytest.mark.slow
@pytest.mark.live
async def test_what_happens_is_painted_at_once(tmp_path: Path) -> None:
    """From what a phone posts to the screen of an attached dashboard: collector, server and paint are between."""
    late: list[float] = []
    async with exchanging(tmp_path, 2, listen="auto") as exchange:
        caller, number = exchange.office.phones[0], exchange.office.phones[1].number
        dials = CommandRequest(("Call", "Dial"), (("Number", number),))
        hangs_up = CommandRequest(("Ui", "SendKey"), (("Key", "Release"),))
        app = PhonetuiApp(exchange.fleet, Config())
        with patient_pilot():
            async with app.run_test(size=(120, 36)):
                await until(lambda: "no call is up" in "".join(painted(app)), 10)
                for turn in range(EVENTS):
                    is_up = turn % 2 == 0
                    await asyncio.sleep(0.5 + turn * 0.37 % 0.3)  # at any moment between two looks
                    began = time.monotonic()
                    caller.perform(dials if is_up else hangs_up)
                    await until(lambda is_up=is_up: ("no call is up" in "".join(painted(app))) is not is_up, 10)  # type: ignore[misc]
                    late.append(time.monotonic() - began)
                await app.settle()
    late.sort()
    middle, most, worst = (1000 * late[int(len(late) * share)] for share in (0.5, 0.99, 1 - 1e-9))
    print(f"{len(late)} events: painted {middle:.0f} ms later, p99 {most:.0f} ms, at worst {worst:.0f} ms")
    assert late[int(len(late) * 0.99)] < LATE_S * (1 if EVENTS >= 200 else SLOWER)
