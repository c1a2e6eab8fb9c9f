"""The relay: what it drops depends on the seed alone, what it lets through keeps its order and its delay."""

import asyncio
from random import Random

import pytest
from msgspec.structs import replace

from phonetui.simulator.media import PROFILES, Profile, losing
from phonetui.simulator.media.relay import DelayLine, RelayedDatagram
from tests.live import until

QUICK = replace(PROFILES["clean"], delay_ms=5, scatter_ms=3)


async def carried(
    profile: Profile, seed: int, packets: int = 300
) -> tuple[DelayLine, list[bytes], list[RelayedDatagram]]:
    """A delay line through which all packets have gone, what came out, and what the relay observed."""
    out: list[bytes] = []
    relayed: list[RelayedDatagram] = []
    loop = asyncio.get_running_loop()
    line = DelayLine(profile, Random(seed), loop, relayed.append)
    line.out = out.append
    for number in range(packets):
        line.take(number.to_bytes(2, "big"), loop.time() + number * 1e-4)
    await until(lambda: line.sent + line.dropped == packets)
    return line, out, relayed


@pytest.mark.parametrize("profile", [losing(0.1, over=QUICK), losing(0.2, mean_run=5, over=QUICK)])
async def test_the_same_seed_loses_the_same_packets(profile: Profile) -> None:
    first, second, other = [await carried(profile, seed) for seed in (1, 1, 2)]
    assert first[1] == second[1]
    assert first[1] != other[1]
    assert 0 < first[0].dropped < 150


async def test_packets_come_out_in_order_and_not_too_soon() -> None:
    line, out, relayed = await carried(replace(QUICK, spike=0.05), 3)
    assert out == sorted(out)
    assert (line.arrived, line.sent, line.dropped) == (300, 300, 0)
    assert [passage.datagram for passage in relayed] == out
    assert all(passage.sent_at and passage.sent_at - passage.arrived_at >= 0.005 for passage in relayed)


async def test_what_is_dropped_is_told_without_a_time_of_leaving() -> None:
    line, _, relayed = await carried(losing(0.3, over=QUICK), 4)
    assert sum(passage.sent_at is None for passage in relayed) == line.dropped > 0


async def test_a_closed_crossing_lets_nothing_out() -> None:
    out: list[bytes] = []
    loop = asyncio.get_running_loop()
    line = DelayLine(QUICK, Random(1), loop, None)
    line.out = out.append
    line.take(b"late", loop.time())
    line.close()
    await asyncio.sleep(0.05)
    assert out == []
