"""Phones in which nothing ever changes: every answer has the bytes of the one before.

`python -m tests.bench.still 10` prints their addresses; with `parts` behind it they offer no whole tree.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from xml.etree import ElementTree

import httpx
from aiohttp import web

from phonetui.simulator.security import certificate, server_context
from tests.live import PASSWORD, served

LOOPBACK = "127.0.0.1"


async def picture() -> ElementTree.Element:
    """What a simulated phone at rest says."""
    async with served(1) as office, httpx.AsyncClient(verify=False, auth=("xapi", PASSWORD), trust_env=False) as asking:
        return ElementTree.fromstring((await asking.get(f"{office.phones[0].url}/status.xml")).content)


def answers(tree: ElementTree.Element, *, whole: bool) -> dict[str, bytes]:
    """Bodies by location."""
    found = {"/Status": ElementTree.tostring(tree)} if whole else {}
    for name in {part.tag for part in tree}:
        only = ElementTree.Element(tree.tag, tree.attrib)
        only.extend(part for part in tree if part.tag == name)
        found[f"/Status/{name}"] = ElementTree.tostring(only)
    return found


async def serve(count: int, *, whole: bool) -> None:
    bodies = answers(await picture(), whole=whole)

    async def answer(request: web.BaseRequest) -> web.Response:
        location = {"/status.xml": "/Status", "/getxml": request.query.get("location")}.get(request.path)
        if location is None or (location == "/Status" and not whole):
            return web.Response(status=404)
        return web.Response(body=bodies.get(location, b"<EmptyResult/>"), content_type="text/xml")

    async with AsyncExitStack() as stack:
        for number in range(1, count + 1):
            server = web.Server(answer, access_log=None)
            context = server_context(certificate(7, number, f"still-{number}", LOOPBACK))
            listening = await asyncio.get_running_loop().create_server(server, LOOPBACK, 0, ssl=context)
            stack.push_async_callback(server.shutdown, 0.0)
            print(f"https://xapi@{LOOPBACK}:{listening.sockets[0].getsockname()[1]}")
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), whole="parts" not in sys.argv))
