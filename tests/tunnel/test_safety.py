"""What a tunnel must not give away: neither a way in, nor a byte to the wrong phone."""

import socket
from pathlib import Path

import psutil
import pytest

from phonetui.phone.state import PhoneId
from tests.live import served, settings, until
from tests.tunnel.sshd import needs_sshd, sshd
from tests.tunnel.tls_impostor import impostor
from tests.tunnel.tunnelled_fleet import all_live, followed, jump, phones_behind

pytestmark = needs_sshd

SIM1 = PhoneId("sim-1")


def doors() -> set[tuple[object, ...]]:
    """Where this process lets others in: listening TCP ports, and unix sockets that have a name."""
    ours = psutil.Process().net_connections(kind="all")
    tcp = {tuple(one.laddr) for one in ours if one.status == psutil.CONN_LISTEN}
    return tcp | {(one.laddr,) for one in ours if one.family == socket.AF_UNIX and one.laddr}


@pytest.mark.parametrize("transport", ["http", "websocket"])
async def test_nothing_on_this_machine_listens(tmp_path: Path, transport: str) -> None:
    async with served(2, dialect="websocket") as office, sshd(tmp_path / "bastion") as bastion:
        before = doors()
        phones = phones_behind(office, transport=transport)
        async with followed(phones, [jump(bastion, tmp_path / "known_hosts")], push=True) as watched:
            await until(lambda: all_live(watched))
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
            assert doors() == before


async def test_only_direct_pushes_need_a_door(tmp_path: Path) -> None:
    async with served(2, dialect="plain") as office, sshd(tmp_path / "bastion") as bastion:
        before = doors()
        phones = [phones_behind(office)[0], settings(office.phones[1])]
        async with followed(phones, [jump(bastion, tmp_path / "known_hosts")], push=True) as watched:
            await until(lambda: all_live(watched))
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
            assert len(doors() - before) == 1


@pytest.mark.parametrize("transport", ["http", "websocket", "auto"])
@pytest.mark.parametrize("login", ["basic", "session"])
async def test_another_certificate_behind_the_tunnel_gets_no_byte(tmp_path: Path, transport: str, login: str) -> None:
    async with served() as office, impostor() as stranger, sshd(tmp_path / "bastion") as bastion:
        phone = settings(office.phones[0], jump="bastion", port=stranger.port, transport=transport, login=login)
        async with followed([phone], [jump(bastion, tmp_path / "known_hosts")], push=True) as watched:
            await until(lambda: watched.state("sim-1") == "refused")
            connection = watched.fleet.phones[SIM1].connection
            assert connection.reason == "certificate"
            assert office.phones[0].fingerprint in connection.detail
            await until(lambda: stranger.visits)
        assert stranger.heard == b""
