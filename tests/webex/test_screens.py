"""Which operations are reached from a screen: the table says so, and each screen is walked with everything it can do."""

import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from textual.widgets import Input

from phonetui.ui import screens
from phonetui.ui.webex.jobs import JobsScreen
from phonetui.webex.operations import Operation, operations
from tests.live import until
from tests.ui.screen import Desk
from tests.webex.desk import at, clouded, phone, press, settled, shows, swept
from tests.webex.expected import ROWS
from tests.webex.fake.jobs import FAMILIES, Job
from tests.webex.fake.site import Fake, Seen
from tests.webex.fake.world import MPP, PERSON

Walk = Callable[[Fake], Awaitable[None]]


async def tree(fake: Fake) -> None:
    async with swept(fake) as desk:
        await shows(desk, "▾ Lobby")


async def configuration(fake: Fake) -> None:
    async with at(fake, screens.ConfigurationScreen) as desk:
        await press(desk, "down", "enter", *"70", "enter", "a", "y")


async def levels(fake: Fake) -> None:
    async with at(fake, screens.SettingsLevels, phone(fake, MPP)):
        pass


async def line_keys(fake: Fake) -> None:
    async with at(fake, screens.LineKeysScreen) as desk:
        await press(desk, "c")
        await press(desk, "enter")


async def members(fake: Fake) -> None:
    async with at(fake, screens.MembersScreen):
        pass
    async with at(fake, screens.MembersScreen, phone(fake, workspace_id=None, person_id=PERSON)):
        pass


async def jobs(fake: Fake) -> None:
    """Each family's job is opened, and one of each is started."""
    fake.jobs.all = [Job(family, family, number, {}, percent=100) for number, family in enumerate(FAMILIES)]
    async with clouded(fake) as desk:
        await desk.press("W")
        await shows(desk, "by you")
        for _ in FAMILIES:
            await desk.press("enter")
            await shows(desk, "Errors: ")
            await desk.press("escape", "down")
        for choice, answers in (
            ("1", (("Which template?", ""), ("At which locations?", ""), ("which tags?", ""), ("on 5 phones?", "5"))),
            ("2", (("Phones of which location?", ""), ("go on.", "Headquarters"))),
            ("3", (("Settings of which phones?", ""), ("which file?", "settings.json"), ("go on.", "all phones"))),
        ):
            await desk.press("n", choice)
            await answer(desk, answers)
            await until(lambda: isinstance(desk.app.screen, JobsScreen), what="it was started")


async def activation(fake: Fake) -> None:
    async with clouded(fake) as desk:
        desk.app.push_screen(screens.ActivationDialog(desk.app.view_state))
        await answer(desk, (("Whose phone", ""), ("e-mail address?", "ada@example.com"), ("Which model?", "")))
        await shows(desk, "On a Standard licence")
        await desk.press("y")
        await shows(desk, "holds for")


async def tags(fake: Fake) -> None:
    async with clouded(fake) as desk:
        desk.app.push_screen(screens.TagDialog(desk.app.view_state, phone(fake)))
        await answer(desk, (("commas separate", "lobby"),))
        await shows(desk, "✓ lobby")


async def apply(fake: Fake) -> None:
    async with clouded(fake) as desk:
        desk.app.push_screen(screens.ApplyChanges(desk.app.view_state, phone(fake)))
        await shows(desk, "Not during a call.")
        await desk.press("y")
        await until(lambda: fake.writes, what="it was sent")
        await settled(desk)


async def answer(desk: Desk, answers: Iterable[tuple[str, str]]) -> None:
    """Questions by words of theirs, and what is typed there."""
    for question, words in answers:
        await shows(desk, question)
        desk.app.screen.query_one(Input).value = words
        await desk.press("enter")


WALKS: dict[str, Walk] = {
    "tree": tree,
    "configuration": configuration,
    "levels": levels,
    "line keys": line_keys,
    "members": members,
    "jobs": jobs,
    "activation": activation,
    "tags": tags,
    "apply": apply,
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
async def test_a_screen_asks_what_the_table_says_of_it(
    fake: Fake, screen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.json").write_text('{"customizations": {"mpp": {"a": 1}}}')
    monkeypatch.chdir(tmp_path)
    await WALKS[screen](fake)
    assert {seen.status for seen in fake.seen} <= {200, 201, 202, 204}
    marked = {name for name, each in operations().items() if screen in each.screens}
    assert {asked(seen).name for seen in fake.seen} == marked


def test_no_mark_without_a_walk() -> None:
    """Nothing is called reachable from a screen that no test walks; all 43 are reached from the command line."""
    assert {screen for each in operations().values() for screen in each.screens} == set(WALKS)
    assert {each.article for each in operations().values() if each.article} == {row.number for row in ROWS}
