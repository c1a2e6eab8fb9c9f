"""With real RTP through the impairment relay: what a mesh measures is what the relay dropped, interval by interval."""

import asyncio

import pytest

from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.mesh_run import MeshRun
from phonetui.mesh.plan_file import plan_of
from phonetui.simulator.media.model import losing
from phonetui.simulator.media.session import RtpMedia
from tests.live import live, served, until

INTERVAL_S = 1.0


@pytest.mark.slow
@pytest.mark.live
async def test_measured_loss_is_the_relay_s_in_both_directions() -> None:
    async with served(2, media="rtp") as office, live(office) as watched:
        await until(lambda: all(phone.is_current for phone in watched.fleet.phones.values()), 20.0)
        content = {"name": "rtp", "talk_s": 20, "phone": [{"name": phone.name} for phone in office.phones]}
        plan = plan_of(content, watched.fleet._config)
        mesh = MeshRun(watched.fleet, plan, BegunCalls(None))
        running = asyncio.create_task(mesh.run())
        await until(lambda: any(leg.state == "Connected" for phone in office.phones for leg in phone.device.legs), 20.0)
        office.impair("sim-2", losing(0.06))
        office.impair("sim-1", losing(0.02))
        assert isinstance(office.media, RtpMedia)
        link = office.media.links[-1]
        result = await running
        (call,) = result.calls
        assert call.fault is None, call.reason
        ends = (
            {"sim-1": link.caller, "sim-2": link.callee}
            if call.caller == "sim-1"
            else {"sim-2": link.caller, "sim-1": link.callee}
        )
        for one in call.directions:
            truth = ends[one.listener].reception()
            assert one.lost is not None
            assert one.received is not None
            # Readings and the hang-up are apart by what is sent in between: a packet an interval, at most.
            assert abs(one.lost - truth.lost) <= len(one.intervals)
            counted = sum(step.lost or 0 for step in one.intervals)
            assert counted == one.lost
            share = one.lost / (one.lost + one.received)
            assert abs(share - truth.lost / (truth.lost + truth.received)) < 0.01
