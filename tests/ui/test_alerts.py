"""The screen of alerts, and where else alerts show."""

import dataclasses

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import Severity
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.ui.alerts import rows as pane
from phonetui.ui.alerts.screen import AlertsScreen
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.text import format as text_format
from phonetui.ui.text.rows import Role, cell_width, text, wrapped
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.alerts import ALERTS, HINTS, LOSS, alert, troubled
from tests.ui.golden import compare, golden
from tests.ui.office import CONFIG, NOW, FakeFleet, lobby, office, phone, reception
from tests.ui.screen import Desk, opened


def quiet() -> FakeFleet:
    fleet = office()
    return dataclasses.replace(fleet, phones={id_: one for id_, one in fleet.phones.items() if one.is_current})


def nasty() -> FakeFleet:
    word = printable("\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]" * 20)
    return troubled_by(word)


def troubled_by(words: str) -> FakeFleet:
    fleet = troubled()
    fleet.alerts = tuple(replace(found, text=printable(words), subject=words) for found in ALERTS)
    fleet.hints = (Diagnosis(printable(words), printable(words)),)
    return fleet


async def arrived(desk: Desk) -> AlertsScreen:
    await desk.open_list("a")
    screen = desk.app.screen
    assert isinstance(screen, AlertsScreen)
    await looked(desk)
    return screen


async def looked(desk: Desk) -> None:
    """What the screen's own timer does a few times a second."""
    assert isinstance(desk.app.screen, AlertsScreen)
    desk.app.screen.refresh_view()
    await desk.pilot.pause()


async def test_nothing_is_wrong() -> None:
    async with opened(quiet()) as desk:
        screen = await arrived(desk)
        compare("alerts-quiet", golden(desk, screen))


async def test_enter_goes_to_the_phone() -> None:
    async with opened(troubled()) as desk:
        await arrived(desk)
        await desk.press("down", "enter")
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.app.view_state.selected == "reception"
        assert "2 Calls · reception" in desk.text()


async def test_an_alert_of_no_phone_leads_nowhere() -> None:
    async with opened(troubled()) as desk:
        await arrived(desk)
        await desk.press(*["down"] * 5, "enter")
        assert isinstance(desk.app.screen, AlertsScreen)
        assert [note.message for note in desk.app._notifications] == ["This alert is of no phone in particular."]


async def test_muting_and_unmuting_and_the_cursor_stays_on_the_alert() -> None:
    async with opened(troubled()) as desk:
        await arrived(desk)
        await desk.press("down", "m")
        assert [known.is_muted for known in desk.fleet.alerts if known.key == LOSS.key] == [True]
        assert "! muted" in desk.text()
        assert "m unmute" in desk.text()
        desk.fleet.alerts = (*desk.fleet.alerts[2:], *desk.fleet.alerts[:2])
        await looked(desk)
        await desk.press("m")
        assert [known.is_muted for known in desk.fleet.alerts if known.key == LOSS.key] == [False]


async def test_without_an_alert_no_key_is_offered_that_does_nothing() -> None:
    async with opened(quiet()) as desk:
        await arrived(desk)
        assert desk.lines()[-1].split("  ")[:3] == [" o this phone", "/ filter", "esc back"]
        await desk.press("m", "enter")
        assert isinstance(desk.app.screen, AlertsScreen)


@pytest.mark.parametrize("key", ["escape", "q", "a"])
async def test_ways_back(key: str) -> None:
    async with opened(troubled()) as desk:
        await arrived(desk)
        await desk.press(key)
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.app.is_running


async def test_a_frozen_display_keeps_its_alerts() -> None:
    async with opened(troubled()) as desk:
        await desk.press("p")
        desk.fleet.alerts, desk.fleet.hints = (), ()
        desk.fleet.version += 1
        desk.clock.move(3600)
        await arrived(desk)
        assert "FROZEN" in desk.text()
        assert "line 2 is not registered: Failed" in desk.text()
        assert "now  lobby" in desk.text()
        await desk.press("m")
        assert [note.message for note in desk.app._notifications] == [
            "Muted for this session; the frozen display does not show it."
        ]
        await desk.press("escape", "p", "a")
        await looked(desk)
        assert "No alert holds" in desk.text()


async def test_nothing_is_painted_again_while_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(troubled()) as desk:
        screen = await arrived(desk)
        asked: list[object] = []
        for view in screen.query(RowsView):
            monkeypatch.setattr(view, "refresh", lambda *regions, **_: asked.append(regions))
        desk.fleet.version += 1
        screen.refresh_view()
        assert asked == []


async def test_the_header_counts_what_holds_and_is_not_muted() -> None:
    async with opened(troubled()) as desk:
        assert "8 phones  3 calls  6 alerts  2 not answering" in desk.text()
        desk.fleet.alerts = ()
        await desk.refresh_view()
        assert "alert " not in desk.lines()[0]


