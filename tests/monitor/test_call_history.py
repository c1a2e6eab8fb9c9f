"""Call history the whole way: simulated phones, sockets, records, and the file that outlives the program."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.archive.archive import Archive
from phonetui.archive.store import CallStore
from phonetui.monitor.call_history import RememberedCalls
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.observe import CALL
from phonetui.phone.state import CallDirection, Phase, PhoneId
from phonetui.simulator.server import ServedOffice
from tests.live import Live, live, served, until
from tests.ui.remembered import remembered

SIM1, SIM2 = PhoneId("sim-1"), PhoneId("sim-2")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "calls.sqlite3"


def of(watched: Live, phone: PhoneId) -> list[CallRecord]:
    return [record for record in watched.fleet.records if record.phone == phone]


async def connected(watched: Live) -> None:
    await until(lambda: all(phone.connection.pushes for phone in watched.fleet.phones.values()))


async def talking(office: ServedOffice, watched: Live, profile: str = "clean") -> None:
    """A call that is up; both ends have been seen in talk, for one that is polled may be seen well after the other."""
    office.start_call("sim-1", "sim-2", profile=profile)
    await until(
        lambda: (
            {(record.phone, record.call.phase) for record in watched.fleet.records if record.is_up}
            == {(SIM1, Phase.TALK), (SIM2, Phase.TALK)}
        )
    )


def has_figures(watched: Live, phone: PhoneId) -> bool:
    """Whether any reading of its call had some."""
    history = watched.fleet.history(phone).get((1, 0))
    return history is not None and history.series(0.0) is not None


def reported(log: Path) -> dict[str, dict[str, str]]:
    """What each phone said at the end of its call, by its name, in the simulator's own log."""
    lines = (json.loads(line) for line in log.read_text("ascii").splitlines())
    return {line["phone"]: line["fields"] for line in lines if line.get("event") == "SipCallDisconnect"}


async def test_a_record_says_what_the_phone_said_at_the_end(place: Path, tmp_path: Path) -> None:
    async with served(2, log=tmp_path / "log") as office:
        async with live(office, archive=Archive(place, 90)) as watched:
            await connected(watched)
            await talking(office, watched, "broken")
            await until(lambda: any((record.call.lost_packets or 0) > 5 for record in watched.fleet.records), 8)
            office.hang_up("sim-1")
            await until(lambda: [record.is_final for record in watched.fleet.records] == [True, True])
            records = {str(record.phone): record for record in watched.fleet.records}
        caller = office.phones[0].number
    assert {phone: dict(record.final) for phone, record in records.items()} == reported(tmp_path / "log")
    for record in records.values():
        assert spoken(record) == {name: getattr(record.call, name) for name in spoken(record)}
        assert (record.cause, record.cause_code, record.is_up) == ("Normal", "200", False)
        assert record.answered_at is not None
        assert record.talk_s == pytest.approx((record.last_at - record.answered_at).total_seconds(), abs=1.5)
    assert records["sim-1"].call.direction is CallDirection.OUTGOING
    assert records["sim-2"].call.remote_number == caller
    assert kept(place) == {record.id: record for record in records.values()}


def spoken(record: CallRecord) -> dict[str, object]:
    """The figures of the phone's report as they are read: field and value."""
    rows = ((CALL.get((name,)), value) for name, value in record.final)
    return {row[0]: found for row, value in rows if row and (found := row[1](value)) is not None}


def kept(place: Path) -> dict[str, CallRecord]:
    with closing(CallStore(place)) as file:
        return {record.id: record for record in file.page(None, 100)[0]}


async def test_every_call_is_one_record_also_without_pushes() -> None:
    async with served(2) as office, live(office, push=False) as watched:
        await until(lambda: [watched.state(name) for name in office.by_name] == ["live", "live"])
        for number in range(2):
            await talking(office, watched)
            office.hang_up("sim-2")
            await until(lambda: not any(record.is_up for record in watched.fleet.records))
            assert len(of(watched, SIM1)) == len(of(watched, SIM2)) == number + 1
        assert {record.ended_at is not None for record in watched.fleet.records} == {True}


