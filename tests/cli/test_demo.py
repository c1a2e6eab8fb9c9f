"""What the demo makes of simulated phones, and that its office ends with it."""

import asyncio
import threading

import pytest
from msgspec.structs import replace

from phonetui.cli.demo import demo_config, demo_groups, office_fleet
from phonetui.cli.simulate import serve_in_thread
from phonetui.config.settings import Config, FeedbackSettings, Secret, TlsMode, UiSettings
from phonetui.errors import ConfigError, Unreachable
from phonetui.fleet.protocol import Fleet, Permission, TreeFleet
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import Settings


def simulators() -> int:
    return sum(thread.name == "simulator" for thread in threading.enumerate())


def test_phones_of_the_demo() -> None:
    before = simulators()
    with serve_in_thread(lambda: Settings(phones=5, scenario="quiet")) as office:
        served = office.phones()
        config = replace(Config(), ui=UiSettings(theme="mine"), feedback=FeedbackSettings(listen="off"))
        found = demo_config(config, served, read_only=True)
    assert simulators() == before
    assert (found.ui.theme, found.feedback, found.read_only) == ("mine", FeedbackSettings(), True)
    assert [phone.fingerprint for phone in found.phones] == [phone.fingerprint for phone in served]
    assert all(phone.tls is TlsMode.PIN and phone.host == "127.0.0.1" and phone.port for phone in found.phones)
    assert found.phones[0].password == Secret("Zq9-planted")
    assert len({phone.group for phone in found.phones}) == 3
    assert all(len(phone.group) in (1, 2) for phone in found.phones)


def test_an_office_that_cannot_start_says_why() -> None:
    with (
        serve_in_thread(lambda: Settings(scenario="no-such")) as office,
        pytest.raises(ConfigError, match="no scenario"),
    ):
        office.phones()


def test_leaving_before_it_has_started_is_fine() -> None:
    before = simulators()
    with serve_in_thread(lambda: Settings(phones=1, scenario="quiet")):
        pass
    assert simulators() == before


def test_the_demo_offers_everything_that_a_fleet_does() -> None:
    demo = office_fleet(Config(), 1, Settings)
    fleet: Fleet = demo
    trees: TreeFleet = demo
    assert isinstance(fleet, TreeFleet), "without any of it, there is neither status tree nor command"
    assert trees.key_argument(PhoneId("Front Desk")).name == "Key"


async def test_nothing_acts_before_the_phones_are_there() -> None:
    sim = PhoneId("Front Desk")
    demo = office_fleet(replace(Config(), read_only=True), 2, Settings)
    assert list(demo.phones) == ["Front Desk", "Lobby"]
    assert (demo.version, demo.entries, demo.history(sim)) == (0, (), {})
    assert demo.port_history(sim) == {}
    assert demo.permission(sim) is Permission.DENIED
    for action in (demo.dial(sim, "1"), demo.press(sim, "Mute")):
        with pytest.raises(Unreachable, match="still being reached for"):
            await action


async def test_leaving_while_the_phones_start() -> None:
    before = simulators()
    demo = office_fleet(Config(), 1, lambda: Settings(phones=1))
    running = asyncio.create_task(demo.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert simulators() == before


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 23])
def test_every_group_has_company(count: int) -> None:
    groups = list(demo_groups(count).values())
    assert len(groups) == count
    assert all(groups.count(group) >= min(2, count) for group in groups[:-1])


def test_phones_are_called_what_their_callers_see() -> None:
    from phonetui.simulator import place_name

    assert list(demo_groups(3)) == [place_name(1), place_name(2), place_name(3)]
    assert len(set(demo_groups(40))) == 40
