"""The fleet's table: its order, its groups, its columns, and one command for many phones."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from pathlib import Path as File

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from phonetui.errors import CommandRefused
from phonetui.fleet.protocol import Permission
from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.text import Printable
from phonetui.ui.fleet import rows as table
from phonetui.ui.fleet.column_picker import ColumnPicker
from phonetui.ui.fleet.columns import (
    COLUMNS,
    DEFAULT_COLUMNS,
    WITH_WEBEX,
    CellContext,
    csv_table,
    json_table,
    markdown_table,
)
from phonetui.ui.fleet.rows import (
    GROUPINGS,
    FleetTable,
    GroupHeading,
    arrange,
    restore_arrangement,
    table_heading,
)
from phonetui.ui.fleet.screen import FleetScreen, TableHeading
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.phone_filter import filtered
from phonetui.ui.screen_state import Arrangement
from phonetui.ui.screens.prompts import TypedConfirm
from phonetui.ui.status import command_dispatch
from phonetui.ui.status.command_screen import CommandScreen
from phonetui.ui.text.rows import Role, Run, cell_width, text
from tests.live import until
from tests.ui.alerts import alert
from tests.ui.office import AT, NOW, FakeFleet, fleet_of_eight, office, phone, with_tree
from tests.ui.screen import Desk, opened

BY_SEVERITY = Arrangement(DEFAULT_COLUMNS)


def names(entries: Iterable[Phone | GroupHeading]) -> list[str]:
    return [entry.words if isinstance(entry, GroupHeading) else entry.name for entry in entries]


def screen(desk: Desk) -> FleetScreen:
    found = next(screen for screen in desk.app.screen_stack if isinstance(screen, FleetScreen))
    found.refresh_view()
    return found


def test_the_worst_come_first_and_equals_by_name() -> None:
    assert names(arrange(fleet_of_eight(), BY_SEVERITY)) == [
        "desk-33", "reception", "desk-34", "bergen-1", "bergen-2", "desk-31", "desk-32", "lobby",
    ]  # fmt: skip


@pytest.mark.parametrize("order", [*COLUMNS])
@pytest.mark.parametrize("turned", [False, True])
def test_every_order_keeps_every_phone_and_what_is_not_known_last(order: str, turned: bool) -> None:
    entries = arrange(fleet_of_eight(), Arrangement(DEFAULT_COLUMNS, order, is_reversed=turned))
    assert sorted(names(entries)) == sorted(phone.name for phone in fleet_of_eight())
    sort = COLUMNS[order].sort
    if sort is not None:
        known = [sort(entry) is not None for entry in entries if isinstance(entry, Phone)]
        assert known == sorted(known, reverse=True)


NATURAL: Mapping[str, tuple[str | None, ...]] = {
    "phone": ("phone-2", "phone-10", "Phone-11"),
    "address": ("10.0.0.9", "10.0.0.10", "10.0.0.10:8080", "192.0.2.1", "2001:db8::9", "desk-2.lab", "desk-10.lab"),
    "firmware": ("PHONEOS.3-6-1-0001-45", "PHONEOS.3-10-1-0001-45", None),
    "model": ("DP-9841", "DP-9851", "DP-10001", None),
    "vlan": ("9", "20", "110", "voice", None),
    "via": ("jump-2", "jump-10", None),
}
"""In each column's order, what is not known last."""


def known_by(order: str, number: int, words: str | None) -> Phone:
    said = None if words is None else Printable(words)
    made = phone(words or "x" if order == "phone" else f"p{number}")
    match order:
        case "phone":
            return made
        case "address":
            return replace(made, address=Printable(words or ""))
        case "firmware":
            return replace(made, system=replace(made.system, version=said))
        case "model":
            return replace(made, system=replace(made.system, product_id=said))
        case "vlan":
            return replace(made, network=replace(made.network, vlan=said))
        case _:
            return replace(made, via=said)


