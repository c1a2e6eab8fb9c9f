"""Channels of one SSH connection, as asyncio transports, and as sockets for libraries that need one.

A socket is one of a pair, which has no address and which nobody else can connect to: nothing listens on this machine.
"""

import asyncio
import socket
from typing import Any, Protocol

import asyncssh
from asyncssh.stream import SSHTCPStreamSession

Channel = tuple["asyncssh.SSHReader[bytes]", "asyncssh.SSHWriter[bytes]"]
CHUNK = 65536
"""Bytes that are copied at a time."""
WINDOW = 2**18
"""Bytes that may be in flight towards this end of one channel, or wait here while nobody reads them."""


class ChannelProtocol(Protocol):
    """The part of an asyncio protocol that a channel calls."""

    def connection_made(self, transport: Any) -> None: ...
    def data_received(self, data: bytes) -> None: ...
    def eof_received(self) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...


class ProtocolSession(asyncssh.SSHTCPSession[bytes]):
    """Hands what comes through a channel to a protocol, and the channel to it as its transport."""

    def __init__(self, protocol: ChannelProtocol) -> None:
        self._protocol = protocol

    def connection_made(self, chan: "asyncssh.SSHTCPChannel[bytes]") -> None:
        self._protocol.connection_made(chan)

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002 - the library's signature
        self._protocol.data_received(data)

    def eof_received(self) -> bool:
        self._protocol.eof_received()
        return False  # no half-open channels: the library ends our half, too

    def connection_lost(self, exc: Exception | None) -> None:
        """The library's own errors are told as what a socket would say: to a protocol, a lost tunnel is no fault."""
        self._protocol.connection_lost(ConnectionResetError(str(exc)) if isinstance(exc, asyncssh.Error) else exc)


class Channels:
    """The channels of one tunnel."""

    def __init__(self) -> None:
        self._abandoned: set[asyncio.Task[asyncssh.SSHTCPChannel[bytes]]] = set()
        """Given up while they were opened."""
        self._pumping: set[asyncio.Task[None]] = set()

    async def open(
        self,
        connection: asyncssh.SSHClientConnection,
        session: asyncssh.SSHTCPSession[bytes],
        host: str,
        port: int,
        seconds: float,
    ) -> "asyncssh.SSHTCPChannel[bytes]":
        """Opens a channel through the connection. Raises TimeoutError, and what the library raises."""
        # One that is given up while it opens is closed when it comes: the library would keep it for ever.
        opened = asyncio.create_task(_open_channel(connection, session, host, port))
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(opened)
        finally:
            if not opened.done():
                self._abandoned.add(opened)
                opened.add_done_callback(self._close_abandoned)

    async def open_stream(
        self, connection: asyncssh.SSHClientConnection, host: str, port: int, seconds: float
    ) -> Channel:
        """See `open`."""
        session: SSHTCPStreamSession[bytes] = SSHTCPStreamSession()
        channel = await self.open(connection, session, host, port, seconds)
        return asyncssh.SSHReader(session, channel), asyncssh.SSHWriter(session, channel)

    async def open_socket(self, channel: Channel) -> socket.socket:
        """Lives until both ends have sent their ends, or one broke."""
        ours, its = socket.socketpair()
        for end in (ours, its):
            end.setblocking(False)
        try:
            reader, writer = await asyncio.open_connection(sock=its)
        except BaseException:  # the caller gave up
            ours.close()
            channel[1].close()
            raise
        task = asyncio.create_task(_pump_both(channel, reader, writer))
        self._pumping.add(task)
        task.add_done_callback(self._pumping.discard)
        return ours

    async def close(self) -> None:
        """Ends all channels, once the connection is over."""
        for task in self._pumping:
            task.cancel()
        await asyncio.gather(*self._abandoned, *self._pumping, return_exceptions=True)

    def _close_abandoned(self, opened: "asyncio.Task[asyncssh.SSHTCPChannel[bytes]]") -> None:
        self._abandoned.discard(opened)
        if not opened.cancelled() and opened.exception() is None:
            opened.result().close()


async def _open_channel(
    connection: asyncssh.SSHClientConnection, session: asyncssh.SSHTCPSession[bytes], host: str, port: int
) -> "asyncssh.SSHTCPChannel[bytes]":
    channel, _ = await connection.create_connection(lambda: session, host, port, window=WINDOW)
    return channel


async def _pump_both(channel: Channel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(channel[0], writer))
            both.create_task(_pump(reader, channel[1]))
    except* (OSError, asyncssh.Error):
        pass  # the user of the socket sees its end
    finally:
        channel[1].close()
        writer.close()


async def _pump(
    source: "asyncio.StreamReader | asyncssh.SSHReader[bytes]",
    sink: "asyncio.StreamWriter | asyncssh.SSHWriter[bytes]",
) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    sink.write_eof()
