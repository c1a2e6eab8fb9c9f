"""What the screens do with Webex: starting jobs, activation codes, tags, applying changes; and what is never sent."""

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from phonetui.monitor.control_policy import audit_line
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.picker import MOST, Picker
from phonetui.ui.webex.activation import ActivationDialog
from phonetui.ui.webex.jobs import JobsScreen
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.devices import WebexDevice, code_groups, large_digits
from tests.live import until
from tests.ui.golden import compare, golden
from tests.ui.office import lobby
from tests.ui.screen import SMALL, WIDE, Desk, opened
from tests.ui.test_cloud_tree import claim
from tests.webex.desk import CloudFleet, organization, shows, swept
from tests.webex.fake.devices import CODE
from tests.webex.fake.jobs import Job
from tests.webex.fake.site import ADMIN, READER, Fake, Trouble
from tests.webex.fake.world import LOCATION, PERSON, TEMPLATE, WORKSPACE, ident

pytestmark = pytest.mark.slow  # whole dialogs, one after the other
TINY = (60, 16)
FIRST = ident("DEVICE", 1)
"""The first device's MAC address."""


def cloud(desk: Desk) -> CloudFleet:
    assert isinstance(desk.fleet, CloudFleet)
    return desk.fleet


def devices(desk: Desk) -> tuple[WebexDevice, ...]:
    return tuple(organization(desk)().inventory.devices.values())


def notes(desk: Desk) -> str:
    return "\n".join(note.message for note in desk.app._notifications)


def unnumbered(drawn: str) -> str:
    """How many requests went before depends on the sweep beside."""
    return re.sub(r"FAKE_\d{8}", "FAKE_00000000", drawn)


@asynccontextmanager
async def starting(fake: Fake, choice: str, words: str, **more: Any) -> AsyncIterator[Desk]:
    """At the first question before a job of the menu's `choice`."""
    async with swept(fake, **more) as desk:
        await desk.press("W")
        await until(lambda: isinstance(desk.app.screen, JobsScreen) and desk.app.screen.jobs.is_known, what="jobs")
        await desk.press("n", choice)
        await shows(desk, words)
        yield desk


async def typed(desk: Desk, words: str) -> None:
    """Into the one field of the dialog."""
    desk.app.screen.query_one(Input).value = words
    await desk.press("enter")


# Starting jobs


async def test_a_template_is_counted_confirmed_and_started(fake: Fake) -> None:
    async with starting(fake, "1", "Which template?") as desk:
        await desk.press("enter")
        await shows(desk, "At which locations?")
        await desk.press("down", "tab", "enter")
        await shows(desk, "On phones with which tags?")
        await typed(desk, "lobby, !meeting room")
        await shows(desk, "Apply Reception on 5 phones?")
        await typed(desk, "4")
        await shows(desk, "That is not 5: nothing was sent.")
        assert [each.path.rpartition("/")[2] for each in fake.writes] == ["invoke"]
        await typed(desk, "5")
        await shows(desk, "◐ running")
        preview, apply = fake.writes
        assert preview.body == apply.body == {
            "action": "APPLY_TEMPLATE", "templateId": TEMPLATE, "locationIds": [LOCATION],
            "includeDeviceTags": ["lobby"], "excludeDeviceTags": ["meeting room"],
        }  # fmt: skip
        assert "Started: line key template." in notes(desk)
        assert [str(each.command) for each in cloud(desk).deeds] == ["webex templates preview", "webex templates apply"]


async def test_everywhere_and_whatever_their_tags(fake: Fake) -> None:
    async with starting(fake, "1", "Which template?") as desk:
        await desk.press("enter")
        await shows(desk, "At which locations?")
        await desk.press("enter")
        await shows(desk, "On phones with which tags?")
        await desk.press("enter")
        await shows(desk, "on 5 phones?")
        await desk.press("escape")
        await desk.pilot.pause()
        assert [each.body for each in fake.writes] == [{"action": "APPLY_TEMPLATE", "templateId": TEMPLATE}]
        assert isinstance(desk.app.screen, JobsScreen)


