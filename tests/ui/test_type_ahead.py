"""What was typed before a dialog could be read never answers it."""

import pytest
from textual import events

from phonetui.fleet.protocol import Permission
from phonetui.phone.state import PhoneId
from phonetui.ui.control.dialogs import DialDialog
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.screens.dialog import PAUSE_S, Dialog, TypeAhead
from phonetui.ui.screens.prompts import Confirm
from tests.ui.office import office
from tests.ui.screen import Desk, opened
from tests.ui.test_debug_overlay import Waiting

LOBBY = PhoneId("lobby")
NAMES = {"/": "slash", ">": "greater_than_sign", ":": "colon", " ": "space"}
"""The toolkit's, of what is no letter."""


def key(letter: str, at: float | None = None) -> events.Key:
    """`at` in monotonic seconds; None is now."""
    name = NAMES.get(letter, letter)
    made = events.Key(name, letter if len(letter) == 1 else None)
    made.time = made.time if at is None else at
    return made


async def burst(desk: Desk, *letters: str) -> None:
    """All at once, as a terminal hands over what was pasted or what waited on a slow line."""
    for made in [key(letter) for letter in letters]:
        desk.app.post_message(made)
    await desk.pilot.pause()
    await desk.seen()


def test_a_key_counts_only_after_the_dialog_was_shown() -> None:
    dialog = TypeAhead(wants_pause=False)
    assert not dialog.takes_key(1.0, 0.0, 0.4)
    dialog.shown_at = 2.0
    assert not dialog.takes_key(2.0, 1.0, 0.4)
    assert not dialog.takes_key(2.1, 2.0, 0.4), "of a burst that began too early nothing is taken"
    assert dialog.has_left_out
    assert dialog.takes_key(2.6, 2.1, 0.4)
    assert dialog.takes_key(2.7, 2.6, 0.4), "and after a pause everything"


def test_where_one_letter_acts_a_pause_must_come_first() -> None:
    dialog = TypeAhead(wants_pause=True, shown_at=1.0)
    assert not dialog.takes_key(1.2, 0.9, 0.4)
    assert not dialog.takes_key(1.5, 1.2, 0.4)
    assert dialog.takes_key(2.0, 1.5, 0.4)
    assert TypeAhead(wants_pause=False, shown_at=1.0).takes_key(1.2, 0.9, 0.4), "where words are typed, it need not"


def test_a_click_counts_only_where_the_dialog_was_shown() -> None:
    assert not TypeAhead(wants_pause=False).is_later(1.0)
    assert not TypeAhead(wants_pause=False, shown_at=1.0).is_later(1.0)
    assert TypeAhead(wants_pause=True, shown_at=1.0).is_later(1.1)


@pytest.mark.parametrize("pause_s", [0.0, PAUSE_S])
async def test_a_word_that_was_pasted_takes_no_control(pause_s: float) -> None:
    async with opened(pause_s=pause_s) as desk:
        await burst(desk, *"Hyllestad")
        assert isinstance(desk.app.screen, Confirm)
        assert desk.fleet.granted == set()
        assert desk.fleet.done == []


async def test_a_word_that_is_typed_takes_no_control_until_its_typist_pauses() -> None:
    async with opened(pause_s=PAUSE_S) as desk:
        await desk.press("H")
        dialog = desk.app.screen
        assert isinstance(dialog, Confirm)
        assert dialog.type_ahead.shown_at is not None
        at = dialog.type_ahead.shown_at
        for letter in "ighway":
            at += PAUSE_S / 2
            desk.app.post_message(key(letter, at))
        await desk.pilot.pause()
        assert desk.app.screen is dialog
        assert desk.fleet.granted == set()
        assert "press it again" in " ".join(desk.text().split())
        desk.app.post_message(key("y", at + 2 * PAUSE_S))
        await desk.pilot.pause()
        assert desk.fleet.granted == {LOBBY}


async def test_escape_needs_no_pause() -> None:
    async with opened(pause_s=60.0) as desk:
        await desk.press("H", "escape")
        assert desk.app.screen is desk.main


async def test_a_number_that_was_pasted_with_its_key_is_not_dialled_in_part() -> None:
    pause_s = 60.0  # longer than any machine takes to paint the dialog
    async with opened(office(default=Permission.GRANTED), pause_s=pause_s) as desk:
        await burst(desk, "d", "5")
        for letter in [*"002", "enter"]:
            desk.app.post_message(key(letter))
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, DialDialog)
        assert desk.app.screen.query_one("Input").value == ""  # type: ignore[attr-defined]  # by its type's name
        assert desk.fleet.done == []
        asked = desk.app.screen.type_ahead.shown_at
        assert asked is not None
        for number, letter in enumerate([*"5002", "enter"]):
            desk.app.post_message(key(letter, asked + 2 * pause_s + number / 10))
        await desk.pilot.pause()
        assert desk.fleet.done == [("dial", "lobby", "5002")]


async def test_a_typed_word_presses_no_keys_of_a_phone() -> None:
    async with opened(office(default=Permission.GRANTED), pause_s=PAUSE_S) as desk:
        await burst(desk, *"internal")
        assert isinstance(desk.app.screen, KeysScreen)
        assert desk.fleet.done == []


async def test_a_question_that_the_terminal_did_not_take_yet_is_not_answered() -> None:
    """Output is stopped, by ctrl+s or a dead line: the operator sees another screen than we have."""
    async with opened() as desk:
        desk.app.output_stats.backlog = Waiting(accepted=300, pending=100)
        await desk.pilot.press("H")
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, Confirm)
        await desk.pilot.press("y")
        assert desk.fleet.granted == set()
        desk.app.output_stats.backlog = None
        await desk.seen()
        await desk.press("y")
        assert desk.fleet.granted == {LOBBY}


async def test_a_dialog_below_another_is_not_answered_by_keys_for_that() -> None:
    async with opened() as desk:
        await desk.press("H")
        below = desk.app.screen
        assert isinstance(below, Dialog)
        await desk.app.push_screen(Confirm("Another?"))
        await desk.seen()
        await burst(desk, "y", "y")
        await desk.until(lambda: desk.app.screen is below, "the dialog below")
        assert desk.fleet.granted == set()


@pytest.mark.parametrize("name", ["MainScreen", "FleetScreen", "AlertsScreen", "CallsScreen", "EventsScreen"])
async def test_what_follows_a_filters_key_at_once_is_the_filter(name: str) -> None:
    async with opened() as desk:
        if name != "MainScreen":
            await desk.main.open_screen(name)
            await desk.pilot.pause()
        screen = desk.app.screen
        await burst(desk, "/", *"loss>1o")
        assert desk.app.screen is screen, "no letter of it opened anything"
        line = screen.query_one("Prompt Input")
        assert (line.value, line.has_focus) == ("loss>1o", True)  # type: ignore[attr-defined]  # by its type's name
        await burst(desk, "enter")
        assert desk.app.screen is screen
        assert not screen.query("Prompt")


async def test_enter_behind_a_filter_ends_it_and_opens_nothing() -> None:
    async with opened() as desk:
        await desk.main.open_screen("FleetScreen")
        await desk.pilot.pause()
        screen = desk.app.screen
        await burst(desk, "/", *"lob", "enter")
        assert desk.app.screen is screen
        assert not screen.query("Prompt")


async def test_what_follows_the_key_of_the_command_line_at_once_is_typed_there() -> None:
    async with opened() as desk:
        await burst(desk, ":", *"goto lobby")
        line = desk.app.screen.query_one("Prompt Input")
        assert line.value == "goto lobby"  # type: ignore[attr-defined]  # by its type's name
