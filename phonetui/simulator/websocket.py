"""The WebSocket connections of a simulated phone: handshakes, frames in and out."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from aiohttp import WSCloseCode, WSMsgType, web

from phonetui.simulator import jsonrpc, server_behaviour
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.jsonrpc import RpcCall, RpcFailure, RpcSession
from phonetui.simulator.server_behaviour import ServerBehaviour
from phonetui.simulator.tree import Notice

MAX_FRAME = 8 * 2**20
"""What a room device takes as a multi-line argument."""
_BACKLOG = 2000
"""Frames that wait for a reader; one so far behind has lost the thread and is cut off."""
T = TypeVar("T")


class RunOnOffice(Protocol):
    """Runs something on the office at the present time."""

    def __call__(self, action: Callable[[float], T], /) -> T: ...


class _WebSocketClient:
    """One client: frames to it are queued, so that a slow reader holds nothing up."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket = socket
        self._transport = transport
        self._frames: asyncio.Queue[str] = asyncio.Queue(_BACKLOG)

    def send(self, frame: str) -> None:
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """Ends it without a close frame."""
        if self._transport:
            self._transport.abort()

    async def close(self) -> None:
        await self._socket.close(code=WSCloseCode.OK)

    async def work(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._socket.send_str(await self._frames.get())


class WebSocketClients:
    """All connections of one phone."""

    def __init__(
        self,
        phone: CommandTarget,
        run: RunOnOffice,
        behaviour: ServerBehaviour,
        log_call: Callable[[RpcCall, str], None],
    ) -> None:
        """`log_call` is given each request with the account's name."""
        self._phone = phone
        self._run = run
        self._manners = behaviour
        self._log_call = log_call
        self._open: dict[_WebSocketClient, RpcSession] = {}

    def __len__(self) -> int:
        return len(self._open)

    def publish(self, notices: Sequence[Notice]) -> None:
        for session in tuple(self._open.values()):
            session.publish(notices)

    def cut(self) -> None:
        for wire in tuple(self._open):
            wire.cut()

    async def close(self) -> None:
        """Says good-bye with code 1000."""
        for wire in tuple(self._open):
            await wire.close()

    async def serve(self, request: web.Request, account: str, role: str) -> web.StreamResponse:
        """Talks until either end closes."""
        socket = web.WebSocketResponse(protocols=protocols(request)[:1], max_msg_size=MAX_FRAME)
        await socket.prepare(request)
        wire = _WebSocketClient(socket, request.transport)
        self._open[wire] = session = RpcSession(self._phone, role, wire.send)
        working = asyncio.get_running_loop().create_task(wire.work())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data, account, session, wire)
                elif message.type is WSMsgType.BINARY:
                    wire.send(jsonrpc.error(RpcFailure(jsonrpc.PARSE_ERROR, "Parse error")))
        finally:
            del self._open[wire]
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return socket

    async def _take(self, text: str, account: str, session: RpcSession, wire: _WebSocketClient) -> None:
        if self._manners.slow_s:
            await asyncio.sleep(self._manners.slow_s)
        if self._manners.fault:
            frame = server_behaviour.FRAMES[self._manners.fault]()
            if frame is not None:
                wire.send(frame)
            return
        try:
            call = jsonrpc.read(text)
        except RpcFailure as failure:
            wire.send(jsonrpc.error(failure))
            return
        self._log_call(call, account)
        self._run(lambda t: session.answer(call, t))


def protocols(request: web.Request) -> tuple[str, ...]:
    """The sub-protocols offered that carry credentials."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    return tuple(each for each in map(str.strip, offered.split(",")) if each.startswith("auth-"))
