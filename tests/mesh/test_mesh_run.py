"""Meshes over a simulated office in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.direction import Verdict
from phonetui.mesh.mesh_call import CallFault
from phonetui.mesh.mesh_run import MeshRun
from phonetui.mesh.patterns import patterns
from phonetui.mesh.round_robin import schedule
from phonetui.phone.state import PhoneId
from phonetui.simulator.scenario import Scenario
from tests.mesh.office import OfficeFleet, plan_of
from tests.virtual_time import run_virtually

QUIET = Scenario(title="quiet")


def run_mesh(
    scenario: Scenario,
    phones: int,
    meanwhile: Callable[[OfficeFleet, MeshRun], Awaitable[None]] | None = None,
    **fields: object,
) -> tuple[OfficeFleet, MeshRun]:
    """A mesh of all phones to its end."""

    async def work() -> tuple[OfficeFleet, MeshRun]:
        fleet = OfficeFleet(scenario, phones)
        mesh = MeshRun(fleet, plan_of(fleet, **fields), BegunCalls(None), now=fleet.wall)
        beside = asyncio.ensure_future(meanwhile(fleet, mesh) if meanwhile else asyncio.sleep(0))
        await mesh.run()
        await beside
        return fleet, mesh

    return run_virtually(work())


def check_schedule(fleet: OfficeFleet, mesh: MeshRun) -> None:
    """Every call was dialled once, in the round that the schedule gives it, and no number besides."""
    made = schedule(mesh.plan)
    wanted = [{(pair.caller.id, str(pair.callee.number)) for pair in pairs} for pairs in made.rounds]
    dialled = [(at, phone, number) for at, phone, number in fleet.sent if number.isdigit()]
    assert len(dialled) == made.calls
    found, place = [], 0
    for pairs in wanted:
        found.append({(phone, number) for _, phone, number in dialled[place : place + len(pairs)]})
        place += len(pairs)
    assert found == wanted


def test_a_mesh_of_six_phones_is_good() -> None:
    fleet, mesh = run_mesh(QUIET, 6)
    assert mesh.result.counts == {Verdict.OK: 30}
    assert mesh.result.is_good
    assert [str(pattern) for pattern in patterns(mesh.result)] == []
    assert fleet.calls_up == []
    check_schedule(fleet, mesh)


@pytest.mark.slow
def test_a_mesh_of_twenty_phones_makes_its_190_calls_as_scheduled() -> None:
    fleet, mesh = run_mesh(QUIET, 20, talk_s=25.0)
    assert (len(mesh.result.calls), mesh.result.rounds) == (190, 19)
    assert mesh.result.counts == {Verdict.OK: 380}
    assert fleet.calls_up == []
    check_schedule(fleet, mesh)
    assert fleet.now < 19 * 40.0
    assert all(call.talk_s >= 25.0 for call in mesh.result.calls)


FAULTY = Scenario(
    title="faulty",
    boot_s=8.0,
    inbound=(9, 10, 11, 12),
    inbound_profile="lossy",
    one_way=((1, 5),),
    ignores_keys=(6,),
    engaged_phones=(3,),
)


def test_a_call_of_the_round_before_is_not_taken_for_somebody_else_s() -> None:
    """What is known of the phones is two seconds late: they have hung up, and are still shown in the call before."""

    async def work() -> MeshRun:
        fleet = OfficeFleet(QUIET, 4)
        fleet.lag_s = 2.0
        mesh = MeshRun(fleet, plan_of(fleet), BegunCalls(None), now=fleet.wall)
        await mesh.run()
        return mesh

    assert run_virtually(work()).result.counts == {Verdict.OK: 12}


async def reboot_8_in_its_first_call(fleet: OfficeFleet, mesh: MeshRun) -> None:
    device = fleet.devices[PhoneId("sim-8")]
    while not any(leg.state == "Connected" for leg in device.legs):
        await asyncio.sleep(0.5)
        fleet.advance()
    await asyncio.sleep(12.0)
    fleet.office.reboot(device, fleet.now)


def test_the_grid_names_exactly_what_is_wrong() -> None:
    """Twelve phones at three sites: inbound loss, one-way audio, a busy phone, a deaf one, one that restarts."""
    fleet, mesh = run_mesh(FAULTY, 12, reboot_8_in_its_first_call)
    calls = {frozenset((call.caller, call.callee)): call for call in mesh.result.calls}
    bad = {(one.speaker, one.listener) for one in mesh.result.directions if one.verdict.is_bad}
    branch, faulted = {f"sim-{n}" for n in (9, 10, 11, 12)}, {f"sim-{n}" for n in (3, 6)}
    lossy = {
        (call.there.speaker, call.there.listener) if call.callee in branch else (call.back.speaker, call.back.listener)
        for call in calls.values()
        if len({call.caller, call.callee} & branch) == 1 and call.fault is None
    }
    assert bad == lossy | {("sim-1", "sim-5")}
    silent = [one for one in mesh.result.directions if one.is_silent]
    assert [(one.speaker, one.listener) for one in silent] == [("sim-1", "sim-5")]
    by_fault = {fault: [call for call in calls.values() if call.fault is fault] for fault in CallFault}
    assert len(by_fault[CallFault.BUSY]) == 11
    assert {call.blamed for call in by_fault[CallFault.BUSY]} == {"sim-3"}
    assert {call.blamed for call in by_fault[CallFault.NO_ANSWER]} == {"sim-6"}
    assert all(call.callee == "sim-6" for call in by_fault[CallFault.NO_ANSWER])
    assert [call.blamed for call in by_fault[CallFault.LOST]] == ["sim-8"]
    others = {call.fault for call in calls.values()} - {None, CallFault.BUSY, CallFault.NO_ANSWER, CallFault.LOST}
    assert others == set()
    assert fleet.calls_up == [line for line in fleet.calls_up if line.startswith("sim-3 ")]
    words = [str(pattern) for pattern in patterns(mesh.result)]
    assert len(words) == 5, words
    assert words[0].startswith("Everything towards Warehouse is poor"), words
    assert any(line.startswith("sim-1 → sim-5 has no audio") for line in words)
    assert any(line.startswith("sim-3 was in a call of its own (11 of its 11 calls)") for line in words)
    assert any(line.startswith("sim-6 rang and was not answered") for line in words)
    assert any(line.startswith("sim-8 was lost from sight") for line in words)
    assert faulted
