"""Calls that outlive the program: written in time, forgotten in time, and never at the cost of the dashboard."""

import asyncio
import json
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from phonetui.archive import archive as archives
from phonetui.archive.archive import LOADED, Archive
from phonetui.archive.file import File
from phonetui.archive.plain import LONGEST, plain, record
from phonetui.archive.unkept import Unkept
from phonetui.phone.record import CallRecord
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from tests.live import until
from tests.ui.office import NOW
from tests.ui.remembered import past, remembered, troubled
from tests.ui.test_hostile import WORDS


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "data" / "calls.sqlite3"


@asynccontextmanager
async def begun(place: Path, days: int = 90) -> AsyncIterator[Archive]:
    archive = Archive(place, days)
    await archive.begin(NOW)
    try:
        yield archive
    finally:
        await archive.close()


def kept(place: Path, *records: CallRecord) -> None:
    with closing(File(place)) as file:
        file.write(records)


def spoil(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"this is no database, whatever its name says" * 100)


def is_spoilt(place: Path) -> bool:
    return place.read_bytes() == b"this is no database, whatever its name says" * 100


def mib(place: Path) -> float:
    return place.stat().st_size / 2**20


# The form


@pytest.mark.parametrize("known", past()[:9], ids=lambda known: f"{known.phone}-{known.grade.word}")
def test_a_record_comes_back_as_it_was(known: CallRecord) -> None:
    assert record(json.loads(json.dumps(plain(known)))) == known


def test_a_record_of_a_later_release_is_read_as_far_as_it_is_known() -> None:
    values = plain(troubled())
    values["novel"] = {"x": 1}
    values["call"]["novel"] = "y"
    assert record(values) == troubled()


@pytest.mark.parametrize("word", WORDS)
def test_what_somebody_wrote_into_the_file_is_made_printable(word: str) -> None:
    values = plain(troubled())
    values["call"]["remote_name"] = word
    name = record(values).call.remote_name
    assert name is not None
    assert name.isprintable()


def test_a_phone_that_babbles_does_not_fill_the_disk() -> None:
    said = remembered(call=replace(remembered().call, remote_name=Printable("x" * 1_000_000)))
    assert len(plain(said)["call"]["remote_name"]) == LONGEST


# The file


def test_the_file_is_for_its_owner_alone(place: Path) -> None:
    kept(place, *past())
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_newest_first_and_one_row_a_call(place: Path) -> None:
    first, second = remembered(60), remembered(30, phone=PhoneId("desk-31"))
    kept(place, first, second)
    kept(place, replace(first, cause=Printable("Busy Here")))
    with closing(File(place)) as file:
        found = file.newest(10)
    assert [(one.phone, one.cause) for one in found] == [("desk-31", "Normal"), ("lobby", "Busy Here")]


def test_calls_that_may_still_go_on_are_those_without_an_end_of_the_last_day(place: Path) -> None:
    up, *rest = past()
    old = replace(up, began_at=NOW - timedelta(days=3), seen_at=NOW - timedelta(days=3))
    kept(place, up, old, *rest)
    with closing(File(place)) as file:
        assert [one.phone for one in file.unfinished(NOW)] == ["lobby", "bergen-1"]


async def test_what_is_too_old_is_forgotten_at_the_start(place: Path) -> None:
    kept(place, remembered(60), remembered(60 * 24 * 8), remembered(60 * 24 * 6))
    async with begun(place, days=7) as archive:
        assert [one.id for one in await archive.load()] == [remembered(60).id, remembered(60 * 24 * 6).id]


def test_a_row_that_cannot_be_read_is_passed_by(place: Path) -> None:
    kept(place, remembered(60))
    with closing(sqlite3.connect(place)) as rows, rows:
        for number, text in enumerate(("{", "[]", '{"phone": 1}', json.dumps(plain(remembered()) | {"began_at": "x"}))):
            rows.execute("INSERT INTO calls VALUES (?, 'x', 9e9, 9e9, 1, ?)", (f"bad{number}", text))
    with closing(File(place)) as file:
        assert [one.id for one in file.newest(10)] == [remembered(60).id]
        assert len(file) == 5


