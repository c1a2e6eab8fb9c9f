"""Which operations are reached from a screen: the table says so, and each screen is walked with everything it can do."""

import re
from collections.abc import Awaitable, Callable

import pytest

from phonetui.ui.screens import doors
from phonetui.webex.operation import Operation, operations
from tests.webex.desk import at, phone, press
from tests.webex.expected import ROWS
from tests.webex.fake.site import Fake, Seen
from tests.webex.fake.world import PERSON

Walk = Callable[[Fake], Awaitable[None]]


async def configuration(fake: Fake) -> None:
    async with at(fake, doors.configuration) as desk:
        await press(desk, "down", "enter", *"70", "enter", "a", "y")


async def levels(fake: Fake) -> None:
    async with at(fake, doors.levels):
        pass


async def line_keys(fake: Fake) -> None:
    async with at(fake, doors.line_keys) as desk:
        await press(desk, "c")
        await press(desk, "enter")


async def members(fake: Fake) -> None:
    async with at(fake, doors.members):
        pass
    async with at(fake, doors.members, phone(fake, workspace_id=None, person_id=PERSON)):
        pass


WALKS: dict[str, Walk] = {
    "configuration": configuration,
    "levels": levels,
    "line keys": line_keys,
    "members": members,
}
"""By the screen's name in the table: opens it and does what it can do, so that Webex sees everything it asks."""


def asked(seen: Seen) -> Operation:
    """The operation behind a request; the most exact path where several fit."""
    fitting = [
        each
        for each in operations().values()
        if each.method == seen.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), seen.path)
    ]
    return min(fitting, key=lambda each: len(each.places))


@pytest.mark.parametrize("screen", WALKS)
async def test_a_screen_asks_what_the_table_says_of_it(fake: Fake, screen: str) -> None:
    await WALKS[screen](fake)
    assert {seen.status for seen in fake.seen} <= {200, 202, 204}
    marked = {name for name, each in operations().items() if screen in each.screens}
    assert {asked(seen).name for seen in fake.seen} == marked


def test_no_mark_without_a_walk() -> None:
    """Nothing is called reachable from a screen that no test walks; all 43 are reached from the command line."""
    assert {screen for each in operations().values() for screen in each.screens} == set(WALKS)
    assert {each.article for each in operations().values() if each.article} == {row.number for row in ROWS}
