"""A listening socket with limits on connections and requests, for each sender and each source address.

    accept ──► the first bytes ──of a known sender──► counted with that sender alone ──► HTTP
                  │       └──of any other──► counted with its source address ──► HTTP, or 429 at once
                  └──none within FIRST_REQUEST_S, or too many that wait──► closed

Behind one source address may be one phone, or a NAT or jump host with dozens and an attacker among them. So whoever
shows at once that it is known is never judged by its address, and where too many wait the oldest is closed: what a
phone sends is whole within milliseconds.
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

HANDSHAKES_PER_S, HANDSHAKES_AT_ONCE = 200.0, 400.0
"""TLS connections from one source: who comes can't be known before."""
UNKNOWN_PER_S, UNKNOWN_AT_ONCE = 10.0, 50.0
"""Requests from one source for what isn't there."""
MAX_OPEN = 256
"""Connections of one source at a time over which nothing known has come, or as many as there are known senders: behind
one address may be all of them, each of which connects before it sends."""
MAX_OF_SENDER = 8
"""Connections of one known sender at a time: it has a post in flight, or a few."""
MAX_SOURCES = 4096
"""Sources remembered; older ones start again."""
FIRST_REQUEST_S = 10.0
"""Time limit for a connection's first whole request, and for the handshake before it."""
KEEP_ALIVE_S = 75.0
"""Without a request on a connection that brought one."""
SWEEP_S = 1.0
BACKLOG = 1024
"""Connections that the system completes before they are taken."""
PEEKED_BYTES = 256
"""Looked at before a connection is let in: a request line with one of our paths has about 60."""
MAX_LINGERING = 128
"""Refused connections that stay open for up to SWEEP_S, so that the refusal is read before they are reset."""

_REFUSAL = b"HTTP/1.1 429 Too Many Requests\r\nServer: phonetui\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class TokenBucket:
    """So many a second, some of them at once. Pure: time is a parameter."""

    __slots__ = ("_at", "_left", "_most", "_per_s")

    def __init__(self, per_s: float, at_once: float, at: float) -> None:
        self._per_s, self._most = per_s, at_once
        self._left, self._at = at_once, at

    def has(self, at: float, cost: float = 1.0) -> bool:
        """Whether there is so much left."""
        self._left = min(self._most, self._left + (at - self._at) * self._per_s)
        self._at = at
        return self._left >= cost

    def take(self, at: float, cost: float = 1.0) -> bool:
        """Whether there was so much left; one that costs more than ever fits at once never passes."""
        if not self.has(at, cost):
            return False
        self._left -= cost
        return True


class KnownSenders(Protocol):
    """The senders that are known, and what each may still send."""

    @property
    def count(self) -> int:
        """How many are known."""

    def sender(self, first_bytes: bytes) -> str | None:
        """The sender of a request that begins so; None for an unknown one, or where too little came yet."""

    def has_allowance(self, sender: str, at: float) -> bool: ...


@dataclass(slots=True, eq=False)
class _Connection:
    """One connection from its acceptance to its end."""

    source: "_Source"
    sock: socket.socket
    until: float
    group: "dict[_Connection, None]"
    """Those that it is counted with, oldest first."""
    connecting: asyncio.Task[None] | None = None
    transport: asyncio.BaseTransport | None = None


@dataclass(slots=True)
class _Source:
    handshakes: TokenBucket
    unknown: TokenBucket
    """Requests for what isn't there."""
    connections: dict[_Connection, None] = field(default_factory=dict)


