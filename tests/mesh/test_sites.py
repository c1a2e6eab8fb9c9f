"""Twelve phones at three sites, two of them behind jump hosts of their own, with everything wrong that a grid must name.

It takes as long as 66 test calls: `PHONETUI_MESH_SITES=1` runs it. `test_mesh_run` has the same in virtual time.
"""

import asyncio
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Config, FeedbackSettings, Poll
from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.mesh_call import CallFault
from phonetui.mesh.mesh_run import MeshRun
from phonetui.mesh.patterns import patterns
from phonetui.mesh.plan_file import plan_of
from phonetui.simulator.server import ServedOffice
from phonetui.text import printable
from tests.live import Live, served, settings, until
from tests.mesh.office import SITES
from tests.tunnel.sshd import needs_sshd, sshd
from tests.tunnel.tunnelled_fleet import jump

SCENARIO = """
inbound = [9, 10, 11, 12]
inbound_profile = "lossy"
one_way = [[1, 5]]
ignores_keys = [6]
engaged_phones = [3]
boot_s = 8
"""
LOSSY, BUSY, DEAF, REBOOTED = {f"sim-{n}" for n in range(9, 13)}, "sim-3", "sim-6", "sim-8"


async def reboot_in_its_first_call(office: ServedOffice, name: str) -> None:
    phone = office.by_name[name]
    await until(lambda: any(leg.state == "Connected" for leg in phone.device.legs), 120.0)
    await asyncio.sleep(8.0)
    office.reboot(name)


@pytest.mark.slow
@needs_sshd
@pytest.mark.timeout(1200)
@pytest.mark.skipif("PHONETUI_MESH_SITES" not in os.environ, reason="takes ten minutes: PHONETUI_MESH_SITES=1")
async def test_the_grid_names_exactly_what_is_wrong_behind_two_jump_hosts(tmp_path: Path) -> None:
    scenario = tmp_path / "faulty.toml"
    scenario.write_text(SCENARIO)
    async with (
        served(12, scenario=str(scenario)) as office,
        sshd(tmp_path / "branch") as branch,
        sshd(tmp_path / "warehouse") as warehouse,
    ):
        jumps = (jump(branch, tmp_path / "known", "Branch"), jump(warehouse, tmp_path / "known", "Warehouse"))
        phones = []
        for place, phone in enumerate(office.phones):
            site = SITES[place // 4]
            known = settings(phone, group=(printable(site),), transport="http", poll=Poll(2.0, 5.0, 30.0))
            phones.append(replace(known, jump=site) if site != "HQ" else known)
        config = Config(phones=tuple(phones), jumps=jumps, feedback=FeedbackSettings(listen="off"))
        watched = Live(config)
        watching = asyncio.create_task(watched.fleet.run())
        content = {"name": "sites", "talk_s": 20, "phone": [{"name": phone.name} for phone in office.phones]}
        mesh = MeshRun(watched.fleet, plan_of(content, config), BegunCalls(tmp_path / "begun-calls.json"))
        beside = asyncio.create_task(reboot_in_its_first_call(office, REBOOTED))
        result = await mesh.run()
        await beside
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        print("\n".join(map(str, patterns(result))))
        bad = {(one.speaker, one.listener) for one in result.directions if one.verdict.is_bad}
        ways = {(one.speaker, one.listener) for one in result.directions if one.verdict.is_judged}
        lossy = {(one, other) for one, other in ways if other in LOSSY and one not in LOSSY}
        assert bad <= lossy | {("sim-1", "sim-5")}
        assert ("sim-1", "sim-5") in bad
        assert len(bad & lossy) >= 0.9 * len(lossy), "4 % is beyond 3 %, but for the luck of a thousand packets"
        faults = {(call.blamed, call.fault) for call in result.calls if call.fault is not None}
        assert faults - {(REBOOTED, CallFault.NOT_LIVE)} == {
            (BUSY, CallFault.BUSY), (DEAF, CallFault.NO_ANSWER), (REBOOTED, CallFault.LOST),
        }  # fmt: skip
        assert patterns(result)[0].words.startswith("Everything towards Warehouse is poor")
        left = {phone.name for phone in office.phones if phone.device.legs}
        assert left == {BUSY}
        assert BegunCalls(tmp_path / "begun-calls.json").is_empty()