@pytest.mark.parametrize(
    ("one", "shown"),
    [(phone("lobby"), "! registration"), (lobby(), "! registration"), (reception(), "! loss"),
     (phone("lobby", state=lobby().connection.state.REFUSED), "⊘ refused"), (phone("bergen-1"), "○ idle")],
)  # fmt: skip
def test_the_tree_marks_phones_with_a_grave_alert(one: Phone, shown: str) -> None:
    found = text_format.mark(one, text_format.troubled(ALERTS))
    assert f"{found.glyph} {found.word}" == shown


def rated(measure: Measure) -> str:
    one = lobby()
    return text_format.mark(replace(one, measures=(measure,))).word


def test_trouble_is_a_word_and_figures_have_columns_of_their_own() -> None:
    mos, loss = JudgedMetric(Metric.MOS, 3.46, Grade.POOR), JudgedMetric(Metric.LOSS, 9.0, Grade.CRITICAL)
    assert rated(Measure(1, 0, Grade.POOR, (mos,), mos=3.46)) == "mos"
    assert rated(Measure(1, 0, Grade.CRITICAL, (loss, mos), mos=3.46)) == "loss"
    assert rated(Measure(1, 0, Grade.GOOD, (replace(mos, value=4.0, grade=Grade.GOOD),), mos=4.0)) == "good"


def test_ages_are_told_in_steps_from_the_last_change() -> None:
    told = [text(row)[11:17].strip() for row in pane.alert_rows(ALERTS, NOW, 200)]
    assert told == ["5 min", "30 s", "now", "1 min", "1 h", "1 min", "1 h", "5 min", "5 min"]


def test_only_what_holds_and_is_heard_has_colours() -> None:
    rows = pane.alert_rows(ALERTS, NOW, 200)
    assert [all(run.role is Role.DIM for run in row) for row in rows] == [
        not (a.is_active and not a.is_muted) for a in ALERTS
    ]


def test_many_hints_are_counted() -> None:
    told = [text(row) for row in pane.diagnosis_rows(HINTS, 60)]
    assert len(told) == 7
    assert told[-1] == "  and 1 more"
    assert all(cell_width(row) <= 60 for row in pane.diagnosis_rows(HINTS, 60))


@pytest.mark.parametrize(
    ("fleet", "words"),
    [
        (FakeFleet(), ["No phone is watched, so nothing can be wrong."]),
        (office(), ["Phones watched: 8; answering: 5.", "judged only while it answers", "Muted by the configuration: *:mwi, lobby."]),
        (quiet(), ["Phones watched: 5; answering: 5.", "Muted by the configuration: *:mwi, lobby."]),
    ],
)  # fmt: skip
async def test_an_empty_screen_says_why_it_is_empty(fleet: FakeFleet, words: list[str]) -> None:
    async with opened(fleet, config=replace(CONFIG, muted_alerts=("*:mwi", "lobby"))) as desk:
        await arrived(desk)
        assert [word for word in words if word not in desk.text()] == []
        assert ("judged only" in desk.text()) is (len(words) == 3)


def test_severities_have_a_word_and_a_glyph_each() -> None:
    marks = [pane.alert_mark(alert("lobby", LOSS.id, severity, "loss", 1)) for severity in Severity]
    assert len({mark.glyph for mark in marks}) == len({mark.word for mark in marks}) == len(Severity)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("", []),
        ("one two", ["one two"]),
        ("one two three four", ["one two", "three four"]),
        ("one two three four five six", ["one two", "three fou…"]),
        ("abcdefghijklmnop", ["abcdefghi", "jklmnop"]),
        ("日本日本 日本", ["日本日本", "日本"]),
        ("ends in …", ["ends in …"]),
    ],
)
def test_wrapping(words: str, lines: list[str]) -> None:
    assert wrapped(words, 10, 2) == lines


async def test_under_the_mask_the_address_that_a_phone_is_called_by_stands_nowhere() -> None:
    """A phone of a URL has its address for a name, and its id is what `mute` takes."""
    whose = PhoneId("192.0.2.77")
    fleet = troubled()
    known = fleet.phones[PhoneId("lobby")]
    fleet.phones = {whose: replace(known, id=whose, name=Printable(whose), address=Printable(whose))}
    fleet.alerts = tuple(replace(alert, phone=whose) for alert in fleet.alerts if alert.phone is not None)
    fleet.entries = tuple(replace(entry, phone=whose) for entry in fleet.entries)
    async with opened(fleet) as desk:
        await desk.press("a")
        assert 'mute = ["192.0.2.77:' in desk.text()
        await desk.press("P", "y")
        assert "192.0.2.77" not in desk.text() + desk.app.clipboard
        assert "192.0.•.•" in desk.app.clipboard
        assert "take the mask away, which hides the phone's id" in desk.text()
        await desk.press("e", "f1", "escape", "y")
        assert "192.0.2.77" not in desk.text() + desk.app.clipboard
