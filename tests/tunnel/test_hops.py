"""Phones through jump hosts: OpenSSH servers on loopback, one and two in a row."""

from pathlib import Path

from phonetui.phone.state import PhoneId
from tests.live import served, until
from tests.tunnel.behind import all_live, followed, jump, phones_behind
from tests.tunnel.sshd import needs_sshd, sshd

pytestmark = needs_sshd

SIM1 = PhoneId("sim-1")


async def test_polling_through_one_hop(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    async with (
        served(3) as office,
        sshd(tmp_path / "bastion") as bastion,
        followed(phones_behind(office), [jump(bastion, known)]) as watched,
    ):
        await until(lambda: all_live(watched))
        phone = watched.fleet.phones[SIM1]
        assert phone.via == "bastion"
        await until(lambda: watched.fleet.phones[SIM1].connection.tunnel_ms)
        (tunnel,) = watched.fleet.tunnels
        assert (tunnel.state, len(tunnel.phones)) == ("up", 3)
        assert bastion.log.count("Accepted publickey") == 1


async def test_two_hops_share_what_they_have_in_common(tmp_path: Path) -> None:
    """One SSH connection for each jump host, whoever needs it."""
    known = tmp_path / "known_hosts"
    async with served(4) as office, sshd(tmp_path / "outer") as outer, sshd(tmp_path / "inner") as inner:
        phones = [*phones_behind(office, "inner")[:2], *phones_behind(office, "outer")[2:]]
        jumps = [jump(outer, known, "outer"), jump(inner, known, "inner", via="outer")]
        async with followed(phones, jumps) as watched:
            await until(lambda: all_live(watched))
            assert [outer.log.count("Accepted publickey"), inner.log.count("Accepted publickey")] == [1, 1]
            assert {tunnel.name: len(tunnel.phones) for tunnel in watched.fleet.tunnels} == {"inner": 2, "outer": 2}


async def test_pushes_and_keys_through_a_jump_host(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    async with served(2) as office, sshd(tmp_path / "bastion") as bastion:
        async with followed(phones_behind(office), [jump(bastion, known)], push=True) as watched:
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
            office.start_call("sim-1", "sim-2")
            await until(lambda: all(phone.has_live_call for phone in watched.fleet.phones.values()))
            await watched.fleet.press(SIM1, "Mute")
            assert [request.command for request in office.phones[0].requests][-1:] == ["Ui SendKey"]
        await until(lambda: not any("/fb/" in str(value) for value in office.phones[0].tree.values()))


async def test_the_websocket_through_a_jump_host(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    async with served(2, dialect="websocket") as office, sshd(tmp_path / "bastion") as bastion:
        phones = phones_behind(office, transport="websocket")
        async with followed(phones, [jump(bastion, known)]) as watched:
            await until(lambda: all_live(watched))
            await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))
            office.start_call("sim-1", "sim-2")
            await until(lambda: all(phone.has_live_call for phone in watched.fleet.phones.values()))