def test_a_file_of_a_newer_release_is_left_alone(place: Path) -> None:
    kept(place, remembered())
    with closing(sqlite3.connect(place)) as rows:
        rows.execute("PRAGMA user_version = 99")
    before = place.read_bytes()
    with pytest.raises(Unkept, match="newer phonetui"):
        File(place)
    assert place.read_bytes() == before


def test_two_dashboards_write_at_once(place: Path) -> None:
    with closing(File(place)) as one, closing(File(place)) as other:
        for number in range(20):
            one.write([remembered(number, phone=PhoneId("one"))])
            other.write([remembered(number, phone=PhoneId("other"))])
        assert len(one) == len(other) == 40


# Beside the loop


async def test_what_was_kept_is_there_the_next_time(place: Path) -> None:
    async with begun(place) as archive:
        for one in past():
            archive.keep(one)
    async with begun(place) as archive:
        assert {one.id: one for one in await archive.load()} == {one.id: one for one in past()}
        assert (archive.trouble, archive.older) == ("", 0)


async def test_writes_come_in_batches_without_being_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BATCH_S", 0.01)
    async with begun(place) as archive:
        archive.keep(remembered(1))
        archive.keep(replace(remembered(1), cause=Printable("later")))
        with closing(File(place)) as file:
            await until(lambda: len(file) == 1)
            archive.keep(remembered(2))
            await until(lambda: len(file) == 2)
            assert [one.cause for one in file.newest(10)] == ["later", "Normal"]


async def test_a_broken_file_is_told_of_once_and_left_as_it_is(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    spoil(place)
    async with begun(place) as archive:
        assert await archive.load() == []
        assert "not a database" in archive.trouble
        assert "Move it away" in archive.trouble
        archive.keep(remembered())
    assert [entry.levelname for entry in caplog.records if "call history" in entry.message] == ["WARNING"]
    assert is_spoilt(place)


async def test_a_place_that_cannot_be_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a directory should be")
    async with begun(tmp_path / "data" / "calls.sqlite3") as archive:
        assert str(tmp_path) in archive.trouble
        archive.keep(remembered())


async def test_a_locked_file_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(archives, "BATCH_S", 0.01)
    monkeypatch.setattr(archives, "RETRY_S", 0.01)
    monkeypatch.setattr("phonetui.archive.file.PATIENCE_S", 0.01)
    async with begun(place) as archive:
        with closing(sqlite3.connect(place, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            archive.keep(remembered(1))
            await until(lambda: "locked" in archive.trouble)
            archive.keep(remembered(2))
            await asyncio.sleep(0.05)
            other.execute("COMMIT")
        await until(lambda: not archive.trouble)
    assert len([entry for entry in caplog.records if "call history" in entry.message]) == 1
    with closing(File(place)) as file:
        assert len(file) == 2


async def test_a_file_that_refuses_what_is_written_leaves_the_run_in_memory(place: Path) -> None:
    kept(place, remembered())
    with closing(sqlite3.connect(place)) as rows:
        rows.execute("CREATE TRIGGER no BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'not writable'); END")
    async with begun(place) as archive:
        archive.keep(remembered(5))
    assert "not writable" in archive.trouble


async def test_the_loop_is_free_while_the_file_is_locked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.archive.file.PATIENCE_S", 0.3)
    kept(place, remembered())
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        archive = Archive(place, 90)
        beginning = asyncio.create_task(archive.begin(NOW))
        turns = 0
        while not beginning.done():
            await asyncio.sleep(0.005)
            turns += 1
        assert turns > 10
        await archive.close()


@pytest.mark.bench
async def test_ten_thousand_calls(place: Path) -> None:
    many = [replace(troubled(), began_at=NOW - timedelta(seconds=number)) for number in range(LOADED + 100)]
    began = time.perf_counter()
    kept(place, *many)
    wrote = time.perf_counter()
    async with begun(place) as archive:
        opened = time.perf_counter()
        found = await archive.load()
        read = time.perf_counter()
        assert (len(found), archive.older) == (LOADED, 100)
    print(
        f"\n{len(many):,} rich records: written in {wrote - began:.2f} s, opened in {1000 * (opened - wrote):.0f} ms, "
        f"{LOADED:,} loaded in {read - opened:.2f} s, {mib(place):.1f} MiB"
    )
    assert read - opened < 30