async def test_a_call_that_nobody_answers_is_remembered() -> None:
    async with served(2) as office, live(office) as watched:
        await connected(watched)
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        await until(lambda: len(watched.fleet.records) == 2)
        office.hang_up("sim-1")
        await until(lambda: {record.cause_code for record in watched.fleet.records} == {"487"})
        assert {record.talk_s for record in watched.fleet.records} == {None}


async def test_both_ends_know_each_other() -> None:
    async with served(2) as office, live(office) as watched:
        await connected(watched)
        await talking(office, watched)
        await until(lambda: all(record.partner for record in watched.fleet.records), 15)
        office.hang_up("sim-1")
        await until(lambda: not any(record.is_up for record in watched.fleet.records))
        (one,), (other,) = of(watched, SIM1), of(watched, SIM2)
        assert (other_end(one, watched.fleet.records), other_end(other, watched.fleet.records)) == (other, one)


async def test_a_restart_of_the_program_in_the_middle_of_a_call_makes_no_second_record(place: Path) -> None:
    async with served(2) as office:
        async with live(office, archive=Archive(place, 90)) as watched:
            await connected(watched)
            await talking(office, watched)
            before = {record.id for record in watched.fleet.records}
            await until(lambda: all(has_figures(watched, name) for name in (SIM1, SIM2)))
        assert all(record.series is not None for record in kept(place).values())
        async with live(office, archive=Archive(place, 90)) as watched:
            await until(lambda: [record.is_up for record in watched.fleet.records] == [True, True])
            assert {record.id for record in watched.fleet.records} == before
            await connected(watched)
            office.hang_up("sim-1")
            await until(lambda: all(record.is_final for record in watched.fleet.records))
    assert set(kept(place)) == before
    assert {record.is_final for record in kept(place).values()} == {True}
    assert all(record.series is not None for record in kept(place).values())


async def test_a_call_that_ended_while_nobody_looked_is_lost_from_sight(place: Path) -> None:
    async with served(2) as office:
        async with live(office, archive=Archive(place, 90)) as watched:
            await connected(watched)
            await talking(office, watched)
        office.hang_up("sim-1")
        await until(lambda: not any(phone.device.legs for phone in office.phones))
        async with live(office, archive=Archive(place, 90)) as watched:
            await connected(watched)
            await until(lambda: [record.is_lost for record in watched.fleet.records] == [True, True])
            await talking(office, watched)
            assert sorted(record.is_lost for record in watched.fleet.records) == [False, False, True, True]


async def test_a_phone_that_cannot_be_reached_loses_its_call_from_sight_and_finds_it_again() -> None:
    async with served(2) as office, live(office, push=False) as watched:
        await until(lambda: [watched.state(name) for name in office.by_name] == ["live", "live"])
        await talking(office, watched)
        identity = of(watched, SIM1)[0].id
        await office.phones[0].refuse()
        await until(lambda: of(watched, SIM1)[0].is_lost, 15)
        assert [record.is_up for record in of(watched, SIM2)] == [True]
        await office.phones[0].accept()
        await until(lambda: of(watched, SIM1)[0].is_up, 15)
        assert [record.id for record in of(watched, SIM1)] == [identity]


async def test_a_damaged_archive_is_told_of_once_and_begun_anew(place: Path) -> None:
    place.write_text("no database at all, and long enough to be taken for one" * 20)  # noqa: ASYNC240 - before it begins
    async with served(2) as office, live(office, archive=Archive(place, 90)) as watched:
        await connected(watched)
        await talking(office, watched)
        await until(lambda: any(entry.phone == "history" for entry in watched.fleet.entries))
        assert watched.fleet.unkept == ""
        (told,) = [entry.text for entry in watched.fleet.entries if entry.phone == "history"]
        assert "not a database" in told
        assert "calls.sqlite3.damaged" in told
    assert len(kept(place)) == 2


