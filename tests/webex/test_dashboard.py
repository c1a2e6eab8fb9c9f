"""The dashboard over a simulated phone and the made-up Webex, both over real sockets: one phone, two who tell of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from phonetui.config.settings import Config, FeedbackSettings
from phonetui.monitor import cloud as clouds
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import Disagreement, PhoneId
from phonetui.simulator.server import ServedOffice
from phonetui.transport.trust import PinStore
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.main.screen import REFRESH_S, MainScreen
from tests.deadlines import EVENTUALLY_S
from tests.live import served, settings, until
from tests.ui.screen import WIDE, painted
from tests.webex.fake.site import Fake, Trouble
from tests.webex.fake.world import device, ident
from tests.webex.test_cloud import opening


@asynccontextmanager
async def dashboard(fake: Fake, office: ServedOffice) -> AsyncIterator[tuple[PhonetuiApp, LiveFleet, Pilot[None]]]:
    """Over one phone without a group, which Webex has as its device 1."""
    phone = office.phones[0]
    fake.world.devices[ident("DEVICE", 1)] = device(1, mac=phone.device.identity.mac, displayName="Reception")
    config = Config(phones=(settings(phone),), feedback=FeedbackSettings(listen="off"))
    fleet = LiveFleet(config, pins=PinStore(None), webex=opening(fake))
    app = PhonetuiApp(fleet, config)
    async with app.run_test(size=(200, WIDE[1])) as pilot:
        yield app, fleet, pilot
    await app.settle()


async def shows(app: PhonetuiApp, pilot: Pilot[None], *words: str) -> str:
    """Waits until all of it stands on the screen."""
    loop = asyncio.get_running_loop()
    ends_at, text = loop.time() + EVENTUALLY_S, ""
    while loop.time() < ends_at:
        text = "\n".join(painted(app))
        if all(each in text for each in words):
            return text
        await pilot.pause(0.05)
    raise AssertionError(f"{words} not in\n{text}")


async def test_a_phone_that_both_know_is_one(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "SWEEP_S", 0.05)
    monkeypatch.setattr(clouds, "retry_s", lambda *_: 0.05)
    async with served() as office, dashboard(fake, office) as (app, fleet, pilot):
        name = office.phones[0].name
        place = ("Webex", "Headquarters", "Lobby")
        await until(lambda: fleet.phones[PhoneId(name)].place == place, what="it stands where Webex has it")
        claim = fleet.phones[PhoneId(name)].claim
        assert claim is not None
        assert (claim.by, claim.status) == ("mac", "connected")
        await shows(app, pilot, "▾ Headquarters", "▾ Lobby", "Phone 5", f"○ {name}")
        await until(lambda: "Reception" not in "".join(painted(app)), what="it is no row of its own beside our phone")

        await pilot.press("w")
        await shows(app, pilot, "Webex · Reception", "◇ connected", f"{name}  ○", "the same by its MAC address")
        fake.world.devices[ident("DEVICE", 1)]["connectionStatus"] = "disconnected"
        await shows(app, pilot, "✗ disconnected", f"≠ {Disagreement.ONLY_HERE}")
        await pilot.press("escape", "x")
        await shows(app, pilot, "Webex", f"≠ {Disagreement.ONLY_HERE}   ✗ disconnected")
        await pilot.press("escape", "f")
        await shows(app, pilot, "≠ disconnected")
        await pilot.press("escape")
        await shows(app, pilot, "≠ ", "▲ it answers here, Webex says it is offline (disconnected)")
        fake.world.devices[ident("DEVICE", 1)]["connectionStatus"] = "connected"
        await shows(app, pilot, "● Webex and we no longer differ (connected)")
        assert sum("no longer differ" in entry.text for entry in fleet.entries) == 1

        fake.trouble.append(Trouble(503, "/devices", times=1000))
        await shows(app, pilot, "503", "Phone 5")


async def test_a_repeated_sweep_draws_nothing(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "SWEEP_S", 0.02)
    async with served() as office, dashboard(fake, office) as (app, fleet, pilot):
        name = PhoneId(office.phones[0].name)
        await until(lambda: len(fleet.phones[name].place) == 3 and fleet.phones[name].place[1] == "Headquarters")
        await shows(app, pilot, "Phone 5", "▾ Headquarters", f"○ {name}")
        assert fleet.cloud is not None
        cloud = fleet.cloud

        async def repeated(times: int) -> None:
            for _ in range(times):
                at = cloud.state.swept_at
                await until(lambda at=at: cloud.state.swept_at != at)  # type: ignore[misc]
                await pilot.pause(2 * REFRESH_S)

        main = app.screen
        assert isinstance(main, MainScreen)
        phones = main.query_one("#phones")
        drawn: list[object] = []
        monkeypatch.setattr(phones, "refresh", lambda *regions, **_: drawn.append(regions))
        await repeated(1)  # until the look after the last news
        drawn.clear()
        known, claim = fleet.cloud.state.inventory, fleet.phones[name].claim
        await repeated(4)
        assert fleet.cloud.state.inventory is known
        assert fleet.phones[name].claim is claim
        assert drawn == []
