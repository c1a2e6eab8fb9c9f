"""Two collectors of a site: each phone is polled by one of them, whatever becomes of the other one or of the server.

PHONETUI_EXCHANGE_PHONES says with how many phones the one that is killed is tried; 6 by default.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phonetui.config.settings import NatsSettings
from phonetui.exchange import shard_claims
from phonetui.exchange.attached_fleet import AttachedFleet
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.life import SILENT_S
from phonetui.exchange.nats_subjects import CLAIM_TTL_S, claim_subject
from phonetui.exchange.shard_claims import share
from phonetui.phone.state import COLLECTOR_LOST
from phonetui.simulator.server import SimulatedPhone
from tests.exchange.office import Collecting, attached, collecting
from tests.exchange.processes import INTEGRATOR, collector_process, config_file
from tests.exchange.server import nats_server
from tests.live import served, until

PHONES = int(os.environ.get("PHONETUI_EXCHANGE_PHONES", "6"))
TAKEN_OVER_S = 20.0
INTERVAL_S = 1.0
"""Of the phones in these tests: what is shown live may be three of them old."""


def _is_settled(collectors: Sequence[Collecting], phones: int) -> Callable[[], bool]:
    """Whether each phone is watched by one, and each watches some."""

    def settled() -> bool:
        watched = [set(each.fleet.phones) for each in collectors]
        return all(watched) and len(set.union(*watched)) == sum(map(len, watched)) == phones

    return settled


@pytest.mark.parametrize(("shards", "collectors", "most"), [(8, 1, 8), (8, 2, 4), (8, 3, 3), (1, 2, 1), (8, 0, 8)])
def test_shards_are_shared_evenly(shards: int, collectors: int, most: int) -> None:
    assert share(shards, collectors) == most


@pytest.mark.slow
async def test_two_share_phones_and_one_that_leaves_hands_them_over(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as server, served(8) as office, collecting(office, server.url, "a") as first:
        await until(lambda: len(first.fleet.phones) == 8, 10)
        async with collecting(office, server.url, "b") as second:
            await until(_is_settled((first, second), 8), 20)
            epochs = {shard: held.epoch for shard, held in first.service.held.items()}
            given = {shard: held.epoch for shard, held in second.service.held.items()}
            assert not epochs.keys() & given.keys()
        await until(lambda: len(first.fleet.phones) == 8, 10, "what the other one gave back is taken at once")
        held = first.service.held
        assert all(held[shard].epoch > epoch for shard, epoch in given.items())
        assert all(held[shard].epoch == epoch for shard, epoch in epochs.items())


@pytest.mark.slow
async def test_a_collector_that_is_cut_off_stops_before_another_may_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("RENEW_S", 1.0), ("GIVE_UP_S", 4.0)):
        monkeypatch.setattr(shard_claims, name, seconds)
    async with nats_server(tmp_path) as server, served(4) as office, collecting(office, server.url) as collector:
        await until(lambda: len(collector.fleet.phones) == 4, 10)
        server.pause()
        began = time.monotonic()
        await until(lambda: not collector.fleet.phones, 5)
        assert time.monotonic() - began < CLAIM_TTL_S
        await asyncio.sleep(0.5)  # what was on its way comes
        asked = [len(phone.requests) for phone in office.phones]
        await asyncio.sleep(1.5)
        assert [len(phone.requests) for phone in office.phones] == asked
        server.go_on()
        await until(lambda: len(collector.fleet.phones) == 4, 20)
        assert any("not watched from here" in words for words in collector.notices)


async def test_a_claim_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as server, served(1) as office:
        newer = NatsConnection(NatsSettings(url=server.url), "a newer release")
        await newer.connect()
        await newer.ensure_streams("hq")
        await newer.store(claim_subject("hq", 0), b"\x02 of another release")
        await newer.close()
        async with collecting(office, server.url) as collector:
            await until(lambda: set(collector.service.held) == {1, 2, 3}, 10)
            assert any("shard 0 cannot be read" in words for words in collector.notices)


async def _look_for_lies(fleet: AttachedFleet, phones: Sequence[SimulatedPhone], lies: list[str]) -> None:
    """What is shown as good, while nobody has watched the phone for longer than a collector may be silent."""
    while True:
        now = datetime.now(UTC)
        for phone in phones:
            shown = next((each for each in fleet.phones.values() if each.name == phone.name), None)
            answered = next((each.at for each in reversed(phone.requests) if each.admitted), None)
            if shown is not None and shown.is_current and answered is not None:
                unwatched = now - answered
                if unwatched > timedelta(seconds=SILENT_S + 4 * INTERVAL_S):
                    lies.append(f"{phone.name} is shown live, nobody has asked it for {unwatched}")
        await asyncio.sleep(0.1)


def polled_twice(phones: Sequence[SimulatedPhone]) -> list[str]:
    """Seconds in which two accounts, which are two collectors, asked one phone."""
    found = []
    for phone in phones:
        latest: dict[str, datetime] = {}
        for request in phone.requests:
            for account, at in latest.items():
                if account != request.account and request.at - at < timedelta(seconds=1):
                    found.append(f"{phone.name}: {account} {at:%T.%f}, {request.account} {request.at:%T.%f}")
            latest[request.account] = request.at
    return found


@pytest.mark.slow
async def test_the_phones_of_a_collector_that_is_killed_go_on_elsewhere(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as server, served(PHONES) as office:
        phones = list(office.phones)
        files = [config_file(tmp_path, phones, account) for account in (phones[0].username, INTEGRATOR)]
        async with (
            collector_process(tmp_path, files[0], server.url) as first,
            collector_process(tmp_path, files[1], server.url),
            attached(server.url) as one,
            attached(server.url, ()) as two,
            attached(server.url) as three,
        ):
            viewers = (one, two, three)

            def is_good(fleet: AttachedFleet) -> bool:
                return len(fleet.phones) == PHONES and all(phone.is_current for phone in fleet.phones.values())

            def accounts() -> set[str]:
                return {phone.requests[-1].account for phone in phones if phone.requests}

            await until(lambda: all(map(is_good, viewers)) and len(accounts()) == 2, 40)
            lies: list[str] = []
            looks = [asyncio.create_task(_look_for_lies(fleet, phones, lies)) for fleet in viewers]
            orphans = [phone for phone in phones if phone.requests[-1].account != INTEGRATOR]
            assert orphans
            await first.kill()
            killed_at, began = datetime.now(UTC), time.monotonic()
            await until(lambda: any(_lost(fleet) for fleet in viewers), SILENT_S + 3, "nobody says that it is lost")
            await until(lambda: all(phone.requests[-1].account == INTEGRATOR for phone in orphans), TAKEN_OVER_S)
            taken_s = max(_first_after(phone, killed_at) for phone in orphans)
            await until(lambda: all(map(is_good, viewers)), 15)
            for look in looks:
                look.cancel()
            print(
                f"{len(orphans)} phones polled again within {taken_s:.1f} s, shown within {time.monotonic() - began:.1f} s"
            )
            assert taken_s <= TAKEN_OVER_S
            assert lies == []
            assert polled_twice(phones) == []


def _lost(fleet: AttachedFleet) -> bool:
    return any(phone.connection.reason == COLLECTOR_LOST for phone in fleet.phones.values())


def _first_after(phone: SimulatedPhone, moment: datetime) -> float:
    at = next(request.at for request in phone.requests if request.at > moment and request.account == INTEGRATOR)
    return (at - moment).total_seconds()
