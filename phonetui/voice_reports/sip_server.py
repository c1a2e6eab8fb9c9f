"""A SIP server for requests that are answered at once (RFC 3261, 8.2 and 18.2): UDP and TCP, bounded by source.

    datagram ──a known source?──its share?──► message ──► answer, to where it came from
    connection ──a known source?──► message after message, each when the source's share has room ──► answers

What an unknown source sends is neither parsed nor answered; each known source has a bounded share. A few datagrams are
read in each turn of the loop. Where more arrive than all sources may send, reading pauses: the system drops the rest,
and the senders retransmit.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from msgspec import Struct

from phonetui.config.address import SipListenAddress
from phonetui.errors import ConfigError
from phonetui.transport.connection_limiter import TokenBucket
from phonetui.voice_reports.sip_message import (
    MOST_HEAD_BYTES,
    Headers,
    SipRequest,
    SipSyntaxError,
    frame_length,
    parse_message,
    reply_port,
    response,
)

MESSAGES_PER_S, MESSAGES_AT_ONCE = 2.0, 50.0
"""The share of one phone, which sends a few messages at the end of a call."""
ALL_PER_S, ALL_AT_ONCE = 1000.0, 2000.0
"""The share of all sources together, unknown ones included."""
MOST_SOURCES = 4096
"""Sources whose shares are remembered; beyond that the oldest start with a full share."""
MOST_CONNECTIONS = 512
CONNECTIONS_OF_PHONE = 8
"""At a time: one that opens a connection for each report may leave those before to be closed here."""


def plain_address(text: str) -> str:
    """An address as it is compared: without an interface, and IPv4 as IPv4 whatever socket it came by."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)


class SourceAdmission:
    def __init__(self, phones_at: Callable[[str], int | None], refused: Callable[[str, str], None]) -> None:
        """`phones_at` gives how many phones are at an address, None for an unknown one.

        `refused` is told of what was not taken: `unknown_sender`, `limited` or `malformed`, and of where it came from.
        """
        self._phones_at = phones_at
        self.refused = refused
        self._all = TokenBucket(ALL_PER_S, ALL_AT_ONCE, 0.0)
        self._sources: dict[str, TokenBucket] = {}
        self._connections: dict[str, int] = {}

    def has_room(self, at: float) -> bool:
        """Whether one more datagram may be read at monotonic second `at`."""
        return self._all.take(at)

    def is_known(self, source: str) -> bool:
        if self._phones_at(source) is not None:
            return True
        self.refused("unknown_sender", source)
        return False

    def take(self, source: str, at: float) -> bool:
        """Whether a known source may send one more now."""
        bucket = self._sources.get(source)
        if bucket is None:
            phones = self._phones_at(source) or 1
            bucket = TokenBucket(MESSAGES_PER_S * phones, MESSAGES_AT_ONCE * phones, at)
            if len(self._sources) >= MOST_SOURCES:
                del self._sources[next(iter(self._sources))]
            self._sources[source] = bucket
        return bucket.take(at)

    def connect(self, source: str) -> bool:
        """Whether a known source may have one more connection; `disconnect` gives it back."""
        most = CONNECTIONS_OF_PHONE * max(self._phones_at(source) or 1, 1)
        count = self._connections.get(source, 0)
        if count >= most or sum(self._connections.values()) >= MOST_CONNECTIONS:
            self.refused("limited", source)
            return False
        self._connections[source] = count + 1
        return True

    def disconnect(self, source: str) -> None:
        left = self._connections.pop(source, 1) - 1
        if left:
            self._connections[source] = left


MOST_IN_A_TURN = 16
"""Datagrams read in one turn of the loop."""
PAUSE_S = 0.05
"""How long no datagram is read once there are too many, and a connection waits for its source's share."""
IDLE_S = 60.0
"""How long a connection may be idle before its next message."""
MESSAGE_S = 10.0
"""Time limit for the rest of a message once its head is there, and for an answer to be taken."""
_ATTEMPTS = 8
"""Attempts to find a port that is free for both UDP and TCP."""
_HEAD_END = b"\r\n\r\n"
_PONG = b"\r\n"
"""The answer to a keep-alive (RFC 5626, 4.4.1)."""
_LARGEST_DATAGRAM = 65_535
_log = logging.getLogger(__name__)


class SipAnswer(Struct, frozen=True):
    status: int
    reason: str
    headers: Headers = ()


Answer = Callable[[SipRequest, str], SipAnswer | None]
"""Makes the answer to a request from an address; None for one that gets none."""


