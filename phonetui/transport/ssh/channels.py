"""Connections inside of an SSH connection: as streams, and as sockets for libraries that take nothing else.

A socket is one of a pair, which has no address and which nobody else can connect to.
"""

import asyncio
import socket

import asyncssh
from asyncssh.stream import SSHTCPStreamSession

Channel = tuple["asyncssh.SSHReader[bytes]", "asyncssh.SSHWriter[bytes]"]
CHUNK = 65536


class _Session(SSHTCPStreamSession[bytes]):
    has_ended = False

    def eof_received(self) -> bool:
        self.has_ended = True
        return super().eof_received()


class Reader(asyncssh.SSHReader[bytes]):
    """Also knows of an end that waits behind what was not read yet: TLS says good-bye before it."""

    def __init__(self, session: _Session, channel: "asyncssh.SSHTCPChannel[bytes]") -> None:
        super().__init__(session, channel)
        self._ending = session

    @property
    def has_ended(self) -> bool:
        return self._ending.has_ended


Opened = tuple[Reader, "asyncssh.SSHWriter[bytes]"]


class Channels:
    """Those of one tunnel."""

    def __init__(self) -> None:
        self._strays: set[asyncio.Task[Opened]] = set()
        """Given up while they were opened."""
        self._carrying: set[asyncio.Task[None]] = set()

    async def open(self, connection: asyncssh.SSHClientConnection, host: str, port: int, seconds: float) -> Opened:
        """Raises TimeoutError, and what the library raises."""
        # One that is given up while it opens is closed when it comes: the library would keep it for ever.
        opened = asyncio.create_task(_opened(connection, host, port))
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(opened)
        finally:
            if not opened.done():
                self._strays.add(opened)
                opened.add_done_callback(self._put_away)

    async def plug(self, channel: Channel) -> socket.socket:
        """Lives until both ends have said what they had to say, or one broke."""
        ours, its = socket.socketpair()
        for end in (ours, its):
            end.setblocking(False)
        try:
            reader, writer = await asyncio.open_connection(sock=its)
        except BaseException:  # whoever wanted it gave up
            ours.close()
            channel[1].close()
            raise
        task = asyncio.create_task(_carry(channel, reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        return ours

    async def close(self) -> None:
        """Once the connection is over."""
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._strays, *self._carrying, return_exceptions=True)

    def _put_away(self, opened: asyncio.Task[Opened]) -> None:
        self._strays.discard(opened)
        if not opened.cancelled() and opened.exception() is None:
            opened.result()[1].close()


async def _opened(connection: asyncssh.SSHClientConnection, host: str, port: int) -> Opened:
    session = _Session()
    channel, _ = await connection.create_connection(lambda: session, host, port)
    return Reader(session, channel), asyncssh.SSHWriter(session, channel)


async def _carry(channel: Channel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(channel[0], writer))
            both.create_task(_pump(reader, channel[1]))
    except* (OSError, asyncssh.Error):
        pass  # whoever uses the socket hears of it by its end
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
