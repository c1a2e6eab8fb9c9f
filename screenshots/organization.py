"""The organization of the pictures: the tests' own Webex, over an office of simulated phones.

Half of the phones are ours, and Webex lists them too; those behind it only Webex reaches; a few more don't answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from phonetui.cli.demo import demo_config
from phonetui.config.settings import Config
from phonetui.monitor.fleet import LiveFleet
from phonetui.simulator.server import ServedOffice, Settings
from phonetui.simulator.server import serve as simulated
from phonetui.transport.trust import PinStore
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from tests.webex.fake import world
from tests.webex.fake.jobs import FAMILIES, Job
from tests.webex.fake.site import ADMIN, Fake, serve
from tests.webex.malformed import odd

SITES = {"Headquarters": ("Reception", "Lobby", "Meeting room 1", "Meeting room 2"), "Branch": ("Shop", "Workshop")}
STATES = ("disconnected", "activating", "offline_deep_sleep", "connected_with_issues")
"""Of the devices behind which no phone is."""
ODDEST = ("Broken", "Null", "Shape", "[10].VLAN.Id")
"""Keys of the tests' configuration that are there to be unreadable."""
LAYOUT = {
    "layoutMode": "CUSTOM",
    "userReorderEnabled": True,
    "lineKeys": [
        {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
        {"lineKeyIndex": 2, "lineKeyType": "SHARED_LINE", "sharedLineIndex": 1},
        {"lineKeyIndex": 3, "lineKeyType": "MONITOR", "lineKeyLabel": "Reception", "lineKeyValue": "5001"},
        {"lineKeyIndex": 4, "lineKeyType": "SPEED_DIAL", "lineKeyLabel": "Workshop", "lineKeyValue": "5012"},
        {"lineKeyIndex": 5, "lineKeyType": "CALL_PARK_EXTENSION", "lineKeyValue": "5901"},
        {"lineKeyIndex": 6, "lineKeyType": "CLOSED"},
    ],
}


@asynccontextmanager
async def organization(config: Config, *, phones: int, seed: int) -> AsyncIterator[LiveFleet]:
    """A fleet over both; whoever shows it runs it."""
    fake, ready, stop = Fake(), asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve(fake, ready.set, stop))
    await ready.wait()
    try:
        async with simulated(Settings(phones=phones, seed=seed)) as office:
            _fill(fake, office)
            ours = demo_config(config, office.phones[: phones // 2], read_only=False)
            bare = replace(ours, phones=tuple(replace(each, group=()) for each in ours.phones))
            yield LiveFleet(
                bare,
                pins=PinStore(None),
                webex=lambda tell: WebexClient(fake.base_url, FixedToken(ADMIN), notice=tell),
            )
    finally:
        stop.set()
        await serving


def _fill(fake: Fake, office: ServedOffice) -> None:
    made = fake.world
    spaces: list[tuple[str, str, str]] = []
    made.locations, made.workspaces, made.devices = {}, {}, {}
    for at, (site, rooms) in enumerate(SITES.items(), 1):
        made.locations[world.ident("LOCATION", at)] = site
        for room in rooms:
            spaces.append((world.ident("PLACE", len(spaces) + 1), world.ident("LOCATION", at), room))
    made.workspaces = {space: room for space, _, room in spaces}
    for number in range(1, len(office.phones) + len(STATES) + 1):
        space, location, room = spaces[number % len(spaces)]
        said = {"displayName": room, "workspaceId": space, "locationId": location}
        if number <= len(office.phones):
            phone = office.phones[number - 1]
            made.phones[world.ident("DEVICE", number)] = phone
            identity = phone.device.identity
            said |= {"mac": identity.mac, "serial": identity.serial, "product": f"Cisco Desk Phone {phone.model}"}
        else:
            said["connectionStatus"] = STATES[number - len(office.phones) - 1]
        each = world.device(number, tags=["front"] if room in ("Reception", "Lobby") else [], **said)
        made.devices[each["id"]] = each
        made.configurations[each["id"]] = {key: one for key, one in odd().items() if not key.endswith(ODDEST)}
        made.layouts[each["id"]] = LAYOUT
    fake.jobs.all = [
        Job(FAMILIES[0], "job-1", 1, {}, percent=62),
        Job(FAMILIES[1], "job-2", 2, {"locationId": next(iter(made.locations))}, percent=100),
        Job(FAMILIES[2], "job-3", 3, {}, percent=100, failing=True),
    ]
