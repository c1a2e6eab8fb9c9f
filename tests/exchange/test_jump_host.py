"""Through a real SSH jump host to the NATS server, with no port listening on this machine."""

import asyncio
from pathlib import Path

import psutil
import pytest

from phonetui.cli.attach import attached_fleet, jump_hosts
from phonetui.config.settings import Config, NatsSettings
from phonetui.phone.state import PhoneId
from tests.exchange.office import collecting
from tests.exchange.server import nats_server
from tests.live import served, until
from tests.tunnel.sshd import needs_sshd, sshd
from tests.tunnel.tunnelled_fleet import jump

SIM_1 = PhoneId("sim-1")


def _listening() -> set[int]:
    return {
        each.laddr.port for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN
    }  # fmt: skip


@pytest.mark.slow
@needs_sshd
async def test_a_viewer_looks_through_a_jump_host(tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    async with (
        nats_server(tmp_path / "nats") as server,
        served(1) as office,
        collecting(office, server.url),
        sshd(tmp_path / "ssh") as bastion,
    ):
        before = _listening()
        config = Config(
            jumps=(jump(bastion, tmp_path / "known"),), nats=NatsSettings(url=server.url, jump="bastion")
        )  # fmt: skip
        config, jumps = jump_hosts(config)
        assert jumps is not None
        fleet = attached_fleet(config, ("hq",), jumps=jumps)
        task = asyncio.create_task(fleet.run())
        try:
            await until(lambda: SIM_1 in fleet.phones and fleet.phones[SIM_1].is_current, 15)
            assert _listening() == before
            assert "Accepted publickey" in bastion.log
            server.kill()
            await until(lambda: fleet.viewer.lost_at is not None, 15)
            server.start()
            await until(lambda: fleet.viewer.lost_at is None and fleet.phones[SIM_1].is_current, 15, "back through it")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await jumps.close()
