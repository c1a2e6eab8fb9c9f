"""The program with a made-up Webex beside a made-up office, and a screen of Webex's open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from textual.screen import Screen

from phonetui.monitor.audit import Deed
from phonetui.monitor.cloud import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.webex.bearer import Given
from phonetui.webex.client import Webex
from phonetui.webex.device import Device, device
from tests.ui.office import FakeFleet, office
from tests.ui.screen import WIDE, Desk, opened
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.fake.world import ident


@dataclass
class CloudFleet(FakeFleet):
    cloud: Cloud | None = None
    deeds: list[Deed] = field(default_factory=list)


@asynccontextmanager
async def clouded(
    fake: Fake, *, token: str = ADMIN, read_only: bool = False, size: tuple[int, int] = WIDE, **more: Any
) -> AsyncIterator[Desk]:
    """The main screen; nothing is swept, so that whatever Webex sees was asked for."""
    like = office()
    fleet = CloudFleet(like.phones, like.entries, like.histories)
    fleet.cloud = Cloud(
        lambda tell: Webex(fake.base_url, Given(token), notice=tell),
        changed=lambda: None, note=lambda *_: None, record=fleet.deeds.append, is_read_only=read_only,
    )  # fmt: skip
    try:
        async with opened(fleet, size=size, **more) as desk:
            yield desk
    finally:
        await fleet.cloud.close()


@asynccontextmanager
async def at(
    fake: Fake, door: Callable[[Viewpoint, Device], Screen[Any]], known: Device | None = None, **more: Any
) -> AsyncIterator[Desk]:
    """With the screen behind a door open, and Webex's answers there."""
    async with clouded(fake, **more) as desk:
        await desk.app.push_screen(door(desk.app.viewpoint, known or phone(fake)))
        await settled(desk)
        yield desk


def phone(fake: Fake, number: int = 1, **fields: Any) -> Device:
    return replace(device(fake.world.devices[ident("DEVICE", number)]), **fields)


async def settled(desk: Desk) -> None:
    """Once nothing is asked any more, and all of it is drawn."""
    await desk.pilot.pause()
    while busy := [worker for worker in desk.app.workers if not worker.is_finished]:
        await asyncio.gather(*(worker.wait() for worker in busy), return_exceptions=True)
    await desk.pilot.pause()


async def press(desk: Desk, *keys: str) -> None:
    await desk.press(*keys)
    await settled(desk)
