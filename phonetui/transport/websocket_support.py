"""The `auto` transport: HTTP first, then WebSocket where the firmware offers it, which is remembered.

    HTTP ──SystemUnit was read──► subscribe ──► verdict on this model and firmware?
      ▲                                          yes, or none yet: open a WebSocket ──► WebSocket
      │                                          no, or refused: register for feedback ─► HTTP
      └────────────────────── the WebSocket breaks ◄──────────────────────────────────────┘

Phones of today offer none, so a refusal costs one request for each firmware and no words. Everything that was already
read stays readable: whatever is wrong with the WebSocket, HTTP goes on.
"""

import asyncio
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from phonetui.errors import Dropped, NotOffered, PhonetuiError, TimedOut, TransportError
from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices
from phonetui.transport.base import Sink
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import SCREENSHOT
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path

if TYPE_CHECKING:  # the network stack is loaded after the first frame
    from phonetui.transport.http import HttpTransport
    from phonetui.transport.websocket import WebSocketTransport


class WebSocketSupport:
    """A verdict by model and firmware, in a small file of the cache; in memory where `file` is None.

    What cannot be read is forgotten: losing it costs one try.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "which firmware offers WebSocket", notices=notices)
        self._this_run: dict[str, bool] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def get(self, kind: str) -> bool | None:
        """Whether phones of a model and firmware (`DP-9851 PHONEOS.3-6-1-0001`) offer WebSocket.

        None if none was tried.
        """
        return self._this_run[kind] if kind in self._this_run else self._stored(kind)

    def put(self, kind: str, *, offered: bool) -> None:
        """Remembers whether phones of this model and firmware offer WebSocket."""
        self._this_run.pop(kind, None)
        if self._stored(kind) is not offered:
            self._store.update(kind, lambda verdicts: {**verdicts, kind: offered})

    def put_unproven(self, kind: str) -> None:
        """Takes WebSocket as not offered for this run: a try that hung proves nothing, but once is enough."""
        self._this_run[kind] = False

    def lock(self, kind: str) -> asyncio.Lock:
        """Held while a phone of this kind is tried, so that the others wait for the verdict instead of trying too."""
        return self._locks.setdefault(kind, asyncio.Lock())

    def _stored(self, kind: str) -> bool | None:
        verdict = self._store.get().get(kind)
        return None if verdict is None else verdict is True


_MODEL = Path.of("SystemUnit", "ProductId")
_FIRMWARE = Path.of("SystemUnit", "Software", "Version")


class UpgradingTransport:
    """Both ways to one phone; one of them is in use."""

    def __init__(self, http: "HttpTransport", websocket: "WebSocketTransport", support: WebSocketSupport) -> None:
        self._http = http
        self._websocket = websocket
        self._support = support
        self._current: HttpTransport | WebSocketTransport = http
        self._kind = ""
        self._declined: set[str] = set()
        self._sink: Sink | None = None

    async def fetch(self, path: Path) -> Document:
        document = await self._current.fetch(path)
        if (model := document.get(_MODEL)) and (firmware := document.get(_FIRMWARE)):
            self._kind = f"{model} {firmware}"
        return document

    async def command(self, command: Command) -> CommandResult:
        answer = await self._current.command(command)
        if command.path == SCREENSHOT and self._current is self._websocket:
            return await self._http.with_picture(answer)  # files exist over HTTP alone
        return answer

    async def command_documents(self) -> tuple[bytes, bytes]:
        """See `base.CommandDocumentSource`: these documents exist over HTTP alone."""
        return await self._http.command_documents()

    async def subscribe(self, sink: Sink) -> bool:
        self._sink = sink
        return await self._upgrade(sink) or await self._http.subscribe(sink)

    async def renew(self) -> bool:
        """A phone whose WebSocket was only out of order for a while is tried again, as is one with new firmware."""
        if self._current is self._websocket:
            return await self._websocket.renew()
        if self._sink is not None and await self._upgrade(self._sink):
            await self._http.unsubscribe()
            return True
        return await self._http.renew()

    async def reconnect(self) -> None:
        """See `base.Reconnectable`."""
        await self._websocket.reconnect()
        await self._http.reconnect()

    async def close(self) -> None:
        try:
            await self._websocket.close()
        finally:
            await self._http.close()

    async def _upgrade(self, sink: Sink) -> bool:
        kind = self._kind
        if not kind or kind in self._declined:
            return False
        if self._support.get(kind) is None:
            async with self._support.lock(kind):
                if self._support.get(kind) is None:
                    return await self._try_websocket(kind, sink)
        return self._support.get(kind) is True and await self._try_websocket(kind, sink)

    async def _try_websocket(self, kind: str, sink: Sink) -> bool:
        known = self._support.get(kind)
        try:
            await self._subscribe_twice(self._fallback_sink(sink))
        except PhonetuiError as error:
            await self._websocket.close()
            self._note_refusal(kind, known, error)
            return False
        self._support.put(kind, offered=True)
        self._current = self._websocket
        return True

    async def _subscribe_twice(self, sink: Sink) -> None:
        """Once more where the connection broke in the middle: that is no reason to fall back to HTTP for long."""
        try:
            await self._websocket.subscribe(sink)
        except Dropped:
            await self._websocket.close()
            await self._websocket.subscribe(sink)

    def _note_refusal(self, kind: str, known: bool | None, error: PhonetuiError) -> None:
        """Remembers what need not be tried again; a firmware that is known to offer it keeps its verdict."""
        if known is None and isinstance(error, NotOffered):
            self._support.put(kind, offered=False)
        elif known is None and isinstance(error, TimedOut):
            self._support.put_unproven(kind)
        elif known is None or isinstance(error, TimedOut) or not isinstance(error, TransportError):
            self._declined.add(kind)  # a handshake that never ends would hold up this phone's readings every time

    def _fallback_sink(self, sink: Sink) -> Sink:
        def forward(what: Push | PhonetuiError) -> None:
            if isinstance(what, TransportError):
                self._current = self._http
            sink(what)

        return forward
