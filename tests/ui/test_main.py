from typing import Any

import pytest
from msgspec.structs import replace
from textual._compositor import Compositor

from phonetui.config.settings import UiSettings
from phonetui.errors import ConfigError
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.main.screen import EventsPane
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.text.rows import text
from tests.ui.office import CONFIG, NOW, FakeFleet, office, phone
from tests.ui.screen import SMALL, WIDE, Desk, opened, themed


def tree_of(desk: Desk) -> str:
    return "\n".join(map(text, desk.main.query_one(PhonesPane).rows))


async def test_the_first_phone_is_selected_and_everything_of_it_is_there() -> None:
    async with opened() as desk:
        shown = desk.text()
        for words in (
            "lobby",
            "Front Desk 5000",
            "reported CQ 4.1",
            "Registered",
            "sw-2f Gi1/0/14",
            "loss poor 4.1 %",
        ):
            assert words in shown


async def test_a_key_paints_the_cursor_and_right_behind_it_all_that_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one paint, also where the next phone needs other heights."""
    paints, update = [], Compositor.render_update

    async with opened() as desk:

        def counted(*arguments: Any, **more: Any) -> Any:
            calls = desk.main.query_one(CallsPane)
            paints.append((desk.main.query_one(PhonesPane).item.phone, calls.snapshot and calls.snapshot.selected))
            return update(*arguments, **more)

        monkeypatch.setattr(Compositor, "render_update", counted)
        heights = set()
        for _ in range(5):
            before = desk.app.view_state.selected
            paints.clear()
            await desk.press("j")
            heights.add(desk.main.query_one(CallsPane).size.height)
            after = desk.app.view_state.selected
            assert paints == ([(after, before), (after, after)] if after != before else [(None, before)]), "a group"
        assert len(heights) > 1, "phones with and without a call"
        shown = desk.text()
        desk.main.refresh(layout=True)
        await desk.pilot.pause()
        assert desk.text() == shown, "and nothing was left unpainted"


async def test_the_cursor_walks_through_phones_and_the_panes_follow() -> None:
    async with opened() as desk:
        await desk.press("j")
        assert desk.app.view_state.selected == "reception"
        assert "Ola Nordmann" in desk.text()
        await desk.press("left_square_bracket")
        assert desk.app.view_state.selected == "lobby"
        await desk.press("left_square_bracket")
        assert desk.app.view_state.selected == "bergen-2", "round and round"


async def test_groups_close_and_open_and_the_selection_survives() -> None:
    async with opened() as desk:
        await desk.press("left", "left")
        assert "reception" not in tree_of(desk)
        assert desk.app.view_state.selected == "lobby"
        await desk.press("enter")
        assert "reception" in tree_of(desk)
        await desk.press("left", "left", "left")
        assert "▸ HQ" in tree_of(desk)
        await desk.press("right_square_bracket")
        assert "▾ HQ" in tree_of(desk), "the way to a phone opens what hides it"
        assert desk.app.view_state.selected == "reception"


async def test_enter_on_a_phone_without_a_call_goes_where_that_is_explained() -> None:
    async with opened() as desk:
        await desk.press(*"jjj")
        assert desk.app.view_state.selected == "desk-31", "which is idle"
        await desk.press("enter")
        assert isinstance(desk.app.focused, CallsPane)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_filter_works_while_it_is_typed_and_stays_in_sight(size: tuple[int, int]) -> None:
    async with opened(size=size) as desk:
        await desk.press("slash", *"berg")
        assert desk.app.view_state.selected == "bergen-1"
        await desk.press("enter")
        assert "/berg" in desk.text()
        assert desk.main.query_one(PhonesPane).listed(desk.app.view_state.snapshot()) == ["bergen-1", "bergen-2"]
        await desk.press("right_square_bracket", "right_square_bracket")
        assert desk.app.view_state.selected == "bergen-1", "only the filtered phones are walked through"
        await desk.press("escape")
        assert "/berg" not in desk.text()


async def test_escape_while_typing_clears_the_filter() -> None:
    async with opened() as desk:
        await desk.press("slash", *"xyz")
        assert "No match." in desk.text()
        await desk.press("escape")
        assert "No match." not in desk.text()
        assert isinstance(desk.app.focused, PhonesPane)


async def test_the_selection_survives_updates_and_a_phone_that_is_gone() -> None:
    async with opened() as desk:
        await desk.press("j")
        desk.fleet.put(phone("newcomer"))
        await desk.refresh_view()
        assert desk.app.view_state.selected == "reception"
        desk.fleet.phones = {PhoneId("newcomer"): phone("newcomer")}
        await desk.refresh_view()
        assert desk.app.view_state.selected == "newcomer"


async def test_a_frozen_display_keeps_its_moment_for_every_phone() -> None:
    async with opened() as desk:
        await desk.press("p")
        assert "FROZEN since 03:04:29" in desk.text()
        desk.fleet.put(replace(desk.fleet.phones[PhoneId("reception")], lines=()))
        desk.fleet.say(JournalEntry(NOW, PhoneId("lobby"), Printable("something new")))
        desk.fleet.histories.clear()
        desk.clock.move(30)
        await desk.refresh_view()
        assert "something new" not in desk.text()
        await desk.press("j")
        assert "Ola Nordmann" in desk.text()
        assert any("\N{BRAILLE PATTERN DOTS-1}" <= sign <= "\N{BRAILLE PATTERN DOTS-12345678}" for sign in desk.text())
        await desk.press("p")
        assert "FROZEN" not in desk.text()
        assert "something new" in desk.text()
        assert "Ola Nordmann" not in desk.text()


async def test_any_pane_can_be_zoomed_and_the_zoom_follows_the_focus() -> None:
    async with opened(size=SMALL) as desk:
        await desk.press("4", "z")
        assert "96↓ 50↑" in desk.text()
        assert "Front Desk" not in desk.text()
        await desk.press("3")
        assert "speaker ● green" in desk.text()
        assert "96↓ 50↑" not in desk.text()
        await desk.press("1")
        assert "bergen-2" in desk.text()
        await desk.press("escape")
        assert "Front Desk" in desk.text()


async def test_the_tail_of_the_events_is_in_sight() -> None:
    async with opened(size=SMALL) as desk:
        for number in range(30):
            desk.fleet.say(JournalEntry(NOW, PhoneId("lobby"), Printable(f"event {number}")))
        await desk.refresh_view()
        assert "event 29" in desk.text()
        await desk.press("j")
        assert "event 29" in desk.text()
        assert len(desk.main.query_one(EventsPane).rows) == 35


async def test_room_for_more_events_while_no_second_call_needs_it() -> None:
    async with opened(size=SMALL) as desk:
        assert sum("03:0" in line or "02:" in line for line in desk.lines()[14:]) == 5
        await desk.press("j")
        assert "Kari 5012" in desk.text()
        assert sum("03:0" in line for line in desk.lines()[14:]) == 2


async def test_a_terminal_that_is_too_small_says_what_it_needs() -> None:
    async with opened() as desk:
        for size in ((40, 10), (59, 30), (100, 15)):
            await desk.pilot.resize_terminal(*size)
            await desk.pilot.pause()
            assert "needs 60 x 16" in desk.text()
            assert f"has {size[0]} x {size[1]}" in desk.text()
        await desk.pilot.resize_terminal(*WIDE)
        await desk.pilot.pause()
        await desk.refresh_view()
        assert "Front Desk 5000" in desk.text()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (80, 50), (109, 29), (110, 30), (120, 36), (160, 50), (300, 90)])
async def test_every_size_shows_the_call_and_fits(size: tuple[int, int]) -> None:
    async with opened(size=size) as desk:
        assert "Connected" in desk.text()
        assert {len(line) for line in desk.lines()} == {size[0]}


async def test_the_theme_changes_by_key() -> None:
    async with opened() as desk:
        await desk.press("t")
        assert desk.app.theme == "phonetui-light"
        await desk.press(*"t" * 6)
        assert desk.app.theme == "phonetui-dark"


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_ascii_means_ascii_only(size: tuple[int, int]) -> None:
    async with opened(size=size, config=themed(ascii=True)) as desk:
        for keys in ([], ["j"], ["slash"], ["escape"], ["question_mark"], ["escape"], ["i"], ["y"]):
            await desk.press(*keys)
            assert desk.text().isascii()
        assert "POOR" in desk.text() or "good" in desk.text()


async def test_keys_can_be_remapped_and_help_and_footer_follow() -> None:
    config = replace(CONFIG, keys={"view.freeze": "F5,/", "tree.filter": "f6"})
    async with opened(config=replace(config, keys={"view.freeze": "f5,!", "tree.filter": "f6"})) as desk:
        await desk.press("p")
        assert "FROZEN" not in desk.text()
        await desk.press("f5")
        assert "FROZEN" in desk.text()
        await desk.press("exclamation_mark")
        assert "FROZEN" not in desk.text()
        assert "F5 freeze" in desk.lines()[-1]


async def test_a_click_on_a_hint_is_its_key() -> None:
    async with opened() as desk:
        column = desk.lines()[-1].index("freeze")
        await desk.pilot.click(offset=(column, WIDE[1] - 1))
        await desk.pilot.pause()
        assert "FROZEN" in desk.text()


async def test_a_click_selects_a_phone() -> None:
    async with opened() as desk:
        row = next(number for number, line in enumerate(desk.lines()) if "desk-33" in line)
        await desk.pilot.click(offset=(8, row))
        await desk.pilot.pause()
        assert desk.app.view_state.selected == "desk-33"


async def test_no_phone_at_all_is_no_crash() -> None:
    async with opened(FakeFleet()) as desk:
        assert "There are no phones" in desk.text()
        await desk.press("j", "enter", "left", "right", "i", "d", "A", "H", "right_square_bracket", "z", "p", "p", "d")
        assert "No phone is selected." in desk.text()


async def test_the_fleet_starts_after_the_first_frame_and_is_settled_on_the_way_out() -> None:
    async with opened() as desk:
        assert desk.fleet.is_running
        assert not desk.fleet.was_settled
    assert desk.fleet.was_settled


async def test_a_crash_of_the_fleet_ends_the_program_with_one_line() -> None:
    fleet = office(ends_with=ExceptionGroup("watching", [ValueError("odd \x1b[2J answer")]))
    async with opened(fleet) as desk:
        pass
    assert desk.app.failure is not None
    assert "ValueError: odd" in desk.app.failure
    assert desk.app.failure.isprintable()
    assert desk.app.return_code == 1


@pytest.mark.parametrize("ui", [UiSettings(theme="none"), UiSettings(timezone="Mars/Olympus")])
def test_what_does_not_exist_is_an_error_of_the_configuration(ui: UiSettings) -> None:
    with pytest.raises(ConfigError):
        PhonetuiApp(FakeFleet(), replace(CONFIG, ui=ui))


async def test_the_figures_of_a_call_have_room_in_the_smallest_terminal() -> None:
    async with opened(size=(60, 16)) as desk:
        for word in ("lobby", "● good", "loss", "discard", "jitter", "RTT", "MOS"):
            assert word in desk.text(), word


@pytest.mark.parametrize(
    ("leaves", "keys"),
    [("ctrl+c", ()), ("ctrl+c", ("f",)), ("ctrl+q", ()), ("ctrl+q", ("question_mark",)), ("ctrl+q", ("d",))],
)
async def test_two_keys_leave_at_once(leaves: str, keys: tuple[str, ...]) -> None:
    """Where a text is typed ctrl+c copies, as everywhere."""
    async with opened() as desk:
        await desk.press(*keys)
        await desk.press(leaves)
        assert desk.app._exit
        assert desk.app.return_code == 0


async def test_keys_arrive_after_the_terminal_was_too_small() -> None:
    """As a pane of tmux is that somebody makes small and large again: what had the focus has it again."""
    async with opened(office()) as desk:
        await desk.press("tab")
        focused = desk.app.focused
        assert focused is not None
        await desk.pilot.resize_terminal(30, 5)
        await desk.until(lambda: desk.app.focused is None)
        await desk.pilot.resize_terminal(120, 36)
        await desk.until(lambda: desk.app.focused is focused)
