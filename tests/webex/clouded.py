"""The running program beside the made-up Webex."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from phonetui.monitor.audit import Deed
from phonetui.monitor.cloud import Cloud
from phonetui.phone.journal import Entry, Weight
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.webex.bearer import Given
from phonetui.webex.client import Webex
from tests.live import until
from tests.ui.office import CONFIG, NOW, FakeFleet, office
from tests.ui.screen import WIDE, Desk, opened
from tests.webex.fake.site import ADMIN, Fake


@dataclass
class CloudedFleet(FakeFleet):
    """The office, with an organization in Webex beside it."""

    cloud: Cloud | None = None
    deeds: list[Deed] = field(default_factory=list)

    def changed(self) -> None:
        self.version += 1

    def note(self, words: str, weight: Weight) -> None:
        self.say(Entry(NOW, PhoneId("webex"), printable(words), weight))

    async def run(self) -> None:
        sweeping = asyncio.create_task(self.cloud.run()) if self.cloud is not None else None
        try:
            await super().run()
        finally:
            if sweeping is not None:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)


@asynccontextmanager
async def clouded(
    fake: Fake, size: tuple[int, int] = WIDE, *, token: str = ADMIN, read_only: bool = False, **more: Any
) -> AsyncIterator[Desk]:
    """Opened once the first sweep has ended."""
    plain = office()
    fleet = CloudedFleet(phones=plain.phones, entries=plain.entries, histories=plain.histories)
    fleet.cloud = cloud = Cloud(
        lambda tell: Webex(fake.base_url, Given(token), notice=tell),
        changed=fleet.changed, note=fleet.note, record=fleet.deeds.append, is_read_only=read_only,
    )  # fmt: skip
    async with opened(fleet, size=size, **{"config": CONFIG, **more}) as desk:
        await until(lambda: cloud.state.inventory.locations or cloud.state.failure, what="a sweep has ended")
        yield desk


async def shows(desk: Desk, words: str, seconds: float = 5.0) -> None:
    """Waits until the words are on the screen."""
    ends_at = asyncio.get_running_loop().time() + seconds
    while words not in (text := desk.text()):
        assert asyncio.get_running_loop().time() < ends_at, f"{words!r} is not on the screen:\n{text}"
        await asyncio.sleep(0.02)
    await desk.pilot.pause()
