"""The screen of events: the whole journal, filtered, followed, copied and written to a file."""

import json
import stat
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.archive.export import journal_json_lines, journal_line, plain_text
from phonetui.phone.journal import EntryKind, JournalEntry, Weight
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.ui.alerts import rows as pane
from phonetui.ui.alerts.screen import EventsScreen
from phonetui.ui.text.filters import filtered_by
from phonetui.ui.text.rows import cell_width, text
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.golden import compare, golden
from tests.ui.office import NOW, FakeFleet, entries, office
from tests.ui.screen import Desk, opened
from tests.ui.test_goldens import HOSTILE

WORDS = ("L1, answered", "Call Dial Number=5000: OK", "loss poor 4.1 %", "over: loss", "live")


def lived(count: int = 60) -> FakeFleet:
    """An office in which a good deal happened, since yesterday."""
    fleet = office()
    ids, weights, kinds = list(fleet.phones), list(Weight), list(EntryKind)
    older = tuple(
        JournalEntry(
            NOW - timedelta(minutes=9 * number),
            ids[number % len(ids)],
            printable(f"{WORDS[number % 5]}  #{number}"),
            weights[number % 4],
            kinds[number % 4],
        )
        for number in range(count, 2, -1)
    )
    of_none = JournalEntry(
        NOW - timedelta(minutes=26), PhoneId(""), Printable("fair: round trips through bastion rose"), Weight.WARNING
    )
    fleet.entries = (*older, of_none, *entries())
    return fleet


def hostile() -> FakeFleet:
    fleet = lived()
    word = printable(HOSTILE)
    fleet.entries = tuple(replace(entry, phone=PhoneId(word), text=word) for entry in fleet.entries)
    return fleet


def office_without() -> FakeFleet:
    fleet = office()
    fleet.entries = ()
    return fleet


async def arrived(desk: Desk, *keys: str) -> EventsScreen:
    await desk.open_list("e", "end", *keys)
    screen = desk.app.screen
    assert isinstance(screen, EventsScreen)
    screen.refresh_view()
    await desk.pilot.pause()
    return screen


async def test_the_journal_filtered() -> None:
    async with opened(lived()) as desk:
        screen = await arrived(desk, "slash", *"weight:trouble", "enter", "up")
        drawn = golden(desk, screen)
    compare("events-filtered", drawn)


def shows(desk: Desk, view: str) -> str:
    return "\n".join(map(text, desk.app.screen.query_one(f"#{view}", RowsView).rows))


def happen(desk: Desk, words: str, phone: str = "lobby") -> None:
    desk.fleet.say(JournalEntry(NOW, PhoneId(phone), printable(words)))


async def test_the_newest_is_followed_until_the_operator_looks_at_another() -> None:
    async with opened(lived()) as desk:
        screen = await arrived(desk)
        assert "loss poor 4.1 %" in shows(desk, "entry")
        happen(desk, "and then this")
        screen.refresh_view()
        assert "and then this" in shows(desk, "entry")
        assert "follows" in shows(desk, "key-hints")
        await desk.press("up")
        assert "loss poor 4.1 %" in shows(desk, "entry")
        happen(desk, "and that")
        screen.refresh_view()
        assert "loss poor 4.1 %" in shows(desk, "entry")
        assert "follows" not in shows(desk, "key-hints")
        await desk.press("end")
        happen(desk, "at last")
        screen.refresh_view()
        assert "at last" in shows(desk, "entry")


async def test_the_cursor_stays_on_its_entry_when_older_ones_are_forgotten() -> None:
    fleet = lived()
    async with opened(fleet) as desk:
        screen = await arrived(desk, "up", "up", "up")
        before = shows(desk, "entry")
        fleet.entries = fleet.entries[10:]
        happen(desk, "newer")
        screen.refresh_view()
        assert shows(desk, "entry") == before


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 5),
        ("loss", 1),
        ("phone:desk", 2),
        ("weight:trouble", 2),
        ("!weight:trouble", 3),
        ("kind:note refused", 1),
        ("zzz", 0),
    ],
)
def test_a_filter_looks_at_words_phone_weight_and_kind(words: str, count: int) -> None:
    assert len(filtered_by(pane.EVENT_FIELDS, entries(), words)) == count


async def test_a_filter_narrows_at_once_and_escape_takes_it_away_first() -> None:
    async with opened(lived()) as desk:
        screen = await arrived(desk, "slash", *"loss poor 4.1 % (was", "enter")
        assert "1 of 64 entries" in shows(desk, "key-hints")
        await desk.press("slash", *"zzz")
        assert "No match" in shows(desk, "entries")
        await desk.press("escape")
        screen.refresh_view()
        assert "64 entries" in shows(desk, "key-hints")
        await desk.press("escape")
        assert desk.app.screen is desk.main


