"""The screens of one device in Webex, by their keys, against the made-up Webex."""

import json

import pytest
from textual.widgets import Input

from phonetui.monitor.control_policy import audit_line
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.main.palette import going
from phonetui.ui.webex.configuration import ConfigurationScreen
from phonetui.webex.configuration import DeviceSetting, value_text
from phonetui.webex.devices import WebexDevice
from tests.ui.screen import SMALL, Desk, opened
from tests.webex.desk import CloudFleet, at, phone, press, settled
from tests.webex.fake.site import READER, Fake, Trouble
from tests.webex.fake.world import ident
from tests.webex.malformed import odd

ONE = ident("DEVICE", 1)
PLACE = "/sources/configured/value"


@pytest.fixture
def oddly(fake: Fake) -> Fake:
    fake.world.configurations[ONE] = odd()
    return fake


def screen(desk: Desk) -> ConfigurationScreen:
    found = desk.app.screen
    assert isinstance(found, ConfigurationScreen)
    return found


async def find(desk: Desk, key: str) -> None:
    """Puts the cursor on a key."""
    screen(desk)._at = key
    screen(desk).relist()
    await desk.pilot.pause()


async def edit(desk: Desk, key: str, *keys: str, typed: str = "") -> None:
    await find(desk, key)
    await press(desk, "enter")
    if typed:
        desk.app.screen.query_one(Input).value = typed
    await press(desk, *keys, "enter")


