"""Whatever interrupts a mesh, no call that it began is left up: within ten seconds, or at the next start."""

import asyncio
import os
from pathlib import Path
from random import Random

import pytest

from phonetui.errors import ConfigError
from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.direction import Verdict
from phonetui.mesh.mesh_call import CallFault
from phonetui.mesh.mesh_run import MeshRun
from phonetui.mesh.recovery import RecoveredCall, recover
from phonetui.mesh.result import MeshResult
from phonetui.phone.state import PhoneId
from phonetui.simulator.scenario import Scenario
from tests.mesh.office import OfficeFleet, plan_of
from tests.mesh.test_mesh_run import QUIET, run_mesh
from tests.virtual_time import run_virtually

RUNS = int(os.environ.get("PHONETUI_MESH_RUNS", "8"))
"""Of the test below; a release tries 100."""
END_S = 10.0
ONE, TWO = PhoneId("sim-1"), PhoneId("sim-2")


def _connected(fleet: OfficeFleet) -> bool:
    fleet.advance()
    return any("Connected" in line for line in fleet.calls_up)


async def _talks(fleet: OfficeFleet, seconds: float = 3.0) -> None:
    while not _connected(fleet):  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.1)
    await asyncio.sleep(seconds)


async def stopped_by_the_operator(fleet: OfficeFleet, mesh: MeshRun, random: Random) -> None:
    running = asyncio.create_task(mesh.run())
    await asyncio.sleep(random.uniform(0.0, 60.0))
    mesh.stop("interrupted")
    async with asyncio.timeout(END_S + 2.0):
        await running
    assert fleet.calls_up == []


async def cancelled(fleet: OfficeFleet, mesh: MeshRun, random: Random) -> None:
    running = asyncio.create_task(mesh.run())
    await asyncio.sleep(random.uniform(0.0, 60.0))
    running.cancel()
    async with asyncio.timeout(END_S + 2.0):
        await asyncio.gather(running, return_exceptions=True)
    assert fleet.calls_up == []


async def _kill(mesh: MeshRun, running: "asyncio.Task[MeshResult]") -> None:
    """Nothing of the program runs on: what is left is its file."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    for _ in range(4):
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mesh._begun.close()  # as the system does with the locks of a program that died


async def killed(fleet: OfficeFleet, mesh: MeshRun, random: Random, file: Path) -> None:
    """What is left is the next start's work."""
    running = asyncio.create_task(mesh.run())
    await asyncio.sleep(random.uniform(1.0, 60.0))
    await _kill(mesh, running)
    await asyncio.sleep(random.uniform(0.0, 30.0))
    notes: list[str] = []
    later = MeshRun(fleet, mesh.plan, BegunCalls(file), now=fleet.wall, note=notes.append)
    async with asyncio.timeout(END_S + 1.0):
        await later._recover()
    fleet.advance()
    assert fleet.calls_up == [], notes
    assert BegunCalls(file).is_empty()


async def a_tunnel_is_cut(fleet: OfficeFleet, mesh: MeshRun, random: Random) -> None:
    """One site is out of reach for a while; both ends of some calls, one end of others."""
    running = asyncio.create_task(mesh.run())
    await asyncio.sleep(random.uniform(0.5, 40.0))
    fleet.lost.update({PhoneId("sim-3"), PhoneId("sim-4")})
    await asyncio.sleep(random.uniform(1.0, 15.0))
    fleet.lost.clear()
    await asyncio.sleep(END_S)
    mesh.stop("interrupted")
    await running
    fleet.advance()
    assert fleet.calls_up == []


@pytest.mark.parametrize("seed", range(RUNS))
def test_no_call_is_left_up(seed: int, tmp_path: Path) -> None:
    random, file = Random(seed), tmp_path / "begun-calls.json"

    async def work() -> None:
        fleet = OfficeFleet(QUIET, 4)
        fleet.loses_dial_answers = seed % 5 == 4
        mesh = MeshRun(fleet, plan_of(fleet), BegunCalls(file), now=fleet.wall)
        if seed % 4 == 3:
            await killed(fleet, mesh, random, file)
        else:
            await (stopped_by_the_operator, cancelled, a_tunnel_is_cut)[seed % 4](fleet, mesh, random)
        assert BegunCalls(file).is_empty()

    run_virtually(work())


