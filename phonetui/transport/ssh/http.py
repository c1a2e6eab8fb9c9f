"""HTTP through a tunnel: the client's own network, replaced by channels of an SSH connection."""

import ssl
from collections.abc import Iterable
from functools import partial
from typing import Any

import anyio
import asyncssh
import httpcore
from anyio.abc import ByteStream
from anyio.streams.tls import TLSAttribute, TLSStream

from phonetui.transport.ssh.tunnel import Reader, Tunnel

CONNECT_S = 10.0
"""Where the client sets no limit."""


class TunnelBackend(httpcore.AsyncNetworkBackend):
    """Where the client's connections come from when they come through a jump host."""

    def __init__(self, tunnel: Tunnel) -> None:
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

    def __init__(self, tunnel: Tunnel, reader: Reader, writer: "asyncssh.SSHWriter[bytes]") -> None:
        self._blamed = partial(tunnel.blamed, writer.get_extra_info("connection"))
        self._reader = reader
        self._writer = writer

    async def receive(self, max_bytes: int = 65536) -> bytes:
        try:
            data = await self._reader.read(max_bytes)
        except (OSError, asyncssh.Error) as error:
            raise self._blamed() or anyio.BrokenResourceError from error
        if data:
            return data
        raise self._blamed() or anyio.EndOfStream

    async def send(self, item: bytes) -> None:
        try:
            self._writer.write(item)
            await self._writer.drain()
        except (OSError, asyncssh.Error) as error:
            raise self._blamed() or anyio.BrokenResourceError from error

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
