"""One SSH connection to a jump host, kept alive for as long as the program runs; a channel for each connection.

    ──first need──► opening ──► up ──broke, or no answer to a keep-alive──► lost ──┐
                     ▲   │                                                         │ back-off
                     │   └──host key or login refused──► refused ──────────────────┤
                     └─────────────────────────────────────────────────────────────┘

Whoever needs the jump host while it is being opened waits; while it is lost or refused they are told why at once.
Nothing listens on this machine: channels are streams inside of this process.

Connections inside of an SSH connection: as streams, and as sockets for libraries that take nothing else.

A socket is one of a pair, which has no address and which nobody else can connect to.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import asyncssh
from asyncssh.stream import SSHTCPStreamSession

from phonetui.errors import AccessError, PhonetuiError, Unreachable
from phonetui.transport.ssh import errors
from phonetui.transport.ssh.config import TunnelStatus

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


KEEPALIVE_S = 4.0
"""Between two looks whether the jump host still answers."""
PATIENCE_S = 4.0
"""For its answer: together less than a phone's own timeout, so that a dead tunnel is found before they give up."""

Enter = Callable[[Callable[[], None]], Awaitable[asyncssh.SSHClientConnection]]
"""Logs in; is given what to call when the connection is over. Raises PhonetuiErrors."""
Retry = Callable[[PhonetuiError, int], float]
"""Seconds to wait after so many failures in a row."""

_log = logging.getLogger(__name__)
# The library would write addresses, users and what servers say into the log, as they come.
logging.getLogger("asyncssh").setLevel(logging.CRITICAL + 1)


class Tunnel:
    """The way through one jump host, whichever others lead to it."""

    def __init__(self, name: str, enter: Enter, retry: Retry, changed: Callable[["Tunnel"], None]) -> None:
        self.name = name
        self.stand = TunnelStatus.OPENING
        self.since = datetime.now(UTC)
        self.round_trip_ms: float | None = None
        """Of the SSH connection, all hops together; None while it isn't up."""
        self.failure: PhonetuiError | None = None
        """Why it isn't up; kept while it is tried again."""
        self.outer: Tunnel | None = None
        """The jump host that leads to this one, once that is known."""
        self._enter = enter
        self._retry = retry
        self._changed = changed
        self._keeper: asyncio.Task[None] | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._moved = asyncio.Event()
        self._channels = Channels()

    @property
    def current(self) -> asyncssh.SSHClientConnection | None:
        """The connection, while it is up."""
        return self._connection

    async def connection(self) -> asyncssh.SSHClientConnection:
        """Logged in. Waits while it is being opened; raises AccessError, Unreachable."""
        if self._keeper is None:
            self._stands(TunnelStatus.OPENING)
            self._keeper = asyncio.create_task(self._keep(), name=f"tunnel {self.name}")
            self._keeper.add_done_callback(self._stopped)
        while self._connection is None:
            if self.failure is not None and self.stand is not TunnelStatus.OPENING:
                raise errors.again(self.failure)
            await self._moved.wait()
        return self._connection

    async def open(self, host: str, port: int, seconds: float) -> Opened:
        """A connection from the jump host to a place behind it. Raises PhonetuiErrors."""
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            async with asyncio.timeout(seconds):
                connection = await self.connection()
        except TimeoutError as error:
            raise errors.opening(self.name, seconds) from error
        try:
            return await self._channels.open(connection, host, port, seconds)
        except TimeoutError as error:
            raise errors.too_slow(self.name, place, seconds) from error
        except (OSError, asyncssh.Error) as error:
            raise self.blamed(connection) or errors.channel_failed(error, self.name, place) from error

    async def plug(self, host: str, port: int, seconds: float) -> socket.socket:
        """As `open`, for libraries that want a socket: one of a pair, with nothing listening."""
        return await self.bridged(await self.open(host, port, seconds))

    async def bridged(self, channel: Channel) -> socket.socket:
        return await self._channels.plug(channel)

    def blamed(self, connection: asyncssh.SSHClientConnection | None) -> PhonetuiError | None:
        """The tunnel's failure, where that is why something inside of this connection ended."""
        if connection is self._connection:
            return None
        return errors.again(self.failure) if self.failure is not None else errors.lost(self.name)

    async def close(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._channels.close()

    async def _keep(self) -> None:
        failures = 0
        while True:
            self._stands(TunnelStatus.OPENING, self.failure)
            over = asyncio.Event()
            try:
                connection = await self._enter(partial(self._ended, over))
            except PhonetuiError as error:
                failure = errors.shared(error)
            else:
                failures = 0
                await self._attend(connection, over)
                failure = errors.lost(self.name)
            failures += 1
            self._stands(TunnelStatus.REFUSED if isinstance(failure, AccessError) else TunnelStatus.LOST, failure)
            await self._pause(self._retry(failure, failures))

    def _stopped(self, keeper: asyncio.Task[None]) -> None:
        """By a fault of our own, or of the library's: nobody must wait for what doesn't come."""
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            _log.error("%s: fault in the program", self.name, exc_info=error)
            self._keeper = None
            words = f"fault in phonetui: {type(error).__name__}"
            self._stands(TunnelStatus.LOST, errors.shared(Unreachable(words, "See the log", reason="tunnel")))

    async def _attend(self, connection: asyncssh.SSHClientConnection, over: asyncio.Event) -> None:
        """Until the connection ends, or answers no more."""
        if connection.is_closed():
            return
        self._connection = connection
        self._stands(TunnelStatus.UP)
        loop = asyncio.get_running_loop()
        try:
            while not over.is_set():
                began = loop.time()
                async with asyncio.timeout(PATIENCE_S):
                    # What the library's own keep-alive sends; it doesn't say how long the answer took.
                    await connection._make_global_request(b"keepalive@openssh.com")
                self.round_trip_ms = (loop.time() - began) * 1000
                try:
                    async with asyncio.timeout(KEEPALIVE_S):
                        await over.wait()
                except TimeoutError:
                    continue
        except TimeoutError:
            pass
        finally:
            self._ended(over)
            connection.abort()

    async def _pause(self, seconds: float) -> None:
        """Before the next try; while the way there is down, until that is up."""
        while self.outer is not None and self.outer.stand is not TunnelStatus.UP:
            await self.outer._moved.wait()
            seconds = 0.0
        await asyncio.sleep(seconds)

    def _ended(self, over: asyncio.Event) -> None:
        """At once, so that everything inside of the tunnel that ends now is known to have ended with it."""
        over.set()
        self.round_trip_ms = None
        if self._connection is not None:
            self._connection = None
            self._stands(TunnelStatus.LOST, errors.lost(self.name))

    def _stands(self, stand: TunnelStatus, failure: PhonetuiError | None = None) -> None:
        self.failure = failure
        if stand is not self.stand:
            self.stand = stand
            self.since = datetime.now(UTC)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        self._changed(self)
