"""Runs Cisco's xows against a phone: xows_client.py URL USER PASSWORD. Prints one JSON object."""

import asyncio
import json
import sys
import warnings
from collections.abc import Awaitable
from typing import Any

warnings.simplefilter("ignore")  # it uses what aiohttp 4 will take away

import xows  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: E402 - in a process of its own, when it is installed


class Ear:
    """Takes notifications until one is what is waited for."""

    def __init__(self, until: str) -> None:
        self.heard: list[Any] = []
        self._until = until
        self._done = asyncio.Event()

    async def __call__(self, data: Any, _: int) -> None:
        self.heard.append(data)
        if self._until in json.dumps(data):
            self._done.set()

    async def done(self) -> list[Any]:
        await asyncio.wait_for(self._done.wait(), 10)
        return self.heard


async def refused(asking: Awaitable[Any]) -> list[Any] | None:
    try:
        await asking
    except xows.CommandError as error:
        return [type(error).__name__, *error.args]
    except Exception as error:  # noqa: BLE001 - which one it is, is what is looked at
        return [type(error).__name__]
    return None


async def run(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "leaf": await client.xGet(["Status", "SystemUnit", "ProductId"]),
        "subtree": await client.xGet(["Status", "SystemUnit", "Hardware"]),
        "query": await client.xQuery(["Status", "**", "MuteLEDColor"]),
        "set": await client.xSet(["Configuration", "HttpFeedback", "TlsVerify"], "Off"),
        "configured": await client.xGet(["Configuration", "HttpFeedback", "TlsVerify"]),
        "unknown": await refused(client.xCommand(["Nothing"])),
        "parameter": await refused(client.xCommand(["Ui", "SendKey"], Key="Nothing")),
        "failed": await refused(client.xCommand(["HttpFeedback", "Enable"], FeedbackSlot=4)),
        "nothing": await refused(client.xGet(["Status", "Nothing"])),
    }
    lamp = Ear("Red")
    number = await client.subscribe(["Status", "LEDStatus", "MuteLEDColor"], lamp, True)
    await client.xCommand(["Ui", "SendKey"], Key="Mute")
    found["lamp"] = list(await lamp.done())
    found["unsubscribed"] = await client.unsubscribe(number)
    await client.xCommand(["Ui", "SendKey"], Key="Mute")
    found["after"] = [await client.xGet(["Status", "LEDStatus", "MuteLEDColor"]), len(lamp.heard)]
    states, end = Ear("Connected"), Ear("SipCallDisconnect")
    await client.subscribe(["Status", "Line", "*", "Call", "*", "CallState"], states)
    await client.subscribe(["Event", "SipCallDisconnect"], end)
    found["dialled"] = await client.xCommand(["Call", "Dial"], Number="5002")
    found["states"] = list(await states.done())
    await client.xCommand(["Ui", "SendKey"], Key="Release")
    found["event"] = (await end.done())[0]
    return found


async def main(url: str, user: str, password: str) -> int:
    try:
        async with xows.XoWSClient(url, username=user, password=password) as client:
            print(json.dumps(await run(client)))
    except Exception as error:  # noqa: BLE001 - which one it is, is what is looked at
        print(json.dumps({"error": type(error).__name__, "said": str(error)}))
        return 1
    return 0


sys.exit(asyncio.run(main(*sys.argv[1:])))
