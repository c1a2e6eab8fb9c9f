"""Nothing reaches a phone by accident, and nothing that reaches it goes unseen."""

from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.errors import CommandRefused
from phonetui.fleet.protocol import Permission
from phonetui.phone.models import MODELS
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from phonetui.ui.control.dialogs import DialDialog
from phonetui.ui.control.keypad import key_names, key_table_rows
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.screens.prompts import Confirm
from tests.ui.office import CONFIG, office, talk, with_tree
from tests.ui.screen import Desk, opened

REFUSED = CommandRefused("Unknown key [/red]", "Try another.")


async def settle(desk: Desk) -> None:
    """Lets the queues drain, and the keys screen see what became of it."""
    for _ in range(4):
        await desk.pilot.pause()
    if isinstance(desk.app.screen, KeysScreen):
        desk.app.screen.refresh_view()
        await desk.pilot.pause()


DEEDS = [
    ("d", "Dial a number on lobby?"),
    ("i", "Press keys of lobby with your keyboard?"),
    ("H", "Hang up lobby’s call with Front Desk 5000 (00:01:43)?"),
]


@pytest.mark.parametrize(("key", "question"), DEEDS)
async def test_the_question_names_the_deed_the_phone_and_the_party_and_the_default_is_no(
    key: str, question: str
) -> None:
    async with opened(with_tree(office())) as desk:
        await desk.press(key)
        assert isinstance(desk.app.screen, Confirm)
        text = desk.prose()
        assert question in text
        assert "This takes control of lobby (192.0.2.21)." in text
        await desk.press("enter")
        assert isinstance(desk.app.screen, MainScreen)
        assert desk.fleet.granted == set()
        assert desk.fleet.done == []


async def test_yes_grants_and_the_badge_says_so() -> None:
    async with opened() as desk:
        await desk.press("i", "y")
        assert isinstance(desk.app.screen, KeysScreen)
        assert desk.fleet.granted == {"lobby"}
        assert "CONTROL lobby" in desk.text()
        await desk.press("escape")
        assert desk.fleet.granted == set()
        assert "CONTROL" not in desk.text()


async def test_the_question_names_every_call_where_the_key_ends_one_of_several() -> None:
    async with opened() as desk:
        await desk.press("j", "A")
        assert "Answer reception’s call from Kari 5012 (Ringing)?" in desk.prose()
        await desk.press("n", "H")
        named = "one of 2: Ola Nordmann +47 22 00 00 00 (01:02:05); Kari 5012 (Ringing)?"
        assert f"Hang up reception’s active call, {named}" in desk.prose()


@pytest.mark.parametrize("key", ["d", "i", "s", "H", "A"])
async def test_a_phone_that_refuses_us_offers_no_control_and_says_why(key: str) -> None:
    fleet = with_tree(office())
    refused = fleet.phones[PhoneId("desk-33")]
    fleet.put(replace(refused, lines=fleet.phones[PhoneId("reception")].lines))
    async with opened(fleet) as desk:
        desk.main.select(PhoneId("desk-33"))
        await desk.refresh_view()
        assert not {"d dial", "i keys", "A answer", "H hang up"} & set(desk.lines()[-1].strip().split("  "))
        await desk.press(key)
        assert isinstance(desk.app.screen, MainScreen)
        assert "desk-33: nothing can be sent: the phone refuses user xapi. Check the password." in desk.prose()
        assert (fleet.granted, fleet.done) == (set(), [])


@pytest.mark.parametrize("change", [{"remote_number": Printable("5999"), "remote_name": None}, {"duration_s": 2}])
async def test_a_call_that_is_another_than_the_one_asked_about_is_not_hung_up(change: dict[str, Any]) -> None:
    async with opened() as desk:
        await desk.press("H")
        lobby = desk.fleet.phones[PhoneId("lobby")]
        line, *others = lobby.lines
        desk.fleet.put(replace(lobby, lines=(replace(line, calls=(talk(**change),)), *others)))
        await desk.press("y")
        await settle(desk)
        assert desk.fleet.done == []
        assert "lobby: its calls changed while the question stood, so nothing was sent." in desk.prose()