async def test_a_template_that_reaches_nobody_is_not_applied(fake: Fake) -> None:
    fake.world.devices.clear()
    async with starting(fake, "1", "Which template?") as desk:
        await desk.press("enter")
        await shows(desk, "At which locations?")
        await desk.press("enter")
        await shows(desk, "On phones with which tags?")
        await desk.press("enter")
        await shows(desk, "it would reach no phone: nothing was sent")


async def test_a_location_is_rebuilt_once_its_name_was_typed(fake: Fake) -> None:
    async with starting(fake, "2", "Phones of which location?", size=SMALL) as desk:
        await desk.press("enter")
        await shows(desk, "Rebuild the configuration on Headquarters (5 phones)?")
        assert fake.writes == []
        await typed(desk, "Headquarters")
        await shows(desk, "◐ running")
        assert [each.body for each in fake.writes] == [{"locationId": LOCATION}]


async def test_another_job_in_the_way_is_jumped_to(fake: Fake) -> None:
    fake.jobs.all = [Job("callDeviceSettings", "job-1", 1, {}, percent=100)]
    async with starting(fake, "2", "Phones of which location?") as desk:
        fake.jobs.all.append(Job("rebuildPhones", "job-2", 2, {"locationId": LOCATION}, percent=20))
        await desk.press("enter")
        await shows(desk, "location's name to go on")
        await typed(desk, "Headquarters")
        await shows(desk, "cursor is on it")
        assert "Another job runs, so nothing was started" in notes(desk)
        assert "◐ running  rebuild phones  Headquarters" in desk.text()
        await desk.press("enter")
        await shows(desk, "Job · rebuild phones")


@pytest.mark.parametrize("place", ["everywhere", "Headquarters"])
async def test_settings_come_from_a_file_that_is_looked_at_before(fake: Fake, tmp_path: Path, place: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"customizations": {"mpp": {"a": 1, "b": 2}}, "deviceCount": 5}))
    async with starting(fake, "3", "Settings of which phones?") as desk:
        await typed(desk, place)
        await shows(desk, "which file?")
        await typed(desk, str(file))
        everywhere = place == "everywhere"
        await shows(desk, f"Change 2 mpp settings on {'all phones' if everywhere else place} (5 phones)?")
        await typed(desk, "all phones" if everywhere else place)
        await shows(desk, "◐ running")
        where = {} if everywhere else {"locationId": LOCATION, "locationCustomizationsEnabled": True}
        assert [each.body for each in fake.writes] == [{"customizations": {"mpp": {"a": 1, "b": 2}}, **where}]


async def test_a_file_that_is_none_stops_it(fake: Fake) -> None:
    async with starting(fake, "3", "Settings of which phones?", size=TINY) as desk:
        await desk.press("enter")
        await shows(desk, "which file?")
        await typed(desk, "nowhere")
        await shows(desk, "nowhere: No such file or directory")
        await desk.press("escape")
        assert isinstance(desk.app.screen, JobsScreen)
        assert fake.writes == []


async def test_read_only_starts_nothing(fake: Fake) -> None:
    async with swept(fake, read_only=True) as desk:
        await desk.press("W", "n")
        assert "read-only: nothing was sent" in notes(desk)
        for make in (screens.ActivationDialog, screens.ApplyChanges, screens.TagDialog):
            desk.app.push_screen(make(desk.app.view_state, devices(desk)[0]))
            await shows(desk, "✗ read-only: nothing was sent")
            await desk.press("x", "enter")
            await desk.pilot.pause()
            await desk.press("escape")
        assert fake.writes == []


async def test_a_token_that_may_only_read_is_told_its_missing_scope(fake: Fake) -> None:
    async with starting(fake, "2", "Phones of which location?", token=READER) as desk:
        await desk.press("enter")
        await shows(desk, "location's name to go on")
        await typed(desk, "Headquarters")
        await shows(desk, "spark-admin:telephony_config_write")
        await desk.press("y")
        assert desk.app.clipboard.startswith("FAKE_")


# Activation codes


