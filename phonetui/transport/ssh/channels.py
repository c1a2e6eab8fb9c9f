"""Channels of one SSH connection: as streams, as sockets for libraries that take nothing else, and under httpcore.

A socket is one of a pair, which has no address and which nobody else can connect to: nothing listens on this machine.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

import anyio
import asyncssh
import httpcore
from anyio.abc import ByteStream
from anyio.streams.tls import TLSAttribute, TLSStream
from asyncssh.stream import SSHTCPStreamSession

from phonetui.errors import PhonetuiError

Channel = tuple["asyncssh.SSHReader[bytes]", "asyncssh.SSHWriter[bytes]"]
CHUNK = 65536
"""Bytes that are copied at a time."""
CONNECT_S = 10.0
"""Where httpcore sets no limit."""


class _Session(SSHTCPStreamSession[bytes]):
    has_ended = False

    def eof_received(self) -> bool:
        self.has_ended = True
        return super().eof_received()


class Reader(asyncssh.SSHReader[bytes]):
    """Also knows of an end that waits behind what was not read yet, such as TLS's close_notify."""

    def __init__(self, session: _Session, channel: "asyncssh.SSHTCPChannel[bytes]") -> None:
        super().__init__(session, channel)
        self._ending = session

    @property
    def has_ended(self) -> bool:
        return self._ending.has_ended


OpenChannel = tuple[Reader, "asyncssh.SSHWriter[bytes]"]


class ChannelSource(Protocol):
    """What an HTTP client needs of a tunnel."""

    async def open(self, host: str, port: int, seconds: float) -> OpenChannel: ...
    def failure_of(self, connection: asyncssh.SSHClientConnection | None) -> PhonetuiError | None: ...


class Channels:
    """The channels of one tunnel."""

    def __init__(self) -> None:
        self._abandoned: set[asyncio.Task[OpenChannel]] = set()
        """Given up while they were opened."""
        self._pumping: set[asyncio.Task[None]] = set()

    async def open(self, connection: asyncssh.SSHClientConnection, host: str, port: int, seconds: float) -> OpenChannel:
        """Raises TimeoutError, and what the library raises."""
        # One that is given up while it opens is closed when it comes: the library would keep it for ever.
        opened = asyncio.create_task(_open_channel(connection, host, port))
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(opened)
        finally:
            if not opened.done():
                self._abandoned.add(opened)
                opened.add_done_callback(self._close_abandoned)

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
        """Once the connection is over."""
        for task in self._pumping:
            task.cancel()
        await asyncio.gather(*self._abandoned, *self._pumping, return_exceptions=True)

    def _close_abandoned(self, opened: asyncio.Task[OpenChannel]) -> None:
        self._abandoned.discard(opened)
        if not opened.cancelled() and opened.exception() is None:
            opened.result()[1].close()


async def _open_channel(connection: asyncssh.SSHClientConnection, host: str, port: int) -> OpenChannel:
    session = _Session()
    channel, _ = await connection.create_connection(lambda: session, host, port)
    return Reader(session, channel), asyncssh.SSHWriter(session, channel)


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


class TunnelBackend(httpcore.AsyncNetworkBackend):
    """Where the client's connections come from when they come through a jump host."""

    def __init__(self, tunnel: ChannelSource) -> None:
        self._tunnel = tunnel

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - the library's signature; neither is set
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.AsyncNetworkStream:
        reader, writer = await self._tunnel.open(host, port, timeout or CONNECT_S)
        channel = _Channel(self._tunnel, reader, writer)
        return _Stream(channel, channel)

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class _Channel(ByteStream):
    """One SSH channel, as TLS wants to see it. Raises the tunnel's own failure where that is why it ended."""

    def __init__(self, tunnel: ChannelSource, reader: Reader, writer: "asyncssh.SSHWriter[bytes]") -> None:
        self._failure = partial(tunnel.failure_of, writer.get_extra_info("connection"))
        self._reader = reader
        self._writer = writer

    async def receive(self, max_bytes: int = 65536) -> bytes:
        try:
            data = await self._reader.read(max_bytes)
        except (OSError, asyncssh.Error) as error:
            raise self._failure() or anyio.BrokenResourceError from error
        if data:
            return data
        raise self._failure() or anyio.EndOfStream

    async def send(self, item: bytes) -> None:
        try:
            self._writer.write(item)
            await self._writer.drain()
        except (OSError, asyncssh.Error) as error:
            raise self._failure() or anyio.BrokenResourceError from error

    @property
    def has_ended(self) -> bool:
        return self._reader.has_ended

    async def send_eof(self) -> None:
        self._writer.write_eof()

    async def aclose(self) -> None:
        self._writer.close()


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: ByteStream, channel: _Channel) -> None:
        """`stream` is the channel itself, or TLS over it."""
        self._stream = stream
        self._channel = channel

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            with anyio.fail_after(timeout):
                return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise httpcore.ReadError from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            with anyio.fail_after(timeout):
                await self._stream.send(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            raise httpcore.WriteError from error

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                return _Stream(
                    await TLSStream.wrap(
                        self._stream, ssl_context=ssl_context, hostname=server_hostname, standard_compatible=False
                    ),
                    self._channel,
                )
        except BaseException as error:
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout from error
            if isinstance(error, (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream)):
                raise httpcore.ConnectError(str(error)) from error
            raise

    def get_extra_info(self, info: str) -> Any:
        """`is_readable` is asked of an idle connection: one on which something arrives then has ended."""
        if info == "ssl_object":
            return self._stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610 - an attribute of a stream, no query
        return self._channel.has_ended if info == "is_readable" else None
