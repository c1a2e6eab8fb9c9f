"""The same questions to the same phones by three clients; whoever is measured runs in a process of its own.

`python -m tests.bench.clients NAME PER_S SECONDS PORT…` prints seconds of CPU for each request, and kilobytes kept for
each phone, as JSON. Nothing is done with the answers.
"""

import asyncio
import base64
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import psutil

from phonetui.tls import limit_read_buffers, unverified_context

Ask = Callable[[int], Awaitable[bytes]]
"""Asks the phone of that number."""
HOST, USER, PASSWORD = "127.0.0.1", "xapi", "phonetui"
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
LIMIT_S, CAP = 20.0, 4 * 2**20


def ours(ports: Sequence[int]) -> Ask:
    from phonetui.transport.base import Address
    from phonetui.transport.http_client import HttpClient, header_lines

    proof = header_lines(("Authorization", BASIC))
    where = [Address(scheme="https", host=HOST, port=port, username=USER, password=PASSWORD) for port in ports]
    context = unverified_context()
    clients = [HttpClient(address, context) for address in where]

    async def ask(number: int) -> bytes:
        answer = await clients[number].request("GET", "/status.xml", proof, step="reading", seconds=LIMIT_S, cap=CAP)
        return answer.body

    return ask


def aiohttp(ports: Sequence[int]) -> Ask:
    """One session for all, with as many connections as there are phones."""
    from aiohttp import ClientSession, ClientTimeout, TCPConnector

    limit_read_buffers()
    session = ClientSession(
        connector=TCPConnector(limit=0, ssl=unverified_context()),
        headers={"Authorization": BASIC},
        timeout=ClientTimeout(total=LIMIT_S),
    )
    urls = [f"https://{HOST}:{port}/status.xml" for port in ports]

    async def ask(number: int) -> bytes:
        async with session.get(urls[number]) as answer:
            return await answer.read()

    return ask


def httpx(ports: Sequence[int]) -> Ask:
    """A client for each phone: one for all looks at every connection for every request."""
    from httpx import AsyncClient

    context, headers = unverified_context(), {"Authorization": BASIC}
    clients = [
        AsyncClient(
            base_url=f"https://{HOST}:{port}", headers=headers, verify=context, trust_env=False, timeout=LIMIT_S
        )
        for port in ports
    ]

    async def ask(number: int) -> bytes:
        return (await clients[number].get("/status.xml")).content

    return ask


CLIENTS: dict[str, Callable[[Sequence[int]], Ask]] = {"ours": ours, "aiohttp": aiohttp, "httpx": httpx}


async def measure(name: str, per_s: float, seconds: float, ports: Sequence[int]) -> dict[str, float]:
    """The phones are asked in turns and at an even pace, whoever has answered by then."""
    ask = CLIENTS[name](ports)
    await ask(0)  # whatever that imports
    gc.collect()
    before = psutil.Process().memory_info().rss
    for number in range(1, len(ports)):
        assert len(await ask(number)) > 1000
    gc.collect()
    kept = psutil.Process().memory_info().rss - before
    gc.freeze()
    loop, asked = asyncio.get_running_loop(), set[asyncio.Future[bytes]]()
    count, began, used = int(per_s * seconds), loop.time(), time.process_time()
    for number in range(count):
        await asyncio.sleep(began + number / per_s - loop.time())
        task = asyncio.ensure_future(ask(number % len(ports)))
        asked.add(task)
        task.add_done_callback(asked.discard)
    await asyncio.gather(*asked)
    return {"cpu_s": (time.process_time() - used) / count, "kb": kept / 1024 / (len(ports) - 1)}


async def main(name: str, per_s: str, seconds: str, *ports: str) -> None:
    print(json.dumps(await measure(name, float(per_s), float(seconds), [int(port) for port in ports])), flush=True)
    os._exit(0)  # hundreds of connections are not worth closing one by one


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
