"""What the status and the command screen are given, by a real fleet over a simulated phone."""

import asyncio

from phonetui.fleet.protocol import TreeFleet
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import live, served, until

ONE = PhoneId("sim-1")
STANDBY = Path.of("Standby", "Level")


async def test_a_fleet_keeps_every_leaf_and_when_it_changed() -> None:
    async with served() as office, live(office, transport="http") as watched:
        fleet = watched.fleet
        assert isinstance(fleet, TreeFleet)
        await until(lambda: len(fleet.document(ONE)) > 100)
        document, changed_at = fleet.document(ONE), fleet.changed_at(ONE)
        assert set(changed_at) == set(document)
        clock = Path.of("PhoneStatus", "CurrentTime")
        first = changed_at[clock]
        await until(lambda: fleet.changed_at(ONE)[clock] > first)
        assert fleet.changed_at(ONE)[STANDBY] <= asyncio.get_running_loop().time()
        await fleet.command(ONE, Command(Path.of("Call", "Dial"), (("Number", "5999"),)))
        await until(lambda: any(path[:1] == ("Line",) and path[-1] == "PeerPhone" for path in fleet.document(ONE)))
        assert set(fleet.changed_at(ONE)) == set(fleet.document(ONE))


async def test_a_phone_tells_its_commands_once_for_all_of_its_kind() -> None:
    async with served() as office, live(office, transport="http") as watched:
        fleet = watched.fleet
        await until(lambda: fleet.phones[ONE].system.version)
        schema = await fleet.commands(ONE)
        assert schema.is_the_phones
        form = schema.find(Path.of("HttpFeedback", "Register"))
        assert form is not None
        assert {one.name for one in form.parameters if one.is_required} == {"FeedbackSlot", "ServerUrl"}
        slot = form.parameter("FeedbackSlot")
        assert slot is not None
        assert (slot.space.kind, slot.space.low, slot.space.high) == ("integer", 1, 4)
        assert await fleet.commands(ONE) is schema


async def test_a_phone_that_cannot_be_reached_has_the_published_commands_for_now() -> None:
    async with served() as office, live(office, transport="http", port=1) as watched:
        assert not (await watched.fleet.commands(ONE)).is_the_phones
