"""One broken phone never disturbs another: how often healthy phones are asked, with liars beside them and without."""

import asyncio
import statistics
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from phonetui.simulator.server import FAULTS, SimulatedPhone
from tests.live import live, served, until

HEALTHY = 3
WATCHED_S = 8.0


def intervals(phone: SimulatedPhone, since: datetime) -> list[float]:
    """Seconds between two readings of the whole tree."""
    times = [request.at for request in phone.requests if request.path == "/status.xml" and request.at > since]
    return [(later - earlier).total_seconds() for earlier, later in pairwise(times)]


@pytest.mark.slow
@pytest.mark.live
async def test_every_fault_at_once_leaves_the_others_their_pace() -> None:
    async with served(HEALTHY + len(FAULTS)) as office, live(office, timeout_s=2.0) as watched:
        healthy, broken = office.phones[:HEALTHY], office.phones[HEALTHY:]
        await until(lambda: all(watched.state(phone.name) == "live" for phone in office.phones), 15.0)
        began = datetime.now(UTC)
        await asyncio.sleep(WATCHED_S)
        before = statistics.mean(interval for phone in healthy for interval in intervals(phone, began))
        for phone, fault in zip(broken, FAULTS, strict=True):
            phone.fault = fault
        began = datetime.now(UTC)
        await asyncio.sleep(WATCHED_S)
        after = statistics.mean(interval for phone in healthy for interval in intervals(phone, began))
        print(f"\nhealthy phones read every {before:.3f} s alone, every {after:.3f} s beside {len(broken)} broken ones")
        assert after < 1.2 * before
        assert all(watched.state(phone.name) == "live" for phone in healthy)
        assert all(watched.state(phone.name) != "live" for phone in broken), [watched.state(p.name) for p in broken]
        lines = {phone.name: [e.text for e in watched.fleet.entries if e.phone == phone.name] for phone in broken}
        details = {phone.name: watched.fleet.phones[phone.name].connection.detail for phone in broken}  # type: ignore[index]
        for name, detail in details.items():
            assert len([line for line in lines[name] if line.startswith(detail)]) == 1, lines[name]
