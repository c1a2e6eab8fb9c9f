"""The screens of one device in Webex, cell by cell."""

from typing import Any

import pytest

from phonetui.ui.screens import doors
from phonetui.ui.screens.enquiring import Enquiring
from tests.ui.screen import SMALL, WIDE, themed
from tests.ui.test_goldens import compare, golden
from tests.webex.desk import at, press
from tests.webex.fake.site import Fake, Trouble
from tests.webex.fake.world import CUSTOMIZATIONS, ident, member
from tests.webex.odd import odd

ONE = ident("DEVICE", 1)
SIZES = {"": WIDE, "-80x24": SMALL, "-60x16": (60, 16)}
HOSTILE = "\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]"
LAYOUT = {
    "layoutMode": "CUSTOM",
    "userReorderEnabled": True,
    "lineKeys": [
        {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
        {"lineKeyIndex": 2, "lineKeyType": "SHARED_LINE", "sharedLineIndex": 1},
        {"lineKeyIndex": 4, "lineKeyType": "MONITOR", "lineKeyLabel": "Ola Nordmann", "lineKeyValue": "5012"},
        {"lineKeyIndex": 5, "lineKeyType": "FUTURE_KEY", "lineKeyLabel": HOSTILE},
        {"lineKeyIndex": 7, "lineKeyType": "CLOSED"},
    ],
    "kemModuleType": "KEM_20_KEYS",
    "kemKeys": [{"kemModuleIndex": 1, "kemKeyIndex": 3, "kemKeyType": "SPEED_DIAL", "kemKeyLabel": "Kari", "kemKeyValue": "5012"}],
}  # fmt: skip


@pytest.fixture
def full(fake: Fake) -> Fake:
    """Everything that the screens can show."""
    world = fake.world
    world.configurations[ONE] = odd()
    world.configurations[ONE]["Time.Zone"]["value"] = HOSTILE
    world.layouts[ONE] = LAYOUT
    world.members[ONE] = [member(1) | {"lineLabel": "Reception"}, member(2) | {"lineType": "NEWER", "hostIP": None}, 7]
    world.hoteling = {"enabled": True, "limitGuestUse": True, "guestHoursLimit": 8}
    mpp: dict[str, Any] = {"vlan": {"enabled": False, "value": 1}, "poeMode": "NORMAL", "phoneSecurityPwd": "one-Zq9"}
    world.customizations = {
        "organization": {"customizations": {**CUSTOMIZATIONS, "mpp": mpp}},
        "location": {"customizations": {"mpp": {**mpp, "vlan": {"enabled": True, "value": 110}, "phoneSecurityPwd": "two-Zq9"}}},
        "device": {"customEnabled": False, "updateInProgress": True, "customizations": {"mpp": {"poeMode": HOSTILE}}},
    }  # fmt: skip
    return fake


STAGED = "down enter down enter down down enter 6 0 enter end"
"""Keys that need no answer of Webex's in between."""
SCREENS: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "webex-configuration": (doors.configuration, (STAGED,), "-80x24"),
    "webex-configuration-diff": (doors.configuration, (STAGED, "d"), "-80x24"),
    "webex-levels": (doors.levels, ("down",), "-80x24"),
    "webex-line-keys": (doors.line_keys, (), "-80x24"),
    "webex-line-keys-compared": (doors.line_keys, ("c", "enter"), "-60x16"),
    "webex-members": (doors.members, ("down",), "-80x24"),
}


@pytest.mark.parametrize("small", [False, True], ids=["wide", "small"])
@pytest.mark.parametrize("name", SCREENS)
async def test_drawn(full: Fake, name: str, small: bool) -> None:
    door, keys, other = SCREENS[name]
    size = other if small else ""
    async with at(full, door, size=SIZES[size]) as desk:
        for together in keys:
            await press(desk, *together.split())
        assert isinstance(desk.app.screen, Enquiring)
        drawn = golden(desk, desk.app.screen)
    assert "Zq9" not in drawn
    compare(f"{name}{size}", drawn)


async def test_a_failure(full: Fake) -> None:
    full.trouble.append(Trouble(403, "/deviceConfigurations", times=9))
    async with at(full, doors.configuration, size=SMALL) as desk:
        assert isinstance(desk.app.screen, Enquiring)
        compare("webex-failed-80x24", golden(desk, desk.app.screen))


async def test_in_ascii(full: Fake) -> None:
    async with at(full, doors.levels, size=SMALL, config=themed(ascii=True)) as desk:
        drawn = "\n".join(line.rstrip() for line in desk.lines()) + "\n"
    assert drawn.isascii()
    compare("webex-levels-ascii", drawn)
