"""A Webex whose every word means harm: whatever screen it reaches, text alone is painted."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.widgets import Input

from phonetui.ui import screens
from tests.ui.screen import SMALL, WIDE, Desk
from tests.ui.test_hostile import WORDS, harmless
from tests.webex.desk import press, settled, shows, swept
from tests.webex.fake.jobs import FAMILIES, Job
from tests.webex.fake.site import Fake, Trouble
from tests.webex.fake.world import ident
from tests.webex.malformed import odd

ONE = ident("DEVICE", 1)
HARM = "".join(sorted(WORDS, key=len))
"""All of it in every text; what is long comes last."""
BEGINS = "[/red]"
KEPT = {
    "id", "webexDeviceId", "callingDeviceId", "workspaceId", "locationId", "personId",
    "supportedFor", "onboardingMethod", "connectionStatus", "lastSeen",
}  # fmt: skip
"""By which things are found, and without which nothing is offered or editable."""


def harmed(said: Any) -> Any:
    match said:
        case dict():
            return {name: inside if name in KEPT else harmed(inside) for name, inside in said.items()}
        case list():
            return [harmed(inside) for inside in said]
        case str():
            return f"{said[:2]}{HARM}"
        case _:
            return said


@pytest.fixture
def hostile(fake: Fake) -> Fake:
    """Small answers once more, so that their words are the harm."""
    fake.world.configurations[ONE] = odd() | {f"Audio.{HARM}": odd()["Audio.Volume"], HARM: 7}
    fake.world.customizations = {"device": {"customizations": {HARM: {HARM: "x", "y": True}}}}
    fake.jobs.all = [Job(family, family, number, {}, percent=50 * number) for number, family in enumerate(FAMILIES)]
    fake.spoil = harmed
    return fake


async def card(desk: Desk) -> None:
    await at(desk, screens.WebexScreen, "y")


async def configuration(desk: Desk) -> None:
    await at(desk, screens.ConfigurationScreen, "down", "down", "enter", "down", "enter", "d")
    await press(desk, "escape", "slash", *"vol", "enter", "y")


async def levels(desk: Desk) -> None:
    await at(desk, screens.SettingsLevels, "end", "y")


async def line_keys(desk: Desk) -> None:
    await at(desk, screens.LineKeysScreen, "c", "enter", "y")


async def members(desk: Desk) -> None:
    await at(desk, screens.MembersScreen, "down", "y")


async def tags(desk: Desk) -> None:
    await at(desk, screens.TagDialog)
    desk.app.screen.query_one(Input).value = HARM
    await press(desk, "enter")


async def applying(desk: Desk) -> None:
    await at(desk, screens.ApplyChanges, "y")


async def activation(desk: Desk) -> None:
    desk.app.push_screen(screens.ActivationDialog(desk.app.view_state))
    for question, key in (("Whose phone", "enter"), ("Which model?", "enter"), ("On a Standard licence", "y")):
        await shows(desk, question)
        harmless(desk)
        await desk.press(key)
    await shows(desk, "esc forgets it")


async def jobs(desk: Desk) -> None:
    await desk.press("W")
    await shows(desk, BEGINS)
    harmless(desk)
    await desk.press("enter")
    await shows(desk, "Errors")
    harmless(desk)
    await desk.press("down", "y", "escape", "n", "1")
    await shows(desk, "Which template?")
    harmless(desk)
    await desk.press("enter")
    await shows(desk, "At which locations?")


SCREENS: tuple[Callable[[Desk], Awaitable[None]], ...] = (
    card, configuration, levels, line_keys, members, tags, applying, activation, jobs,
)  # fmt: skip


async def at(desk: Desk, door: Callable[..., Any], *keys: str) -> None:
    desk.app.push_screen(door(desk.app.view_state, known(desk)))
    await desk.pilot.pause()
    harmless(desk)
    for key in keys:
        await press(desk, key)
        harmless(desk)


def known(desk: Desk) -> Any:
    cloud = desk.app.view_state.session.cloud
    assert cloud is not None
    return cloud.state.inventory.devices[ONE]


@pytest.mark.parametrize("size", [pytest.param(WIDE, marks=pytest.mark.slow), SMALL], ids=["120x36", "80x24"])
async def test_every_screen_paints_text_alone(hostile: Fake, size: tuple[int, int]) -> None:
    async with swept(hostile, size) as desk:
        harmless(desk)
        for screen in SCREENS:
            await screen(desk)
            harmless(desk)
            assert BEGINS in desk.text(), f"{screen.__name__} shows nothing of it:\n{desk.text()}"
            desk.app.clear_notifications()
            while desk.app.screen is not desk.main:
                desk.app.pop_screen()
                await desk.pilot.pause()


async def test_every_screen_paints_a_refusal_as_text(hostile: Fake) -> None:
    said = {"message": HARM, "trackingId": HARM, "errors": [{"description": HARM}]}
    async with swept(hostile, SMALL) as desk:
        hostile.trouble.append(Trouble(403, body=json.dumps(said).encode(), times=10_000))
        for door in (
            screens.ConfigurationScreen,
            screens.SettingsLevels,
            screens.LineKeysScreen,
            screens.MembersScreen,
            screens.TagDialog,
            screens.ApplyChanges,
        ):
            await at(desk, door, "y")
            if door is screens.ApplyChanges:
                await settled(desk)
            harmless(desk)
            desk.app.pop_screen()
            await desk.pilot.pause()
        await desk.press("W")
        await shows(desk, "Webex refuses")
        harmless(desk)
