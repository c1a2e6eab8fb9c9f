import pytest
from textual.command import CommandPalette

from phonetui.actions import ACTIONS, SCREENS
from phonetui.phone.quality.grading import DEFAULT
from phonetui.ui.keyboard import shown
from phonetui.ui.main.help import HelpScreen, help_rows
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.text.rows import text
from tests.ui.office import with_tree
from tests.ui.remembered import remembering
from tests.ui.screen import SMALL, Desk, opened


def test_help_lists_every_action_with_its_key_and_id() -> None:
    keys = {action.id: action.keys for action in ACTIONS}
    said = [text(row) for row in help_rows(keys, DEFAULT)]
    for action in ACTIONS:
        assert any(action.words in line and action.id in line and shown(action.keys) in line for line in said), (
            action.id
        )


def test_help_fits_a_small_terminal_and_no_words_touch_the_id_beside_them() -> None:
    said = [text(row) for row in help_rows({action.id: action.keys for action in ACTIONS}, DEFAULT)]
    assert [line for line in said if len(line) > SMALL[0] - 4] == []
    assert [action.id for action in ACTIONS if not any(line.endswith(f"  {action.id}") for line in said)] == []


async def test_help_opens_scrolls_and_closes() -> None:
    async with opened() as desk:
        await desk.press("question_mark")
        assert isinstance(desk.app.screen, HelpScreen)
        assert "Take control" in desk.text()
        await desk.press("G")
        assert "something answers there that is not a phone's xAPI" in desk.text()
        await desk.press("q")
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.app.is_running


async def test_the_palette_knows_every_action() -> None:
    async with opened() as desk:
        offered = {command.title: command.callback for command in desk.app.get_system_commands(desk.app.screen)}
        assert set(offered) == {action.words for action in ACTIONS if action.id in SCREENS["main"].works}
        assert all(map(callable, offered.values()))


async def test_the_palette_leads_to_a_phone_by_its_name() -> None:
    async with opened() as desk:
        await desk.press("ctrl+p", *"bergen-2")
        await desk.app.workers.wait_for_complete()
        await desk.until(lambda: "Go to bergen-2" in desk.text(), "the palette offers it")
        await desk.press("enter")
        await desk.pilot.pause()
        assert desk.app.view_state.selected == "bergen-2"
        assert "bergen-2 · 9871" in desk.text()


async def go(desk: Desk, phone: str) -> None:
    """By the palette, from whatever screen is open."""
    await desk.press("ctrl+p", *phone)
    await desk.app.workers.wait_for_complete()
    await desk.until(lambda: f"Go to {phone}" in desk.text(), "the palette offers it")
    await desk.press("enter")
    await desk.until(lambda: not isinstance(desk.app.screen, CommandPalette), "the palette is gone")


@pytest.mark.parametrize("keys", ["x", "c", "c enter", "a", "f", "e", "g", "colon", "s y"])
async def test_the_palette_leads_to_a_phone_from_every_screen(keys: str) -> None:
    """It moved the cursor of the main screen, which nobody saw, and left the operator where they were."""
    async with opened(with_tree(remembering())) as desk:
        await desk.press(*keys.split())
        assert not isinstance(desk.app.screen, MainScreen)
        await go(desk, "bergen-2")
        assert desk.app.screen is desk.main
        assert desk.app.view_state.selected == "bergen-2"
        assert "bergen-2 · 9871" in desk.text()


async def test_the_palette_leads_to_a_phone_that_the_filter_hides() -> None:
    async with opened() as desk:
        await desk.press("slash", *"lobby", "enter")
        assert "desk-31" not in desk.text()
        await go(desk, "bergen-2")
        assert "bergen-2 · 9871" in desk.text()
        assert "○ bergen-2" in desk.text()
