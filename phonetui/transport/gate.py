"""A listening socket in a hostile neighbourhood: how often and for how long each source may bother the program.

accept ──too many from there──► closed unread          request ──too often──► Gate.admits says no
   └──► protocol ──nothing whole within SLOW_S──► cut          └──► the clock of its connection starts again

Behind one source address may be one phone, or a NAT or jump host with dozens: what is allowed fits those.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

REQUESTS_PER_S, REQUESTS_AT_ONCE = 200.0, 400.0
"""From one source: a phone in a call posts some five a second."""
STRAYS_PER_S, STRAYS_AT_ONCE = 10.0, 50.0
"""Of these, requests for what isn't there."""
MOST_OPEN = 256
"""Connections of one source at a time."""
MOST_SOURCES = 4096
"""Sources remembered; older ones begin anew."""
SLOW_S = 10.0
"""For a connection's first whole request, and for the handshake before it."""
KEPT_S = 75.0
"""Without a request on a connection that brought one."""
SWEEP_S = 1.0


class Allowance:
    """So many a second, some of them at once. Pure: time comes in as a number."""

    __slots__ = ("_at", "_left", "_most", "_per_s")

    def __init__(self, per_s: float, at_once: float, at: float) -> None:
        self._per_s, self._most = per_s, at_once
        self._left, self._at = at_once, at

    def take(self, at: float, cost: float = 1.0) -> bool:
        """Whether there was so much left; one that costs more than ever fits at once never passes."""
        self._left = min(self._most, self._left + (at - self._at) * self._per_s)
        self._at = at
        if self._left < cost:
            return False
        self._left -= cost
        return True


@dataclass(slots=True)
class _Source:
    requests: Allowance
    strays: Allowance


@dataclass(slots=True)
class _Visit:
    source: str
    until: float


class Gate:
    """Lets connections in to `protocol`, which says through `admits` what came of them."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None = None) -> None:
        self._protocol = protocol
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._sources: dict[str, _Source] = {}
        self._visits: dict[asyncio.BaseTransport, _Visit] = {}
        self._entering: dict[asyncio.Task[None], str] = {}
        self._listening: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._sweeping: asyncio.Task[None] | None = None

    def open(self, listening: socket.socket) -> None:
        """Takes the bound socket over."""
        listening.listen(128)
        listening.setblocking(False)
        self._listening.append(listening)
        self._tasks.append(self._loop.create_task(self._accept(listening)))

    def let_in(self, arrived: socket.socket, source: str) -> None:
        """Takes a connection over, from whoever accepted it; one that is too many is closed unread."""
        if self._sweeping is None:
            self._sweeping = self._loop.create_task(self._sweep())
            self._tasks.append(self._sweeping)
        if not self._is_welcome(source):
            arrived.close()
            return
        task = self._loop.create_task(self._enter(arrived, source))
        self._entering[task] = source
        task.add_done_callback(partial(self._entered, arrived))

    def admits(self, transport: asyncio.BaseTransport | None, *, stray: bool = False) -> bool:
        """A whole request came over it; `stray`: for nothing that is here. Whether it should get an answer."""
        visit = self._visits.get(transport) if transport is not None else None
        if visit is None:
            return False
        now = self._loop.time()
        visit.until = now + KEPT_S
        source = self._source(visit.source)
        return source.strays.take(now) if stray else source.requests.take(now)

    async def close(self) -> None:
        waiting = [*self._tasks, *self._entering]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for listening in self._listening:
            listening.close()
        for transport in self._visits:
            _abort(transport)
        self._visits.clear()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                arrived, peer = await self._loop.sock_accept(listening)
            except OSError:  # no descriptors left, or gone again before it was taken
                await asyncio.sleep(0.1)
                continue
            self.let_in(arrived, str(peer[0]))
            await asyncio.sleep(0)  # accepting never waits in a flood: everything else wants its turn

    def _is_welcome(self, source: str) -> bool:
        is_here = [*(visit.source for visit in self._visits.values()), *self._entering.values()].count(source)
        return is_here < MOST_OPEN and self._source(source).requests.take(self._loop.time())

    async def _enter(self, arrived: socket.socket, source: str) -> None:
        limit = SLOW_S if self._context else None
        with suppress(OSError):  # also what TLS raises: a handshake that fails is nobody's news
            transport, _ = await self._loop.connect_accepted_socket(
                self._protocol, arrived, ssl=self._context, ssl_handshake_timeout=limit
            )
            self._visits[transport] = _Visit(source, self._loop.time() + SLOW_S)

    def _entered(self, arrived: socket.socket, entering: asyncio.Task[None]) -> None:
        del self._entering[entering]
        if entering.cancelled():  # perhaps before it began
            arrived.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            now = self._loop.time()
            for transport, visit in tuple(self._visits.items()):
                if visit.until < now:
                    _abort(transport)
                if transport.is_closing():
                    del self._visits[transport]

    def _source(self, address: str) -> _Source:
        known = self._sources.get(address)
        if known is None:
            now = self._loop.time()
            known = self._sources[address] = _Source(
                Allowance(REQUESTS_PER_S, REQUESTS_AT_ONCE, now), Allowance(STRAYS_PER_S, STRAYS_AT_ONCE, now)
            )
            if len(self._sources) > MOST_SOURCES:
                del self._sources[next(iter(self._sources))]
        return known


def _abort(transport: asyncio.BaseTransport) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
