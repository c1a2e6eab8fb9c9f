"""The screen of remembered calls and a call's card: what they tell, how they are filtered, what leaves them."""

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_ends import CallEnds, join_ends
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Shares
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import PhoneId
from phonetui.private import create_in, writable_folder
from phonetui.text import Printable, printable
from phonetui.ui.calls import rows as table
from phonetui.ui.calls.call_screen import CallDetail
from phonetui.ui.calls.card import call_card
from phonetui.ui.calls.rows import filter_calls
from phonetui.ui.calls.screen import CallsScreen
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.panes.call_metrics import share_bar, share_summary
from phonetui.ui.screens.picker import Menu
from phonetui.ui.text.rows import Role, cell_width, text
from phonetui.ui.widgets.row_list import RowsView
from tests.sampling import one_in
from tests.ui.golden import compare, golden
from tests.ui.office import NOW, FakeFleet, office
from tests.ui.remembered import babbling, other_end_of, past, remembered, remembering, reported, troubled
from tests.ui.screen import Desk, opened
from tests.ui.test_hostile import WORDS, harmless

TO_CARD = ("c", "down", "down", "down", "enter")


def rows(width: int = 116) -> table.CallRows:
    return table.CallRows(join_ends(past()), NOW.tzinfo, width, DEFAULT.loss_pct)


async def refresh_view(desk: Desk) -> None:
    assert isinstance(desk.app.screen, CallsScreen | CallDetail)
    desk.app.screen.refresh_view()
    await desk.pilot.pause()


async def remember(desk: Desk, *records: object) -> None:
    desk.fleet.records = records  # type: ignore[assignment]  # the fake takes any tuple of them
    desk.fleet.version += 1
    await refresh_view(desk)


# Pictures


SCREENS: dict[str, tuple[Callable[[], FakeFleet], tuple[str, ...]]] = {
    "calls-unkept": (lambda: remembering(unkept="this session only"), ("c",)),
    "card-missed": (remembering, ("c", "down", "enter")),
    "card-reported": (lambda: office(records=(reported(),)), ("c", "enter")),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_screens(name: str) -> None:
    make, keys = SCREENS[name]
    async with opened(make()) as desk:
        await desk.open_list(*keys)
        await refresh_view(desk)
        screen = desk.app.screen
        assert isinstance(screen, CallsScreen | CallDetail)
        drawn = golden(desk, screen)
    compare(name, drawn)


# Rows


@pytest.mark.parametrize("width", [58, 78, 100, 116, 158])
def test_rows_and_their_heading_fill_the_width_and_no_more(width: int) -> None:
    assert {cell_width(row) for row in (*rows(width), table.call_heading(width))} <= {width, width - 1}


def test_rows_are_made_only_when_asked_for() -> None:
    many = table.CallRows(join_ends(past()) * 1000, NOW.tzinfo, 116, DEFAULT.loss_pct)
    assert text(many[46_999]) == text(many[46])
    assert [text(row) for row in many[3:5]] == [text(many[3]), text(many[4])]


def test_every_end_is_told_in_words() -> None:
    ends = [table.outcome(record)[0] for record in past()[:7]]
    assert ends == [
        "Connected",
        "487 Request Terminated",
        "486 Busy Here",
        "200 Normal",
        "200 Normal",
        "lost from sight",
        "ended",
    ]
    assert table.outcome(reported())[0] == "by its report alone"
    assert text(table.call_summary(CallEnds(reported()), 116)[1]).strip() == "fair, by the phone's own report of it"
    assert [table.talk_time(record) for record in past()[1:3]] == ["missed", "no reply"]


def test_the_bar_is_as_wide_as_it_may_be_and_shows_what_held_at_all() -> None:
    drawn = share_bar(Shares(1000.0, 1.0, 1.0, 1.0), 8)
    assert text(drawn) == "▁▁▁▁▁▃▅█"
    assert [run.role for run in drawn] == [Role.GOOD, Role.FAIR, Role.POOR, Role.CRITICAL]
    assert (text(share_bar(Shares(), 8)), text(share_bar(Shares(poor_s=1.0), 8))) == (" " * 8, "▅" * 8)
    assert share_summary(Shares(90.0, 10.0)) == "good 90 %, fair 10 %"


@pytest.mark.parametrize(
    ("words", "count"),
    [("phone:reception", 1), ("grade:fair", 1), ("cause:busy", 1), ("cause:487", 1), ("is:up", 1), ("is:lost", 1), ("way:out", 2),
     ("5012", 1), ("DESK 5012", 1), ("codec:g722 !phone:lobby !phone:desk", 11), ("nothing like it", 0)],
)  # fmt: skip
def test_the_filter_speaks_the_language_of_the_other_one(words: str, count: int) -> None:
    assert len(filter_calls(join_ends(past()), words)) == count


# The screen


async def test_a_key_leads_there_and_back() -> None:
    async with opened(remembering()) as desk:
        await desk.open_list("c")
        assert isinstance(desk.app.screen, CallsScreen)
        await desk.press("enter")
        assert isinstance(desk.app.screen, CallDetail)
        await desk.press("escape", "c")
        assert isinstance(desk.app.screen, MainScreen)


async def test_typing_filters_at_once_and_escape_shows_all_again() -> None:
    async with opened(remembering()) as desk:
        await desk.open_list("c", "slash", *"is:lost")
        assert "1 of 47 calls" not in desk.text()  # the prompt stands there
        await desk.press("enter")
        await refresh_view(desk)
        assert "1 of 47 calls" in desk.text()
        assert "bergen-1" in desk.text()
        await desk.press("slash", *" x", "enter")
        assert "No match" in desk.text()
        await desk.press("escape")
        assert "47 calls" in desk.text()
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)


