"""SSH connections to jump hosts: one for each host, however many phones and hosts are behind it.

    ──first need──► opening ──► up ──broke, or no answer to a keep-alive──► lost ──┐
                     ▲   │                                                         │ back-off
                     │   └──host key or login refused──► refused ──────────────────┤
                     └─────────────────────────────────────────────────────────────┘

While it is being opened, connections through it wait; while it is lost or refused, they fail at once with its failure.
"""

import asyncio
import logging
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import asyncssh

from phonetui.errors import AccessError, ConfigError, PhonetuiError, TimedOut, Unreachable
from phonetui.text import printable
from phonetui.transport.base import authority
from phonetui.transport.ssh import config
from phonetui.transport.ssh.channels import Channel, ChannelProtocol, Channels, ProtocolSession
from phonetui.transport.ssh.config import Jump, LoginPrompter, TunnelStatus
from phonetui.transport.ssh.login import Prompts, ProxyCommands, jump_failed, login

_CHANNEL_REASONS = {
    "connection-refused": re.compile("refused", re.IGNORECASE),
    "no-route": re.compile("no route|unreachable|host is down", re.IGNORECASE),
    "timeout": re.compile("timed out|timeout", re.IGNORECASE),
    "name": re.compile("resol|name or service|unknown host", re.IGNORECASE),
}
"""OpenSSH's words, which are its system's, for why it could not connect to where a channel leads."""
KEEPALIVE_S = 4.0
"""Seconds between two keep-alive requests."""
KEEPALIVE_ANSWER_S = 4.0
"""For its answer: together less than a phone's own timeout, so that a dead tunnel is found before they give up."""

Login = Callable[[Callable[[], None]], Awaitable[asyncssh.SSHClientConnection]]
"""Is given what to call when the connection is over. Raises PhonetuiErrors."""
Retry = Callable[[PhonetuiError, int], float]
"""Seconds to wait after so many failures of this kind since it was up last."""

_Opened = TypeVar("_Opened")

_log = logging.getLogger(__name__)
# The library would write addresses, users and what servers say into the log, as they come.
logging.getLogger("asyncssh").setLevel(logging.CRITICAL + 1)


