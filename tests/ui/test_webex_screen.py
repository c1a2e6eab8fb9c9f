"""What Webex says of one phone, whole, and the ways on from there."""

import base64
from typing import Any

import pytest
from textual.screen import Screen

from phonetui.actions import BY_ID
from phonetui.phone.state import Connection, Disagreement, PhoneId, State
from phonetui.text import printable
from phonetui.ui.main.palette import Palette
from phonetui.ui.panes.webex_card import WebexContext, card, short_card
from phonetui.ui.screens.prompts import Confirm
from phonetui.ui.text.rows import text
from phonetui.ui.webex import screen as webex_screen
from phonetui.ui.webex.activation import ActivationDialog
from phonetui.ui.webex.configuration import ApplyChanges, ConfigurationScreen
from phonetui.ui.webex.jobs import JobsScreen
from phonetui.ui.webex.lines import LineKeysScreen, MembersScreen
from phonetui.ui.webex.screen import WEBEX_SCREENS, WebexAction, WebexScreen
from phonetui.ui.webex.settings_levels import SettingsLevels
from phonetui.ui.webex.tags import TagDialog
from phonetui.webex.devices import device
from tests.ui.golden import compare, golden
from tests.ui.matrix import STATES, Seen, states, walked
from tests.ui.office import AT, NOW, FakeFleet, office, phone
from tests.ui.screen import opened, themed
from tests.ui.test_cloud_tree import PEOPLE, beside, claim
from tests.ui.test_goldens import HOSTILE
from tests.ui.trees import organization
from tests.webex.fake import world


def told(raw: dict[str, Any], *, ours: Any = None, **state: Any) -> str:
    sight = WebexContext(device(raw), organization(raw, **state).state, AT, NOW, ours)
    return "\n".join(text(row).rstrip() for row in card(sight, 140))


def test_a_card_has_all_that_webex_says() -> None:
    raw = world.device(3, tags=["front", "vip"], lastSeen="2026-11-21T01:00:00Z", errorCodes=["e1", "e2"])
    said = told(raw, ours=phone("desk", claim=claim(3, by="serial", disagreement=Disagreement.ONLY_HERE)))
    for words in (
        "Webex says   ◇ connected   heard of it over 1 h ago   listed over 30 s ago",
        "problems     e1   e2",
        "here         desk  ○ live   answers   the same by its serial number",
        "at odds      ≠ it answers here, Webex says it is offline",
        "place        Webex / Headquarters / Lobby",
        "ids          device …000000000003   calling …000000000003",
        "tags         front   vip",
        "allows       xapi",
    ):
        assert words in said


def test_what_is_missing_shows_and_what_is_refused_says_why() -> None:
    raw = world.device(3, lastSeen=None, connectionStatus="pending", callingDeviceId=None, capabilities=None, ip=None)
    said = told(raw, failure=printable("HTTP 503"))
    for words in ("never heard of it", "calling –", "can          –", "edits        refused: it was never online", "! HTTP 503"):  # fmt: skip
        assert words in said
    assert "address" not in said
    lost = phone("desk", connection=Connection(State.STALE, fresh_at=AT - 400), claim=claim(3))
    assert "≈ STALE   last answer over 5 min ago" in told(world.device(3), ours=lost)
    assert "unreadable   id: 5" in told({"id": 5})


def test_the_short_card_names_its_keys() -> None:
    raw = world.device(3)
    rows = short_card(
        WebexContext(device(raw), organization(raw).state, AT, NOW), 80, (("enter", "watch it"), ("w", "more"))
    )
    assert text(rows[-1]).rstrip() == "enter watch it   w more"


async def test_golden_of_the_smallest() -> None:
    async with opened(beside(*PEOPLE), size=(60, 16)) as desk:
        await desk.press("w")
        drawn = golden(desk, desk.app.screen)
    compare("webex-60x16", drawn)


def hostile() -> FakeFleet:
    fleet = office()
    fleet.cloud = organization(world.device(1, displayName=HOSTILE, tags=[HOSTILE], connectionStatus=HOSTILE))
    return fleet


def failing() -> FakeFleet:
    """The newest sweep failed, and Webex asks to wait."""
    return beside(*PEOPLE, failure=printable("Webex limits requests"), waits_until=AT + 40, swept_at=AT - 400)


FLEETS = {"normal": lambda: beside(*PEOPLE), "stale": failing, "hostile": hostile}
SEEN = Seen(
    "webex", ("end w",), ("escape home",),
    dict.fromkeys(("empty", "unheard", "failed"), "without a listing its key says so and opens nothing"),
)  # fmt: skip


