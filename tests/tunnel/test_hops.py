"""Phones through jump hosts: OpenSSH servers on loopback, one and two in a row."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from unittest import mock

import asyncssh
import pytest
from msgspec.structs import replace

from phonetui.errors import Dropped, ProtocolError, TimedOut
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.state import PhoneId
from phonetui.simulator.security import certificate, server_context
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.http_answer import AnswerReader
from phonetui.transport.ssh.config import Jump
from phonetui.xapi.path import Path as Place
from tests.deadlines import ANSWER_S
from tests.hostile import peers
from tests.live import PASSWORD, Live, served, until
from tests.tunnel.sshd import free_port, needs_sshd, sshd
from tests.tunnel.test_login import tunnels
from tests.tunnel.tunnelled_fleet import all_live, followed, jump, phones_behind

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
        (tunnel,) = watched.fleet._jumps.states
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
            assert {tunnel.name: len(tunnel.phones) for tunnel in watched.fleet._jumps.states} == {
                "inner": 2,
                "outer": 2,
            }


@pytest.mark.slow
async def test_of_two_hops_the_lost_one_is_told_alone(tmp_path: Path) -> None:
    """And named as what is wrong with every phone behind it."""
    known = tmp_path / "known_hosts"
    async with served(3) as office, sshd(tmp_path / "outer") as outer, sshd(tmp_path / "inner") as inner:
        phones = [*phones_behind(office, "inner")[:2], *phones_behind(office, "outer")[2:]]
        jumps = [jump(outer, known, "outer"), jump(inner, known, "inner", via="outer")]
        async with followed(phones, jumps) as watched:
            for server, name, behind in ((inner, "inner", 2), (outer, "outer", 3)):
                await until(lambda: all_live(watched), 20)
                await until(lambda: not raised(watched), 20)
                server.kill()
                await until(lambda: raised(watched), 20)
                await until(partial(is_named, watched, f"({server.address} port {server.port})", behind), 20)
                (alert,) = raised(watched)
                assert alert.text.startswith(f"tunnel {name} lost")
                assert f"{behind} phones behind it" in alert.text
                server.start()
                await server.listening()


def is_named(watched: Live, place: str, phones: int) -> bool:
    return sum(place in phone.connection.detail for phone in watched.fleet.phones.values()) == phones


def raised(watched: Live) -> list[Alert]:
    return [alert for alert in watched.fleet.alerts if alert.cleared_at is None]


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


async def test_a_phone_that_is_not_there_is_its_own_trouble(tmp_path: Path) -> None:
    async with served(2) as office, sshd(tmp_path / "bastion") as bastion:
        here, gone = phones_behind(office)
        phones = [here, replace(gone, port=free_port())]
        async with followed(phones, [jump(bastion, tmp_path / "known_hosts")]) as watched:
            await until(lambda: (watched.state("sim-1"), watched.state("sim-2")) == ("live", "unreachable"), 10.0)
            connection = watched.fleet.phones[PhoneId("sim-2")].connection
            assert connection.reason == "connection-refused"
            assert connection.detail == "bastion reports: Connection refused"


async def test_a_jump_host_that_may_not_connect_says_what_its_server_needs(tmp_path: Path) -> None:
    server = sshd(tmp_path / "bastion", more="PermitOpen 127.0.0.1:1")
    async with (
        served(1) as office,
        server as bastion,
        followed(phones_behind(office), [jump(bastion, tmp_path / "known_hosts")]) as watched,
    ):
        await until(lambda: watched.state("sim-1") == "refused")
        assert "AllowTcpForwarding, and PermitOpen" in watched.fleet.phones[SIM1].connection.hint


async def test_a_channel_that_is_given_up_is_not_kept(tmp_path: Path) -> None:
    """A phone that is switched off: the jump host still tries when we no longer want to know."""
    asked = asyncio.Event()

    class Slow(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

        def connection_requested(
            self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
        ) -> Awaitable[asyncssh.SSHTCPSession[bytes]]:
            return self.connected()

        async def connected(self) -> asyncssh.SSHTCPSession[bytes]:
            await asked.wait()
            return asyncssh.SSHTCPSession()

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Slow, server_host_keys=[key])
    known = tmp_path / "known"
    known.write_text(f"[127.0.0.1]:{server.get_port()} {key.export_public_key().decode()}")
    bastion = Jump(name="bastion", host="127.0.0.1", port=server.get_port(), user="me", known_hosts=str(known))
    async with tunnels(bastion) as made:
        tunnel = made.get("bastion")
        with pytest.raises(TimedOut, match="from bastion"):
            await tunnel.open_socket("192.0.2.1", 443, 0.2)
        connection = tunnel.current
        assert connection is not None
        assert len(connection._channels) == 1
        asked.set()
        await until(lambda: not connection._channels)
        assert tunnel.current is connection
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("way", [None, "bastion"])
async def test_a_phone_that_hangs_up_between_two_polls_is_no_failure(tmp_path: Path, way: str | None) -> None:
    """As a small web server does to save its memory: the next question goes over a new connection."""
    visits, hung_up = 0, asyncio.Event()

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        await reader.readuntil(b"\r\n\r\n")
        body = b"<Status><Standby><State>Off</State></Standby></Status>"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.transport.abort()  # without TLS's good-bye, which would keep the connection open for its answer
        hung_up.set()

    context = server_context(certificate(1, 1, "phone", "127.0.0.1"))
    phone = await asyncio.start_server(answer_once, "127.0.0.1", 0, ssl=context)
    port = phone.sockets[0].getsockname()[1]
    where = Address(scheme="https", host="127.0.0.1", port=port, username="u", password="p", timeout_s=ANSWER_S)
    async with sshd(tmp_path / "bastion") as server:
        known = str(server.known_hosts(tmp_path / "known"))
        bastion = Jump(name="bastion", host=server.address, port=server.port, user=server.user,
                       key_file=str(server.key), known_hosts=known)  # fmt: skip
        async with tunnels(bastion) as made:
            transport = HttpTransport(where, unverified_context(), None, made.get(way) if way else None)
            for _ in range(4):
                hung_up.clear()
                assert await transport.fetch(Place.of("Standby"))
                await hung_up.wait()
                await asyncio.sleep(0.1)  # until the client, and what leads there, have heard of it
            await transport.close()
    phone.close()
    await phone.wait_closed()
    assert visits == 4


async def test_what_one_phone_does_in_a_tunnel_is_no_other_phones_affair(tmp_path: Path) -> None:
    """A phone that answers byte by byte, one that says nothing, and a fault of our own in reading a third."""
    async with served(1) as office, peers(("crumbs", "drip")) as harm, sshd(tmp_path / "bastion") as server:
        known = str(server.known_hosts(tmp_path / "known"))
        bastion = Jump(name="bastion", host=server.address, port=server.port, user=server.user,
                       key_file=str(server.key), known_hosts=known)  # fmt: skip
        async with tunnels(bastion) as made:
            tunnel = made.get("bastion")
            ports = [int(office.phones[0].url.rpartition(":")[2]), harm["crumbs"].port, harm["drip"].port]
            where = [
                Address(scheme="https", host="127.0.0.1", port=port, username="xapi", password=PASSWORD, timeout_s=5.0)
                for port in ports
            ]
            sound, crumbs, drip = (HttpTransport(each, unverified_context(), None, tunnel) for each in where)
            assert await sound.fetch(Place.of("Standby"))
            connection = tunnel.current
            hanging = asyncio.create_task(drip.fetch(Place.of("Standby")))
            with pytest.raises(ProtocolError, match="more than 16,384 pieces"):
                await crumbs.fetch(Place.of("Standby"))
            planted = mock.patch.object(AnswerReader, "receive", side_effect=RuntimeError("planted"))
            with planted, pytest.raises(Dropped):
                await sound.fetch(Place.of("Standby"))
            assert await sound.fetch(Place.of("Standby"))
            assert tunnel.current is connection
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)
            for transport in (sound, crumbs, drip):
                await transport.close()
