"""UDP sockets on loopback, read by the event loop; the edge of everything here that is real."""

import contextlib
import socket
import struct
import sys
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
_LARGEST = 2048
_ATTEMPTS = 64

_SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None
"""Linux notes when a datagram arrived, so that a busy event loop isn't mistaken for a slow network (socket(7)).

Python has no name for the option; the number is that of all processors that Python is usually built for.
"""
_TIMESPEC = struct.Struct("@ll")
_NOTES = socket.CMSG_SPACE(_TIMESPEC.size) if _SO_TIMESTAMPNS is not None else 0

Address = tuple[str, int]
Addresses = tuple[Address, Address]
"""Of RTP and of RTCP."""
Arrival = Callable[[bytes, float], None]
"""Is given a datagram, and when it arrived: seconds of the loop."""


class UdpPort:
    """A bound socket that talks to one other, `connect`ed: the kernel keeps everybody else's datagrams away."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket: socket.socket | None = bound
        self._loop: AbstractEventLoop | None = None
        self.address: Address = bound.getsockname()

    def connect(self, peer: Address, loop: AbstractEventLoop, arrival: Arrival) -> None:
        if self._socket:
            self._socket.connect(peer)
            self._loop = loop
            loop.add_reader(self._socket, self._read, self._socket, loop, arrival)

    def send(self, datagram: bytes) -> None:
        """Without effect when it is closed, or the other end is, or the kernel has no room: a datagram may get lost."""
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.send(datagram)

    def close(self) -> None:
        if self._socket:
            if self._loop:
                self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    @staticmethod
    def _read(bound: socket.socket, loop: AbstractEventLoop, arrival: Arrival) -> None:
        try:
            datagram, notes, _, _ = bound.recvmsg(_LARGEST, _NOTES)
        except OSError:  # nothing there after all, or news that the other end has closed
            return
        arrival(datagram, loop.time() - _waited_s(notes))


class PortPair(NamedTuple):
    """An even port for RTP and the next one for RTCP (RFC 3550 §11)."""

    rtp: UdpPort
    rtcp: UdpPort

    @property
    def addresses(self) -> Addresses:
        return self.rtp.address, self.rtcp.address

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def pair(host: str = LOOPBACK, number: int = 0) -> PortPair:
    """With `number` for RTP, 0: any that is free. Raises OSError when there is no room."""
    refused: OSError | None = None
    for _ in range(1 if number else _ATTEMPTS):
        rtp = _bound((host, number))
        beside = rtp.address[1] + 1
        try:
            if beside % 2:
                return PortPair(rtp, _bound((host, beside)))
        except OSError as error:
            refused = error
        rtp.close()
    raise refused or OSError("no even port is free")


def _bound(address: Address) -> UdpPort:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        if _SO_TIMESTAMPNS is not None:
            bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return UdpPort(bound)


def _waited_s(notes: list[tuple[int, int, bytes]]) -> float:
    """How long a datagram lay in the socket; 0 where the system doesn't say."""
    for level, kind, note in notes:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(note) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(note)
            waited_s: float = time.time() - seconds - nanoseconds / 1e9
            return max(0.0, waited_s)
    return 0.0
