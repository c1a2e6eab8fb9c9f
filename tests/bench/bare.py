"""Asks phones as often as a dashboard does, and does nothing with the answers: what polling costs at least.

`python -m tests.bench.bare URL…` asks each phone for its whole tree every ten seconds; with `parts` before them, for
six parts every ten seconds and for nine every minute.
"""

import asyncio
import ssl
import sys

import httpx

from phonetui.config.settings import Poll
from phonetui.monitor.schedule import PARTS, Pace
from phonetui.xapi.path import ROOT, Path


async def ask(client: httpx.AsyncClient, path: Path, every_s: float, begin_s: float) -> None:
    await asyncio.sleep(begin_s)
    while True:
        target = "/status.xml" if path == ROOT else "/getxml"
        await client.get(target, params={"location": path.location()} if path else None)
        await asyncio.sleep(every_s)


async def poll(urls: list[str], *, whole: bool) -> None:
    poll, context = Poll(), ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    paces = {ROOT: Pace.IDLE} if whole else PARTS
    async with asyncio.TaskGroup() as tasks:
        for place, url in enumerate(urls):
            client = httpx.AsyncClient(base_url=url, auth=("xapi", "phonetui"), verify=context, trust_env=False)
            for number, (path, pace) in enumerate(paces.items()):
                every_s = poll.slow_s if pace is Pace.SLOW else poll.idle_s
                tasks.create_task(ask(client, path, every_s, 0.3 * number + place * every_s / len(urls)))


if __name__ == "__main__":
    asyncio.run(poll([each for each in sys.argv[1:] if each != "parts"], whole="parts" not in sys.argv))
