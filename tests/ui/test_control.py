"""Giving control back: by a key, and when nobody pressed one for long."""

from phonetui.errors import CommandRefused
from phonetui.fleet.protocol import Permission
from phonetui.phone.state import PhoneId
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.prompts import TypedConfirm
from tests.ui.office import office
from tests.ui.screen import opened

LOBBY = PhoneId("lobby")


async def test_the_question_names_every_way_back() -> None:
    async with opened() as desk:
        await desk.press("H")
        key_hints = "act on it. I, leaving the keys screen or five minutes without a key give control back."
        assert key_hints in desk.prose()


async def test_a_key_gives_control_back_and_the_footer_shows_it_only_then() -> None:
    async with opened() as desk:
        assert "give back" not in desk.text()
        await desk.press("I")
        assert "no control to give back" in desk.text()
        await desk.press("H", "y")
        assert desk.fleet.granted == {LOBBY}
        await desk.refresh_view()
        assert "I give back" in desk.lines()[-1]
        assert "CONTROL lobby" in desk.text()
        await desk.press("I")
        assert desk.fleet.granted == set()
        assert "CONTROL" not in desk.text()
        assert "give back" not in desk.lines()[-1]


async def test_control_that_the_configuration_gives_cannot_be_given_back() -> None:
    async with opened(office(default=Permission.GRANTED)) as desk:
        assert "give back" not in desk.lines()[-1]
        await desk.press("I")
        assert "no control to give back" in desk.text()


async def test_the_keys_screen_ends_with_its_control() -> None:
    async with opened() as desk:
        await desk.press("i", "y")
        screen = desk.app.screen
        assert isinstance(screen, KeysScreen)
        desk.fleet.revoke(LOBBY)
        screen.refresh_view()
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, MainScreen)
        assert "no key was pressed for five minutes" in " ".join(desk.text().split())


async def test_the_action_button_wants_the_phone_s_name_also_where_control_is_on() -> None:
    fleet = office(default=Permission.GRANTED, refuses=CommandRefused("no"))
    async with opened(fleet) as desk:
        await desk.press("colon", *"Ui SendKey Key=Action", "enter")
        assert isinstance(desk.app.screen, TypedConfirm)
        assert desk.fleet.done == []
        await desk.press(*"lobby", "enter")
        assert desk.fleet.confirmed == [True]


async def test_secrets_of_a_typed_command_are_not_shown_once_it_was_sent() -> None:
    async with opened(office(default=Permission.GRANTED)) as desk:
        await desk.press("colon", *"User Set Passphrase=hunter2", "enter")
        await desk.pilot.pause()
        assert "Passphrase=***" in desk.text()
        assert "hunter2" not in desk.text()
