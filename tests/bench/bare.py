"""Asks phones as often as a dashboard does, by the same client, and does nothing with the answers: the least it can cost.

`python -m tests.bench.bare URL…` asks each phone for its whole tree every ten seconds; with `parts` before them, for
six parts every ten seconds and for nine every minute.
"""

import asyncio
import sys
from urllib.parse import quote

from phonetui.config.address import parse_address
from phonetui.config.settings import Poll
from phonetui.monitor.schedule import PARTS, Pace
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http_client import HttpClient
from phonetui.transport.web_session import basic
from phonetui.xapi.path import ROOT, Path

LIMIT_S, CAP = 10.0, 4 * 2**20


async def ask(client: HttpClient, proof: bytes, path: Path, every_s: float, begin_s: float) -> None:
    target = f"/getxml?location={quote(path.location())}" if path else "/status.xml"
    await asyncio.sleep(begin_s)
    while True:
        await client.request("GET", target, proof, step="reading", seconds=LIMIT_S, cap=CAP)
        await asyncio.sleep(every_s)


async def poll(urls: list[str], *, whole: bool) -> None:
    poll, context = Poll(), unverified_context()
    paces = {ROOT: Pace.IDLE} if whole else PARTS
    async with asyncio.TaskGroup() as tasks:
        for place, url in enumerate(urls):
            at = parse_address(url)
            assert at.port is not None
            where = Address(scheme="https", host=at.host, port=at.port, username="xapi", password="phonetui")
            client, proof = HttpClient(where, context), basic(where)
            for number, (path, pace) in enumerate(paces.items()):
                every_s = poll.slow_s if pace is Pace.SLOW else poll.idle_s
                tasks.create_task(ask(client, proof, path, every_s, 0.3 * number + place * every_s / len(urls)))


if __name__ == "__main__":
    asyncio.run(poll([each for each in sys.argv[1:] if each != "parts"], whole="parts" not in sys.argv))