@pytest.mark.parametrize("key", ["d", "i", "A", "H"])
async def test_read_only_sends_nothing_and_says_why(key: str) -> None:
    fleet = office(default=Permission.DENIED)
    async with opened(fleet, config=replace(CONFIG, read_only=True)) as desk:
        await desk.press("j", key)
        await settle(desk)
        assert isinstance(desk.app.screen, MainScreen)
        assert "reception is read-only: nothing was sent" in desk.text()
        assert "READ-ONLY" in desk.text()
        assert fleet.done == []


async def test_keys_reach_the_phone_in_order_under_their_canonical_names() -> None:
    async with opened() as desk:
        await desk.press("i", "y")
        await desk.press("5", "0", "asterisk", "number_sign", "up", "enter", "f1", "alt+2", "plus", "minus", "r")
        await settle(desk)
        sent = [key for _, _, key in desk.fleet.done]
        assert sent == [
            "KeyPad5", "KeyPad0", "KeyPadStar", "KeyPadPound", "NavUp", "NavSelect", "Soft1", "Line2", "VolUp", "VolDwn",
            "Release",
        ]  # fmt: skip
        assert "KeyPadStar" in desk.text()
        assert "✓ 0 ms" in desk.text()


async def test_letters_of_the_main_screen_do_not_act_behind_the_keys() -> None:
    async with opened() as desk:
        await desk.press("i", "y", "q", "p", "d", "slash", "tab", "question_mark")
        await settle(desk)
        assert isinstance(desk.app.screen, KeysScreen)
        assert desk.app.is_running
        assert desk.fleet.done == []


async def test_a_key_that_the_model_lacks_is_shown_and_not_sent() -> None:
    async with opened() as desk:
        desk.main.select(PhoneId("bergen-1"))
        await desk.press("i", "y", "up", "t", "1")
        await settle(desk)
        assert desk.fleet.done == [("press", "bergen-1", "KeyPad1")]
        assert "the 8875 has no such key" in desk.text()
        assert "not on the 8875 (touch its screen): softkeys, navigation, line keys" in desk.text()


async def test_a_key_without_a_place_on_the_keyboard_is_pressed_from_the_list() -> None:
    async with opened() as desk:
        await desk.press("i", "y", "pageup", "space")
        await settle(desk)
        assert desk.fleet.done == [("press", "lobby", "Line6")]


async def test_a_refusal_is_shown_beside_its_key() -> None:
    async with opened(office(refuses=REFUSED)) as desk:
        await desk.press("i", "y", "5")
        await settle(desk)
        assert "Unknown key [/red]. Try another." in desk.text()


async def test_giving_control_back_drops_what_still_waits() -> None:
    async with opened() as desk:
        control = desk.app.control
        await desk.press("i", "y")
        told = [control.press(PhoneId("lobby"), "KeyPad1") for _ in range(3)]
        control.drop(PhoneId("lobby"))
        assert all(future.done() for future in told)
        await settle(desk)
        assert desk.fleet.done == []
        assert "control was given back first" in desk.text()


async def test_the_calls_of_the_phone_are_beside_its_keys_even_when_the_display_is_frozen() -> None:
    async with opened() as desk:
        await desk.press("p", "i", "y")
        assert "Front Desk 5000" in desk.text()
        desk.fleet.put(replace(desk.fleet.phones[PhoneId("lobby")], lines=(), measures=()))
        await settle(desk)
        assert "Front Desk" not in desk.text()


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: str(model.number))
def test_every_key_of_every_model_is_in_the_table(model: object) -> None:
    of = MODELS[str(getattr(model, "number"))]  # noqa: B009 - the parameter's type is lost on the way
    assert set(of.keys) <= set(key_names(of))
    assert len(key_table_rows(of)) == len(key_names(of))