async def test_edits_of_every_form_go_out_as_one_patch_and_are_read_again(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await edit(desk, "Audio.Volume", typed="70")
        await edit(desk, "Audio.Microphones.Mute", typed="tru")
        await edit(desk, "Upgrade", "down")
        await edit(desk, "Network.Wifi.Passphrase", typed="new-Zq9-pass")
        await find(desk, "NetworkPort[1].VLAN.Id")
        await press(desk, "x")
        assert "5 staged" in desk.text()
        await press(desk, "d")
        drawn = desk.text()
        assert "50 → 70" in drawn
        assert "20 → default 1" in drawn
        assert "Zq9" not in drawn
        assert not oddly.writes
        await press(desk, "a")
        assert "Apply 5 edits to Phone 1?" in desk.text()
        await press(desk, "y")
        assert "5 edits applied, and read again as asked" in desk.text()
        assert not screen(desk).edits
    (write,) = oddly.writes
    assert (write.method, write.path, write.query) == ("PATCH", "/deviceConfigurations", (("deviceId", ONE),))
    assert write.content == "application/json-patch+json"
    assert write.body == [
        {"op": "replace", "path": f"Audio.Volume{PLACE}", "value": 70},
        {"op": "replace", "path": f"Audio.Microphones.Mute{PLACE}", "value": True},
        {"op": "replace", "path": f"Upgrade{PLACE}", "value": "Preview"},
        {"op": "replace", "path": f"Network.Wifi.Passphrase{PLACE}", "value": "new-Zq9-pass"},
        {"op": "remove", "path": f"NetworkPort[1].VLAN.Id{PLACE}"},
    ]
    assert [(seen.method, seen.path) for seen in oddly.seen] == [
        (method, "/deviceConfigurations") for method in ("GET", "PATCH", "GET")
    ]
    assert isinstance(desk.fleet, CloudFleet)
    (told,) = [audit_line(deed, "operator") for deed in desk.fleet.deeds]
    assert "Audio.Volume" in told
    assert "Zq9" not in told
    now = {key: one["value"] for key, one in oddly.world.configurations[ONE].items() if isinstance(one, dict)}
    assert (now["Audio.Volume"], now["Upgrade"], now["NetworkPort[1].VLAN.Id"]) == (70, "Preview", 1)


async def test_what_does_not_come_back_as_asked_is_told_and_stays_staged(oddly: Fake) -> None:
    oddly.world.stubborn = {"Audio.Volume"}
    async with at(oddly, screens.ConfigurationScreen, size=SMALL) as desk:
        await edit(desk, "Audio.Volume", typed="70")
        await edit(desk, "Upgrade", "down")
        await press(desk, "a", "y")
        assert "applied, but 1 of 2 not as asked: Audio.Volume reads 50" in desk.text()
        assert list(screen(desk).edits.values) == ["Audio.Volume"]
        oddly.world.stubborn = set()
        oddly.trouble.append(Trouble(503, "/deviceConfigurations"))
        await press(desk, "a", "y")
        assert "✗ configurations update: Webex answers with HTTP 503" in desk.text()
        await press(desk, "escape")
        assert "Leave, and forget 1 edit?" in desk.text()
        await press(desk, "n", "a", "y")
        assert "1 edit applied, and read again as asked" in desk.text()


async def test_the_palette_forgets_no_staged_edits(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        go = going(desk.main, PhoneId("bergen-2"))
        await edit(desk, "Audio.Volume", typed="70")
        await go()
        await desk.pilot.pause()
        assert list(screen(desk).edits.values) == ["Audio.Volume"]
        assert "1 edit would be forgotten." in desk.prose()
        await press(desk, "escape", "y")
        await go()
        assert desk.app.screen is desk.main
        assert desk.app.view_state.selected == "bergen-2"


async def test_an_edit_of_a_key_that_is_gone_is_not_sent(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await edit(desk, "Audio.Volume", typed="70")
        await edit(desk, "Upgrade", "down")
        del oddly.world.configurations[ONE]["Audio.Volume"]
        await press(desk, "r", "a", "y")
        assert "1 edit applied" in desk.text()
    assert [step["path"] for step in oddly.writes[0].body] == [f"Upgrade{PLACE}"]


async def test_a_value_outside_of_its_space_is_not_staged(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await edit(desk, "NetworkPort[1].VLAN.Id", typed="4095")
        assert "✗ it must be 1 to 4094" in desk.text()
        await press(desk, "escape")
        assert not screen(desk).edits
        await edit(desk, "Network.Wifi.Passphrase", typed="short")
        assert "8 characters or more, not 5" in desk.text()
        assert "short" not in desk.text().replace("shorter", "")


async def test_one_edit_is_undone_and_all_of_them_make_no_patch(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await edit(desk, "Audio.Volume", typed="70")
        await edit(desk, "Upgrade", "down")
        await press(desk, "d", "u")
        assert len(screen(desk).edits) == 1
        await press(desk, "u")
        assert screen(desk).edits.patch() == []
        await press(desk, "a", "d", "u")
    assert not oddly.writes


async def test_odd_keys_are_marked_and_locked_ones_say_why(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        drawn = desk.text()
        assert "⊘ [2].VLAN.Id" in drawn
        assert "? [10].VLAN.Id" in drawn
        assert "✗ Broken" in drawn
        for key in ("NetworkPort[2].VLAN.Id", "SystemUnit.Broken"):
            await find(desk, key)
            await press(desk, "enter", "x")
            screen(desk)
        notes = [note.message for note in desk.app._notifications]
        assert any("LOCATION_MANAGED" in note for note in notes)
        assert any("cannot be read" in note for note in notes)


async def test_the_cursor_stays_on_what_was_sought_and_edited(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await press(desk, "slash", *"sunrise", "enter", "enter", "escape", "escape")
        chosen = screen(desk).item
        assert "NetworkPort" in desk.text()
        assert isinstance(chosen, DeviceSetting)
        assert chosen.key == "Audio.Ringtone.Pattern"


async def test_groups_fold_and_the_search_opens_them(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen, size=SMALL) as desk:
        await press(desk, "down", "enter")
        assert "▸ Audio" in desk.text()
        assert "Ringtone.Pattern" not in desk.text()
        await press(desk, "slash", *"sunrise")
        assert "Ringtone.Pattern" in desk.text()
        await press(desk, "enter", "enter")
        assert "Ringtone.Pattern" in desk.text()
        assert "enter stages it" in desk.text(), "the cursor was on what was sought"
        await press(desk, "escape")
        assert "NetworkPort" not in desk.text()
        await press(desk, "escape", "right")
        assert "NetworkPort" in desk.text()


@pytest.mark.parametrize(
    ("status", "seen_at", "words"), [("activating", None, "it was never online"), ("disconnected", "known", "")]
)
async def test_a_phone_that_was_never_online_and_one_that_is_offline(
    fake: Fake, status: str, seen_at: str | None, words: str
) -> None:
    fake.world.devices[ONE] |= {"connectionStatus": status, "lastSeen": seen_at and "2026-11-22T01:00:00.000Z"}
    async with at(fake, screens.ConfigurationScreen, phone(fake)) as desk:
        await press(desk, "down", "enter", *"70", "enter", "a")
        if words:
            assert words in desk.text()
            assert words in " ".join(note.message for note in desk.app._notifications)
        else:
            assert "Webex says disconnected" in desk.text()
        await press(desk, "n")
    assert not fake.writes


async def test_read_only_is_said_at_once(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen, read_only=True) as desk:
        await press(desk, "enter", "a")
        notes = " ".join(note.message for note in desk.app._notifications)
        assert notes.casefold().count("read-only: nothing was sent") == 2
    assert not oddly.writes


async def test_a_refused_write_names_scope_and_tracking_id_which_is_copied(fake: Fake) -> None:
    async with at(fake, screens.ConfigurationScreen, token=READER) as desk:
        await press(desk, "down", "enter", *"70", "enter", "a", "y")
        assert "devices_write" in desk.text()
        await press(desk, "y")
        assert desk.app.clipboard == "FAKE_00000002"
        assert len(screen(desk).edits) == 1


async def test_being_told_to_wait_and_asking_again(fake: Fake) -> None:
    fake.trouble.append(Trouble(429, "/deviceConfigurations", {"Retry-After": "1"}))
    async with at(fake, screens.ConfigurationScreen) as desk:
        assert "Webex asks to wait 1 s" in desk.text()
        desk.clock.move(12)
        screen(desk).refresh_view()
        await desk.pilot.pause()
        assert "ask again" in desk.text()


@pytest.mark.parametrize("door", [screens.LineKeysScreen, screens.MembersScreen])
async def test_the_calling_id_is_tried_once(fake: Fake, door: object) -> None:
    fake.world.only_calling = True
    async with at(fake, door) as desk:  # type: ignore[arg-type]  # either door
        assert "Phone 1" in desk.text()
        paths = [seen.path for seen in fake.seen if ident("CALLING_DEVICE", 1) in seen.path or ONE in seen.path]
        assert len(paths) == 2
        await press(desk, "r")
    assert [seen.status for seen in fake.seen].count(404) == 1


@pytest.mark.parametrize(
    "door", [screens.ConfigurationScreen, screens.SettingsLevels, screens.LineKeysScreen, screens.MembersScreen]
)
async def test_a_failure_stands_where_the_answer_would(fake: Fake, door: object) -> None:
    fake.trouble.append(
        Trouble(403, "", body=json.dumps({"message": "No \x1b[31m", "trackingId": "NA_1"}).encode(), times=9)
    )
    async with at(fake, door, size=SMALL) as desk:  # type: ignore[arg-type]  # any door
        assert "Webex refuses" in desk.text()
        assert "NA_1" in desk.text()
        assert "\x1b" not in desk.text()
        fake.trouble.clear()
        await press(desk, "r")
        assert "Webex refuses" not in desk.text()


async def test_a_level_or_hoteling_alone_may_fail(fake: Fake) -> None:
    fake.trouble.append(Trouble(403, "/telephony/config/locations", times=9))
    async with at(fake, screens.SettingsLevels) as desk:
        assert "✗ Webex refuses settings" in desk.text()
        assert "wifi.webAccess.enabled" in desk.text()
        assert "Zq9" not in desk.text()
        await press(desk, "d")
        assert "No level says otherwise" in desk.text()
        await press(desk, "escape", "slash", *"codec")
        assert "webAccess" not in desk.text()
    fake.trouble = [Trouble(403, "/telephony/config/workspaces", times=9)]
    async with at(fake, screens.MembersScreen) as desk:
        assert "hoteling  ✗ Webex refuses workspaces devices" in desk.text()
        assert "First2 Last2" in desk.text()


async def test_line_keys_without_the_list_of_models_and_without_templates(fake: Fake) -> None:
    fake.trouble.append(Trouble(500, "/telephony/config/supportedDevices", times=9))
    fake.world.templates.clear()
    async with at(fake, screens.LineKeysScreen) as desk:
        assert "[ 3] open" in desk.text()
        assert "[ 6] not assigned" in desk.text()
        assert "[ 7]" not in desk.text()
        await press(desk, "c")
        assert "there is no line key template" in desk.text()


async def test_the_privacy_mask_hides_what_webex_said(fake: Fake) -> None:
    async with at(fake, screens.MembersScreen) as desk:
        await press(desk, "P")
        desk.app.screen.refresh_view()  # type: ignore[attr-defined]  # what its timer does
        await desk.pilot.pause()
        assert "First1" not in desk.text()
        assert "privacy mask hides" in desk.text()
        assert "Phone 1" not in desk.text()


async def test_without_an_organization_it_says_what_to_configure() -> None:
    async with opened(size=SMALL) as desk:
        await desk.app.push_screen(screens.ConfigurationScreen(desk.app.view_state, WebexDevice(id="x")))
        await press(desk, "r", "y", "a")
        assert "No Webex is configured" in desk.text()
        await press(desk, "escape")
        assert desk.app.screen is desk.main


async def test_values_are_told_as_they_are_sent(fake: Fake) -> None:
    """A walk over all settings: what is staged is what arrives, and what arrives is what is read."""
    fake.world.configurations[ONE] = odd()
    async with at(fake, screens.ConfigurationScreen) as desk:
        settings = [each for each in screen(desk).settings or () if not each.why_not]
        for each in settings:
            value = each.space.choices[-1] if each.space.choices else 9 if isinstance(each.value, int) else "abcdefghi"
            screen(desk).stage(each, value)
        asked = dict(screen(desk).edits.values)
        await press(desk, "a", "y")
        assert f"{len(asked)} edits applied, and read again as asked" in desk.text()
    now = fake.world.configurations[ONE]
    assert {key: now[key]["value"] for key in asked} == asked
    assert all(value_text(value) for value in asked.values())


async def test_what_was_confirmed_is_sent_whatever_is_staged_or_read_since(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await edit(desk, "Audio.Volume", typed="70")
        found = screen(desk)
        await desk.press("a")
        assert "Apply 1 edit to Phone 1?" in desk.text()
        volume = next(each for each in found.settings or () if each.key == "Audio.Volume")
        found.edits = found.edits.stage(volume, 90)
        await press(desk, "y")
        assert [step["value"] for step in oddly.writes[0].body] == [70]
        assert dict(found.edits.values) == {"Audio.Volume": 90}, "that is still to be confirmed"


async def test_a_value_is_held_against_what_the_key_is_by_now(oddly: Fake) -> None:
    async with at(oddly, screens.ConfigurationScreen) as desk:
        await find(desk, "NetworkPort[1].VLAN.Id")
        found = screen(desk)
        await desk.press("enter")
        oddly.world.configurations[ONE]["NetworkPort[1].VLAN.Id"]["value"] = (
            30  # by somebody else, and read again meanwhile
        )
        found.action_answers_again()
        await settled(desk)
        desk.app.screen.query_one(Input).value = "20"
        await press(desk, "enter")
        assert dict(found.edits.values) == {"NetworkPort[1].VLAN.Id": 20}, "it was 20 when it was asked for"
