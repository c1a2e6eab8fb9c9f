"""What is kept of phones the whole way: simulated phones, sockets, and the file that a report is made of."""

import asyncio
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phonetui.archive.archive import Archive
from phonetui.archive.store import CallStore
from phonetui.config.settings import TlsMode
from phonetui.monitor import inventory_archiver
from phonetui.phone.inventory import PhoneRecord, PhoneTrait
from phonetui.phone.state import State
from tests.live import live, served, until

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
PORT = "Network Statistics Port 1 {}NeighborPort"


def phones(place: Path) -> dict[str, PhoneRecord]:
    with closing(CallStore(place)) as store:
        return {str(record.id): record for record in store.phones(EVER[0])}


async def test_model_place_and_certificate_are_kept_and_a_move_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_archiver, "LOOK_S", 0.1)
    monkeypatch.setattr("phonetui.archive.archive.BATCH_S", 0.1)
    place = tmp_path / "calls.sqlite3"
    async with served(2) as office:
        async with live(office, archive=Archive(place, 90)) as watched:
            await until(lambda: all(watched.state(phone.name) == "live" for phone in office.phones))
            await until(lambda: all(phone.ports for phone in watched.fleet.phones.values()))
            await until(lambda: all(record.certificate_ends_at for record in phones(place).values()) and phones(place))
            for protocol in ("Cdp", "Lldp"):
                office.set_value("sim-1", PORT.format(protocol), "GigabitEthernet1/0/48")
            await until(lambda: (phones(place)["sim-1"].place or "").endswith("1/0/48"), 10)
            shown = watched.fleet.phones
        kept = phones(place)
    assert list(kept) == ["sim-1", "sim-2"]
    for record in kept.values():
        phone = shown[record.id]
        assert (record.model, record.version) == (phone.system.product_id, phone.system.version)
        assert (record.mac, record.ip, record.state) == (phone.system.mac, phone.network.ipv4, State.LIVE)
        assert record.seen_at is not None
        assert timedelta() <= record.watched_at - record.seen_at < timedelta(minutes=1)
    with closing(CallStore(place)) as store:
        found = {(change.phone, change.trait) for change in store.changes(*EVER)}
        assert found == {("sim-1", PhoneTrait.PLACE)}


async def test_a_certificate_that_is_verified_by_its_chain_is_seen_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_archiver, "LOOK_S", 0.1)
    place, chain = tmp_path / "calls.sqlite3", tmp_path / "chain.pem"
    async with served(1) as office:
        port = int(office.phones[0].url.rpartition(":")[2])
        chain.write_text(await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port)))
        verified: dict[str, Any] = {"tls": TlsMode.CA, "tls_ca": str(chain), "fingerprint": None}
        async with live(office, archive=Archive(place, 90), **verified) as watched:
            await until(lambda: watched.state("sim-1") == "live")
            await until(lambda: any(one.certificate_ends_at for one in watched.fleet._inventory._kept.values()))
    assert phones(place)["sim-1"].certificate_ends_at


async def test_a_fault_in_keeping_ends_no_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise RuntimeError

    place = tmp_path / "calls.sqlite3"
    monkeypatch.setattr(inventory_archiver, "LOOK_S", 0.05)
    monkeypatch.setattr(inventory_archiver, "read_certificate", broken)
    async with served(1) as office, live(office, archive=Archive(place, 90)) as watched:
        await until(lambda: any("its certificate" in entry.text for entry in watched.fleet.entries))
        await asyncio.sleep(0.2)
        assert sum("its certificate" in entry.text for entry in watched.fleet.entries) == 1
        await until(lambda: watched.state("sim-1") == "live")
    assert list(phones(place)) == ["sim-1"]


@pytest.mark.slow
async def test_alerts_and_silence_are_kept_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_archiver, "LOOK_S", 0.1)
    place = tmp_path / "calls.sqlite3"
    async with served(1) as office, live(office, archive=Archive(place, 90), timeout_s=0.5) as watched:
        await until(lambda: watched.state("sim-1") == "live")
        office.set_value("sim-1", "ExtStatus 1 RegistrationState", "Failed")
        await until(lambda: any(alert.id == "registration" for alert in watched.fleet.alerts), 10)
        raised = watched.fleet.alerts[0]
        await until(lambda: any(record.state is State.LIVE for record in watched.fleet._inventory._kept.values()))
        await office.phones[0].refuse()
        await until(lambda: watched.state("sim-1") == "unreachable", 20)
    with closing(CallStore(place)) as store:
        assert [(alert.id, alert.raised_at) for alert in store.alerts(*EVER)] == [(raised.id, raised.raised_at)]
        (change,) = store.changes(*EVER)
        assert (change.trait, change.before, change.after) == (PhoneTrait.STATE, "live", "unreachable")
