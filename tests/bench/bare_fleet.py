"""What watching a fleet costs at least: the same questions as often, each answer parsed by ElementTree into a dict.

`python -m tests.bench.bare_fleet aiohttp|httpx poll|storm|listen PORT…` asks as the program does: each phone for its whole tree
every ten seconds, and one in a call for its lines and lights every two. `storm` prints how long
it took until each phone had answered once, 32 at a time, and ends; `listen` (aiohttp's alone) polls, and takes what the
phones push, parsed likewise.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from xml.etree import ElementTree

from phonetui.config.settings import Poll
from phonetui.monitor.schedule import REQUEST_GAP_S
from phonetui.tls import limit_read_buffers, unverified_context

Get = Callable[[int, str], Awaitable[bytes]]
WHOLE = "/status.xml"
PARTS = tuple(f"/getxml?location=/Status/{name}" for name in ("Line", "LEDStatus"))
AT_ONCE = 32


def flatten(element: ElementTree.Element, place: str, leaves: dict[str, str]) -> None:
    for child in element:
        below = f"{place} {child.tag} {child.get('item', '')}"
        if len(child):
            flatten(child, below, leaves)
        else:
            leaves[below] = child.text or ""


def over_aiohttp(ports: Sequence[int]) -> Get:
    from aiohttp import ClientSession, ClientTimeout, TCPConnector, encode_basic_auth

    limit_read_buffers()
    session = ClientSession(
        connector=TCPConnector(limit=0, ssl=unverified_context()),
        headers={"Authorization": encode_basic_auth("xapi", "phonetui")},
        timeout=ClientTimeout(total=10.0),
    )

    async def get(number: int, target: str) -> bytes:
        async with session.get(f"https://127.0.0.1:{ports[number]}{target}") as answer:
            return await answer.read()

    return get


def over_httpx(ports: Sequence[int]) -> Get:
    from httpx import AsyncClient

    context, auth = unverified_context(), ("xapi", "phonetui")
    clients = [
        AsyncClient(base_url=f"https://127.0.0.1:{port}", auth=auth, verify=context, trust_env=False) for port in ports
    ]

    async def get(number: int, target: str) -> bytes:
        return (await clients[number].get(target)).content

    return get


LIBRARIES = {"aiohttp": over_aiohttp, "httpx": over_httpx}


async def follow(get: Get, number: int, share: float) -> None:
    """One phone, for ever; `share` of the idle interval passes before the first question."""
    poll, known, due = Poll(), dict[str, str](), dict.fromkeys((WHOLE, *PARTS), 0.0)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(share * poll.idle_s)
    while True:
        target = min(due, key=lambda one: due[one])
        await asyncio.sleep(max(due[target] - loop.time(), 0.0))
        leaves: dict[str, str] = {}
        try:
            flatten(ElementTree.fromstring(await get(number, target)), "", leaves)
        except Exception:  # noqa: BLE001 - on a busy machine an answer may be late; the next one is asked for as always
            leaves.clear()
        known |= leaves
        is_in_call = any("CallState" in place for place in known)
        for done in due if target == WHOLE else (target,):
            due[done] = loop.time() + (poll.call_s if is_in_call and done != WHOLE else poll.idle_s)
        await asyncio.sleep(REQUEST_GAP_S)


async def storm(get: Get, count: int) -> float:
    began, turns = time.monotonic(), asyncio.Semaphore(AT_ONCE)

    async def ask(number: int) -> None:
        async with turns:
            flatten(ElementTree.fromstring(await get(number, "/getxml?location=/Status/SystemUnit")), "", {})
            flatten(ElementTree.fromstring(await get(number, WHOLE)), "", {})

    await asyncio.gather(*map(ask, range(count)))
    return time.monotonic() - began


async def listen(ports: Sequence[int]) -> None:
    from aiohttp import ClientSession, TCPConnector, web

    async def take(request: web.BaseRequest) -> web.Response:
        flatten(ElementTree.fromstring(await request.read()), "", {})
        return web.Response()

    server = await asyncio.get_running_loop().create_server(web.Server(take, access_log=None), "127.0.0.1", 0)
    place = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    body = f"<Command><HttpFeedback><Register><ServerUrl>{place}</ServerUrl></Register></HttpFeedback></Command>"
    async with ClientSession(connector=TCPConnector(limit=16, ssl=unverified_context())) as session:
        for port in ports:
            async with session.post(f"https://127.0.0.1:{port}/putxml", data=body) as answer:
                await answer.read()


async def main(library: str, what: str, ports: Sequence[int]) -> None:
    get = LIBRARIES[library](ports)
    if what == "storm":
        print(await storm(get, len(ports)), flush=True)
        return
    async with asyncio.TaskGroup() as tasks:
        if what == "listen":
            tasks.create_task(listen(ports))
        for number in range(len(ports)):
            tasks.create_task(follow(get, number, number / len(ports)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]]))
