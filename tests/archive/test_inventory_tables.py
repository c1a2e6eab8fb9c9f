"""Phones, what changed of them, and alerts, beside the calls: compared within the file, and bounded."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.archive import inventory_tables
from phonetui.archive import store as files
from phonetui.archive.archive import Archive
from phonetui.archive.store import CallStore
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.inventory import PhoneRecord, PhoneTrait, phone_record
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from tests.ui.office import NOW, lobby
from tests.ui.remembered import remembered

EVER = (NOW - timedelta(days=900), NOW + timedelta(days=900))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CallStore]:
    with closing(CallStore(tmp_path / "calls.sqlite3")) as made:
        yield made


def at(minutes: float, **more: Any) -> PhoneRecord:
    return replace(phone_record(lobby(), NOW + timedelta(minutes=minutes)), **more)


def alert(minutes: float, **more: Any) -> Alert:
    raised_at = NOW + timedelta(minutes=minutes)
    known = Alert(
        phone=PhoneId("lobby"), id=AlertId.REGISTRATION, subject="line 2", severity=Severity.CRITICAL,
        text=Printable("line 2 is not registered"), raised_at=raised_at,
    )  # fmt: skip
    return replace(known, **more)


def moved(minutes: float, port: str) -> PhoneRecord:
    return at(minutes, switch_port=Printable(port))


def test_a_phone_stands_there_as_it_was_last_and_a_move_is_written_once(store: CallStore) -> None:
    store.write([at(0)])
    store.write([moved(10, "Gi1/0/15")])
    store.write([moved(11, "Gi1/0/15")])  # another program has seen it as well
    store.write([at(5)])  # and one that was slow to write what it had seen before
    assert store.phones(NOW) == [moved(11, "Gi1/0/15")]
    (change,) = store.changes(*EVER)
    assert (change.trait, change.before, change.after) == (PhoneTrait.PLACE, "sw-2f Gi1/0/14", "sw-2f Gi1/0/15")
    assert change.at == NOW + timedelta(minutes=10)
    assert store.phones(NOW + timedelta(minutes=12)) == []


def test_a_phone_that_says_nothing_keeps_what_it_was(store: CallStore) -> None:
    store.write([at(0)])
    store.write([at(10, switch=None, switch_port=None, version=None)])
    assert store.phones(NOW) == [at(10)]
    assert store.changes(*EVER) == []


def test_of_one_alert_the_latest_counts(store: CallStore) -> None:
    cleared = alert(1, cleared_at=NOW + timedelta(minutes=3))
    store.write([alert(1), alert(2, phone=None, id=AlertId.TUNNEL), cleared])
    assert store.alerts(*EVER) == [cleared, alert(2, phone=None, id=AlertId.TUNNEL)]
    assert store.alerts(NOW + timedelta(seconds=90), NOW + timedelta(minutes=2)) == [
        alert(2, phone=None, id=AlertId.TUNNEL)
    ]


def test_calls_of_a_time_come_by_their_end(store: CallStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PARSED", 2)
    calls = [remembered(minutes, phone=PhoneId(f"p{minutes}")) for minutes in (50, 40, 30, 20, 10)]
    store.write(reversed(calls))
    assert list(store.period(*EVER)) == calls
    since, until = calls[1].last_at, calls[3].last_at
    assert list(store.period(since, until)) == calls[1:4]


def test_a_phone_that_moves_to_and_fro_takes_nothing_from_others(
    store: CallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_tables, "MOST_CHANGES_OF_ONE", 3)
    other = [replace(record, id=PhoneId("other")) for record in (at(0), moved(1, "Gi1/0/15"))]
    store.write([*other, at(2), *(moved(3 + turn, f"Gi1/0/{turn}") for turn in range(9))])
    assert [(change.phone, change.after) for change in store.changes(*EVER)] == [
        ("other", "sw-2f Gi1/0/15"), *(("lobby", f"sw-2f Gi1/0/{turn}") for turn in (6, 7, 8)),
    ]  # fmt: skip


def test_every_table_is_bounded(store: CallStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_PHONES", "MOST_CHANGES", "MOST_ALERTS"):
        monkeypatch.setattr(inventory_tables, name, 5)
    for turn in range(20):
        phone = PhoneId(f"p{turn}")
        store.write([at(turn, id=phone), replace(moved(turn + 0.5, "Gi1/0/15"), id=phone), alert(turn)])
    assert [record.id for record in store.phones(NOW)] == [f"p{turn}" for turn in range(15, 20)]
    assert [change.phone for change in store.changes(*EVER)] == [f"p{turn}" for turn in range(15, 20)]
    assert [one.raised_at for one in store.alerts(*EVER)] == [NOW + timedelta(minutes=turn) for turn in range(15, 20)]


def test_it_is_forgotten_with_the_calls_of_its_time(store: CallStore) -> None:
    day = 24 * 60
    store.write([at(-100 * day), moved(-99 * day, "Gi1/0/15"), alert(-100 * day), alert(0)])
    store.write([remembered(100 * day), remembered(2 * day), remembered(10)])
    store.forget(NOW, timedelta(days=90), ran_s=0.0)
    assert store.phones(EVER[0]) == []
    assert store.changes(*EVER) == []
    assert store.alerts(*EVER) == [alert(0)]


def test_a_row_that_was_spoilt_is_passed_over(store: CallStore, tmp_path: Path) -> None:
    store.write([at(0), alert(0)])
    with closing(sqlite3.connect(tmp_path / "calls.sqlite3")) as raw, raw:
        raw.execute("UPDATE phones SET record = '{\"id\": 7'")
        raw.execute("UPDATE alerts SET record = '[]'")
    assert store.phones(NOW) == []
    assert store.alerts(*EVER) == []
    store.write([moved(1, "Gi1/0/15")])
    assert store.phones(NOW) == [moved(1, "Gi1/0/15")]


def test_a_file_of_an_earlier_release_gets_the_tables(tmp_path: Path) -> None:
    place = tmp_path / "calls.sqlite3"
    with closing(sqlite3.connect(place)) as older:
        older.executescript(f"{files._MIGRATIONS[0]}; {files._MIGRATIONS[1]}; PRAGMA user_version = 2")
    with closing(CallStore(place)) as store:
        store.write([at(0)])
        assert store.phones(NOW) == [at(0)]


async def test_they_go_the_way_of_the_calls(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "calls.sqlite3", 90)
    archive.keep(at(0))
    archive.keep(alert(0))
    archive.keep(remembered())
    archive.keep(at(1))
    await archive.close()
    with closing(CallStore(tmp_path / "calls.sqlite3")) as store:
        assert (store.phones(NOW), store.alerts(*EVER), len(store)) == ([at(1)], [alert(0)], 1)