class Kept:
    """Calls beyond those in memory: what the screen asked for, and whether it is on its way."""

    def __init__(self) -> None:
        self.count = 499_952
        self.is_searching = False
        self.pages = 0
        self.searches: list[tuple[Callable[[CallRecord], bool], tuple[str, ...]]] = []

    def load(self) -> None:
        self.pages += 1

    def search(self, fits: Callable[[CallRecord], bool], parts: tuple[str, ...] = ()) -> None:
        self.searches.append((fits, parts))
        self.is_searching = True

    def end_search(self) -> None:
        self.is_searching = False


async def test_the_filter_looks_further_than_memory_and_the_end_of_the_list_brings_more() -> None:
    kept = Kept()
    async with opened(remembering(older_calls=kept)) as desk:
        await desk.open_list("c")
        assert "47 calls, 499,952 older records" in desk.text()
        await desk.press("end")
        assert kept.pages
        await desk.press("slash", *"is:lost p5", "enter")
        fits, parts = kept.searches[-1]
        assert parts == ("p5",)
        assert (fits(remembered()), fits(remembered(phone=PhoneId("p5"), ended_at=None))) == (False, True)
        await refresh_view(desk)
        assert "looking further … " in desk.text()
        await desk.press("escape")
        assert not kept.is_searching
        await desk.press("slash", *"1", "enter", "escape", "escape")
        assert not kept.is_searching
        assert isinstance(desk.app.screen, MainScreen)


async def test_under_the_mask_calls_are_looked_for_by_what_is_shown() -> None:
    kept, call = Kept(), remembered(call=replace(remembered().call, remote_number=Printable("5003")))
    async with opened(remembering(older_calls=kept)) as desk:
        await desk.press("P", "c", "slash", *"5003", "enter")
        fits, parts = kept.searches[-1]
        assert (parts, fits(call)) == ((), False)


async def test_the_cursor_stays_on_its_call_while_others_come() -> None:
    async with opened(remembering()) as desk:
        await desk.open_list("c", "down", "down")
        await remember(desk, remembered(0), *past())
        assert desk.app.screen.query_one("#records", RowsView).cursor == 3
        await desk.press("home")
        await remember(desk, *past())
        assert desk.app.screen.query_one("#records", RowsView).cursor == 0