class ConnectionLimiter:
    """Hands connections to `protocol`, which says through `admit` the outcome of each."""

    def __init__(
        self, protocol: Callable[[], asyncio.Protocol], senders: KnownSenders, context: ssl.SSLContext | None = None
    ) -> None:
        self._protocol = protocol
        self._senders = senders
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._sources: dict[str, _Source] = {}
        self._known: dict[str, dict[_Connection, None]] = {}
        """Connections by sender."""
        self._open: dict[_Connection, None] = {}
        self._by_transport: dict[asyncio.BaseTransport, _Connection] = {}
        self._refused: deque[socket.socket] = deque()
        self._listening: dict[socket.socket, asyncio.Task[None]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    def listen(self, listening: socket.socket) -> None:
        """Takes the bound socket over."""
        listening.listen(BACKLOG)
        listening.setblocking(False)
        self._listening[listening] = self._loop.create_task(self._accept(listening))

    def stop_listening(self, listening: socket.socket) -> None:
        """Listens there no longer; connections that came that way stay."""
        self._listening.pop(listening).cancel()
        self._loop.remove_reader(listening)
        listening.close()

    def accept(self, arrived: socket.socket, source: str) -> None:
        """Takes over a connection that was accepted elsewhere."""
        if self._sweeping is None:
            self._sweeping = self._loop.create_task(self._sweep())
        arrived.setblocking(False)
        known = self._source(source)
        connection = _Connection(known, arrived, self._loop.time() + FIRST_REQUEST_S, known.connections)
        self._open[connection] = None
        self._count(connection, known.connections, max(MAX_OPEN, self._senders.count))
        self._peek(connection)

    def admit(self, transport: asyncio.BaseTransport | None, sender: str | None) -> bool:
        """A whole request came over it, from `sender` or an unknown one. Whether it should get an answer."""
        connection = self._by_transport.get(transport) if transport is not None else None
        if connection is None:
            return False
        now = self._loop.time()
        if sender is None:
            connection.until = now + KEEP_ALIVE_S
            return connection.source.unknown.take(now)
        self._count_as(connection, sender, now)
        return True

    async def close(self) -> None:
        """Stops listening, ends all connections, and returns once their tasks are over."""
        tasks = [*self._listening.values(), *(each.connecting for each in self._open if each.connecting is not None)]
        tasks += [self._sweeping] if self._sweeping is not None else []
        for listening in tuple(self._listening):
            self.stop_listening(listening)
        for connection in tuple(self._open):
            self._end(connection)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._refused:
            self._refused.popleft().close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                arrived, peer = await self._loop.sock_accept(listening)
            except OSError:  # no descriptors left, or gone again before it was taken
                await asyncio.sleep(0.1)
                continue
            self.accept(arrived, str(peer[0]))
            await asyncio.sleep(0)  # accepting never waits in a flood: everything else wants its turn

    def _peek(self, connection: _Connection) -> None:
        """Decides by the first bytes, once there are any; nothing is made for a connection that brings none."""
        try:
            first = connection.sock.recv(PEEKED_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            self._loop.add_reader(connection.sock, self._peek, connection)
            return
        except OSError:
            first = b""
        self._loop.remove_reader(connection.sock)
        now = self._loop.time()
        sender = self._senders.sender(first) if first and self._context is None else None
        if not first:
            self._end(connection)
        elif not self._is_allowed(connection.source, sender, now):
            self._refuse(connection)
        else:
            if sender is not None:
                self._count_as(connection, sender, now)
            connection.connecting = self._loop.create_task(self._connect(connection))
            connection.connecting.add_done_callback(partial(self._connected, connection))

    def _is_allowed(self, source: _Source, sender: str | None, now: float) -> bool:
        if self._context is not None:
            return source.handshakes.take(now)
        return source.unknown.has(now) if sender is None else self._senders.has_allowance(sender, now)

    def _count_as(self, connection: _Connection, sender: str, now: float) -> None:
        connection.until = now + KEEP_ALIVE_S if connection.transport is not None else connection.until
        group = self._known.setdefault(sender, {})
        if connection.group is not group:
            connection.group.pop(connection, None)
            connection.group = group
            self._count(connection, group, MAX_OF_SENDER)

    def _count(self, connection: _Connection, group: dict[_Connection, None], most: int) -> None:
        group[connection] = None
        while len(group) > most:
            self._end(next(iter(group)))

    async def _connect(self, connection: _Connection) -> None:
        limit = FIRST_REQUEST_S if self._context else None
        with suppress(OSError):  # also what TLS raises: a handshake that fails is not reported
            connection.transport, _ = await self._loop.connect_accepted_socket(
                self._protocol, connection.sock, ssl=self._context, ssl_handshake_timeout=limit
            )
            self._by_transport[connection.transport] = connection

    def _connected(self, connection: _Connection, _: asyncio.Task[None]) -> None:
        connection.connecting = None
        if connection.transport is None:  # it failed, or was cancelled, perhaps before it began
            self._forget(connection)
            connection.sock.close()

    def _refuse(self, connection: _Connection) -> None:
        """At the cost of a few system calls, however often."""
        sock = connection.sock
        self._forget(connection)
        with suppress(OSError):
            if self._context is None:
                sock.send(_REFUSAL)
            sock.shutdown(socket.SHUT_WR)
        self._refused.append(sock)
        if len(self._refused) > MAX_LINGERING:
            self._refused.popleft().close()

    def _end(self, connection: _Connection) -> None:
        """At once, whatever it is doing."""
        self._forget(connection)
        if isinstance(connection.transport, asyncio.WriteTransport):
            connection.transport.abort()
        elif connection.connecting is not None:
            connection.connecting.cancel()  # the loop has the socket: it is closed once the loop lets go of it
        else:
            self._loop.remove_reader(connection.sock)
            connection.sock.close()

    def _forget(self, connection: _Connection) -> None:
        self._open.pop(connection, None)
        connection.group.pop(connection, None)
        if connection.transport is not None:
            self._by_transport.pop(connection.transport, None)

    async def _sweep(self) -> None:
        while True:
            lingering = len(self._refused)
            await asyncio.sleep(SWEEP_S)
            for _ in range(min(lingering, len(self._refused))):
                self._refused.popleft().close()
            now = self._loop.time()
            for connection in tuple(self._open):
                transport = connection.transport
                if connection.until < now or (transport is not None and transport.is_closing()):
                    self._end(connection)
            for sender in [sender for sender, connections in self._known.items() if not connections]:
                del self._known[sender]

    def _source(self, address: str) -> _Source:
        if address not in self._sources:
            now = self._loop.time()
            handshakes = TokenBucket(HANDSHAKES_PER_S, HANDSHAKES_AT_ONCE, now)
            self._sources[address] = _Source(handshakes, TokenBucket(UNKNOWN_PER_S, UNKNOWN_AT_ONCE, now))
            if len(self._sources) > MAX_SOURCES:
                del self._sources[next(iter(self._sources))]
        return self._sources[address]