class SipServer:
    """Answers requests from `open` to `close`."""

    def __init__(self, answer: Answer, admission: SourceAdmission) -> None:
        self._answer = answer
        self._admission = admission
        self._loop = asyncio.get_running_loop()
        self._datagrams: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._pausing: dict[socket.socket, asyncio.TimerHandle] = {}
        self._connections: set[asyncio.StreamWriter] = set()
        self._has_failed = False
        self.addresses: list[SipListenAddress] = []
        """The addresses it listens on, with their actual ports."""

    async def open(self, wanted: SipListenAddress) -> None:
        """Starts to listen. Raises ConfigError where that is not possible."""
        try:
            found = await self._loop.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
            stream, datagram = _bound(found[0][0], str(found[0][4][0]), wanted)
        except OSError as error:
            words = f"voice quality reports: {wanted.name} cannot be listened on: {error.strerror or error}"
            raise ConfigError(words, "Choose another address in [vq] listen") from error
        port = int(stream.getsockname()[1])
        self._servers.append(await asyncio.start_server(self._serve, sock=stream, limit=MOST_HEAD_BYTES))
        if datagram is not None:
            self._datagrams.append(datagram)
            self._loop.add_reader(datagram, self._read_datagrams, datagram)
        self.addresses.append(SipListenAddress(wanted.host, port, wanted.has_udp))

    async def close(self) -> None:
        for timer in self._pausing.values():
            timer.cancel()
        for sock in self._datagrams:
            self._loop.remove_reader(sock)
            sock.close()
        for server in self._servers:
            server.close()
        for writer in tuple(self._connections):
            writer.transport.abort()
        for server in self._servers:
            await server.wait_closed()

    def _read_datagrams(self, sock: socket.socket) -> None:
        for _ in range(MOST_IN_A_TURN):
            if not self._admission.has_room(self._loop.time()):
                self._loop.remove_reader(sock)
                self._pausing[sock] = self._loop.call_later(PAUSE_S, self._resume, sock)
                return
            try:
                data, address = sock.recvfrom(_LARGEST_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # of a datagram that we sent before
                continue
            self._take_datagram(sock, data, address)

    def _resume(self, sock: socket.socket) -> None:
        del self._pausing[sock]
        self._loop.add_reader(sock, self._read_datagrams, sock)

    def _take_datagram(self, sock: socket.socket, data: bytes, address: tuple[str, int]) -> None:
        source = plain_address(address[0])
        if not self._admission.is_known(source) or not data.strip(b"\r\n\0"):  # the latter keeps a way open
            return
        if not self._admission.take(source, self._loop.time()):
            self._admission.refused("limited", source)
            return
        answered = self._answered(data, source, address[1])
        if answered is not None:
            request, reply = answered
            with suppress(OSError):  # who is not reached sends again
                sock.sendto(reply, (address[0], reply_port(request, address[1]), *address[2:]))

    def _answered(self, data: bytes, source: str, port: int) -> tuple[SipRequest, bytes] | None:
        """The request in `data` with its answer; None where there is none."""
        try:
            request = parse_message(data)
            if not isinstance(request, SipRequest):
                return None
            answer = self._answer(request, source)
            if answer is None:
                return None
            return request, response(request, answer.status, answer.reason, (source, port), answer.headers)
        except SipSyntaxError:
            self._admission.refused("malformed", source)
            return None
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the listening, nor be reported each time
            _log.log(logging.DEBUG if self._has_failed else logging.ERROR, "a message of %s", source, exc_info=error)
            self._has_failed = True
            self._admission.refused("malformed", source)
            return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        source = plain_address(str(peer[0])) if peer else ""
        if not self._admission.is_known(source) or not self._admission.connect(source):
            writer.transport.abort()
            return
        self._connections.add(writer)
        try:
            while True:
                writer.write(await self._next_reply(reader, source, int(peer[1])))
                async with asyncio.timeout(MESSAGE_S):
                    await writer.drain()
        except SipSyntaxError:
            self._admission.refused("malformed", source)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # it went, or had nothing more to say
        finally:
            self._connections.discard(writer)
            self._admission.disconnect(source)
            writer.transport.abort()

    async def _next_reply(self, reader: asyncio.StreamReader, source: str, port: int) -> bytes:
        """To the next message; empty for one that gets none. Raises SipSyntaxError where no message's end is found."""
        async with asyncio.timeout(IDLE_S):
            head = await reader.readuntil(_HEAD_END)
        while not self._admission.take(source, self._loop.time()):  # noqa: ASYNC110 - it is time that is waited for
            await asyncio.sleep(PAUSE_S)
        if not head.strip(b"\r\n"):
            return _PONG
        async with asyncio.timeout(MESSAGE_S):
            body = await reader.readexactly(frame_length(head))
        answered = self._answered(head + body, source, port)
        return answered[1] if answered else b""


def _bound(
    family: socket.AddressFamily, host: str, wanted: SipListenAddress
) -> tuple[socket.socket, socket.socket | None]:
    """A listening socket for TCP, and one for UDP at the same port where it is wanted. Raises OSError."""
    for attempt in range(_ATTEMPTS):
        is_any = family is socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()  # takes IPv4, too
        stream = socket.create_server((host, wanted.port), family=family, dualstack_ipv6=is_any)
        stream.setblocking(False)
        if not wanted.has_udp:
            return stream, None
        datagram = socket.socket(family, socket.SOCK_DGRAM)
        datagram.setblocking(False)
        if is_any:
            datagram.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            datagram.bind((host, stream.getsockname()[1]))
        except OSError:
            stream.close()
            datagram.close()
            if wanted.port or attempt == _ATTEMPTS - 1:
                raise
        else:
            return stream, datagram
    raise OSError("no port is free for UDP and TCP")