async def test_the_cursor_stays_on_a_call_that_turns_out_to_have_two_ends() -> None:
    ends = troubled(), other_end_of(troubled())
    apart = tuple(replace(end, partner=None) for end in ends)
    async with opened(office(records=(*apart, remembered()))) as desk:
        await desk.open_list("c", "down")
        screen = desk.app.screen
        assert isinstance(screen, CallsScreen)
        assert screen.item is not None
        assert screen.item.near.phone == "desk-31"
        await remember(desk, *ends, remembered())
        assert screen.item is not None
        assert [record.phone for record in screen.item.records] == ["reception", "desk-31"]
        assert "2 calls" in desk.text()
        assert "desk-31 hears  (from reception)" in desk.text(), "below the list"
        await desk.pilot.resize_terminal(80, 16)
        await desk.until(lambda: "desk-31 hears  good 100 %" in desk.text(), "in a line where there is no room")
        await desk.press("enter")
        assert "reception hears  (from desk-31)" in desk.text()


async def test_a_call_of_a_phone_is_listed_from_its_own_end() -> None:
    ends = troubled(), other_end_of(troubled())
    async with opened(office(records=(*ends, remembered()))) as desk:
        await desk.press("c")
        desk.app.view_state.selected = PhoneId("desk-31")
        assert isinstance(desk.app.screen, CallsScreen)
        desk.app.screen.selection_changed()
        await desk.press("home")
        line = next(line for line in desk.lines() if "⇄" in line)
        assert line.split()[4:9] == ["desk-31", "in", "⇄", "reception", "5010"]


async def test_a_frozen_display_stands_still() -> None:
    async with opened(remembering()) as desk:
        await desk.press("p", "c")
        await remember(desk)
        assert "47 calls" in desk.text()
        assert "FROZEN" in desk.text()
        await desk.press("escape", "p", "c")
        await refresh_view(desk)
        assert "Nothing is remembered yet." in desk.text()


async def test_thousands_of_calls_cost_what_can_be_seen() -> None:
    many = tuple(remembered(number) for number in range(5000))
    async with opened(remembering()) as desk:
        await desk.open_list("c")
        await remember(desk, *many)
        assert "5,000 calls" in desk.text()
        await desk.press("end", "up")
        assert desk.app.screen.query_one("#records", RowsView).cursor == 4998


# The card


@pytest.mark.parametrize("width", [58, 78, 100, 116, 158])
def test_cards_keep_to_their_width(width: int) -> None:
    for record in (*past()[:8], reported()):
        for other in (None, other_end_of(record)):
            assert max(cell_width(row) for row in call_card(record, other, NOW.tzinfo, width)) <= width


@pytest.mark.parametrize("word", one_in(3, WORDS))
async def test_whatever_a_call_says_is_text_alone(word: str) -> None:
    async with opened(babbling(printable(word))) as desk:
        await desk.open_list("c")
        harmless(desk)
        await desk.press("enter")
        harmless(desk)
        await desk.press("E")
        harmless(desk)


async def test_the_card_follows_a_call_that_is_up() -> None:
    up, *rest = past()
    async with opened(remembering()) as desk:
        await desk.open_list("c", "enter")
        assert "lobby hears" in desk.text()
        ended = replace(
            up, is_up=False, ended_at=NOW, cause=Printable("Busy Here"), final=((Printable("A"), Printable("b")),)
        )
        await remember(desk, ended, *rest)
        assert "Busy Here" in desk.text()
        await remember(desk)  # forgotten meanwhile: the card still stands
        assert "Busy Here" in desk.text()


async def test_the_other_end_stands_beside() -> None:
    async with opened(remembering(), size=(120, 60)) as desk:
        await desk.open_list(*TO_CARD)
        assert "reception hears  (from desk-31)" in desk.text()
        assert "desk-31 hears  (from reception)" in desk.text()
        await desk.press("pagedown")
        assert "desk-31" in next(line for line in desk.lines() if line.strip("│ ").startswith("reception     "))
        await remember(desk, *(record for record in past() if record.phone != "desk-31"))
        assert "the far end, desk-31, has no record of it" in desk.text()