@pytest.mark.parametrize("state", states(SEEN))
async def test_the_screen_in_every_state(state: str) -> None:
    at = STATES[state]
    async with opened(FLEETS[at.situation](), size=at.size, config=themed(**at.ui)) as desk:
        found = await walked(desk, (SEEN,), state)
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)


async def test_without_webex_and_for_a_phone_that_it_does_not_list_the_key_says_so() -> None:
    async with opened() as desk:
        await desk.press("w")
        assert "No Webex is configured: 'phonetui webex login'" in desk.text()
    fleet = office()
    fleet.cloud = organization()
    async with opened(fleet) as desk:
        await desk.press("w")
        assert "Webex doesn't list lobby" in desk.text()
        fleet.cloud = organization(is_whole=False, failure=printable("HTTP 503"))
        await desk.press("w")
        assert "has not listed lobby so far. HTTP 503" in desk.text()


async def test_ids_are_copied_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(beside()) as desk:
        copied: list[str] = []
        monkeypatch.setattr(desk.app, "copy_to_clipboard", copied.append)
        await desk.press("w", "y", "2", "escape")
        assert (
            base64.b64decode(f"{copied[0]}==").decode().endswith("/CALLING_DEVICE/00000000-0000-4000-8000-000000000001")
        )
        assert desk.app.screen is desk.main


async def test_a_way_on_is_one_row_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def door(_: Any, found: Any) -> Screen[Any]:
        return Confirm(f"ways of {found.name}")

    open_way = WebexAction("webex.copy", "somewhere", door)
    shut_way = WebexAction("webex.copy", "nowhere", door, lambda _, __: "it was never online")
    monkeypatch.setattr(webex_screen, "WEBEX_SCREENS", (open_way, shut_way))
    async with opened(beside()) as desk:
        await desk.press("w")
        assert next(line.split() for line in desk.lines() if "nowhere" in line)[3:-1] == [
            "it",
            "was",
            "never",
            "online",
        ]
        await desk.press("enter")
        assert isinstance(desk.app.screen, Confirm)
        await desk.press("escape")
        monkeypatch.setattr(webex_screen, "WEBEX_SCREENS", (shut_way,))
        await desk.press("enter")
        assert "Phone 1: it was never online." in desk.text()


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        ("c", ConfigurationScreen),
        ("l", LineKeysScreen),
        ("m", MembersScreen),
        ("o", SettingsLevels),
        ("t", TagDialog),
        ("A", ApplyChanges),
        ("n", ActivationDialog),
        ("W", JobsScreen),
    ],
)
async def test_each_way_has_its_key_and_is_in_the_palette(key: str, screen: type[Screen[Any]]) -> None:
    async with opened(beside()) as desk:
        await desk.press("w")
        offered = [str(hit.prompt) async for hit in Palette(desk.app.screen).discover()]
        assert all(any(line.endswith(BY_ID[way.action].words) for line in offered) for way in WEBEX_SCREENS)
        await desk.press(key)
        assert any(isinstance(shown, screen) for shown in desk.app.screen_stack)


async def test_no_way_leads_through_the_mask() -> None:
    async with opened(beside(), config=themed(privacy=True)) as desk:
        await desk.press("w", "c")
        assert isinstance(desk.app.screen, WebexScreen)
        assert "The privacy mask hides Webex" in desk.text()


async def test_a_device_that_goes_is_told_and_kept() -> None:
    async with opened(beside()) as desk:
        await desk.press("w")
        desk.fleet.cloud = organization()
        desk.fleet.version += 1
        assert isinstance(desk.app.screen, WebexScreen)
        desk.app.screen.refresh_view()
        await desk.pilot.pause()
        assert "Webex doesn't list it any more" in desk.text()
        assert "FVH00000001" in desk.text()


async def test_the_summary_says_what_webex_says() -> None:
    async with opened(beside()) as desk:
        await desk.press("x")
        assert " Webex     ◇ connected   heard of it over 5 min ago   listed over 30 s ago" in desk.text()
        await desk.press("right_square_bracket")
        assert " Webex     doesn't list this phone" in desk.text() or "Nothing was read" in desk.text()


async def test_the_fleet_has_a_column_for_it() -> None:
    async with opened(beside(), size=(160, 36)) as desk:
        await desk.press("f")
        lines = [line for line in desk.lines() if "desk-33" in line or "lobby" in line]
        assert "≠ disconnected 5 min" in lines[0]
        assert "◇ connected" in lines[1]
        await desk.press("slash", *"status:offline")
        assert [line for line in desk.lines() if "lobby" in line] == []
        assert PhoneId("desk-33") in desk.fleet.phones