async def activated(desk: Desk) -> ActivationDialog:
    desk.app.push_screen(screens.ActivationDialog(desk.app.view_state, devices(desk)[0]))
    await shows(desk, "Whose phone is it going to be?")
    await desk.press("enter")
    await shows(desk, "Which model?")
    await desk.press("enter")
    await shows(desk, "On a Standard licence")
    await desk.press("y")
    await shows(desk, "holds for")
    screen = desk.app.screen
    assert isinstance(screen, ActivationDialog)
    return screen


@pytest.mark.parametrize(
    ("name", "size"), [("activation", WIDE), ("activation-80x24", SMALL), ("activation-60x16", TINY)]
)
async def test_golden(fake: Fake, name: str, size: tuple[int, int]) -> None:
    async with swept(fake, size) as desk:
        await activated(desk)
        await desk.refresh_view()
        compare(name, unnumbered(golden(desk, desk.app.screen)))


async def test_a_code_is_made_for_a_workspace(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await activated(desk)
        assert [each.body for each in fake.writes] == [{"workspaceId": WORKSPACE, "model": "Cisco 9851"}]
        await desk.press("y")
        assert desk.app.clipboard == CODE
        await desk.press("escape")
        assert screen._code is None
        assert isinstance(desk.app.screen, MainScreen)


@pytest.mark.parametrize(("address", "body"), [("ada@example.com", PERSON), ("bob@example.com", None)])
async def test_a_person_is_found_by_address(fake: Fake, address: str, body: str | None) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.ActivationDialog(desk.app.view_state))
        await shows(desk, "Whose phone is it going to be?")
        await typed(desk, "else")
        await shows(desk, "Whose e-mail address?")
        await typed(desk, address)
        if body is None:
            await shows(desk, "Webex knows nobody with that address: nothing was sent")
            assert fake.writes == []
            return
        await shows(desk, "Which model?")
        await desk.press("enter")
        await shows(desk, "for Ada Admin, Cisco 9851?")
        await desk.press("y")
        await shows(desk, "holds for")
        assert [each.body for each in fake.writes] == [{"personId": body, "model": "Cisco 9851"}]


async def test_no_is_the_default_answer(fake: Fake) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.ActivationDialog(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "Whose phone is it going to be?")
        await desk.press("enter")
        await shows(desk, "Which model?")
        await desk.press("enter")
        await shows(desk, "On a Standard licence")
        await desk.press("enter")
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, MainScreen)
        assert fake.writes == []


async def test_a_code_expires_on_the_screen(fake: Fake) -> None:
    async with swept(fake) as desk:
        screen = await activated(desk)
        desk.clock.move(7 * 86400 + 21 * 3600 + 55 * 60)
        screen.refresh_view()
        await shows(desk, "holds for 31 s")
        desk.clock.move(31)
        screen.refresh_view()
        await shows(desk, "The code has expired")
        assert screen._code is None
        assert "|_|" not in desk.text()


