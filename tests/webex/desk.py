"""The program with a made-up Webex beside a made-up office, and a screen of Webex's open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from textual.screen import Screen

from phonetui.monitor.cloud import WebexOrganization
from phonetui.monitor.control_policy import AuditEntry
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.ui.view_state import ViewState
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from phonetui.webex.devices import WebexDevice, device
from phonetui.webex.inventory import CloudState
from tests.deadlines import EVENTUALLY_S
from tests.live import until
from tests.ui.office import NOW, FakeFleet, office
from tests.ui.screen import WIDE, Desk, opened
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.fake.world import ident


@dataclass
class CloudFleet(FakeFleet):
    cloud: WebexOrganization | None = None
    deeds: list[AuditEntry] = field(default_factory=list)
    sweeps: bool = False

    def changed(self) -> None:
        self.version += 1

    def note(self, words: str, weight: Weight) -> None:
        self.say(JournalEntry(NOW, PhoneId("webex"), printable(words), weight))

    async def run(self) -> None:
        sweeping = asyncio.create_task(self.cloud.run()) if self.cloud is not None and self.sweeps else None
        try:
            await super().run()
        finally:
            if sweeping is not None:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)


@asynccontextmanager
async def clouded(
    fake: Fake,
    *,
    token: str = ADMIN,
    read_only: bool = False,
    known: bool = True,
    size: tuple[int, int] = WIDE,
    sweeps: bool = False,
    **more: Any,
) -> AsyncIterator[Desk]:
    """The main screen; where nothing is swept, whatever Webex sees was asked for. `known` is whether there is any."""
    like = office()
    fleet = CloudFleet(like.phones, like.entries, like.histories, sweeps=sweeps)
    cloud = WebexOrganization(
        lambda tell: WebexClient(fake.base_url, FixedToken(token), notice=tell),
        changed=fleet.changed, note=fleet.note, record=fleet.deeds.append, is_read_only=read_only,
    )  # fmt: skip
    fleet.cloud = cloud if known else None
    try:
        async with opened(fleet, size=size, **more) as desk:
            yield desk
    finally:
        await cloud.close()


@asynccontextmanager
async def swept(fake: Fake, size: tuple[int, int] = WIDE, **more: Any) -> AsyncIterator[Desk]:
    """The main screen once the organization was swept; sweeping goes on."""
    async with clouded(fake, size=size, sweeps=True, **more) as desk:
        state = organization(desk)
        await until(lambda: state().inventory.locations or state().failure, what="a sweep has ended")
        assert isinstance(desk.fleet, CloudFleet)
        assert desk.fleet.cloud is not None
        desk.fleet.cloud.state = replace(state(), swept_at=desk.clock.at)  # by the clock that the screen looks at
        desk.fleet.changed()
        await desk.refresh_view()
        yield desk


def organization(desk: Desk) -> Callable[[], CloudState]:
    """What is known of it whenever that is called."""
    assert isinstance(desk.fleet, CloudFleet)
    cloud = desk.fleet.cloud
    assert cloud is not None
    return lambda: cloud.state


async def shows(desk: Desk, words: str) -> None:
    """Waits until the words are on the screen."""
    ends_at = asyncio.get_running_loop().time() + EVENTUALLY_S
    while words not in (text := desk.text()):
        assert asyncio.get_running_loop().time() < ends_at, f"{words!r} is not on the screen:\n{text}"
        await asyncio.sleep(0.02)
    await desk.pilot.pause()


@asynccontextmanager
async def at(
    fake: Fake, door: Callable[[ViewState, WebexDevice], Screen[Any]], known: WebexDevice | None = None, **more: Any
) -> AsyncIterator[Desk]:
    """With the screen behind a door open, and Webex's answers there."""
    async with clouded(fake, **more) as desk:
        await desk.app.push_screen(door(desk.app.view_state, known or phone(fake)))
        await settled(desk)
        yield desk


def phone(fake: Fake, number: int = 1, **fields: Any) -> WebexDevice:
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
