"""Keys mean the same on Webex's screens: each key that help lists acts, or says on the screen why it doesn't."""

from collections.abc import Callable
from typing import Any

import pytest

from phonetui.actions import SCREENS
from phonetui.ui import screens
from phonetui.webex.devices import device
from tests.sampling import slow_marks
from tests.ui.screen import Desk
from tests.ui.test_keys_everywhere import REACHED as BESIDE_PHONES
from tests.ui.test_keys_everywhere import silent_keys
from tests.webex.desk import clouded
from tests.webex.fake.site import Fake
from tests.webex.fake.world import device as an_answer
from tests.webex.test_drawn import filled

REACHED: dict[str, Callable[[Any], Any]] = {
    "webex": lambda view_state: screens.WebexScreen(view_state, device(an_answer(1))),
    "configuration": lambda view_state: screens.ConfigurationScreen(view_state, device(an_answer(1))),
    "levels": lambda view_state: screens.SettingsLevels(view_state, device(an_answer(1))),
    "linekeys": lambda view_state: screens.LineKeysScreen(view_state, device(an_answer(1))),
    "members": lambda view_state: screens.MembersScreen(view_state, device(an_answer(1))),
    "jobs": screens.JobsScreen,
}
ELSEWHERE = {"job", "activation"}
"""A list of errors below the jobs (`test_jobs_screen`), and a dialog with a secret, which takes its own keys alone."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow_marks(place)) for place, name in enumerate(REACHED)])
async def test_every_key_of_help_acts_or_says_why_not(fake: Fake, name: str) -> None:
    async with clouded(filled(fake)) as desk:
        assert await silent_keys(desk, name, lambda: _go(desk, name)) == [], "neither acted nor said anything"


async def _go(desk: Desk, name: str) -> None:
    desk.app.push_screen(REACHED[name](desk.app.view_state))
    await desk.pilot.pause()
    await desk.app.workers.wait_for_complete()
    await desk.pilot.pause()


def test_every_screen_of_the_table_is_tried() -> None:
    assert {*SCREENS} <= {*REACHED, *BESIDE_PHONES, *ELSEWHERE}