# What leaves


async def exported(desk: Desk, number: str) -> None:
    await desk.press("E", number)
    await desk.app.workers.wait_for_complete()
    await desk.pilot.pause()


async def test_the_note_goes_to_the_clipboard() -> None:
    async with opened(remembering()) as desk:
        await desk.open_list("c", "down", "down", "down", "y")
        assert "## Call of reception with Desk 31 5012" in desk.app.clipboard
        assert "desk-31 measured" in desk.app.clipboard


async def test_a_call_or_the_list_is_written_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(remembering()) as desk:
        await desk.open_list("c", "slash", *"phone:reception", "enter", "E")
        assert isinstance(desk.app.screen, Menu)
        assert str(tmp_path) in desk.text().replace("\n", "") or str(tmp_path)[:20] in desk.text()
        await desk.press("escape")
        for number in ("1", "2", "3", "3"):
            await exported(desk, number)
    found = {path.name: path.read_bytes().decode() for path in tmp_path.iterdir()}  # noqa: ASYNC240 - the program is over
    assert sorted(found) == [
        "call-reception-20261121T022229Z.md", "calls-20261121T030429Z-2.jsonl", "calls-20261121T030429Z.csv", "calls-20261121T030429Z.jsonl",
    ]  # fmt: skip
    assert [row[1] for row in csv.reader(found["calls-20261121T030429Z.csv"].splitlines())] == [
        "phone",
        "reception",
        "desk-31",
    ]
    lines = found["calls-20261121T030429Z.jsonl"].splitlines()
    assert [json.loads(line)["id"] for line in lines] == [troubled().id, other_end_of(troubled()).id]
    assert found["call-reception-20261121T022229Z.md"].startswith("## Call of reception")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}  # noqa: ASYNC240 - as above


async def test_the_card_writes_its_own_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(remembering()) as desk:
        await desk.open_list(*TO_CARD, "E")
        assert "JSON Lines this call of reception" in desk.text()
        await desk.press("escape")
        await exported(desk, "2")
        assert "Written" in desk.text()
    (path,) = tmp_path.iterdir()  # noqa: ASYNC240 - the program is over
    assert json.loads(path.read_text())["phone"] == "reception"


async def test_what_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("phonetui.ui.export.create_in", refuse)
    async with opened(remembering()) as desk:
        await desk.open_list("c")
        await exported(desk, "1")
        assert "Nothing was written" in desk.text()


async def test_without_a_call_there_is_nothing_to_copy_or_write() -> None:
    async with opened(office()) as desk:
        await desk.open_list("c", "y", "E", "enter")
        assert isinstance(desk.app.screen, CallsScreen)
        assert "There is no call to write." in desk.text()


def test_files_are_never_overwritten_and_never_leave_their_folder(tmp_path: Path) -> None:
    names = [create_in(tmp_path, "../a b/c\\d", "md", "x").name for _ in range(3)]
    assert names == ["a-b-c-d.md", "a-b-c-d-2.md", "a-b-c-d-3.md"]


def test_where_nothing_can_be_written_another_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert writable_folder(Path("/other")) == tmp_path
    monkeypatch.setattr("os.access", lambda *_: False)
    assert writable_folder(Path("/other")) == Path("/other")


@pytest.mark.parametrize("keys", ["c E enter", "e E enter"])
async def test_an_export_in_a_deleted_folder_goes_elsewhere_and_the_program_goes_on(
    keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the current directory has no name any more, asking for it ended the dashboard."""
    gone, kept = tmp_path / "gone", tmp_path / "data" / "calls.db"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setattr("phonetui.config.places.history", lambda: kept)
    gone.rmdir()
    async with opened(remembering()) as desk:
        await desk.press(*keys.split())
        await desk.app.workers.wait_for_complete()
        await desk.pilot.pause()
        assert desk.app.is_running
        (made,) = kept.parent.iterdir()
        assert made.stat().st_mode & 0o777 == 0o600