@pytest.mark.parametrize("order", [*NATURAL])
def test_a_column_sorts_as_people_count_and_what_is_not_known_last_both_ways(order: str) -> None:
    phones = [known_by(order, number, words) for number, words in enumerate(NATURAL[order])]
    shuffled = sorted(phones, key=lambda each: each.name[::-1])
    known = [each.id for each, words in zip(phones, NATURAL[order], strict=True) if words is not None]
    unknown = [each.id for each in phones if each.id not in known]
    upward = arrange(shuffled, Arrangement(DEFAULT_COLUMNS, order))
    downward = arrange(shuffled, Arrangement(DEFAULT_COLUMNS, order, is_reversed=True))
    assert [each.id for each in upward if isinstance(each, Phone)] == known + unknown
    assert [each.id for each in downward if isinstance(each, Phone)] == known[::-1] + unknown


@pytest.mark.parametrize("order", ["lines", "tags", "group", "age"])
def test_what_a_cell_shows_as_unknown_is_sorted_as_unknown(order: str) -> None:
    nothing = replace(phone("a"), lines=(), tags=(), group=(), connection=Connection(State.CONNECTING))
    something = replace(phone("b", group="HQ"), tags=(Printable("lobby"),))
    for turned in (False, True):
        entries = arrange([nothing, something], Arrangement(DEFAULT_COLUMNS, order, is_reversed=turned))
        assert names(entries) == ["b", "a"]


def test_groups_of_one_urgency_are_in_natural_order() -> None:
    phones = [
        replace(phone(f"p{vlan}"), network=replace(phone("p").network, vlan=Printable(vlan))) for vlan in ("110", "20")
    ]
    assert names(arrange(phones, Arrangement(DEFAULT_COLUMNS, grouping="VLAN"))) == ["20", "p20", "110", "p110"]


@pytest.mark.parametrize("width", [60, 80, 120, 160, 300])
@pytest.mark.parametrize("order", DEFAULT_COLUMNS)
def test_the_column_that_sorts_is_shown_however_narrow_the_table(width: int, order: str) -> None:
    arrangement = Arrangement(DEFAULT_COLUMNS, order)
    columns, left_out = table.shown_columns(arrangement, width)
    assert order in [column.id for column in columns]
    assert len(columns) + left_out == len(DEFAULT_COLUMNS)
    assert "▼" in text(table_heading(arrangement, width))
    assert cell_width(table_heading(arrangement, width)) <= width


def test_the_other_party_stays_beside_webex_word_which_yields_first() -> None:
    for width in (120, 160, 200):
        shown = [column.id for column in table.shown_columns(Arrangement(WITH_WEBEX), width)[0]]
        assert "call" in shown
        assert ("webex" in shown) == (width > 120)


def test_a_kept_order_without_its_column_becomes_that_of_a_column_which_is_there() -> None:
    assert restore_arrangement({"columns": ["phone", "trouble"], "order": "vlan"}).order == "trouble"
    assert restore_arrangement({"columns": ["phone", "mos"], "order": "vlan"}).order == "phone"
    assert Arrangement(DEFAULT_COLUMNS, "vlan").with_columns(("mos", "loss")).order == "mos"


async def test_the_key_walks_through_the_columns_that_are_shown() -> None:
    async with opened(size=(80, 24)) as desk:
        await desk.press("f")
        view = screen(desk)
        seen = []
        for _ in DEFAULT_COLUMNS:
            await desk.press("greater_than_sign")
            seen.append(view._arrangement.order)
            assert seen[-1] in [column.id for column in table.shown_columns(view._arrangement, 80)[0]]
        assert "▼" in desk.lines()[2]


@pytest.mark.parametrize("grouping", [name for name in GROUPINGS if name])
def test_every_grouping_puts_each_phone_below_one_band(grouping: str) -> None:
    entries = arrange(fleet_of_eight(), Arrangement(DEFAULT_COLUMNS, grouping=grouping))
    bands = [entry for entry in entries if isinstance(entry, GroupHeading)]
    assert entries[0] is bands[0]
    assert sorted(phone.name for band in bands for phone in band.members) == sorted(p.name for p in fleet_of_eight())


