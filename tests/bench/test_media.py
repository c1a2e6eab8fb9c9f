"""What real media cost: 20 calls at once, 2,000 packets a second through the relay.

pytest -s tests/bench
"""

import asyncio
import time

import pytest

from phonetui.simulator.media.session import RtpMedia
from phonetui.simulator.server import ServedOffice
from tests.live import served, until

pytestmark = [pytest.mark.bench, pytest.mark.slow, pytest.mark.live]
CALLS, WATCHED_S = 20, 10.0


def packets_sent(office: ServedOffice) -> int:
    legs = [leg for phone in office.phones for leg in phone.device.legs]
    return sum(leg.conversation.end_of(leg).sent for leg in legs if leg.conversation)


async def test_twenty_calls_at_once() -> None:
    async with served(2 * CALLS, media="rtp") as office:
        media = office.media
        assert isinstance(media, RtpMedia)
        names = list(office.by_name)
        for caller, callee in zip(names[::2], names[1::2], strict=True):
            office.start_call(caller, callee)
        await until(lambda: media.open_links == CALLS)
        sent, used, began = packets_sent(office), time.process_time(), time.monotonic()
        await asyncio.sleep(WATCHED_S)
        took = time.monotonic() - began
        cpu = 100 * (time.process_time() - used) / took
        rate = (packets_sent(office) - sent) / took
    print(f"\n{CALLS} calls, {rate:.0f} packets/s and their reports: {cpu:.1f} % of a core (target 35)")
    assert rate > 0.9 * 100 * CALLS
    assert cpu < 80