def test_a_call_is_ended_from_the_other_end_where_the_caller_is_lost() -> None:
    async def lose(fleet: OfficeFleet, mesh: MeshRun) -> None:
        await _talks(fleet)
        caller = mesh.result.calls[0].caller
        fleet.lost.add(caller)
        began = fleet.now
        while fleet.calls_up:
            await asyncio.sleep(0.1)
            fleet.advance()
        assert fleet.now - began < 3.0

    _, mesh = run_mesh(QUIET, 2, lose)
    (call,) = mesh.result.calls
    assert (call.fault, call.blamed, call.there.verdict) == (CallFault.LOST, call.caller, Verdict.UNKNOWN)
    assert call.unverified == (call.caller,)


def test_a_phone_that_somebody_picks_up_gets_no_key() -> None:
    """It answers by itself after a second, which no plan says: somebody has taken the call."""

    async def pick_up(fleet: OfficeFleet, mesh: MeshRun) -> None:
        while not any("Ringing" in line for line in fleet.calls_up):
            await asyncio.sleep(0.01)
            fleet.advance()
        ringing = next(leg for device in fleet.office.devices for leg in device.legs if leg.state == "Ringing")
        fleet.office.exchange.answer(ringing, fleet.now)
        fleet.office.advance(fleet.now + 0.15)

    fleet, mesh = run_mesh(QUIET, 2, pick_up)
    (call,) = mesh.result.calls
    assert (call.fault, call.blamed) == (CallFault.PICKED_UP, call.callee)
    assert [phone for _, phone, _ in fleet.sent] == [call.caller, call.caller]
    assert fleet.calls_up == []


def test_a_phone_that_gets_another_call_is_left_alone() -> None:
    async def call_it(fleet: OfficeFleet, mesh: MeshRun) -> None:
        await _talks(fleet)
        call = mesh.result.calls[0]
        stranger = fleet.office._furnish(99, fleet.office.devices[0].epoch)
        leg = fleet.office.exchange.seize(stranger, 1)
        number = fleet.devices[call.caller].extensions[0]
        fleet.office.dial(stranger, number, fleet.now, leg=leg)

    fleet, mesh = run_mesh(QUIET, 2, call_it)
    (call,) = mesh.result.calls
    assert (call.fault, call.blamed) == (CallFault.OTHER_CALL, call.caller)
    hung_up = [phone for _, phone, key in fleet.sent if key == "Release"]
    assert hung_up == [call.callee]
    assert [line.partition(" ")[0] for line in fleet.calls_up] == [call.caller], "the stranger's call still rings"


def test_a_ringing_call_of_somebody_else_is_not_answered() -> None:
    """A stranger calls in the very moment in which the test call is dialled."""

    async def first(fleet: OfficeFleet, mesh: MeshRun) -> None:
        while not fleet.sent:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
        stranger = fleet.office._furnish(99, fleet.office.devices[0].epoch)
        callee = next(one for one in mesh.plan.phones if one.id == mesh.result.calls[0].callee)
        fleet.office.dial(stranger, str(callee.number), fleet.now)

    fleet, mesh = run_mesh(QUIET, 2, first)
    (call,) = mesh.result.calls
    assert call.fault is CallFault.OTHER_CALL
    keys = [(phone, key) for _, phone, key in fleet.sent if not key.isdigit()]
    assert all(phone == call.caller for phone, _ in keys)