async def test_older_calls_come_a_page_at_a_time_and_when_they_are_looked_for(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phonetui.archive.archive.PAGE", 10)
    monkeypatch.setattr("phonetui.monitor.call_history.LOADED", 20)
    with closing(CallStore(place)) as file:
        file.write(remembered(number, phone=PhoneId(f"p{number}")) for number in range(100))
    async with served(1) as office, live(office, archive=Archive(place, 3650)) as watched:
        fleet, older = watched.fleet, watched.fleet.older_calls
        assert older is not None
        await until(lambda: len(fleet.records) == 20)
        assert older.count == 80
        older.load()
        await until(lambda: (len(fleet.records), older.count) == (30, 70))
        before = fleet.version
        older.search(lambda record: record.phone in ("p5", "p77"), ("P77",))
        assert older.is_searching
        await until(lambda: not older.is_searching)
        assert [record.phone for record in fleet.records][-2:] == ["p29", "p77"]
        assert fleet.version > before
        older.search(lambda record: record.phone == "p88")
        await until(lambda: not older.is_searching)
        assert [record.phone for record in fleet.records][-2:] == ["p29", "p88"]
        older.end_search()
        assert len(fleet.records) == 30


async def test_calls_in_memory_are_bounded_and_older_ones_are_found_in_the_archive(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phonetui.monitor.call_history.MOST_KNOWN", 50)
    monkeypatch.setattr("phonetui.archive.archive.PAGE", 10)
    with closing(CallStore(place)) as file:
        file.write(remembered(number, phone=PhoneId(f"p{number}")) for number in range(100))
    async with served(1) as office, live(office, archive=Archive(place, 3650)) as watched:
        fleet, older = watched.fleet, watched.fleet.older_calls
        assert older is not None
        await until(lambda: older.count and len(fleet.records) in range(40, 51))
        older.search(lambda record: record.phone == "p99")
        await until(lambda: fleet.records[-1].phone == "p99")
        assert [record.phone for record in fleet.records][:40] == [f"p{number}" for number in range(40)]


def test_without_an_archive_the_oldest_calls_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.monitor.call_history.MOST_UNKEPT", 20)
    records = RememberedCalls(None)
    for number in range(200, 0, -1):
        ended = CallTracker(current=(remembered(number),))
        records.update(PhoneId("lobby"), ended, lambda record: record)
    assert 18 <= len(records.newest_first) <= 20
    assert records.newest_first[0].id == remembered(1).id


def test_calls_that_began_at_one_moment_stand_in_one_order_whichever_was_heard_of_first() -> None:
    """As after a restart, where a phone shows all its calls in one answer: a replay hears of them in another order."""
    one = remembered(1)
    other = replace(one, call=replace(one.call, id=one.call.id + 1))
    listed = []
    for order in ((one, other), (other, one)):
        records = RememberedCalls(None)
        records.add(order)
        listed.append(records.newest_first)
    assert one.id != other.id
    assert listed[0] == listed[1]


def test_where_nobody_looks_a_call_is_held_for_as_long_as_its_phone_has_it() -> None:
    lobby, desk = PhoneId("lobby"), PhoneId("desk")
    records = RememberedCalls(None, is_shown=False)
    records.update(desk, CallTracker(current=(replace(remembered(1), phone=desk),)), lambda record: record)
    for number in range(300, 0, -1):
        calls = (remembered(number), remembered(number + 1))
        records.update(lobby, CallTracker(current=calls), lambda record: record)
        assert {one.id for one in records.newest_first if one.phone == lobby} == {call.id for call in calls}
    records.forget(lobby)
    assert [one.phone for one in records.newest_first] == [desk]