class Tunnel:
    """The way through one jump host, whichever others lead to it."""

    def __init__(self, name: str, login: Login, retry: Retry, changed: Callable[["Tunnel"], None]) -> None:
        self.name = name
        self.status = TunnelStatus.OPENING
        self.since = datetime.now(UTC)
        self.round_trip_ms: float | None = None
        """Of the SSH connection, all hops together; None while it isn't up."""
        self.failure: PhonetuiError | None = None
        """Why it isn't up; kept while it is tried again."""
        self.outer: Tunnel | None = None
        """The jump host that leads to this one, once that is known."""
        self.current: asyncssh.SSHClientConnection | None = None
        """The connection, while it is up."""
        self._login = login
        self._retry = retry
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._status_changed = asyncio.Event()
        self._channels = Channels()

    async def connection(self) -> asyncssh.SSHClientConnection:
        """Logged in. Waits while it is being opened; raises AccessError, Unreachable."""
        if self._task is None:
            self._set_status(TunnelStatus.OPENING)
            self._task = asyncio.create_task(self._keep(), name=f"tunnel {self.name}")
            self._task.add_done_callback(self._stopped)
        while self.current is None:
            if self.failure is not None and self.status is not TunnelStatus.OPENING:
                raise _again(self.failure)
            await self._status_changed.wait()
        return self.current

    async def connect(
        self, protocol: ChannelProtocol, host: str, port: int, seconds: float
    ) -> Callable[[], PhonetuiError | None]:
        """Connects `protocol` from the jump host to a place behind it. Raises PhonetuiErrors.

        What comes back gives the tunnel's failure, where that is why the connection ended.
        """
        session = ProtocolSession(protocol)
        opened = partial(self._channels.open, session=session, host=host, port=port, seconds=seconds)
        channel = await self._through(opened, authority(host, port), seconds)
        return partial(self.failure_of, channel.get_extra_info("connection"))

    async def open_socket(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection as of `connect`, for libraries that want a socket: one of a pair, with nothing listening."""
        opened = partial(self._channels.open_stream, host=host, port=port, seconds=seconds)
        return await self.socket_of(await self._through(opened, authority(host, port), seconds))

    async def _through(
        self, opened: Callable[[asyncssh.SSHClientConnection], Awaitable[_Opened]], place: str, seconds: float
    ) -> _Opened:
        """What `opened` makes of the SSH connection. Raises PhonetuiErrors."""
        try:
            async with asyncio.timeout(seconds):
                connection = await self.connection()
        except TimeoutError as error:
            words = f"jump host {self.name} is not open after {seconds:g} s"
            raise Unreachable(words, "It may wait for an answer", reason="tunnel") from error
        try:
            return await opened(connection)
        except TimeoutError as error:
            raise TimedOut(f"a connection to {place} from {self.name}", seconds) from error
        except (OSError, asyncssh.Error) as error:
            raise self.failure_of(connection) or _channel_failed(error, self.name, place) from error

    async def socket_of(self, channel: Channel) -> socket.socket:
        return await self._channels.open_socket(channel)

    def failure_of(self, connection: asyncssh.SSHClientConnection | None) -> PhonetuiError | None:
        """The tunnel's failure, where that is why something inside of this connection ended."""
        if connection is self.current:
            return None
        return _again(self.failure) if self.failure is not None else _lost(self.name)

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._channels.close()

    async def _keep(self) -> None:
        failures: Counter[type[PhonetuiError]] = Counter()
        while True:
            self._set_status(TunnelStatus.OPENING, self.failure)
            over = asyncio.Event()
            try:
                connection = await self._login(partial(self._lost, over))
            except PhonetuiError as error:
                failure = _shared(error)
            else:
                failures.clear()
                await self._keep_alive(connection, over)
                failure = _lost(self.name)
            failures[type(failure)] += 1
            self._set_status(TunnelStatus.REFUSED if isinstance(failure, AccessError) else TunnelStatus.LOST, failure)
            await self._pause(self._retry(failure, failures[type(failure)]))

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """By a fault of our own, or of the library's: callers must not wait forever."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s: fault in the program", self.name, exc_info=error)
            self._task = None
            words = f"fault in phonetui: {type(error).__name__}"
            self._set_status(TunnelStatus.LOST, _shared(Unreachable(words, "See the log", reason="tunnel")))

    async def _keep_alive(self, connection: asyncssh.SSHClientConnection, over: asyncio.Event) -> None:
        """Until the connection ends, or answers no more."""
        if connection.is_closed():
            return
        self.current = connection
        self._set_status(TunnelStatus.UP)
        loop = asyncio.get_running_loop()
        try:
            while not over.is_set():
                began = loop.time()
                async with asyncio.timeout(KEEPALIVE_ANSWER_S):
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
            self._lost(over)
            connection.abort()

    async def _pause(self, seconds: float) -> None:
        """Before the next try; while the way there is down, until that is up."""
        while self.outer is not None and self.outer.status is not TunnelStatus.UP:
            await self.outer._status_changed.wait()
            seconds = 0.0
        await asyncio.sleep(seconds)

    def _lost(self, over: asyncio.Event) -> None:
        """At once, so that everything that ends inside of the tunnel is known to have ended with it."""
        over.set()
        self.round_trip_ms = None
        if self.current is not None:
            self.current = None
            self._set_status(TunnelStatus.LOST, _lost(self.name))

    def _set_status(self, status: TunnelStatus, failure: PhonetuiError | None = None) -> None:
        self.failure = failure.without_frames() if failure is not None else None
        if status is not self.status:
            self.status = status
            self.since = datetime.now(UTC)
        before, self._status_changed = self._status_changed, asyncio.Event()
        before.set()
        self._changed(self)


class Tunnels:
    """Finds the tunnel of a name: a `[jump.*]` table, a `Host` alias, or `user@host:port` as `ProxyJump` takes it."""

    def __init__(
        self,
        jumps: Sequence[Jump],
        own_known_hosts: Path,
        retry: Retry,
        *,
        changed: Callable[[Tunnel], None],
        notice: Callable[[str, str], None],
    ) -> None:
        """`changed` is called at each change of a tunnel's status; `notice` with a jump host's name and a message."""
        self._jumps = {jump.name: jump for jump in jumps}
        self._own_known_hosts = own_known_hosts
        self._retry = retry
        self._changed = changed
        self._notice = notice
        self._tunnels: dict[str, Tunnel] = {}
        self._prompts: dict[str, Prompts] = {}
        self._proxy_commands = ProxyCommands()
        self._reported: set[str] = set()
        self._unsaved: dict[str, str] = {}
        """Host keys that hold for this run alone: a line of known_hosts each, and why it cannot be kept."""
        self._prompter: LoginPrompter | None = None

    def __iter__(self) -> Iterator[Tunnel]:
        return iter(self._tunnels.values())

    def set_prompter(self, prompter: LoginPrompter | None) -> None:
        """Sets whom to ask for passwords and unknown host keys from now on; None for nobody."""
        self._prompter = prompter
        for prompts in self._prompts.values():
            prompts.prompter = prompter

    def get(self, name: str) -> Tunnel:
        """The tunnel to a jump host, by its name in the configuration or as `user@host:port`; opened when needed."""
        return self._tunnels.get(name) or self._tunnel(name, self.jump(name))

    def jump(self, name: str) -> Jump:
        """The settings of a jump host by its name in the configuration, or as it is spelled."""
        return self._jumps.get(name) or Jump.spelled(name)

    async def close(self) -> None:
        """Inner ones first: they are closed through the outer ones."""
        for tunnel in reversed(list(self._tunnels.values())):
            await tunnel.close()
        await self._proxy_commands.close()

    def _tunnel(self, key: str, jump: Jump, outer: Tunnel | None = None) -> Tunnel:
        if key not in self._tunnels:
            self._prompts[key] = Prompts(jump.name, self._prompter)
            self._tunnels[key] = Tunnel(jump.name, partial(self._login, key, jump), self._retry, self._changed)
            self._tunnels[key].outer = outer
        return self._tunnels[key]

    async def _login(self, key: str, jump: Jump, ended: Callable[[], None]) -> asyncssh.SSHClientConnection:
        """Reads the configuration each time: who corrects it need not start the program again."""
        route = await asyncio.to_thread(config.route, jump, config.files(), self._own_known_hosts)
        self._report(jump.name, route.unsupported)
        tunnel = self._tunnels[key]
        if tunnel.outer is None:
            tunnel.outer = self._outer(key, jump, route.jumps)
        via = await tunnel.outer.connection() if tunnel.outer else self._proxy_commands
        try:
            return await login(jump.name, route, self._prompts[key], via, ended=ended, unsaved=self._unsaved)
        finally:
            self._report(jump.name, self._unsaved.values())

    def _report(self, name: str, lines: Iterable[str]) -> None:
        """Each of them once."""
        for words in lines:
            if words not in self._reported:
                self._reported.add(words)
                self._notice(name, words)

    def _outer(self, key: str, jump: Jump, steps: Sequence[str]) -> Tunnel | None:
        """What leads to a jump host: its `via`, else the steps of its `ProxyJump`. Raises ConfigError for a circle."""
        if jump.via is not None:
            outer: Tunnel | None = self.get(jump.via)
        else:
            outer = self.get(steps[0]) if steps else None
            for number, step in enumerate(steps[1:], 2):
                outer = self._tunnel(",".join(steps[:number]), self.jump(step), outer)
        seen = outer
        while seen is not None:
            if seen is self._tunnels[key]:
                raise ConfigError(f"jump host {jump.name} leads back to itself", "Look at via and ProxyJump")
            seen = seen.outer
        return outer


def _channel_failed(error: Exception, jump: str, place: str) -> PhonetuiError:
    """A channel to `place` was not opened, though the jump host itself is there."""
    if not isinstance(error, asyncssh.ChannelOpenError):
        return jump_failed(error, jump, place)
    words = printable(error.reason)
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        hint = f"Its sshd needs AllowTcpForwarding, and PermitOpen where that is set, for {place}"
        return AccessError(f"{jump} may not connect us to {place}: {words}", hint)
    for reason, pattern in _CHANNEL_REASONS.items():
        if pattern.search(words):
            return Unreachable(f"{jump} reports: {words}", f"Can {jump} itself reach {place}?", reason=reason)
    return Unreachable(f"{jump} cannot connect to {place}: {words}", reason="no-route")


def _lost(jump: str) -> PhonetuiError:
    return _shared(Unreachable(f"the tunnel through {jump} is lost", "It is opened again by itself", reason="tunnel"))


def _shared(error: PhonetuiError) -> PhonetuiError:
    """All phones behind the jump host have it, so none of them reports it."""
    error.is_shared = True
    return error


def _again(error: PhonetuiError) -> PhonetuiError:
    """A copy for each caller: one exception raised many times would gather all their tracebacks."""
    other = type(error)(error.message, error.hint, reason=error.reason)
    other.is_shared = error.is_shared
    return other
