"""What tests of the whole way need: settings for simulated phones, a fleet that runs, patience with a limit."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from phonetui.archive.archive import Archive
from phonetui.config.settings import Config, ControlMode, FeedbackSettings, PhoneSettings, Poll, Secret
from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.journal import Report
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import ServedOffice, Settings, SimulatedPhone, serve
from phonetui.text import printable
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from tests.deadlines import ANSWER_S, SLOWER

QUICK = Poll(call_s=0.5, idle_s=1.0, slow_s=2.0)
PASSWORD = "phonetui"


def settings(phone: SimulatedPhone, **fields: Any) -> PhoneSettings:
    """How a client reaches a simulated phone."""
    port = int(phone.url.rpartition(":")[2])
    known: dict[str, Any] = {
        "id": PhoneId(phone.name),
        "host": "127.0.0.1",
        "port": port,
        "username": phone.username,
        "password": Secret(PASSWORD),
        "fingerprint": phone.fingerprint,
        "poll": QUICK,
        "timeout_s": ANSWER_S,
        "control": ControlMode.ON,
        "numbers": (printable(phone.number),),
    }
    return PhoneSettings(**(known | fields))


@asynccontextmanager
async def served(phones: int = 1, *, scenario: str = "quiet", **fields: Any) -> AsyncIterator[ServedOffice]:
    async with serve(Settings(phones=phones, seed=7, scenario=scenario, password=PASSWORD, **fields)) as office:
        yield office


class Live:
    """A fleet that runs, and everything it reported."""

    def __init__(self, config: Config, slots: SlotStore | None = None, archive: Archive | None = None) -> None:
        self.reports: list[Report] = []
        self.fleet = LiveFleet(config, pins=PinStore(None), slots=slots, report=self.reports.append, archive=archive)

    def state(self, phone: str) -> str:
        return self.fleet.phones[PhoneId(phone)].connection.state.value


class Phones(Protocol):
    """As much of a served office as a fleet needs."""

    @property
    def phones(self) -> Sequence[SimulatedPhone]: ...


@asynccontextmanager
async def live(
    office: Phones,
    *,
    push: bool = True,
    read_only: bool = False,
    slots: SlotStore | None = None,
    archive: Archive | None = None,
    **fields: Any,
) -> AsyncIterator[Live]:
    """A running fleet over all phones of the office; `fields` go to every phone's settings."""
    feedback = FeedbackSettings() if push else FeedbackSettings(listen="off")
    phones = tuple(settings(phone, **fields) for phone in office.phones)
    watched = Live(Config(phones=phones, feedback=feedback, read_only=read_only), slots, archive)
    task = asyncio.create_task(watched.fleet.run())
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object], seconds: float = 5.0, what: str = "") -> float:
    """Waits for something to hold; the seconds that it took. `seconds` are an idle machine's, a busy one gets `SLOWER`
    times as many; fails then.
    """
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > SLOWER * seconds:
            raise AssertionError(f"not within {SLOWER * seconds:g} s: {what or holds}")
        await asyncio.sleep(0.01)
    return time.monotonic() - began
