"""NATS through an SSH jump host, with no port listening on this machine.

nats-py has no place for a transport of another's: the one it makes for TCP is replaced here, and nowhere else. The
test with a real jump host tells when another release makes it elsewhere.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import ParseResult

from nats.aio.client import Client, Srv
from nats.aio.transport import TcpTransport

OpenSocket = Callable[[str, int, float], Awaitable[socket.socket]]
"""Host, port and seconds → one of a pair of sockets, whose other one leads there."""


class JumpTransport(TcpTransport):
    def __init__(self, opened: OpenSocket) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # nats-py leaves it without annotations
        self._opened = opened

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """Raises PhonetuiErrors of the jump host, too."""
        connected = await self._opened(uri.hostname or "", uri.port or 4222, connect_timeout)
        reader, writer = await asyncio.open_connection(sock=connected, limit=buffer_size)
        self._bare_io_reader = self._io_reader = reader
        self._bare_io_writer = self._io_writer = writer

    def __bool__(self) -> bool:
        """The client makes another one in the place of one that is not connected yet."""
        return True


class JumpClient(Client):
    """Its connections, those after a loss too, go through a jump host."""

    def __init__(self, opened: OpenSocket) -> None:
        super().__init__()
        self._opened = opened

    async def _connect_to_server(self, s: Srv) -> None:
        self._transport = self._transport or JumpTransport(self._opened)
        await super()._connect_to_server(s)
