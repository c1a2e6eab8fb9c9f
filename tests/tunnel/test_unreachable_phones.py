"""Phones that only the jump host can reach: everything goes through it, and what it won't carry is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phonetui.config.settings import Poll
from phonetui.phone.state import PhoneId
from phonetui.xapi.path import Path as Place
from tests.live import Live, until
from tests.tunnel.namespaces import Network, network
from tests.tunnel.simulator_process import phones_at
from tests.tunnel.sshd import needs_sshd, sshd
from tests.tunnel.tunnelled_fleet import all_live, followed, jump

pytestmark = [needs_sshd, pytest.mark.slow, pytest.mark.xdist_group("walled")]

SIM1, SIM2 = PhoneId("sim-1"), PhoneId("sim-2")
SELDOM = Poll(call_s=60.0, idle_s=60.0, slow_s=60.0)
"""So seldom that what is known within seconds was pushed."""


@pytest.fixture(scope="module")
def walled() -> Iterator[Network]:
    with network() as made:
        yield made


def pushes(watched: Live) -> list[bool]:
    return [phone.connection.pushes for phone in watched.fleet.phones.values()]


async def calling(watched: Live) -> None:
    """A call that the phones make because they are told to, seen at both ends."""
    number = watched.fleet.document(SIM2).get(Place.of("Line", 1, "Registration", "Number")) or "1002"
    await watched.fleet.dial(SIM1, number)
    await until(lambda: watched.fleet.phones[SIM1].has_live_call, 10.0)


@pytest.mark.parametrize("transport", ["http", "websocket"])
async def test_polling_pushes_and_keys(tmp_path: Path, walled: Network, transport: str) -> None:
    server = sshd(tmp_path / "b", address=walled.bastion, gateway_ports="clientspecified", prefix=walled.enter_bastion)
    async with (
        server as bastion,
        phones_at(walled.phones, 2, "websocket", walled.enter_phones, poll=SELDOM, transport=transport) as phones,
        followed(phones, [jump(bastion, tmp_path / "known")], push=True) as watched,
    ):
        await until(lambda: all_live(watched), 10.0)
        await until(lambda: all(pushes(watched)), 10.0)
        if transport == "http":
            slots = await watched.fleet.fetch(SIM1, Place.of("HttpFeedback"))
            assert any(value.startswith(f"http://{walled.inside}:") for _, value in slots.items())
        await calling(watched)
        await watched.fleet.press(SIM1, "Mute")


async def test_a_jump_host_that_may_not_listen_leaves_polling(tmp_path: Path, walled: Network) -> None:
    """Its sshd says yes and listens on its loopback: found out by trying, told once, and undone."""
    server = sshd(tmp_path / "b", address=walled.bastion, gateway_ports="no", prefix=walled.enter_bastion)
    async with (
        server as bastion,
        phones_at(walled.phones, 2, "plain", walled.enter_phones) as phones,
        followed(phones, [jump(bastion, tmp_path / "known")], push=True) as watched,
    ):
        await until(lambda: all_live(watched), 10.0)
        await until(lambda: [entry for entry in watched.fleet.entries if "GatewayPorts" in entry.text], 15.0)
        assert pushes(watched) == [False, False]
        await calling(watched)
        told = [entry for entry in watched.fleet.entries if "GatewayPorts" in entry.text]
        assert [(entry.phone, walled.inside in entry.text) for entry in told] == [("bastion", True)]
        slots = await watched.fleet.fetch(SIM1, Place.of("HttpFeedback"))
        assert not any("/fb/" in value for _, value in slots.items())


async def test_two_hops(tmp_path: Path, walled: Network) -> None:
    known = tmp_path / "known"
    outside = sshd(tmp_path / "b", address=walled.bastion, prefix=walled.enter_bastion)
    inside = sshd(tmp_path / "p", address=walled.phones, gateway_ports="clientspecified", prefix=walled.enter_phones)
    async with (
        outside as outer,
        inside as inner,
        phones_at(walled.phones, 2, "plain", walled.enter_phones, poll=SELDOM, jump="inner") as phones,
    ):
        jumps = [jump(outer, known, "outer"), jump(inner, known, "inner", via="outer")]
        async with followed(phones, jumps, push=True) as watched:
            await until(lambda: all_live(watched), 10.0)
            await until(lambda: all(pushes(watched)), 10.0)
            await calling(watched)