def test_the_next_start_leaves_a_call_alone_that_somebody_made_since(tmp_path: Path) -> None:
    async def work() -> None:
        fleet = OfficeFleet(QUIET, 2)
        plan = plan_of(fleet)
        begun = BegunCalls(tmp_path / "begun-calls.json")
        await begun.add(plan.pairs[0], fleet.wall())
        begun.close()
        await asyncio.sleep(300.0)
        pair = plan.pairs[0]
        fleet.office.dial(fleet.devices[pair.caller.id], str(pair.callee.number), fleet.now)
        await asyncio.sleep(5.0)
        fleet.advance()
        device = fleet.devices[pair.callee.id]
        fleet.office.exchange.answer(device.legs[0], fleet.now)
        await asyncio.sleep(60.0)
        again = BegunCalls(tmp_path / "begun-calls.json")
        await MeshRun(fleet, plan, again, now=fleet.wall)._recover()
        fleet.advance()
        assert len(fleet.calls_up) == 2
        assert fleet.sent == []
        assert again.is_empty()

    run_virtually(work())


def test_of_two_programs_that_start_one_ends_what_is_left(tmp_path: Path) -> None:
    """Each end of the call gets one key, not one of each program."""

    async def work() -> None:
        fleet = OfficeFleet(QUIET, 2)
        mesh = MeshRun(fleet, plan_of(fleet), BegunCalls(tmp_path / "begun-calls.json"), now=fleet.wall)
        running = asyncio.create_task(mesh.run())
        await _talks(fleet)
        await _kill(mesh, running)
        fleet.sent.clear()
        starts = [BegunCalls(tmp_path / "begun-calls.json") for _ in range(3)]

        async def start(begun: BegunCalls) -> tuple[RecoveredCall, ...]:
            return await recover(fleet, await begun.claim(), begun, fleet.wall())

        found = await asyncio.gather(*map(start, starts))
        fleet.advance()
        assert fleet.calls_up == []
        assert [key for _, _, key in fleet.sent] == ["Release"]
        assert [len(calls) for calls in sorted(found, key=len)] == [0, 0, 1]
        assert starts[0].is_empty()

    run_virtually(work())


def test_a_call_that_could_not_be_ended_is_given_back(tmp_path: Path) -> None:
    """By a program that knows none of its phones; by one that ends while it tries, too."""

    async def work() -> None:
        file = tmp_path / "begun-calls.json"
        fleet, begun = OfficeFleet(QUIET, 2), BegunCalls(file)
        call = await begun.add(plan_of(fleet).pairs[0], fleet.wall())
        begun.close()
        other, later, last = BegunCalls(file), BegunCalls(file), BegunCalls(file)
        (found,) = await recover(OfficeFleet(QUIET, 0), await other.claim(), other, fleet.wall())
        assert found.unverified == (call.caller, call.callee)
        assert [one.name for one in await later.claim()] == [call.name]
        assert await other.claim() == await later.claim() == ()
        later.close()
        assert [one.name for one in await last.claim()] == [call.name]

    run_virtually(work())


def test_no_call_is_begun_that_nobody_could_end_afterwards(tmp_path: Path) -> None:
    """The file of begun calls cannot be written: a directory stands in its place."""
    (tmp_path / "begun-calls.json").mkdir()

    async def work() -> None:
        fleet = OfficeFleet(QUIET, 2)
        mesh = MeshRun(fleet, plan_of(fleet), BegunCalls(tmp_path / "begun-calls.json"), now=fleet.wall)
        with pytest.raises(ConfigError, match="begun calls"):
            await mesh.run()
        assert fleet.sent == []

    run_virtually(work())


def test_a_refused_number_is_critical() -> None:
    """A number that nobody has."""

    async def work() -> None:
        fleet = OfficeFleet(Scenario(title="quiet"), 2)
        plan = plan_of(fleet)
        from msgspec.structs import replace

        from phonetui.text import printable

        one, two = plan.phones
        plan = replace(plan, phones=(replace(one, number=printable("5777")), replace(two, number=printable("5778"))))
        mesh = MeshRun(fleet, plan, BegunCalls(None), now=fleet.wall)
        result = await mesh.run()
        (call,) = result.calls
        assert (call.fault, call.there.verdict) == (CallFault.FAILED, Verdict.CRITICAL)
        assert fleet.calls_up == []

    run_virtually(work())