def test_phones_reached_directly_are_not_a_nameless_group() -> None:
    assert names(arrange(fleet_of_eight(), Arrangement(DEFAULT_COLUMNS, grouping="jump host")))[0] == "reached directly"


@pytest.mark.parametrize("width", [58, 78, 118, 298])
def test_rows_and_heading_fit_and_agree(width: int) -> None:
    entries = arrange(fleet_of_eight(), BY_SEVERITY)
    rows = FleetTable(entries, BY_SEVERITY, {PhoneId("lobby")}, width, CellContext(AT))
    assert all(cell_width(rows[place]) <= width for place in range(len(rows)))
    assert cell_width(table_heading(BY_SEVERITY, width)) <= width
    columns, left_out = table.shown_columns(BY_SEVERITY, width)
    assert len(columns) + left_out == len(DEFAULT_COLUMNS)
    assert all(column.heading in text(table_heading(BY_SEVERITY, width)) for column in columns)


def test_only_the_rows_that_are_looked_at_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    cells = FleetTable._cells

    def counted(self: FleetTable, shown: Phone) -> object:
        nonlocal made
        made += 1
        return cells(self, shown)

    monkeypatch.setattr(FleetTable, "_cells", counted)
    many = [phone(f"desk-{number}") for number in range(1000)]
    rows = FleetTable(arrange(many, BY_SEVERITY), BY_SEVERITY, (), 118, CellContext(AT))
    assert [rows[place] for place in (3, 4, 4)]
    assert made == 2


@pytest.mark.parametrize(
    ("words", "left"),
    [("tag:reception", ["lobby"]), ("via:bastion", ["bergen-2"]), ("!group:hq state:live", ["bergen-1", "bergen-2"])],
)
def test_the_filter_knows_what_the_table_shows(words: str, left: list[str]) -> None:
    phones = [replace(p, tags=(Printable("reception"),)) if p.name == "lobby" else p for p in fleet_of_eight()]
    assert [phone.name for phone in filtered(phones, words)] == left


async def test_the_call_in_trouble_is_two_keys_away() -> None:
    fleet = office()
    fleet.phones = {phone: known for phone, known in fleet.phones.items() if phone != "desk-33"}
    async with opened(fleet) as desk:
        await desk.press("f", "enter")
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.main.view_state.selected == "reception"


async def test_order_group_and_columns_stay_for_the_next_visit() -> None:
    async with opened() as desk:
        await desk.press("f", "less_than_sign", "greater_than_sign", "r", "b", "o", "space", "enter")
        kept = Arrangement(
            DEFAULT_COLUMNS[1:], DEFAULT_COLUMNS[1], "site", is_reversed=True
        )  # sorted by a column that is shown
        assert screen(desk)._arrangement == kept
        await desk.press("escape", "f")
        assert screen(desk)._arrangement == kept
        assert "group: site" in desk.text()


async def test_the_arrangement_of_an_earlier_run_comes_back_and_changes_are_told() -> None:
    told: list[tuple[str, Mapping[str, object]]] = []
    before = Arrangement(("phone", "loss"), "loss", "switch", is_reversed=True)
    preferences = {"fleet": json.loads(json.dumps(before.kept))}
    async with opened(preferences=preferences, keep=lambda *what: told.append(what)) as desk:
        await desk.press("f")
        assert screen(desk)._arrangement == before
        assert told == []
        await desk.press("r")
        assert told == [("fleet", replace(before, is_reversed=False).kept)]


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        "columns",
        {"columns": 7, "order": [], "grouping": {}, "reversed": "yes"},
        {"columns": ["colour", 3, None, []], "order": "colour", "grouping": "colour", "more": 1},
        {"columns": []},
    ],
)
def test_preferences_that_are_not_understood_are_left_out(kept: object) -> None:
    assert restore_arrangement(kept) == Arrangement(DEFAULT_COLUMNS)


def test_of_damaged_preferences_the_sound_part_is_kept() -> None:
    kept = {"columns": ["loss", "colour", "phone", "loss"], "order": "phone", "grouping": 3, "reversed": True}
    assert restore_arrangement(kept) == Arrangement(("loss", "phone"), "phone", is_reversed=True)


