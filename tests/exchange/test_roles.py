"""Permissions are tried, not believed: on a real server with the configuration that `phonetui nats init` writes."""

import asyncio
import re
from pathlib import Path

import pytest

from phonetui.cli import main
from phonetui.config.settings import NatsSettings
from phonetui.errors import AccessError, PhonetuiError
from phonetui.exchange import wire
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.life import ShardHolder
from phonetui.phone.state import PhoneId
from tests.deadlines import SLOWER
from tests.exchange.office import attached, collecting
from tests.exchange.server import prepared_server
from tests.live import served, until

SIM_1 = PhoneId("sim-1")


def _init(folder: Path, port: int, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main.entry(["nats", "init", str(folder), "--listen", f"127.0.0.1:{port}", *words]) == 0
    return capsys.readouterr().out


async def _connected(url: str, creds: Path | None) -> NatsConnection:
    connection = NatsConnection(NatsSettings(url=url, creds=str(creds) if creds else None), "test")
    await connection.connect()
    return connection


async def test_each_role_may_do_its_own_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "nats"
    with prepared_server(tmp_path) as server:
        words = _init(folder, server.port, capsys, "--collector", "hq", "--collector", "branch", "--operator", "alice")
        operators = (words.split("operators = [")[1].split("]")[0].strip('"'),)
        server.configuration = folder / "server.conf"
        server.start()
        await server.ready()
        keys = {name: folder / f"{name}.nk" for name in ("collector-hq", "collector-branch", "operator-alice")}
        viewer = folder / "viewer-everybody.nk"
        async with (
            served(1) as office,
            collecting(office, server.url, creds=str(keys["collector-hq"]), operators=operators),
            attached(server.url, creds=keys["operator-alice"]) as alice,
            attached(server.url, creds=viewer) as looking,
        ):
            for fleet in (alice, looking):
                await until(lambda fleet=fleet: SIM_1 in fleet.phones and fleet.phones[SIM_1].is_current, 10)  # type: ignore[misc]
            await alice.press(SIM_1, "VolUp")
            looking.document(SIM_1)
            await until(lambda: looking.document(SIM_1), 5)
            with pytest.raises(AccessError, match="may not send commands there"):
                await looking.press(SIM_1, "VolUp")
            assert [each.command for each in office.phones[0].requests if each.command] == ["Ui SendKey"]

        await _refused(
            server.url, viewer, "$JS.API.CONSUMER.CREATE.ph_state_hq.stolen", "$JS.API.STREAM.PURGE.audit_hq"
        )
        await _refused(server.url, keys["collector-branch"], *(
            "$JS.API.DIRECT.GET.ph_row_hq", "$JS.API.DIRECT.GET.claims_hq.$KV.claims.hq.0",
            "$JS.API.STREAM.DELETE.audit_hq", "$KV.ph_row.hq.0._",
        ))  # fmt: skip
        with pytest.raises(PhonetuiError, match="refuses this user"):
            await _connected(server.url, None)


async def test_a_key_for_one_site_sees_that_site_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "nats"
    with prepared_server(tmp_path) as server:
        sites = ("--collector", "hq", "--collector", "branch")
        words = _init(folder, server.port, capsys, *sites, "--viewer", "anna=hq", "--operator", "bob=branch")
        assert "viewer-anna.hq.nk   viewer of hq" in words
        server.configuration = folder / "server.conf"
        server.start()
        await server.ready()
        anna, bob = folder / "viewer-anna.hq.nk", folder / "operator-bob.branch.nk"
        operators = (words.split("operators = [")[1].split("]")[0].strip('"'),)

        async with (
            served(2) as office,
            collecting(office, server.url, creds=str(folder / "collector-hq.nk"), site="hq", operators=operators),
            collecting(
                office, server.url, creds=str(folder / "collector-branch.nk"), site="branch", operators=operators
            ),
            attached(server.url, (), creds=anna) as hers,
            attached(server.url, (), creds=bob) as his,
        ):
            for fleet, site in ((hers, "hq"), (his, "branch")):
                names = {PhoneId(f"{site}/sim-1"), PhoneId(f"{site}/sim-2")}
                await until(lambda fleet=fleet, names=names: set(fleet.phones) == names, 10)  # type: ignore[misc]
                await until(lambda fleet=fleet: all(each.is_current for each in fleet.phones.values()), 10)  # type: ignore[misc]
            await his.press(PhoneId("branch/sim-1"), "VolUp")
            async with attached(server.url, ("branch",), creds=anna) as curious:
                await until(lambda: curious.entries, 5)
                assert "does not see the site branch" in curious.entries[0].text
                assert not curious.phones
        await _refused(
            server.url, anna, "$JS.API.DIRECT.GET.ph_row_branch", "$JS.API.DIRECT.GET.ev_branch",
            "$JS.API.DIRECT.GET.ph_state_branch.$KV.ph_state.branch.0.sim-1", "$JS.API.STREAM.NAMES",
            "ask.branch.sim-1.document", "cmd.hq.sim-1",
            unheard=("$KV.ph_row.branch.>", "$KV.ph_row.>", "$KV.ph_state.*.>", "ev.branch.>", "hb.branch.*", "_INBOX.>"),
        )  # fmt: skip
        await _refused(server.url, bob, "cmd.hq.sim-1", "ask.hq.sim-1.screenshot")


async def _refused(url: str, creds: Path, *places: str, unheard: tuple[str, ...] = ("cmd.hq.*",)) -> None:
    connection = await _connected(url, creds)

    async def take(message: object) -> None:
        raise AssertionError(message)

    try:
        for place in (*places, *unheard):
            async with asyncio.timeout(3.0 * SLOWER):
                refused = asyncio.create_task(connection.refused(place))
                await asyncio.sleep(0)
                if place in unheard:
                    await connection.subscribe(place, take)
                else:
                    await connection.publish(place, wire.encode(ShardHolder(99, "mallory", 4)))
                await refused
    finally:
        await connection.close()


def test_init_again_keeps_keys_and_adds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "nats"
    before = _init(folder, 4222, capsys, "--collector", "hq")
    seed = (folder / "collector-hq.nk").read_text()
    after = _init(folder, 4222, capsys, "--collector", "Côte d'Azur", "--operator", "bob")
    assert (folder / "collector-hq.nk").read_text() == seed
    assert "bob U" in after
    assert "bob U" not in before
    configuration = (folder / "server.conf").read_text()
    assert not re.search(r"\bS[A-Z][A-Z2-7]{56}\b", configuration), "a seed"
    assert "$KV.ph_row.C=C3=B4te=20d=27Azur.>" in configuration
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    key = (folder / "operator-bob.nk").read_text()
    words = _init(folder, 4222, capsys, "--operator", "bob=hq,Côte d'Azur")
    assert "operator of hq, Côte d'Azur" in words
    assert (folder / "operator-bob.hq.C=C3=B4te=20d=27Azur.nk").read_text() == key
    assert not (folder / "operator-bob.nk").exists()