async def test_answering_presses_the_line_key_of_what_rings() -> None:
    async with opened() as desk:
        await desk.press("j", "A", "y")
        await settle(desk)
        assert desk.fleet.done == [("press", "reception", "Line2")]
        assert "reception: Line2 sent." in desk.text()


async def test_answering_where_no_line_key_can_be_pressed_takes_the_speaker() -> None:
    fleet = office()
    ringing = replace(fleet.phones[PhoneId("bergen-1")], lines=fleet.phones[PhoneId("reception")].lines)
    fleet.put(ringing)
    async with opened(fleet) as desk:
        desk.main.select(PhoneId("bergen-1"))
        await desk.press("A", "y")
        await settle(desk)
        assert fleet.done == [("press", "bergen-1", "Speaker")]


async def test_nothing_rings_and_nothing_to_hang_up_are_said() -> None:
    async with opened() as desk:
        desk.main.select(PhoneId("desk-31"))
        await desk.press("A")
        assert isinstance(desk.app.screen, MainScreen), "nobody is asked for nothing"
        assert "desk-31: nothing rings." in desk.text()
        await desk.press("H")
        assert "no call to hang up" in desk.text()
        assert desk.fleet.done == []


async def test_a_call_that_stopped_ringing_while_the_question_stood_is_not_answered() -> None:
    async with opened() as desk:
        await desk.press("j", "A")
        desk.fleet.put(replace(desk.fleet.phones[PhoneId("reception")], lines=()))
        await desk.press("y")
        await settle(desk)
        assert desk.fleet.done == []
        assert "reception: nothing rings." in desk.text()


async def test_hanging_up_presses_release() -> None:
    async with opened() as desk:
        await desk.press("H", "y")
        await settle(desk)
        assert desk.fleet.done == [("press", "lobby", "Release")]


async def test_a_refused_key_is_told_in_a_toast() -> None:
    async with opened(office(refuses=REFUSED)) as desk:
        await desk.press("H", "y")
        await settle(desk)
        assert "lobby: Release refused: Unknown key [/red]." in " ".join(desk.text().split())


async def test_dialling_says_call_and_line_and_follows_the_call() -> None:
    remembered: list[str] = []
    async with opened(remember=remembered.append) as desk:
        await desk.press("d", "y", *"+47 22", "enter")
        await settle(desk)
        assert desk.fleet.done == [("dial", "lobby", "+4722")]
        assert "lobby: L1, +4722" in desk.text()
        assert isinstance(desk.app.focused, CallsPane)
        assert remembered == ["+4722"]


async def test_what_cannot_be_a_number_is_refused_with_the_reason() -> None:
    async with opened() as desk:
        await desk.press("d", "y", *"5x", "enter")
        assert "'x' cannot be dialled" in desk.text()
        assert desk.fleet.done == []
        await desk.press("backspace")
        assert "cannot be dialled" not in desk.text()


async def test_a_refused_number_stays_to_be_mended() -> None:
    async with opened(office(refuses=REFUSED)) as desk:
        await desk.press("d", "y", *"5000", "enter")
        await settle(desk)
        assert isinstance(desk.app.screen, DialDialog)
        assert "Unknown key [/red]. Try another." in desk.text()
        assert "5000" in desk.text()


async def test_numbers_dialled_before_come_back_newest_first() -> None:
    async with opened(dialled=("5001", "5002")) as desk:
        await desk.press("d", "y", "9", "up")
        assert "5002" in desk.text()
        await desk.press("up", "up")
        assert "5001" in desk.text()
        await desk.press("down", "down", "down")
        assert "5001" not in desk.text()
        await desk.press("escape")
        assert desk.fleet.done == []


async def test_a_phone_is_read_faster_and_slower_and_told_how_often() -> None:
    async with opened() as desk:
        await desk.press("plus")
        assert "lobby is read: calls every 1 s, else every 5 s, inventory every 30 s." in " ".join(desk.text().split())
        await desk.press("minus")
        assert desk.fleet.done == [("pace", "lobby", "2"), ("pace", "lobby", "0.5")]
