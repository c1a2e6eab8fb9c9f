"""The private parts of nats-py that are replaced, because it has no hook for them; a test notices changes.

The TCP connections of NATS: direct or through an SSH jump host with no port listening here, and ended at once. And the
way of many values that were asked for: 50,000 of them would spend half of their time in objects that nobody reads.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import ParseResult

from nats.aio.client import Client, Srv
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport

TakeMessage = Callable[[bytes, bytes], None]
"""Its data and its headers, as they came."""
OpenSocket = Callable[[str, int, float], Awaitable[socket.socket]]
"""Host, port and seconds → one of a pair of sockets, whose other one leads there."""


class NatsTransport(TcpTransport):
    """A TCP connection to the server, directly or through a jump host."""

    def __init__(self, opened: OpenSocket | None) -> None:
        """`opened` leads through a jump host; None is the direct way."""
        super().__init__()  # type: ignore[no-untyped-call]  # nats-py leaves it without annotations
        self._opened = opened

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """Connects to the server. Raises PhonetuiErrors of the jump host, too."""
        if self._opened is None:
            await super().connect(uri, buffer_size, connect_timeout)
            return
        connected = await self._opened(uri.hostname or "", uri.port or 4222, connect_timeout)
        reader, writer = await asyncio.open_connection(sock=connected, limit=buffer_size)
        self._bare_io_reader = self._io_reader = reader
        self._bare_io_writer = self._io_writer = writer

    def close(self) -> None:
        """Ends the connection at once.

        The client would wait for what is under way, which a server that hangs never takes.
        """
        if self._io_writer is not None:
            self._io_writer.transport.abort()

    def __bool__(self) -> bool:
        """The client makes another one in the place of one that is not connected yet."""
        return True


class NatsClient(Client):
    """The client, whose subscriptions may hand their messages over directly."""

    def __init__(self, opened: OpenSocket | None) -> None:
        super().__init__()
        self._opened = opened
        self._takers: dict[int, TakeMessage] = {}
        """By the number of a subscription."""

    def take_directly(self, subscription: Subscription, taken: TakeMessage) -> None:
        """Has `taken` called with each message of a subscription, instead of an object in a queue.

        It must not take long.
        """
        self._takers[subscription._id] = taken

    def take_no_more(self, subscription: Subscription) -> None:
        """Ends what `take_directly` began."""
        self._takers.pop(subscription._id, None)

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        taken = self._takers.get(sid)
        if taken is None:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            taken(data, headers or b"")

    async def _connect_to_server(self, s: Srv) -> None:
        self._transport = self._transport or NatsTransport(self._opened)
        await super()._connect_to_server(s)
