"""A WebSocket client for simulated phones that shares no code with any other."""

import asyncio
import itertools
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from phonetui.simulator.phone import SimulatedPhone

from .sockets import untrusting


@dataclass
class Caller:
    """One connection: replies by id, notifications in order."""

    socket: aiohttp.ClientWebSocketResponse
    frames: list[dict[str, Any]] = field(default_factory=list)
    """Everything received, replies too."""
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def frame(self, seconds: float = 5.0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.receive_str(), seconds))
        self.frames.append(found)
        return found

    async def whole(self, method: str, **params: Any) -> dict[str, Any]:
        """The reply to a request, notifications before it being kept."""
        number = next(self._ids)
        await self.socket.send_str(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        while True:
            frame = await self.frame()
            if frame.get("id") == number:
                return frame

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        reply = await self.whole(method, **params)
        assert "error" not in reply, reply
        return reply["result"]

    async def refusal(self, method: str, **params: Any) -> dict[str, Any]:
        """The error of a request that must fail."""
        reply = await self.whole(method, **params)
        assert "error" in reply, reply
        error: dict[str, Any] = reply["error"]
        return error

    async def subscribe(self, *query: str | int, current: bool = False) -> int:
        result = await self.ask("xFeedback/Subscribe", Query=list(query), NotifyCurrentValue=current)
        return int(result["Id"])

    async def notification(self) -> dict[str, Any]:
        """The params of the next notification."""
        frame = await self.frame()
        assert frame["method"] == "xFeedback/Event"
        assert "id" not in frame
        params: dict[str, Any] = frame["params"]
        return params


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def protocol(user: str, password: str) -> str:
    return "auth-" + urlsafe_b64encode(f"{user}:{password}".encode()).decode().rstrip("=")


@asynccontextmanager
async def calling(
    phone: SimulatedPhone, *, user: str = "xapi", password: str = "phonetui", url: str = "", **more: Any
) -> AsyncIterator[Caller]:
    """A connection with a Basic header, unless `more` says how else."""
    more = more or {"headers": basic(user, password)}
    address = (url or phone.url).replace("http", "ws", 1) + "/ws"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.ws_connect(address, ssl=untrusting(), **more) as socket,
    ):
        yield Caller(socket)
