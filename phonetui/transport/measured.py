"""Connections whose other end may talk without end: read in small turns, and only so far until an answer has begun.

A server may send any number of interim answers (RFC 9110 §15.2) before the one that counts, and the library reads them
all. What comes between a request and the end of the answer's head is counted here; the body is counted by its reader.
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from phonetui.errors import ProtocolError

TURN = 2**14
"""Bytes read at a time: as many as a TLS record holds (RFC 8446 §5.1)."""
HEAD = 2**17
"""Bytes until an answer's head is whole; the library itself takes no single head of more than 100 KiB."""


class MeasuredBackend(httpcore.AsyncNetworkBackend):
    """Connections of another backend, measured."""

    def __init__(self, network: httpcore.AsyncNetworkBackend) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return Measured(await self._network.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class Measured(httpcore.AsyncNetworkStream):
    """Raises ProtocolError out of a read that goes too far."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left: float = HEAD

    def begun(self) -> None:
        """The answer's head is whole: what comes now is counted by who reads it."""
        self._left = float("inf")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        came = await self._stream.read(min(max_bytes, TURN), timeout)
        self._left -= len(came)
        if self._left < 0:
            raise ProtocolError("an answer that never begins", "Is this the phone's own web port?")
        return came

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = HEAD
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return Measured(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
