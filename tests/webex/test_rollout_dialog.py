"""One change of configurations for the marked phones, from the fleet's screen."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.config import places
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from phonetui.ui import screens
from phonetui.ui.webex.rollout import typed_steps
from phonetui.webex.rollout import RolloutState
from phonetui.webex.rollout_file import open_plan
from tests.ui.office import lobby
from tests.ui.screen import SMALL, WIDE
from tests.ui.test_cloud_tree import claim
from tests.webex.conftest import Words
from tests.webex.desk import shows, swept
from tests.webex.fake.site import Fake
from tests.webex.fake.world import ident
from tests.webex.test_dialogs import cloud, devices, notes, typed


def test_what_is_typed() -> None:
    assert [(step["op"], step.get("value")) for step in typed_steps("A.B=30; !Time.Zone;C=x=y ;")] == [
        ("replace", 30),
        ("remove", None),
        ("replace", "x=y"),
    ]
    for odd in ("", " ; ", "A.B", "=3"):
        with pytest.raises(ConfigError):
            typed_steps(odd)


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, SMALL], ids=str)
async def test_marked_phones_are_configured(fake: Fake, home: Path, size: tuple[int, int]) -> None:
    fake.world.configurations_of(ident("DEVICE", 2))["Audio.Volume"]["value"] = 30
    del fake.world.configurations_of(ident("DEVICE", 3))["Audio.Volume"]
    async with swept(fake, size) as desk:
        desk.app.push_screen(screens.RolloutDialog(desk.app.view_state, *devices(desk)[:3]))
        await shows(desk, "Configuration of 3 phones")
        await typed(desk, "Audio.Volume")
        await shows(desk, "is not KEY=VALUE")
        await typed(desk, "Audio.Volume=30")
        await shows(desk, "Change the configuration on 2 phones?")
        assert "Phone 1: Audio.Volume 50 → 30. Phone 2: Audio.Volume 30 → 30. Type" in desk.prose()
        assert fake.writes == []
        await typed(desk, "2")
        await shows(desk, "✓ changed, and the phone has it")
        await shows(desk, "2 of 3 changed.")
        assert len(fake.writes) == 2
        assert "✗ it has no Audio.Volume" in desk.text()
        assert len(list(places.changes().glob("*.plan"))) == 1
        assert [str(each.command) for each in cloud(desk).deeds] == ["webex configurations update"] * 2
        told = [" ".join(line.split()) for line in desk.text().splitlines()]
        for words in ("Phone 1 ✓ changed, and the phone has it", "Phone 3 ✗ it has no Audio.Volume", "2 of 3 changed."):
            assert any(words in line for line in told), words


@pytest.mark.slow
async def test_a_change_that_is_stopped_goes_on_from_its_plan(fake: Fake, webex: Words, home: Path) -> None:
    async with swept(fake) as desk:
        desk.app.push_screen(screens.RolloutDialog(desk.app.view_state, *devices(desk)[:2]))
        await shows(desk, "Configuration of 2 phones")
        await typed(desk, "Audio.Volume=30")
        await shows(desk, "Change the configuration on 2 phones?")
        await desk.press("escape")
        await shows(desk, "0 of 2 changed")
        assert fake.writes == []
    (place,) = places.changes().glob("*.plan")
    with open_plan(place) as plan:
        assert len(plan.rollout.of(RolloutState.STAGED)) == 2
    run = await asyncio.to_thread(webex, "configurations", "apply", place.name, "--yes", "--rate", "60000")
    assert (run.code, run.out.splitlines()[-1]) == (0, "2 changed")


async def test_the_fleets_key_for_it(fake: Fake) -> None:
    async with swept(fake) as desk:
        desk.fleet.put(replace(lobby(), claim=claim(1)))
        await desk.press("f", "C")
        assert "No phone is marked" in notes(desk)
        screen: Any = desk.app.screen
        screen._marked = {PhoneId("lobby")}
        await desk.press("C")
        await shows(desk, "Configuration of 1 phone in Webex")
