"""The server goes away and comes back: viewers are true again, nothing is sent twice, nobody claims what isn't known.

PHONETUI_EXCHANGE_COMMANDS says how many commands are sent while server and collector are killed; 20 by default, 1000
is what is held to.
"""

import asyncio
import os
import random
import re
import shutil
import time
from pathlib import Path

import pytest

from phonetui.cli import main
from phonetui.errors import CommandRefused, PhonetuiError
from phonetui.exchange import commands
from phonetui.exchange.attached_fleet import AttachedFleet
from phonetui.exchange.nats_keys import new_user
from phonetui.phone.state import Phone, PhoneId
from tests.exchange.office import Collecting, attached, collecting, exchanging
from tests.exchange.processes import collector_process, config_file
from tests.exchange.server import nats_server, prepared_server
from tests.live import served, until

COMMANDS = int(os.environ.get("PHONETUI_EXCHANGE_COMMANDS", "20"))
TRUE_AGAIN_S = 3.0
SIM_1 = PhoneId("sim-1")


def _row(phone: Phone) -> object:
    """What a row has of a phone and every answer doesn't change."""
    connection = phone.connection
    calls = [(call.key, call.phase, call.remote_number) for call in phone.calls]
    lines = [(line.index, line.is_registered) for line in phone.lines]
    return (
        phone.id,
        phone.name,
        connection.state,
        connection.reason,
        calls,
        lines,
        phone.system.version,
        phone.network.ipv4,
    )


def _differs(collector: Collecting, phones: dict[PhoneId, Phone]) -> list[PhoneId]:
    return [
        id_ for id_, phone in collector.fleet.phones.items() if id_ not in phones or _row(phones[id_]) != _row(phone)
    ]


@pytest.mark.slow
async def test_every_viewer_is_true_again_within_seconds(tmp_path: Path) -> None:
    async with (
        nats_server(tmp_path) as server,
        served(20, scenario="busy") as office,
        collecting(office, server.url) as collector,
        attached(server.url) as one,
        attached(server.url) as two,
    ):
        await until(lambda: len(one.phones) == 20 and not _differs(collector, dict(one.phones)), 20)
        server.kill()
        await asyncio.sleep(2.0)
        server.start()
        await server.ready()
        began = time.monotonic()

        def is_true(viewer: AttachedFleet) -> bool:
            return viewer.viewer.lost_at is None and not _differs(collector, dict(viewer.phones))

        await until(lambda: is_true(one) and is_true(two), TRUE_AGAIN_S)
        print(f"true again after {time.monotonic() - began:.1f} s")


async def test_while_the_server_is_away_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from phonetui.exchange import attached_phones

    monkeypatch.setattr(attached_phones, "SILENT_S", 2.0)
    async with exchanging(tmp_path, 1) as exchange:
        server, fleet = exchange.server, exchange.fleet
        server.kill()
        await until(lambda: not fleet.phones[SIM_1].is_current, 4)
        connection = fleet.phones[SIM_1].connection
        assert (connection.state.value, connection.reason) == ("stale", "collector")
        assert any("NATS server" in entry.text or "lost" in entry.text for entry in fleet.entries)
        with pytest.raises(PhonetuiError, match="nothing was sent"):
            await fleet.press(SIM_1, "VolUp")


@pytest.mark.slow
async def test_no_command_is_carried_out_twice_or_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ACCEPT_S", 1.0)
    monkeypatch.setattr(commands, "DONE_S", 2.0)
    rng, key = random.Random(7), new_user()
    creds = tmp_path / "operator.nk"
    creds.write_text(key.seed)
    creds.chmod(0o600)
    async with nats_server(tmp_path) as server, served(2) as office:
        phones = list(office.phones)
        config = config_file(tmp_path, phones, phones[0].username, more=f'operators = ["{key.public}"]')
        async with (
            collector_process(tmp_path, config, server.url) as collector,
            attached(server.url, creds=creds) as fleet,
        ):
            await until(lambda: len(fleet.phones) == 2 and all(each.is_current for each in fleet.phones.values()), 30)
            done, unknown, refused = list[int](), list[int](), list[int]()
            kills = number = 0

            async def disturb() -> None:
                nonlocal kills
                while True:
                    await asyncio.sleep(rng.uniform(0.5, 3.0))
                    kills += 1
                    if rng.random() < 0.5:
                        server.kill()
                        await asyncio.sleep(rng.uniform(0.1, 1.0))
                        server.start()
                    else:
                        await collector.kill()
                        await collector.start()

            trouble = asyncio.create_task(disturb())
            try:
                while number < COMMANDS or kills < max(COMMANDS // 50, 2):
                    number += 1
                    phone = PhoneId(f"sim-{1 + number % 2}")
                    try:
                        await fleet.dial(phone, f"7{number:05}")
                        done.append(number)
                    except CommandRefused:  # by the phone, which has a call already
                        done.append(number)
                    except PhonetuiError as error:
                        (unknown if commands.UNKNOWN in str(error) else refused).append(number)
                        await asyncio.sleep(0.2)
            finally:
                trouble.cancel()
            await asyncio.sleep(1.0)
        dialled = [
            int(dict(request.arguments)["Number"][1:])
            for phone in phones
            for request in phone.requests
            if request.command == "Call Dial"
        ]
    print(
        f"{number} commands, {kills} kills: {len(done)} done, {len(unknown)} unknown, {len(refused)} not sent; {len(dialled)} at phones"
    )
    assert len(dialled) == len(set(dialled))
    assert set(done) <= set(dialled)
    assert not set(refused) & set(dialled)
    assert done


@pytest.mark.slow
async def test_a_server_that_lost_its_disk_is_filled_again(tmp_path: Path) -> None:
    async with exchanging(tmp_path, 3) as exchange, attached(exchange.server.url, ()) as all_sites:
        server, collector, viewers = exchange.server, exchange.collector, (exchange.fleet, all_sites)

        def is_good() -> bool:
            return all(
                len(each.phones) == 3 and all(phone.is_current for phone in each.phones.values()) for each in viewers
            )

        await until(is_good, 10)
        before = {shard: held.epoch for shard, held in collector.service.held.items()}
        server.kill()
        shutil.rmtree(tmp_path / "jetstream")
        server.start()
        await server.ready()
        await until(lambda: collector.service.held.keys() == before.keys() and _is_newer(collector, before), 20)
        await until(is_good, 10)
        async with attached(server.url) as late:
            await until(lambda: len(late.phones) == 3 and all(each.is_current for each in late.phones.values()), 10)


def _is_newer(collector: Collecting, epochs: dict[int, int]) -> bool:
    return all(held.epoch > epochs[shard] for shard, held in collector.service.held.items())


async def test_a_key_that_is_good_no_more_is_told_and_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "nats"
    with prepared_server(tmp_path) as server:
        assert main.entry(["nats", "init", str(folder), "--listen", f"127.0.0.1:{server.port}"]) == 0
        capsys.readouterr()
        server.configuration = folder / "server.conf"
        server.start()
        await server.ready()
        async with attached(server.url, (), creds=folder / "viewer-everybody.nk") as fleet:
            await until(fleet.viewer.has_begun.is_set, 10)
            whole = server.configuration.read_text()
            server.configuration.write_text(re.sub(r"# viewer everybody\n.*?\n      } }\n", "", whole, flags=re.DOTALL))
            server.reload()
            await until(lambda: fleet.entries and "refuses this user" in fleet.entries[-1].text, 10)
            assert fleet.cut_off_at is not None
            server.configuration.write_text(whole)
            server.reload()
            await until(lambda: fleet.cut_off_at is None, 10)
