"""What a scrape costs, and how long the loop waits for it: a figure by processor time, allowing for a slow machine."""

import asyncio
import gc
import os
import time

import pytest
from msgspec.structs import replace

from phonetui.config.settings import MetricsSettings
from phonetui.metrics.exposition import Exposition
from phonetui.metrics.server import PREPARED, MetricsServer
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import printable
from tests.live import until
from tests.pace import slowness
from tests.ui.office import FakeFleet, lobby, phone, reception

PHONES = int(os.environ.get("PHONETUI_SCRAPE_PHONES", "200"))
"""1,000 is what is held to."""
CPU_S = 0.2
"""For 1,000 phones, a fifth of them in calls."""
LAG_S = 0.02
TIMES = 5


def shown(number: int) -> Phone:
    name = f"phone-{number}"
    one = (lobby(), reception())[number % 2] if number % 5 == 0 else phone(name, group="HQ/First")
    return replace(one, id=PhoneId(name), name=printable(name))


def read_again(one: Phone, turn: int) -> Phone:
    """As after another reading: every phone answered, and one in ten has other counters."""
    at = 100.0 + turn
    ports = one.ports
    if (hash(one.id) + turn) % 10 == 0:
        ports = tuple(replace(port, counters=(*port.counters, ("RxCRCErrs", turn))) for port in ports)
    return replace(one, connection=replace(one.connection, fresh_at=at), ports=ports)


class Lag:
    """By how much a loop that sleeps for a millisecond was late at most."""

    def __init__(self) -> None:
        self.worst_s = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.001
            await asyncio.sleep(0.001)
            self.worst_s = max(self.worst_s, loop.time() - due)


@pytest.mark.slow
@pytest.mark.live
async def test_a_scrape_is_cheap_and_the_loop_goes_on() -> None:
    phones = {one.id: one for one in map(shown, range(PHONES))}
    fleet = FakeFleet(phones)
    server = MetricsServer(fleet, MetricsSettings(listen="127.0.0.1:0"))
    lag = Lag()
    watching = asyncio.create_task(lag.run())
    running = asyncio.create_task(server.run())
    await until(lambda: not server._exposition.unwritten(phones, 1), 3.0 + PHONES / PREPARED)
    gc.collect()
    took, lags, rests = [], [], []
    for turn in range(TIMES):
        lag.worst_s = 0.0
        fleet.phones = {id_: read_again(one, turn) for id_, one in phones.items()}
        await asyncio.sleep(0.3)
        rests.append(lag.worst_s)
        server._made = None  # as after `CACHE_S`
        lag.worst_s, began = 0.0, time.process_time()
        text = await server.exposition()
        took.append(time.process_time() - began)
        lags.append(lag.worst_s)
    watching.cancel()
    running.cancel()
    await asyncio.gather(watching, running, return_exceptions=True)
    server._exposition, server._made, began = Exposition(), None, time.process_time()
    await server.exposition()
    unprepared_s = time.process_time() - began
    slow = slowness()
    print(
        f"{PHONES} phones, {len(text.splitlines())} lines: {took[0]:.3f} s of a processor, then {min(took):.3f}"
        f" ({unprepared_s:.3f} with nothing written ahead), late by {1000 * min(lags):.1f} ms ({1000 * min(rests):.1f} ms"
        f" at rest), {slow:.1f} times slower than written"
    )
    assert took[0] <= CPU_S * PHONES / 1000 * slow, "the first one, which finds most of it written"
    assert min(took) <= 0.7 * unprepared_s, "what didn't change is written again"
    assert min(took) <= CPU_S * PHONES / 1000 * slow
    assert min(lags) - min(rests) <= LAG_S * slow
