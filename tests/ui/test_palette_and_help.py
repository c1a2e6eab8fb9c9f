import pytest
from textual.command import CommandPalette

from phonetui.actions import ACTIONS, SCREENS
from phonetui.phone.quality.grading import DEFAULT
from phonetui.ui.keyboard import shown
from phonetui.ui.main.help import HelpScreen, help_sections
from phonetui.ui.main.palette import Palette
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.text.rows import text
from tests.ui.office import with_tree
from tests.ui.remembered import remembering
from tests.ui.screen import SMALL, Desk, opened


def help_lines(screen: str = "main") -> list[str]:
    keys = {action.id: action.keys for action in ACTIONS}
    return [text(line) for title, lines in help_sections(screen, keys, DEFAULT) for line in (title, *lines)]


@pytest.mark.parametrize("screen", SCREENS)
def test_help_lists_every_action_with_its_key_and_id_and_those_of_the_screen_first(screen: str) -> None:
    said = help_lines(screen)
    for action in ACTIONS:
        line = next(line for line in said if line.endswith(f"  {action.id}"))
        assert action.words in line
        assert shown(action.keys) in line
    first = said[1 : said.index("Lists")]
    assert {line.split()[-1] for line in first} == SCREENS[screen].works
    assert {line.split()[-1] for line in first[: len(SCREENS[screen].own)]} == SCREENS[screen].own


def test_help_fits_a_small_terminal_and_no_words_touch_the_id_beside_them() -> None:
    said = help_lines()
    assert [line for line in said if len(line) > SMALL[0] - 4] == []
    assert [action.id for action in ACTIONS if not any(line.endswith(f"  {action.id}") for line in said)] == []


async def test_help_is_about_the_screen_that_is_open_and_can_be_searched() -> None:
    async with opened() as desk:
        await desk.press("f", "question_mark")
        assert "Keys on the fleet" in desk.lines()[2:6][0] + desk.text()
        await desk.press("slash", *"mute")
        assert "Alerts: mute the chosen one" in desk.text()
        assert "Fleet: turn the order round" not in desk.text()
        await desk.press("enter", "escape")
        assert "Fleet: turn the order round" in desk.text()
        await desk.press("slash", *"xyzzy")
        assert "No match." in desk.text()
        await desk.press("escape", "escape")
        assert desk.app.screen is not desk.main
        assert "Keys on the fleet" not in desk.text()


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


async def palette(desk: Desk) -> list[str]:
    """What the palette offers before anything is typed, line by line."""
    return [str(hit.prompt) async for hit in Palette(desk.app.screen).discover()]


async def test_the_palette_knows_every_action_of_the_screen_and_its_key() -> None:
    async with opened() as desk:
        offered = await palette(desk)
        works = [action for action in ACTIONS if action.id in SCREENS["main"].works]
        assert all(
            any(action.words in line and line.split()[0] in shown(action.keys) for line in offered) for action in works
        )
        assert len([line for line in offered if not line.startswith(" ")]) == len(works)
        await desk.press("a")
        offered = await palette(desk)
        own = len(SCREENS["alerts"].own)
        assert all("Alerts: " in line for line in offered[:own])
        assert not any("Fleet: mark" in line for line in offered)


async def test_the_palette_leads_to_a_call_by_its_party() -> None:
    async with opened() as desk:
        offered = [line for line in await palette(desk) if "Call of" in line]
        assert offered
        await desk.press("f", "ctrl+p", *offered[-1].split("with ")[1].split("(")[0].split()[0])
        await desk.app.workers.wait_for_complete()
        await desk.until(lambda: "Call of" in desk.text(), "the palette offers it")


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


@pytest.mark.parametrize("keys", ["x", "c", "c enter", "a", "f", "e", "g", "colon", "s"])
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
