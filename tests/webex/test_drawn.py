"""The screens of one device in Webex, cell by cell."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.screen import Screen

from phonetui.ui import screens
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.query import QueryScreen
from phonetui.webex.devices import WebexDevice, device
from tests.ui.golden import FOLDER, compare, golden
from tests.ui.matrix import STATES, STATES_TO_TRY, Seen, walked
from tests.ui.screen import SMALL, WIDE, Desk, themed
from tests.webex.desk import at, clouded, press
from tests.webex.fake.jobs import Job
from tests.webex.fake.site import Fake, Trouble
from tests.webex.fake.world import CUSTOMIZATIONS, LOCATION, ident, member
from tests.webex.fake.world import device as an_answer
from tests.webex.malformed import odd

ONE = ident("DEVICE", 1)
SIZES = {"": WIDE, "-80x24": SMALL, "-60x16": (60, 16)}
HOSTILE = "\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]"
LAYOUT: dict[str, Any] = {
    "layoutMode": "CUSTOM",
    "userReorderEnabled": True,
    "lineKeys": [
        {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
        {"lineKeyIndex": 2, "lineKeyType": "SHARED_LINE", "sharedLineIndex": 1},
        {"lineKeyIndex": 4, "lineKeyType": "MONITOR", "lineKeyLabel": "Ola Nordmann", "lineKeyValue": "5012"},
        {"lineKeyIndex": 5, "lineKeyType": "FUTURE_KEY", "lineKeyLabel": "?"},
        {"lineKeyIndex": 7, "lineKeyType": "CLOSED"},
    ],
    "kemModuleType": "KEM_20_KEYS",
    "kemKeys": [{"kemModuleIndex": 1, "kemKeyIndex": 3, "kemKeyType": "SPEED_DIAL", "kemKeyLabel": "Kari", "kemKeyValue": "5012"}],
}  # fmt: skip


def filled(fake: Fake, word: str = "Europe/Oslo", label: str = "Help desk") -> Fake:
    """Everything that the screens can show; `word` and `label` are what strangers wrote."""
    world = fake.world
    world.configurations[ONE] = odd()
    world.configurations[ONE]["Time.Zone"]["value"] = word
    keys = [
        {**key, **({"lineKeyLabel": label} if key["lineKeyType"] == "FUTURE_KEY" else {})} for key in LAYOUT["lineKeys"]
    ]
    world.layouts[ONE] = {**LAYOUT, "lineKeys": keys}
    world.members[ONE] = [member(1) | {"lineLabel": label}, member(2) | {"lineType": "NEWER", "hostIP": None}, 7]
    world.hoteling = {"enabled": True, "limitGuestUse": True, "guestHoursLimit": 8}
    mpp: dict[str, Any] = {"vlan": {"enabled": False, "value": 1}, "poeMode": "NORMAL", "phoneSecurityPwd": "one-Zq9"}
    world.customizations = {
        "organization": {"customizations": {**CUSTOMIZATIONS, "mpp": mpp}},
        "location": {"customizations": {"mpp": {**mpp, "vlan": {"enabled": True, "value": 110}, "phoneSecurityPwd": "two-Zq9"}}},
        "device": {"customEnabled": False, "updateInProgress": True, "customizations": {"mpp": {"poeMode": word}}},
    }  # fmt: skip
    fake.jobs.all = [
        Job("rebuildPhones", "job-1", 1, {"locationId": LOCATION}, percent=100),
        Job("callDeviceSettings", "job-2", 2, {}, percent=100, failing=True),
        Job("applyLineKeyTemplate", "job-3", 3, {}, percent=50),
    ]
    return fake


@pytest.fixture
def full(fake: Fake) -> Fake:
    return filled(fake, HOSTILE, HOSTILE)


def bare(fake: Fake) -> Fake:
    """Answers with nothing in them."""
    world = fake.world
    world.configurations[ONE], world.members[ONE] = {}, []
    world.layouts[ONE] = {"layoutMode": "DEFAULT", "lineKeys": []}
    world.customizations = {level: {"customizations": {}} for level in ("organization", "location", "device")}
    return fake


def refusing(fake: Fake) -> Fake:
    filled(fake).trouble.append(Trouble(403, times=99))
    return fake


def _door(door: Callable[[ViewState, WebexDevice], Screen[Any]]) -> Callable[[Desk], Screen[Any]]:
    """The screen of the made-up phone; no key leads to it yet."""
    return lambda desk: door(desk.app.view_state, device(an_answer(1)))


SITUATIONS: dict[str, Callable[[Fake], Fake]] = {
    "normal": filled, "empty": bare, "unheard": filled, "stale": filled, "failed": refusing,
    "hostile": lambda fake: filled(fake, HOSTILE, HOSTILE),
}  # fmt: skip
_NUMBERED = r"(FAKE_)\d+"
"""Answers are numbered as they come."""
ROWS = (
    Seen("webex-configuration", (_door(screens.ConfigurationScreen), "down"), varying=_NUMBERED),
    Seen("webex-levels", (_door(screens.SettingsLevels), "down"), varying=_NUMBERED),
    Seen("webex-line-keys", (_door(screens.LineKeysScreen),), varying=_NUMBERED),
    Seen("webex-members", (_door(screens.MembersScreen), "down"), varying=_NUMBERED),
    Seen("webex-jobs", ("W", "down"), without={"unheard": "without a Webex its key says so and opens nothing"}, varying=_NUMBERED),
    Seen(
        "webex-job", ("W", "down down enter", "end"), ("escape escape",),
        dict.fromkeys(("empty", "unheard", "failed"), "it is of a job, and none is known"), _NUMBERED,
    ),
)  # fmt: skip


@pytest.mark.parametrize("state", STATES_TO_TRY)
async def test_all_screens_of_webex_in_one_state(fake: Fake, state: str) -> None:
    """Unheard is a program to which no Webex is known."""
    at = STATES[state]
    SITUATIONS[at.situation](fake)

    async def in_vain(desk: Desk) -> None:
        """What was read stands there, and was asked for again."""
        fake.trouble.append(Trouble(503, times=99))
        await press(desk, "r")
        fake.trouble.clear()

    async with clouded(fake, size=at.size, config=themed(**at.ui), known=state != "unheard") as desk:
        found = await walked(desk, ROWS, state, in_vain if state == "stale" else None)
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)
    chrome = FOLDER.glob("*.txt")
    files = [*chrome, *(file for row in ROWS for file in (FOLDER / row.name).iterdir())]
    assert "Zq9" not in "".join(file.read_text() for file in files)


STAGED = "down enter down enter down down enter 6 0 enter end"
"""Keys that need no answer of Webex's in between."""
SCREENS: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "webex-configuration-staged": (screens.ConfigurationScreen, (STAGED,), "-80x24"),
    "webex-configuration-diff": (screens.ConfigurationScreen, (STAGED, "d"), "-80x24"),
    "webex-line-keys-compared": (screens.LineKeysScreen, ("c", "enter"), "-60x16"),
}


@pytest.mark.parametrize("small", [False, True], ids=["wide", "small"])
@pytest.mark.parametrize("name", SCREENS)
async def test_drawn(full: Fake, name: str, small: bool) -> None:
    door, keys, other = SCREENS[name]
    size = other if small else ""
    async with at(full, door, size=SIZES[size]) as desk:
        for together in keys:
            await press(desk, *together.split())
        assert isinstance(desk.app.screen, QueryScreen)
        drawn = golden(desk, desk.app.screen)
    assert "Zq9" not in drawn
    compare(f"{name}{size}", drawn)
