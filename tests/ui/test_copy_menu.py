"""What is copied from the main screen."""

from msgspec.structs import replace

from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from phonetui.ui.export import copy_items
from tests.ui.alerts import troubled
from tests.ui.office import FakeFleet
from tests.ui.remembered import remembering
from tests.ui.screen import opened


async def test_one_fact_of_the_selected_phone() -> None:
    async with opened(remembering()) as desk:
        await desk.press("y")
        assert "Copy of lobby" in desk.text()
        assert "192.0.2.21" in desk.text()
        await desk.press("1")
        assert desk.app.clipboard == "192.0.2.21"
        assert "Address of lobby: sent to the terminal's clipboard." in desk.text()


async def test_a_call_as_a_note_and_masked_under_the_mask() -> None:
    async with opened(remembering()) as desk:
        await desk.press("y", "end", "enter")
        assert "Front Desk" in desk.app.clipboard
        await desk.press("P", "y", "end", "enter")
        assert "Front Desk" not in desk.app.clipboard
        assert "•••" in desk.app.clipboard


async def test_without_a_phone_it_says_so() -> None:
    async with opened(FakeFleet()) as desk:
        await desk.press("y")
        assert "No phone is selected." in desk.text()


async def test_what_the_phone_did_not_say_is_left_out() -> None:
    async with opened() as desk:
        view_state = desk.app.view_state
        view_state.selected = PhoneId("reception")
        told = dict(copy_items(view_state.snapshot()))
        assert "MAC" not in told
        assert told["trouble"] == "2026-11-21 03:04:27 UTC reception: loss poor 4.1 % (was 0.6 %)"
        phone = view_state.snapshot().phones[PhoneId("reception")]
        desk.fleet.put(replace(phone, system=replace(phone.system, mac=Printable("00:1A:2B:3C:4D:5E"))))
        assert dict(copy_items(view_state.snapshot()))["MAC"] == "00:1A:2B:3C:4D:5E"


async def test_the_worst_alert_that_holds() -> None:
    async with opened(troubled()) as desk:
        snapshot = desk.app.view_state.snapshot()
        worst = next(alert for alert in snapshot.troubles if alert.phone is not None)
        desk.app.view_state.selected = worst.phone
        assert worst.text in dict(copy_items(desk.app.view_state.snapshot()))["alert"]