async def test_columns_are_moved_and_restored() -> None:
    async with opened() as desk:
        await desk.press("f", "o", "plus", "enter")
        assert screen(desk)._arrangement.columns[:2] == (DEFAULT_COLUMNS[1], DEFAULT_COLUMNS[0])
        await desk.press("o", "0", "enter")
        assert screen(desk)._arrangement.columns == DEFAULT_COLUMNS
        await desk.press("o", *(["space", "down"] * len(DEFAULT_COLUMNS)), "enter")
        assert isinstance(desk.app.screen, ColumnPicker)  # a table needs one
        await desk.press("escape")
        assert screen(desk)._arrangement.columns == DEFAULT_COLUMNS


async def test_the_filter_narrows_and_escape_shows_all_again() -> None:
    async with opened() as desk:
        await desk.press("f", "slash", *"bergen", "enter")
        assert "bergen-1" in desk.text()
        assert "reception" not in desk.text()
        assert "Fleet  2 of 8" in desk.text()
        assert "filter: bergen" in desk.text()
        await desk.press("escape")
        assert "reception" in desk.text()
        await desk.press("slash", *"nowhere", "enter")
        assert "No match" in desk.text()


NOW_SHOWN = CellContext(AT)


def cells(of: Phone, *columns: str, context: CellContext = NOW_SHOWN) -> dict[str, tuple[str, Role]]:
    found = {}
    for name in columns:
        cell = COLUMNS[name].cell(of, context)
        runs = (cell,) if isinstance(cell, Run) else cell
        found[name] = ("".join(run.text for run in runs), runs[0].role)
    return found


def test_state_trouble_and_figures_stand_in_columns_of_their_own_and_figures_in_the_colour_of_their_grade() -> None:
    known = {str(each.name): each for each in fleet_of_eight()}
    assert cells(known["reception"], "trouble", "state", "mos", "loss", "jitter", "rtt", "call") == {
        "trouble": ("! loss", Role.POOR), "state": ("ringing", Role.ACCENT), "mos": ("3.2", Role.POOR),
        "loss": ("4.1 %", Role.POOR), "jitter": ("61 ms", Role.POOR), "rtt": ("–", Role.DIM),
        "call": ("→ Ola Nordmann +47 22 00 00 00 +1", Role.PLAIN),
    }  # fmt: skip
    assert cells(known["lobby"], "trouble", "state", "mos", "loss", "jitter", "rtt") == {
        "trouble": ("● good", Role.GOOD), "state": ("in call", Role.GOOD), "mos": ("4.1", Role.GOOD),
        "loss": ("0.4 %", Role.GOOD), "jitter": ("14 ms", Role.VALUE), "rtt": ("92 ms", Role.VALUE),
    }  # fmt: skip
    assert cells(known["desk-33"], "trouble", "state") == {
        "trouble": ("⊘", Role.FAILED), "state": ("refused", Role.FAILED)
    }  # fmt: skip
    assert cells(known["desk-32"], "trouble", "state")["state"][0] == "asleep"
    assert cells(known["desk-31"], "trouble", "state") == {"trouble": ("", Role.DIM), "state": ("idle", Role.DIM)}
    away = replace(known["lobby"], connection=Connection(State.UNREACHABLE, "refused", seen_at=NOW))
    assert cells(away, "state", context=CellContext(AT, zone=UTC))["state"] == ("down since 03:04", Role.FAILED)


def test_the_trend_has_a_column_a_minute_and_gaps_where_nobody_talked() -> None:
    known = {str(each.name): each for each in fleet_of_eight()}
    assert cells(known["reception"], "trend")["trend"] == ("▇▇▇▇▇▆▅▄▅▅", Role.POOR)
    assert cells(known["lobby"], "trend")["trend"] == ("····▇▇··▇▇", Role.GOOD)
    later = CellContext(AT + 3 * 60)
    assert cells(known["lobby"], "trend", context=later)["trend"][0] == "·▇▇··▇▇···"
    assert cells(known["desk-31"], "trend")["trend"] == ("··········", Role.GAP)
    assert cells(known["lobby"], "trend", context=CellContext(AT + 3600))["trend"] == ("··········", Role.GAP)


