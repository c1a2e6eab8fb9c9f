"""Calls that outlive the program: written in time, forgotten in time, and never at the cost of the dashboard."""

import asyncio
import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.archive import ArchiveError
from phonetui.archive import archive as archives
from phonetui.archive import store as files
from phonetui.archive.archive import PAGE, Archive
from phonetui.archive.records import LONGEST, plain, record
from phonetui.archive.store import TOP, CallStore, Place
from phonetui.phone.calls.call_record import CallRecord, CallStep
from phonetui.phone.measure import Grade, WorstWindow
from phonetui.phone.state import CallDirection, Phase, PhoneId
from phonetui.text import Printable
from phonetui.ui.calls.rows import RECORD_FIELDS, search_terms
from phonetui.ui.text.filters import filtered_by
from tests.deadlines import EVENTUALLY_S
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
    with closing(CallStore(place)) as file:
        file.write(records)


async def loaded(archive: Archive) -> list[CallRecord]:
    """All pages."""
    found: list[CallRecord] = []
    below = None
    while (page := await archive.page(below)) is not None:
        found += page[0]
        below = page[1]
        if below is None:
            break
    return found


def spoil(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"this is no database, whatever its name says" * 100)


def spoil_the_middle(place: Path) -> int:
    """The file's size."""
    content = bytearray(place.read_bytes())
    content[8192 : len(content) // 2] = b"\xa5" * (len(content) // 2 - 8192)
    place.write_bytes(content)
    return len(content)


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


def test_rows_of_the_first_releases_are_read() -> None:
    """Written before records were Structs; they leave out whatever was not known, and could not always read that again."""
    known = remembered()
    assert known.worst is not None
    rows = (Path(__file__).parent / "first_rows.jsonl").read_text("utf-8").splitlines()
    assert [record(json.loads(row)) for row in rows] == [
        troubled(),
        replace(known, worst=replace(known.worst, mos=None)),
        replace(known, steps=(CallStep(Phase.TALK, NOW),)),
        replace(known, alerts=(replace(troubled().alerts[0], phone=None),)),
    ]


def test_what_is_not_known_comes_back_so() -> None:
    known = replace(
        remembered(),
        worst=WorstWindow(NOW, 10.0, 7.5, 7.0),
        steps=(CallStep(Phase.TALK, NOW),),
        alerts=(replace(troubled().alerts[0], phone=None),),
    )
    assert record(json.loads(json.dumps(plain(known)))) == known


@pytest.mark.parametrize(
    "odd", [{"began_at": "2026-11-21T03:00:00"}, {"grade": "superb"}, {"is_up": "maybe"}, {"call": 7}]
)
def test_what_was_never_a_record_is_refused(odd: dict[str, object]) -> None:
    """A moment without an offset would stop the program where it is compared."""
    with pytest.raises(ValueError, match="no record"):
        record(plain(troubled()) | odd)


def test_the_file_keeps_the_word_of_the_first_releases_for_loss_and_discard_together() -> None:
    worst = WorstWindow(NOW, 10.0, 7.5, 7.0, 30.0, 3.0)
    known = replace(remembered(), worst=worst)
    written = plain(known)
    assert written["worst"]["gone_pct"] == 7.5
    assert "loss_discard_pct" not in written["worst"]
    assert record(written).worst == worst


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
    with closing(CallStore(place)) as file:
        found = file.page(None, 10)[0]
    assert [(one.phone, one.cause) for one in found] == [("desk-31", "Normal"), ("lobby", "Busy Here")]


def test_calls_that_may_still_go_on_are_those_without_an_end_of_the_last_day(place: Path) -> None:
    up, *rest = past()
    old = replace(up, began_at=NOW - timedelta(days=3), seen_at=NOW - timedelta(days=3))
    kept(place, up, old, *rest)
    with closing(CallStore(place)) as file:
        assert [one.phone for one in file.unfinished(NOW)] == ["lobby", "bergen-1"]


def test_a_row_that_cannot_be_read_is_passed_by(place: Path) -> None:
    kept(place, remembered(60))
    with closing(sqlite3.connect(place)) as rows, rows:
        for number, text in enumerate(("{", "[]", '{"phone": 1}', json.dumps(plain(remembered()) | {"began_at": "x"}))):
            rows.execute("INSERT INTO calls VALUES (?, 'x', 9e9, 9e9, 1, ?)", (f"bad{number}", text))
    with closing(CallStore(place)) as file:
        assert [one.id for one in file.page(None, 10)[0]] == [remembered(60).id]
        assert len(file) == 5


def test_a_file_of_a_newer_release_is_left_alone(place: Path) -> None:
    kept(place, remembered())
    with closing(sqlite3.connect(place)) as rows:
        rows.execute("PRAGMA user_version = 99")
    before = place.read_bytes()
    with pytest.raises(ArchiveError, match="newer phonetui"):
        CallStore(place)
    assert place.read_bytes() == before


def test_two_dashboards_write_at_once(place: Path) -> None:
    with closing(CallStore(place)) as one, closing(CallStore(place)) as other:
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
        assert {one.id: one for one in await loaded(archive)} == {one.id: one for one in past()}
        await archive.count()
        assert (archive.trouble, archive.total) == ("", len(past()))


async def test_writes_come_in_batches_without_being_asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BATCH_S", 0.01)
    async with begun(place) as archive:
        archive.keep(remembered(1))
        archive.keep(replace(remembered(1), cause=Printable("later")))
        with closing(CallStore(place)) as file:
            await until(lambda: len(file) == 1)
            archive.keep(remembered(2))
            await until(lambda: len(file) == 2)
            assert [one.cause for one in file.page(None, 10)[0]] == ["later", "Normal"]


async def test_a_damaged_file_is_set_aside_as_it_is_and_a_new_one_begun(place: Path) -> None:
    spoil(place)
    async with begun(place) as archive:
        assert await loaded(archive) == []
        assert (archive.trouble, "not a database" in archive.set_aside) == ("", True)
        assert "calls.sqlite3.damaged" in archive.set_aside
        archive.keep(remembered())
    assert is_spoilt(place.with_name("calls.sqlite3.damaged"))
    with closing(CallStore(place)) as file:
        assert len(file) == 1


async def test_a_file_that_is_damaged_in_the_middle_is_set_aside_when_that_shows(place: Path) -> None:
    kept(place, *(remembered(number) for number in range(400)))
    size = spoil_the_middle(place)
    async with begun(place) as archive:
        await loaded(archive)
        archive.keep(remembered(1, phone=PhoneId("new")))
    assert archive.set_aside
    with closing(CallStore(place)) as file:
        assert "new" in [one.phone for one in file.page(None, 10)[0]]
    assert place.with_name("calls.sqlite3.damaged").stat().st_size == size


def test_two_dashboards_set_a_damaged_file_aside_once(place: Path) -> None:
    kept(place, *past())
    with closing(CallStore(place)) as one, closing(CallStore(place)) as other:
        damage = ArchiveError("malformed", is_damage=True)
        one.put_aside(damage)
        one.write([remembered(5)])
        other.put_aside(damage)
        assert (len(one), len(other)) == (1, 1)
        assert (bool(one.set_aside), bool(other.set_aside)) == (True, False)


@pytest.mark.parametrize("name", ["calls.sqlite3", "calls.sqlite3-journal"])
async def test_nothing_is_written_through_a_link(place: Path, name: str) -> None:
    place.parent.mkdir()
    target = place.parent.parent / "target"
    target.write_text("theirs")
    place.with_name(name).symlink_to(target)
    async with begun(place) as archive:
        assert "a symbolic link stands in" in archive.trouble
        archive.keep(remembered())
    assert target.read_text() == "theirs"


@pytest.mark.timeout(10)
async def test_a_pipe_in_its_place_stops_nothing(place: Path) -> None:
    place.parent.mkdir()
    os.mkfifo(place)
    async with begun(place) as archive:
        assert "no regular file" in archive.trouble


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
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", 0.01)
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
    with closing(CallStore(place)) as file:
        assert len(file) == 2


async def test_a_file_that_refuses_what_is_written_leaves_the_run_in_memory(place: Path) -> None:
    kept(place, remembered())
    with closing(sqlite3.connect(place)) as rows:
        rows.execute("CREATE TRIGGER no BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'not writable'); END")
    async with begun(place) as archive:
        archive.keep(remembered(5))
    assert "not writable" in archive.trouble


async def test_the_loop_is_free_while_the_file_is_locked(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", 0.3)
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


@contextmanager
def another_writes(place: Path) -> Iterator[None]:
    """Another program is about to commit, shortly after the block has begun."""
    with closing(sqlite3.connect(place, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        committed = threading.Timer(0.2, other.execute, ["COMMIT"])
        committed.start()
        yield
        committed.join()


def test_programs_that_write_at_once_wait_for_each_other(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has read before it writes is refused by SQLite at once, without patience: it must begin as a writer."""
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", EVENTUALLY_S)
    place.parent.mkdir(parents=True)
    with closing(sqlite3.connect(place, isolation_level=None)) as older:
        older.executescript(f"{files._MIGRATIONS[0]}; PRAGMA user_version = 1")
    with another_writes(place):
        kept(place, remembered(1))
    with closing(CallStore(place)) as file:
        with another_writes(place):
            file.write([remembered(2)])
        with another_writes(place):
            assert file.forget(NOW + timedelta(days=1000), timedelta(days=90), ran_s=24 * 3600) == 2


async def test_a_file_that_is_locked_at_the_start_is_opened_later(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BATCH_S", 0.01)
    monkeypatch.setattr(archives, "RETRY_S", 0.01)
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", 0.01)
    place.parent.mkdir()
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with begun(place) as archive:
            assert "locked" in archive.trouble
            archive.keep(remembered(1))
            await asyncio.sleep(0.05)
            other.execute("COMMIT")
            await until(lambda: not archive.trouble)
    with closing(CallStore(place)) as file:
        assert len(file) == 1


async def test_a_commit_that_meets_a_reader_is_rolled_back_and_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "BATCH_S", 0.01)
    monkeypatch.setattr(archives, "RETRY_S", 0.01)
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", 0.01)
    kept(place, *(remembered(number) for number in range(50)))
    async with begun(place) as archive:
        with closing(sqlite3.connect(place, isolation_level=None)) as reader:
            rows = reader.execute("SELECT * FROM calls")
            rows.fetchone()
            archive.keep(remembered(1, phone=PhoneId("new")))
            await until(lambda: "locked" in archive.trouble)
            await asyncio.sleep(0.05)
            assert "locked" in archive.trouble  # and never "within a transaction"
            rows.close()
        await until(lambda: not archive.trouble)
    with closing(CallStore(place)) as file:
        assert len(file) == 51


def test_reading_lets_others_commit_while_it_parses(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.archive.store.PATIENCE_S", 0.01)
    kept(place, *(remembered(number) for number in range(50)))
    with closing(CallStore(place)) as file, closing(CallStore(place)) as writer:
        parsed: list[str] = []

        def parse(text: str, _: type[CallRecord]) -> CallRecord:
            writer.write([remembered(1000 + len(parsed))])
            parsed.append(text)
            return record(json.loads(text))

        monkeypatch.setattr("phonetui.archive.records._parsed", parse)
        assert len(file.page(None, 10)[0]) == 10
        assert len(parsed) == 10


def test_pages_follow_one_another_without_a_gap(place: Path) -> None:
    kept(place, *(remembered(number // 3, phone=PhoneId(f"p{number % 3}")) for number in range(100)))
    with closing(CallStore(place)) as file:
        found, below = [], None
        while True:
            page, last = file.page(below, 7)
            found += [one.id for one in page]
            if last is None:
                break
            below = last
        assert len(found) == len(set(found)) == 100
        assert found == [one.id for one in file.page(None, 1000)[0]]


# What is looked for


@pytest.mark.parametrize(
    ("typed", "count"),
    [("99", 1), ("grade:poor", 10), ("party:weiß", 5), ("WEISS", 5), ("!99", 99), ("phone:p1 grade:poor", 3), ("is:over", 100),
     ("over", 100), ("way:in", 0), ("way:out 5099", 1), ("codec:opus", 0), ("unknown", 0), ("5 !phone:p1", 67)],
)  # fmt: skip
def test_a_search_finds_what_the_filter_would_find(
    typed: str, count: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "STRETCH", 13)
    monkeypatch.setattr(files, "PARSED", 5)
    call = remembered().call
    many = [
        remembered(
            number // 2,
            phone=PhoneId(f"p{number % 3}"),
            grade=Grade.POOR if number % 10 == 0 else Grade.GOOD,
            call=replace(
                call,
                direction=CallDirection.OUTGOING,
                remote_number=Printable(f"{5000 + number}"),
                remote_name=Printable("Weiß" if number % 20 == 3 else "Back Office"),
            ),
        )
        for number in range(100)
    ]
    kept(place, *many)
    found: list[CallRecord] = []
    with closing(CallStore(place)) as file:
        below: Place | None = TOP
        while below is not None:
            step, below = file.search(
                below, search_terms(typed), lambda one: bool(filtered_by(RECORD_FIELDS, (one,), typed))
            )
            found += step
    assert [one.id for one in found] == [one.id for one in sorted_newest(filtered_by(RECORD_FIELDS, many, typed))]
    assert len(found) == count


def sorted_newest(records: list[CallRecord]) -> list[CallRecord]:
    return sorted(records, key=lambda one: (one.began_at, one.id), reverse=True)


# What is forgotten

DAY = timedelta(days=1)
KEEP = timedelta(days=90)


def aged(*days: float) -> list[CallRecord]:
    return [remembered(60 * 24 * age) for age in days]


def test_what_is_too_old_is_forgotten_beside_newer_calls(place: Path) -> None:
    kept(place, *aged(1, 60, 89, 91, 400))
    with closing(CallStore(place)) as file:
        assert file.forget(NOW, KEEP, ran_s=0) == 2
        assert [one.id for one in file.page(None, 10)[0]] == [one.id for one in aged(1, 60, 89)]
        assert file.forget(NOW, KEEP, ran_s=0) == 0


@pytest.mark.parametrize("year", [370, 36500])
def test_a_clock_that_is_ahead_forgets_nothing(place: Path, year: int) -> None:
    kept(place, *aged(0, 1, 30, 60))
    ahead = NOW + year * DAY
    with closing(CallStore(place)) as file:
        for _ in range(10):
            assert file.forget(ahead, KEEP, ran_s=0) == 0
            fresh = remembered(0, phone=PhoneId("new"))  # seen by the wrong clock
            file.write([replace(fresh, began_at=ahead, seen_at=ahead, ended_at=ahead)])
        assert len(file) == 5


def test_after_a_day_of_running_it_believes_its_clock(place: Path) -> None:
    kept(place, *aged(100, 200))
    with closing(CallStore(place)) as file:
        assert file.forget(NOW, KEEP, ran_s=23 * 3600) == 0
        assert file.forget(NOW, KEEP, ran_s=24 * 3600) == 2


def test_in_a_day_only_a_share_is_forgotten(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LEAST", 3)
    kept(place, *aged(1, 5, *range(100, 148)))
    with closing(CallStore(place)) as file:
        assert sum(file.forget(NOW, KEEP, ran_s=0, most=2) for _ in range(20)) == 4
    with closing(CallStore(place)) as file:  # started again, at once and with another clock
        assert file.forget(NOW, KEEP, ran_s=0) == 0
        assert file.forget(NOW - DAY / 2, KEEP, ran_s=0) == 0
        assert file.forget(NOW + DAY, KEEP, ran_s=0) == 4
        assert [one.id for one in file.page(None, 3)[0]] == [one.id for one in aged(1, 5, 100)]


@pytest.mark.parametrize("is_of_an_older_release", [False, True])
def test_the_file_shrinks(place: Path, is_of_an_older_release: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LEAST", 10_000)
    if is_of_an_older_release:
        place.parent.mkdir()
        with closing(sqlite3.connect(place)) as rows:
            rows.executescript(f"{files._MIGRATIONS[0]}; PRAGMA user_version = 1")
    kept(place, *aged(1, 3), *(remembered(60 * 24 * 100 + number) for number in range(2000)))
    before = place.stat().st_size
    with closing(CallStore(place)) as file:
        assert file.forget(NOW, KEEP, ran_s=0, most=5000) == 2000
        file.shrink()
        assert len(file) == 2
    assert place.stat().st_size < before / 10


async def test_a_dashboard_forgets_and_shrinks_by_itself(place: Path) -> None:
    kept(place, *aged(1, 3), *(remembered(60 * 24 * 100 + number) for number in range(files.STEP + 100)))
    async with begun(place) as archive:
        assert [await archive.tend(NOW) for _ in range(2)] == [True, False]
        await archive.count()
        assert archive.total == 2


@pytest.mark.bench
@pytest.mark.slow
async def test_half_a_million_calls(place: Path) -> None:
    """The file of a big site: opened, the newest page shown, and all of it searched."""
    text = json.dumps(plain(remembered()), separators=(",", ":"))
    CallStore(place).close()
    with closing(sqlite3.connect(place)) as rows, rows:
        rows.executemany(
            "INSERT INTO calls VALUES (?, ?, ?, ?, 1, ?)",
            ((str(number), "lobby", NOW.timestamp() - number * 15, NOW.timestamp() - number * 15, text)
             for number in range(500_000)),
        )  # fmt: skip
    began = time.perf_counter()
    async with begun(place) as archive:
        page = await archive.page()
        first = time.perf_counter()
        assert page is not None
        await archive.count()
        counted = time.perf_counter()
        assert (len(page[0]), archive.total) == (PAGE, 500_000)
        below, steps = page[1], []
        while below is not None:
            at = time.perf_counter()
            step = await archive.search(below, ("nobody",), lambda _: True)
            steps.append(time.perf_counter() - at)
            assert step is not None
            below = step[1]
    print(
        f"\n500,000 calls, {mib(place):.0f} MiB: first page {1000 * (first - began):.0f} ms after the start, "
        f"counted in {1000 * (counted - first):.0f} ms, all searched in {sum(steps):.1f} s, {1000 * max(steps):.0f} ms at most in one step"
    )
    assert first - began < 3.0
