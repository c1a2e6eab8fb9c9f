"""So many phones connect at once, and one that hangs keeps nobody waiting."""

import asyncio

from phonetui.monitor.transports import StartLimiter
from tests.virtual_time import run_virtually


def test_turns_are_taken() -> None:
    run_virtually(turns_are_taken())


async def turns_are_taken() -> None:
    limiter, inside, most = StartLimiter(4, 10.0), 0, 0

    async def phone() -> None:
        nonlocal inside, most
        async with limiter.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(1.0)
            inside -= 1

    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(phone() for _ in range(10)))
    assert (most, asyncio.get_running_loop().time() - began) == (4, 3.0)


def test_a_phone_that_hangs_loses_its_turn() -> None:
    run_virtually(a_phone_hangs())


async def a_phone_hangs() -> None:
    limiter = StartLimiter(1, 0.5)

    async def hanging() -> None:
        async with limiter.turn():
            await asyncio.sleep(60.0)

    began = asyncio.get_running_loop().time()
    hung = asyncio.create_task(hanging())
    await asyncio.sleep(0)
    async with limiter.turn():
        assert asyncio.get_running_loop().time() - began == 0.5
    hung.cancel()
    await asyncio.gather(hung, return_exceptions=True)
    async with asyncio.timeout(1.0), limiter.turn():
        pass