async def test_the_title_says_how_the_phones_do_and_how_they_are_arranged() -> None:
    async with opened() as desk:
        await desk.press("f")
        assert "Fleet  8 of 8  ⊘ 1  ! 1  ≈ 1  ● 1  z 1  ○ 3   sort: worst first   filter: –   group: –" in desk.text()
        await desk.press("greater_than_sign", "r", "b")
        assert "sort: phone ▲   filter: –   group: site" in desk.text()


async def test_the_detail_tells_of_the_phone_under_the_cursor_what_is_wrong_and_where_to_look() -> None:
    fleet = office()
    reception = PhoneId("reception")
    fleet.alerts = (alert("reception", AlertId.ONE_WAY_AUDIO, Severity.CRITICAL, "no audio in, from lobby", 35),)
    cause = Diagnosis(
        Printable("check the cabling"), Printable("CRC +14/min"), figures=Printable("loss 6.8 % over 10 s")
    )
    fleet.pointed = {(reception, (1, 0)): (cause,)}
    async with opened(fleet) as desk:
        await desk.press("f", "home")
        title = next(line for line in desk.lines() if "Fleet  8 of 8" in line)
        assert title.split()[4:6] == ["✗", "1"]
        below = desk.lines()[-3:-1]
        assert "reception  ✗ no audio in, from lobby  since " in below[0]
        assert "→ check the cabling  CRC +14/min" in below[1]
        assert "6.8 %" not in below[1], "which was so when the cause was found; the row has what is so now"
        await desk.press("end")
        assert "lobby  in call  no alert" in desk.lines()[-3]
        assert "Front Desk 5000 · Connected · G722 · 00:01:43" in desk.lines()[-2]


async def test_a_click_on_a_heading_sorts_by_it_and_a_second_one_turns_the_order_round() -> None:
    told: list[tuple[str, Mapping[str, object]]] = []
    async with opened(keep=lambda *what: told.append(what)) as desk:
        await desk.press("f")
        view = screen(desk)
        heading = view.query_one(TableHeading)
        corner = heading.content_region.offset
        at = text(table_heading(view._arrangement, heading.size.width)).index("loss")
        await desk.pilot.click(offset=(corner.x + at, corner.y))
        assert (view._arrangement.order, view._arrangement.is_reversed) == ("loss", False)
        await desk.pilot.pause()
        assert "sort: loss ▼" in desk.text()
        await desk.pilot.click(offset=(corner.x + at, corner.y))
        assert (view._arrangement.order, view._arrangement.is_reversed) == ("loss", True)
        assert [kept["order"] for _, kept in told] == ["loss", "loss"]
        await desk.pilot.click(offset=(corner.x, corner.y))  # above the marks there is no column
        assert view._arrangement.order == "loss"


def test_every_heading_is_where_its_column_is() -> None:
    arrangement = Arrangement(DEFAULT_COLUMNS)
    columns, _ = table.shown_columns(arrangement, 160)
    heading = text(table_heading(arrangement, 160))
    for column in columns:
        found = {table.column_at(arrangement, 160, x) for x in range(160) if heading[x : x + 1].strip()}
        assert column.id in found
    assert table.column_at(arrangement, 160, 159) is None


def test_the_table_is_written_as_it_is_listed_and_no_name_becomes_a_formula() -> None:
    known = {str(each.name): each for each in fleet_of_eight()}
    evil = replace(known["desk-31"], name=Printable('=HYPERLINK("x")|'))
    phones, columns, context = [known["reception"], evil], ("phone", "state", "mos", "trend"), CellContext(AT)
    lines = csv_table(phones, columns, context).split("\r\n")
    assert lines[:2] == ["phone,state,MOS,10 min", "reception,ringing,3.2,▇▇▇▇▇▆▅▄▅▅"]
    assert lines[2].startswith("\"'=HYPERLINK")
    first, second = map(json.loads, json_table(phones, columns, context).splitlines())
    assert (first["id"], first["mos"], second["mos"]) == ("reception", "3.2", None)
    table_lines = markdown_table(phones, columns, context).splitlines()
    assert table_lines[1] == "| --- | --- | --- | --- |"
    assert '=HYPERLINK("x")\\|' in table_lines[3]