async def test_one_phones_entries_alone_and_back() -> None:
    async with opened(lived()) as desk:
        await arrived(desk, "o")
        assert "Events of reception" in desk.text()
        assert {text(told).split()[3] for told in desk.app.screen.query_one("#entries", RowsView).rows} == {"reception"}
        await desk.press("o")
        assert "64 entries" in shows(desk, "key-hints")


async def test_enter_goes_to_the_phone_of_the_entry() -> None:
    async with opened(lived()) as desk:
        await arrived(desk, "up")
        await desk.press("enter")
        assert desk.app.screen is desk.main
        assert desk.app.view_state.selected == "bergen-1"


async def test_an_entry_of_no_phone_leads_nowhere() -> None:
    async with opened(lived()) as desk:
        await arrived(desk, "slash", *"bastion", "enter", "enter")
        assert isinstance(desk.app.screen, EventsScreen)
        assert "of no phone in particular" in desk.text()


async def test_a_frozen_journal_stands_still() -> None:
    async with opened(lived()) as desk:
        await desk.press("p")
        screen = await arrived(desk)
        before = desk.text()
        happen(desk, "later")
        screen.refresh_view()
        await desk.pilot.pause()
        assert desk.text() == before


@pytest.mark.parametrize(("key", "suffix"), [("1", "log"), ("2", "jsonl")])
async def test_what_is_listed_is_written_for_the_operator_alone(
    key: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(lived()) as desk:
        await arrived(desk, "slash", *"weight:trouble", "enter", "E", key)
        await desk.app.workers.wait_for_complete()
        listed = len(desk.app.screen.query_one("#entries", RowsView).rows)
    file = tmp_path / f"events-20261121T030429Z.{suffix}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text("utf-8").splitlines()
    assert len(written) == listed
    assert all("trouble" in told for told in written)


async def test_keys_on_an_empty_journal_say_that_there_is_nothing() -> None:
    async with opened(office_without()) as desk:
        await arrived(desk, "E", "y", "enter")
        assert isinstance(desk.app.screen, EventsScreen)
        assert "There is nothing to write" in desk.text()
        assert "There is no entry under the cursor" in desk.text()


async def test_a_line_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(lived()) as desk:
        copied: list[Any] = []
        monkeypatch.setattr(desk.app, "copy_to_clipboard", copied.append)
        await arrived(desk, "y")
    assert copied == ["2026-11-21T03:04:27+00:00 reception trouble loss poor 4.1 % (was 0.6 %)"]


async def test_thousands_of_entries_are_made_into_rows_only_where_they_are_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[JournalEntry] = []
    real = pane.entry_row

    def counted(entry: JournalEntry, rows: pane.EventRows) -> Any:
        made.append(entry)
        return real(entry, rows)

    async with opened(lived(5000)) as desk:
        monkeypatch.setattr(pane, "entry_row", counted)
        await arrived(desk)
        assert 0 < len(made) < 1500
        painted: list[object] = []
        for view in desk.app.screen.query(RowsView):
            view.refresh = lambda *regions, **_: painted.append(regions)  # type: ignore[assignment, method-assign]
        desk.fleet.version += 1
        desk.app.screen.refresh_view()  # type: ignore[attr-defined]  # the journal
        assert painted == []


@pytest.mark.parametrize("width", [40, 58, 78, 118])
def test_a_row_fits(width: int) -> None:
    assert all(cell_width(told) <= width for told in pane.event_rows(hostile().entries, UTC, width))


def test_days_are_told_where_there_is_more_than_one() -> None:
    assert text(pane.event_rows(entries(), UTC, 100)[0]).startswith("02:39:29")
    assert text(pane.event_rows(lived(400).entries, UTC, 100)[0]).startswith("18 Nov")
    assert len(pane.event_rows((), UTC, 100)) == 0


def test_a_line_says_when_who_how_and_what() -> None:
    entry = JournalEntry(NOW, PhoneId("lobby"), Printable("live"), Weight.GOOD)
    assert journal_line(entry, UTC) == "2026-11-21T03:04:29+00:00 lobby good live"
    assert plain_text([entry, replace(entry, phone=PhoneId(""))], UTC).splitlines()[1].endswith("+00:00 good live")


def test_an_object_a_line_carries_everything() -> None:
    entry = JournalEntry(NOW, PhoneId("lobby"), Printable("日本 4.1 %"), Weight.TROUBLE, EntryKind.ALERT)
    written = journal_json_lines([entry])
    assert written.isascii()
    assert json.loads(written) == {
        "type": "entry", "seen_at": "2026-11-21T03:04:29.000Z", "phone": "lobby", "kind": "alert", "weight": "trouble", "text": "日本 4.1 %",
    }  # fmt: skip