async def test_a_code_that_stands_is_not_painted_again(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    async with swept(fake) as desk:
        screen = await activated(desk)
        painted: list[object] = []
        for view in screen.query("#code, #status"):
            monkeypatch.setattr(view, "refresh", lambda *regions, **_: painted.append(regions))
        screen.refresh_view()
        assert painted == []
        desk.clock.move(3600)
        screen.refresh_view()
        assert len(painted) == 1


async def test_the_mask_and_pictures_hide_a_code(fake: Fake) -> None:
    async with swept(fake) as desk:
        await activated(desk)
        assert "|_|" in desk.text()
        picture = desk.app.export_screenshot()
        assert "•" in picture
        assert "|_|" not in picture
        assert CODE[:4] not in picture
        await desk.pilot.pause()
        assert "|_|" in desk.text()
        await desk.press("P")
        assert "hidden by the privacy mask" in desk.text()
        await until(lambda: "Lobby" not in desk.text(), what="the tree behind it is masked, too")
        assert "|_|" not in desk.text()
        assert CODE[:4] not in desk.text()
        await desk.press("y")
        assert desk.app.clipboard != CODE
        await desk.press("P")
        assert CODE[:4] in desk.text()


async def test_under_the_mask_no_code_is_made(fake: Fake) -> None:
    async with swept(fake) as desk:
        first = devices(desk)[0]
        await desk.press("P")
        desk.app.push_screen(screens.ActivationDialog(desk.app.view_state, first))
        await shows(desk, "The privacy mask hides Webex")


# Tags


@pytest.mark.parametrize(("name", "size"), [("tagging", WIDE), ("tagging-80x24", SMALL)])
async def test_tags_of_several_with_a_result_each(fake: Fake, name: str, size: tuple[int, int]) -> None:
    fake.world.devices[FIRST]["tags"] = ["old", "north"]
    async with swept(fake, size) as desk:
        fake.world.devices.pop(ident("DEVICE", 3))
        desk.app.push_screen(screens.TagDialog(desk.app.view_state, *devices(desk)[:3]))
        await shows(desk, "Tags of 3 phones")
        await typed(desk, "lobby, !old")
        await shows(desk, "adds lobby and takes away old")
        await typed(desk, "3")
        await shows(desk, "2 of 3 changed.")
        assert [each.body["value"] for each in fake.writes] == [["north", "lobby"], ["lobby"]]
        assert {each.body["op"] for each in fake.writes} == {"replace"}
        await desk.press("ctrl+y")
        assert desk.app.clipboard.startswith("FAKE_")
        desk.app.clear_notifications()
        await desk.refresh_view()
        compare(name, unnumbered(golden(desk, desk.app.screen)))


async def test_tags_that_somebody_else_set_meanwhile_stay(fake: Fake) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.TagDialog(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "Tags of Phone 1")
        fake.world.devices[FIRST]["tags"] = ["theirs"]
        await typed(desk, "mine")
        await shows(desk, "✓ theirs, mine")
        assert fake.world.devices[FIRST]["tags"] == ["theirs", "mine"]
        fake.seen.clear()
        await desk.press("enter")
        await until(lambda: fake.seen, what="the tags are read again")
        await desk.pilot.pause()
        assert fake.writes == []


async def test_tags_wait_where_webex_asks_to(fake: Fake) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.TagDialog(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "Tags of Phone 1")
        fake.trouble.append(Trouble(429, f"/devices/{FIRST}", {"Retry-After": "0"}))
        await typed(desk, "mine")
        await shows(desk, "✓ mine")


async def test_marked_phones_of_the_fleet_are_tagged(fake: Fake) -> None:
    async with swept(fake) as desk:
        one = lobby()
        desk.fleet.put(replace(one, claim=claim(1)))
        await desk.press("f", "T")
        assert "No phone is marked" in notes(desk)
        screen: Any = desk.app.screen
        screen._marked = {PhoneId("lobby"), PhoneId("reception")}
        await desk.press("T")
        await shows(desk, "Tags of Phone 1")
        assert "Webex lists 1 of the 2 marked phones." in notes(desk)
        await desk.press("escape")
        screen._marked = {PhoneId("reception")}
        await desk.press("T")
        assert "Webex lists none of the marked phones." in notes(desk)


# Applying changes


async def test_changes_are_applied_after_a_yes(fake: Fake) -> None:
    async with swept(fake) as desk:
        for answer, sent in (("enter", 0), ("y", 1)):
            desk.app.push_screen(screens.ApplyChanges(desk.app.view_state, devices(desk)[0]))
            await shows(desk, "Not during a call.")
            await desk.press(answer)
            await until(lambda: isinstance(desk.app.screen, MainScreen), what="the dialog is closed")
            assert len(fake.writes) == sent
        assert "Phone 1: Webex tells it to apply its changes." in notes(desk)
        assert [(each.phone, str(each.command)) for each in cloud(desk).deeds] == [("Phone 1", "webex devices apply")]
        models = [each.path for each in fake.seen if each.path.endswith("/supportedDevices")]
        assert len(models) == 1


async def test_a_phone_that_is_offline_is_asked_about_as_such(fake: Fake) -> None:
    fake.world.devices[FIRST]["connectionStatus"] = "disconnected"
    async with swept(fake, SMALL) as desk:
        desk.app.push_screen(screens.ApplyChanges(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "Webex says that it is offline")


async def test_a_phone_in_a_call_is_left_alone(fake: Fake) -> None:
    async with swept(fake) as desk:
        one = lobby()
        desk.fleet.put(replace(one, claim=claim(1)))
        desk.app.push_screen(screens.ApplyChanges(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "Phone 1 is in a call: nothing was sent")
        assert fake.writes == []


async def test_a_model_that_takes_no_such_command_is_refused_in_words(fake: Fake) -> None:
    fake.world.applies = False
    async with swept(fake, TINY) as desk:
        desk.app.push_screen(screens.ApplyChanges(desk.app.view_state, devices(desk)[0]))
        await shows(desk, "a Cisco 9851 takes no such command")
        assert fake.writes == []


# What a run leaves


async def test_neither_code_nor_token_is_left_anywhere(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """Log, audit, journal, messages and pictures of a run in which a code was made, a job started, a write refused."""
    with caplog.at_level(logging.DEBUG):
        async with swept(fake) as desk:
            await activated(desk)
            left = [desk.app.export_screenshot()]
            await desk.press("escape", "W")
            await shows(desk, "Webex lists no job.")
            await desk.press("n", "2")
            await shows(desk, "Phones of which location?")
            await desk.press("enter")
            await shows(desk, "location's name to go on")
            fake.trouble.append(Trouble(400, "/telephony", body=json.dumps({"message": "no"}).encode()))
            await typed(desk, "Headquarters")
            await shows(desk, "Webex says no")
            left += [notes(desk), desk.app.export_screenshot()]
        fleet = cloud(desk)
        left += [audit_line(deed, "operator") for deed in fleet.deeds]
        left += [str(entry) for entry in fleet.entries]
        left += [f"{record.getMessage()} {record.args} {record.exc_info}" for record in caplog.records]
    assert [str(deed.command) for deed in fleet.deeds] == ["webex devices activate", "webex rebuilds start"]
    planted = (CODE, " ".join(code_groups(CODE)), " ".join(CODE), *large_digits(" ".join(code_groups(CODE)[:2])), ADMIN)
    assert [(secret, told) for secret in planted for told in left if secret in told] == []


# Choosing


async def test_choosing_among_many() -> None:
    async with opened() as desk:
        found: list[object] = []
        choices = [(f"Site {number}", f"{number} phones") for number in range(MOST + 50)]
        desk.app.push_screen(Picker("Where?", choices, several=True), found.append)
        await shows(desk, "Where?")
        await desk.press("pageup", "down", "down", "tab")
        assert "[x] Site 2 " in desk.text()
        screen = desk.app.screen
        for words in (f"{MOST + 49}", "site 7", "zzz"):
            screen.query_one(Input).value = words
            await desk.press("tab")
        assert "Nothing is called that." in desk.text()
        screen.query_one(Input).value = ""
        await desk.pilot.pause()
        screen.query_one(RowsView).action_move(MOST)
        await desk.pilot.pause()
        assert "and 50 more: type some letters" in desk.text()
        await desk.press("enter")
        assert found == [(2, 7, MOST + 49)]


async def test_the_smallest_terminal_has_room_for_a_choice() -> None:
    async with opened(size=TINY) as desk:
        desk.app.push_screen(Picker("Where?", [(f"Site {number}", "") for number in range(30)], several=True))
        await shows(desk, "tab marks   enter takes   esc back")
        assert "[ ] Site 5" in desk.text()


async def test_leaving_the_choice_chooses_nothing() -> None:
    async with opened() as desk:
        found: list[object] = []
        desk.app.push_screen(Picker("Where?", [("one", "")]), found.append)
        await shows(desk, "Where?")
        await desk.press("tab", *"zzz", "enter", "escape")
        assert found == [None]


async def test_tags_that_are_typed_while_others_are_changed_reach_nobody(fake: Fake) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.TagDialog(desk.app.view_state, *devices(desk)[:3]))
        await shows(desk, "Tags of 3 phones")
        fake.trouble.append(Trouble(429, f"/devices/{ident('DEVICE', 2)}", {"Retry-After": "5"}))
        await typed(desk, "lobby")
        await shows(desk, "on 3 phones?")
        await typed(desk, "3")
        await shows(desk, "Webex asks to wait")
        await typed(desk, "kitchen")
        await shows(desk, "3 of 3 changed.")
        assert [each.body["value"][-1] for each in fake.writes] == ["lobby"] * 3