async def test_the_table_goes_to_a_file(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened() as desk:
        await desk.press("f", "slash", *"mos<3.6", "enter", "E", "enter")
        await until(lambda: any(tmp_path.iterdir()))
        await desk.app.workers.wait_for_complete()
    (file,) = tmp_path.iterdir()  # noqa: ASYNC240 - the program has ended
    assert file.suffix == ".csv"
    assert file.read_text().count("\n") == 2


async def test_no_phones_say_why() -> None:
    async with opened(FakeFleet()) as desk:
        await desk.press("f", "space", "enter", "colon")
        assert "the configuration names none" in desk.text()


async def test_the_order_stands_still_while_the_operator_moves() -> None:
    async with opened() as desk:
        await desk.press("f", "down")
        view = screen(desk)
        before = names(view._entries)
        desk.fleet.put(
            replace(desk.fleet.phones[PhoneId("desk-31")], connection=desk.fleet.phones[PhoneId("desk-33")].connection)
        )
        view.refresh_view()
        assert names(view._entries) == before
        desk.clock.move(5)
        view.refresh_view()
        assert names(view._entries)[0] == "desk-31"
        assert view.item == desk.fleet.phones[PhoneId("reception")]


async def marked_and_told(desk: Desk, count: str) -> None:
    await desk.press("f", "space", "space", "colon", *"SystemUnit Boot", "enter")
    assert isinstance(desk.app.screen, TypedConfirm)
    await desk.press(*count, "enter")
    await desk.app.workers.wait_for_complete()
    await desk.pilot.pause()


async def test_many_phones_want_their_number_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_dispatch, "PACE_S", 0.0)
    async with opened() as desk:
        await marked_and_told(desk, "3")
        assert isinstance(desk.app.screen, TypedConfirm)
        assert "That is not 2" in desk.text()
        assert desk.fleet.done == []


async def test_a_command_goes_to_every_marked_phone_and_control_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as desk:
        await marked_and_told(desk, "2")
        assert [(what, phone) for what, phone, *_ in desk.fleet.done] == [
            ("command", "reception"),
            ("command", "desk-33"),
        ]
        assert desk.fleet.granted == set()
        assert "sent to 2 of 2" in desk.text()


async def test_refusals_are_counted_and_the_first_is_told() -> None:
    async with opened(office(refuses=CommandRefused("the phone refuses: no"))) as desk:
        await marked_and_told(desk, "2")
        assert "sent to 0 of 2, 2 refused" in desk.text()
        assert "the phone refuses: no" in desk.text()


async def test_a_mistyped_command_goes_nowhere() -> None:
    async with opened(office(default=Permission.GRANTED)) as desk:
        await desk.press("f", "space", "colon", *"Call Dial 5000=", "enter")
        assert desk.fleet.done == []


async def test_without_a_mark_a_command_is_typed_for_the_phone_under_the_cursor() -> None:
    async with opened(with_tree(office())) as desk:
        await desk.press("f", "down")
        under = screen(desk).item
        assert isinstance(under, Phone)
        await desk.press("colon", *"goto")
        opened_here = desk.app.screen
        assert isinstance(opened_here, CommandScreen)
        assert opened_here._phone == under.id
        assert desk.app.screen.query_one(Input).value == "goto"


def test_a_group_is_marked_as_one() -> None:
    band = arrange(fleet_of_eight(), Arrangement(DEFAULT_COLUMNS, grouping="model"))[0]
    assert isinstance(band, GroupHeading)
    assert "phone" in text(table.heading_row(band, {}))


async def test_an_unknown_field_is_named_and_not_taken_for_no_match() -> None:
    async with opened() as desk:
        await desk.press("f", "slash", *"modle:9841")
        assert "No field is called 'modle': did you mean 'model'?" in desk.text()
