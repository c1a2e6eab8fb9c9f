"""The status screen: everything that a phone says, found, explained, dated and copied."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from phonetui.phone.state import Connection, PhoneId, State, System
from phonetui.text import Printable, printable
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.picker import Menu
from phonetui.ui.status import rows as summary
from phonetui.ui.status import tree
from phonetui.ui.status.document import (
    DeviceFacts,
    LeafChange,
    SipMessageRate,
    StatusLeaf,
    absences,
    device_facts,
    filter_leaves,
    leaves,
    notations,
)
from phonetui.ui.status.screen import StatusScreen
from phonetui.ui.text.rows import Row, cell_width, text
from phonetui.ui.widgets.row_list import RowsView
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path
from tests.ui.office import AT, TREE, FakeFleet, lobby, office, with_tree
from tests.ui.screen import SMALL, Desk, opened
from tests.ui.test_hostile import WORDS, harmless

LOBBY = PhoneId("lobby")


def document(**more: str) -> Document:
    said = {**TREE, **{path.replace("_", " "): value for path, value in more.items()}}
    return Document({Path.parse(path): printable(value) for path, value in said.items()})


def found_leaves(now: Document) -> tuple[StatusLeaf, ...]:
    return leaves(now, dict.fromkeys(now, AT - 700), before=now, opened_at=AT - 100)


def rows(width: int = 118, at: float = AT, now: Document | None = None) -> tree.StatusRows:
    """With every heading open."""
    found = found_leaves(document() if now is None else now)
    return tree.StatusRows(tree.visible_rows(tree.build(found), {}, opens_all=True), width, at)


async def tell(desk: Desk, **said: str | None) -> None:
    desk.fleet.tell(LOBBY, {path.replace("_", " "): value for path, value in said.items()}, desk.clock.at)
    await refresh_view(desk)


async def refresh_view(desk: Desk) -> None:
    assert isinstance(desk.app.screen, StatusScreen)
    desk.app.screen.refresh_view()
    await desk.pilot.pause()


def line(desk: Desk, words: str) -> str:
    return next(line for line in desk.lines() if words in line)


# The list


def test_leaves_stand_in_the_order_of_their_paths_and_numbers_count() -> None:
    now = document(Line_10_Call_0_Jitter="1", Line_2_Call_0_Jitter="1")
    names = [leaf.names for leaf in leaves(now, {}, before=now, opened_at=AT)]
    assert (
        names.index("Line 1 Call 0 Jitter") < names.index("Line 2 Call 0 Jitter") < names.index("Line 10 Call 0 Jitter")
    )
    assert names[0].startswith("Bookings")


def test_a_leaf_that_the_catalogue_does_not_know_appears_by_itself_and_is_marked() -> None:
    drawn = next(text(row) for row in rows() if "NewLeaf" in text(row))
    assert "of a firmware to come" in drawn
    assert "not in the catalogue" in drawn


def test_values_carry_short_units_and_long_ones_wait_in_the_detail() -> None:
    assert "14 ms" in text(next(row for row in rows() if "Jitter" in text(row)))
    now = document(Line_1_Call_0_LossRate="5")
    leaf = next(leaf for leaf in leaves(now, {}, before=now, opened_at=AT) if leaf.names.endswith("LossRate"))
    assert "in percent, x/256 or fraction: detect" in text(tree.leaf_detail(leaf, 200, pushes=True)[1])


@pytest.mark.parametrize("width", [59, 79, 100, 118, 158])
def test_rows_fill_their_width_and_no_more(width: int) -> None:
    assert {cell_width(row) for row in rows(width)} == {width}


def test_rows_are_made_only_when_asked_for() -> None:
    drawn = rows()
    assert isinstance(drawn, Sequence)
    assert list(drawn[:2]) == [drawn[0], drawn[1]]
    with pytest.raises(IndexError):
        drawn[len(drawn)]


@pytest.mark.parametrize("words", ["JITTER", "front desk", "unevenness", "call 0 j"])
def test_the_search_looks_at_path_value_and_meaning(words: str) -> None:
    found = filter_leaves(found_leaves(document()), words)
    assert any(leaf.names.startswith("Line 1 Call 0") for leaf in found)
    assert len(found) < 6


def test_what_changed_since_somebody_looked_is_told_apart() -> None:
    before = document()
    updates = {"Line 1 Call 0 Jitter": "15", "Standby Level": "Halfwake"}
    now = Document({**before, **{Path.parse(path): printable(value) for path, value in updates.items()}})
    now = Document(
        {path: value for path, value in now.items() if path.names[-1] != "PeerName"} | {Path.of("New"): Printable("1")}
    )
    changed_at = dict.fromkeys(now, AT - 700.0) | {Path.parse(path): AT + 5 for path in updates}
    found = leaves(now, changed_at, before=before, opened_at=AT)
    told = {leaf.names: leaf.change for leaf in found if leaf.change is not LeafChange.NONE}
    assert told == {
        "Line 1 Call 0 Jitter": LeafChange.CHANGED, "Standby Level": LeafChange.CHANGED, "New": LeafChange.NEW,
        "Line 1 Call 0 PeerName": LeafChange.GONE,
    }  # fmt: skip
    assert [leaf.names for leaf in filter_leaves(found, "", changes_alone=True)] == sorted(told)
    shown = tree.visible_rows(tree.build(found), {}, opens_all=True)
    gone = next(row for row in tree.StatusRows(shown, 118, AT) if "PeerName" in text(row))
    assert "gone, was Front Desk" in text(gone)


def test_a_missing_group_says_why() -> None:
    said = Document({Path.of("SystemUnit", "ProductId"): Printable("DP-9841")})
    old = replace(lobby(), system=System(version=Printable("PHONEOS.3-5-1-1000")))
    told = {absence.group: absence.why for absence in absences(old, said)}
    assert told["Lights"] == "needs PhoneOS 3.6"
    assert "System and device" not in told
    told = {absence.group: absence.why for absence in absences(lobby(), said)}
    assert told["Management"] == "On-Prem phones don't publish this"
    assert told["Lights"] == "this phone publishes none"
    told = {absence.group: absence.why for absence in absences(replace(lobby(), is_mpp=True), said)}
    assert told["Calls"] == "no call is up"
    assert absences(lobby(), EMPTY) == ()


def test_a_leaf_in_every_notation() -> None:
    leaf = next(leaf for leaf in found_leaves(document()) if leaf.names == "Line 1 Call 0 PeerName")
    assert dict(notations(leaf)) == {
        "terminal": '*s Line 1 Call 0 PeerName: "Front Desk"',
        "path": "Line 1 Call 0 PeerName",
        "slash": "/Status/Line[@item='1']/Call[@item='0']/PeerName",
        "cloud": "Line[1].Call[0].PeerName",
        "value": "Front Desk",
    }


# The summary


def drawn(found: DeviceFacts, height: int = 10, **more: object) -> list[Row]:
    phone = replace(lobby(), is_mpp=True, **more)
    return summary.summary_rows(summary.SummaryContext(phone, found), 200, height)


def test_the_summary_says_whose_the_feedback_slots_are() -> None:
    told = text(drawn(device_facts(document()))[-1])
    assert "1 198.51.100.7 XML 1 paths Failed" in told
    assert "4 phonetui at 192.0.2.9:40404 XML 2 paths OK" in told
    assert "nobody" in text(drawn(DeviceFacts())[-1])


def test_what_went_wrong_is_marked_and_comes_first_where_there_is_little_room() -> None:
    told = drawn(device_facts(document()), height=5)
    assert text(told[0]).startswith(" system")
    assert [text(row).split()[0] for row in told[1:5]] == ["security", "downloads", "services", "pushes"]
    assert "provisioning 1 ! Provisioning failed: timeout (1 of 2)" in text(told[2])


def test_a_port_that_is_not_what_it_was_set_to_is_marked() -> None:
    port = replace(lobby().ports[1], configured=Printable("1000 Full"))
    assert "PC 1000 Full → 100 Full ▲ mismatch" in text(drawn(DeviceFacts(), ports=(port,))[3])


def test_missing_groups_of_the_summary_say_why() -> None:
    on_prem = [text(row) for row in summary.summary_rows(summary.SummaryContext(lobby(), DeviceFacts()), 200, 10)]
    assert sum("On-Prem phones don't publish this" in row for row in on_prem) == 3
    old = replace(lobby(), system=System(version=Printable("PHONEOS.3-5-1")), up_s=None, ports=())
    assert (
        sum(
            "needs PhoneOS 3.6" in text(row)
            for row in summary.summary_rows(summary.SummaryContext(old, DeviceFacts()), 200, 10)
        )
        == 6
    )


def test_the_clock_s_difference_is_marked_where_it_matters() -> None:
    said = {
        away: text(summary.summary_rows(summary.SummaryContext(lobby(), DeviceFacts(), skew_s=away), 200, 10)[1])
        for away in (1.0, 12.0, -95.0)
    }
    assert "● clock in sync" in said[1.0]
    assert "clock 12 s ahead" in said[12.0]
    assert "▲ clock 95 s behind" in said[-95.0]


def test_sip_messages_are_a_rate_and_a_reset_begins_anew() -> None:
    traffic = SipMessageRate()
    for at, total in ((100.0, 50), (160.0, 80)):
        traffic.take(DeviceFacts(sip_sent=total, sip_received=0), at)
    assert traffic.per_min == 30.0
    traffic.take(DeviceFacts(sip_sent=3, sip_received=0), 170.0)
    assert traffic.per_min is None
    assert "30 a minute" in text(
        summary.summary_rows(summary.SummaryContext(lobby(), DeviceFacts(sip_sent=1), None, 30.0), 200, 10)[4]
    )


@pytest.mark.parametrize("url", ["", "http://[", "ftp:/x", "http://user:secret@192.0.2.1/fb/x", "x" * 5000])
def test_a_strange_url_of_a_slot_is_no_failure_and_keeps_its_password(url: str) -> None:
    told = text(drawn(device_facts(document(HttpFeedback_1_URL=url)))[-1])
    assert "secret" not in told


# The screen


async def test_it_opens_shows_phone_and_firmware_and_closes() -> None:
    async with opened() as desk:
        await desk.press("x")
        assert isinstance(desk.app.screen, StatusScreen)
        assert "Device · lobby · 9851" in desk.text()
        assert "PHONEOS.3-6-1-0001-45" in desk.text()
        assert f"{len(TREE)} leaves" in desk.text()
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)


@pytest.mark.parametrize("key", ["x", "q"])
async def test_other_ways_out(key: str) -> None:
    async with opened() as desk:
        await desk.press("x", key)
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.app.is_running


async def test_what_changes_while_it_is_open_is_marked_and_can_be_shown_alone() -> None:
    async with opened() as desk:
        await desk.press("x")
        desk.clock.move(20)
        await tell(desk, Bookings_Availability_Status="Free", Line_1_Call_0_Jitter="61", Line_1_Call_0_PeerName=None)
        assert "◆ ▸ Bookings Availability" in desk.text(), "shut, a heading tells that something in it changed"
        assert "3 changed since you came" in desk.text()
        await desk.press("v")
        assert ("61 ms" in line(desk, "Jitter"), "gone, was Front" in line(desk, "PeerName")) == (True, True)
        assert "Free" in line(desk, "Bookings Availability Status")
        desk.clock.move(35)
        await refresh_view(desk)
        assert "30 s" in line(desk, "Jitter")
        await desk.press("escape")
        assert f"{len(TREE)} leaves" in desk.text()


async def test_nothing_changed_is_said_in_words() -> None:
    async with opened() as desk:
        await desk.press("x", "v")
        assert "Nothing has changed since you came: v shows all." in desk.text()
        await desk.press("y")
        assert "no leaf under the cursor" in desk.text()


async def test_searching_filters_with_every_key_and_escape_shows_all_again() -> None:
    async with opened() as desk:
        await desk.press("x", "slash", *"jitt")
        assert "Status · /jitt" in desk.text()
        assert "Line 1 Call 0 Jitter  14" in desk.text(), "the cursor is on what was found"
        assert "PeerName" not in desk.text()
        await desk.press("q")
        assert "Nothing matches" in desk.text(), "letters are typed, not obeyed"
        await desk.press("backspace", "enter")
        assert "/jitt" in desk.text()
        await desk.press("escape", "home")
        assert "Bookings Availability" in desk.text()
        assert "Jitter" in desk.text(), "the heading around it stays open"
        assert isinstance(desk.app.screen, StatusScreen)


async def test_the_cursor_moves_while_the_search_has_the_keyboard() -> None:
    async with opened() as desk:
        await desk.press("x", "slash", *"Line 1 C", "down")
        assert "Line 1 Call 0 Jitter  14" in desk.text()


async def test_the_cursor_stays_on_its_leaf_when_others_come_and_go() -> None:
    async with opened() as desk:
        await desk.press("x", "slash", *"Jitter", "enter", "escape", "j")
        view = desk.app.screen.query_one("#tree", RowsView)
        before = text(view.rows[view.cursor or 0])
        assert "PeerName" in before
        await tell(desk, Aardvark_First="1", Bookings_Availability_Status=None)
        assert text(view.rows[view.cursor or 0])[2:40] == before[2:40]


async def test_a_leaf_is_copied_in_the_notation_that_was_asked_for() -> None:
    async with opened() as desk:
        await desk.press("x", "right", "right", "y")
        assert isinstance(desk.app.screen, Menu)
        assert "*s Bookings Availability Status: BookedUntil" in desk.text()
        await desk.press("3")
        assert desk.app.clipboard == "/Status/Bookings/Availability/Status"
        assert "slash: sent to the terminal's clipboard." in desk.text()
        await desk.press("y", "down", "down", "down", "down", "enter")
        assert desk.app.clipboard == "BookedUntil"
        await desk.press("y", "escape")
        assert isinstance(desk.app.screen, StatusScreen)


async def test_what_is_too_long_for_a_clipboard_is_not_sent() -> None:
    async with opened() as desk:
        await desk.press("x")
        await tell(desk, Aardvark_First="x" * 60_000)
        await desk.press("home", "y", "5")
        assert desk.app.clipboard == ""
        assert "too long" in desk.text()


async def test_another_phone_can_be_chosen_here_and_stays_chosen() -> None:
    async with opened() as desk:
        await desk.press("x", "right_square_bracket")
        assert "Device · reception" in desk.text()
        assert "Nothing was read yet." in desk.text()
        await desk.press("escape")
        assert desk.app.view_state.selected == "reception"


async def test_an_unchanged_phone_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as desk:
        await desk.press("x")
        screen = desk.app.screen
        assert isinstance(screen, StatusScreen)
        asked: list[object] = []
        for view in screen.query(RowsView):
            monkeypatch.setattr(view, "refresh", lambda *regions, **_: asked.append(regions))
        monkeypatch.setattr("phonetui.ui.status.document.leaves", lambda *_, **__: pytest.fail("computed again"))
        for _ in range(5):
            desk.fleet.version += 1  # some other phone
            screen.refresh_view()
        assert asked == []


async def test_a_lost_phone_says_so_above_what_it_said_last() -> None:
    fleet = office()
    lost = Connection(State.STALE, "timeout", printable("no answer within 10 s"), fresh_at=AT - 75)
    fleet.put(replace(fleet.phones[LOBBY], connection=lost))
    async with opened(fleet, size=SMALL) as desk:
        await desk.press("x")
        assert "STALE (timeout), last answer over 1 min ago" in desk.text()


async def test_without_a_phone_or_a_tree_nothing_opens() -> None:
    class Bare:
        """A fleet that shows phones and no trees."""

        def __init__(self, fleet: FakeFleet) -> None:
            for name in (
                "phones",
                "entries",
                "version",
                "history",
                "port_history",
                "run",
                "permission",
                "grant",
                "revoke",
                "granted",
                "dial",
                "press",
                "alerts",
                "hints",
                "records",
                "partner",
                "causes",
                "mute",
            ):
                setattr(self, name, getattr(fleet, name))

    async with opened(FakeFleet()) as desk:
        await desk.press("x", "colon")
        assert isinstance(desk.app.screen, MainScreen)
        assert "No phone is selected." in desk.text()
    async with opened(Bare(office())) as desk:  # type: ignore[arg-type]  # everything that this way needs is there
        await desk.press("x", "colon")
        assert isinstance(desk.app.screen, MainScreen)
        assert "Neither status tree nor commands are offered here." in desk.text()


@pytest.mark.parametrize("size", [(120, 36), SMALL])
async def test_hostile_words_are_text(size: tuple[int, int]) -> None:
    fleet = with_tree(office())
    fleet.tell(LOBBY, {f"Aardvark {number} Leaf": word for number, word in enumerate(WORDS)}, AT)
    fleet.tell(LOBBY, dict.fromkeys(TREE, WORDS[1]), AT)
    async with opened(fleet, size=size) as desk:
        for keys in (["x"], ["end"], ["home", "y"], ["escape", "tab", "G"], ["slash", *"[/red]"]):
            await desk.press(*keys)
            harmless(desk)


def one(name: str, value: str) -> StatusLeaf:
    now = document(**{name: value})
    return next(leaf for leaf in leaves(now, {}, before=now, opened_at=AT) if leaf.names == name.replace("_", " "))


def about(name: str, value: str, *, pushes: bool = True) -> str:
    """What the screen says below the tree of one leaf."""
    return text(tree.leaf_detail(one(name, value), 200, pushes=pushes)[1])


def test_a_neighbours_name_is_not_in_frames() -> None:
    for name, value in (("CdpNeighborDeviceId", "access-sw-1"), ("CdpNeighborPort", "GigabitEthernet1/0/1")):
        leaf = one(f"Network_Statistics_Port_1_{name}", value)
        assert "in frames" not in text(tree.leaf_detail(leaf, 200, pushes=True)[1])
        drawn = tree.StatusRows(tree.visible_rows(tree.build((leaf,)), {}), 90, AT)
        assert f"{value} frames" not in text(drawn[0])
    assert "in frames" in about("Network_Statistics_Port_1_RxCrcErr", "14")


def test_only_what_we_registered_for_is_pushed() -> None:
    assert about("PhoneStatus_SWPort", "1000 Full").endswith("pushed")
    assert about("PhoneStatus_SWPort", "1000 Full", pushes=False).endswith("polled")
    for name in ("SystemUnit_ProductId", "HttpFeedback_1_Status", "DownloadStatus_FirmwareUpgradeStatus_1_Status"):
        assert about(name, "x").endswith("polled")
