"""Signs in to one jump host: checks its host key, offers keys, and asks the operator where needed.

Passphrases, passwords and codes are asked once a run and kept in memory; one-time codes are not kept. What was typed is
never shown and has no place in any repr.
"""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import asyncssh

from phonetui.errors import AccessError, Unreachable
from phonetui.text import printable
from phonetui.transport.ssh import config
from phonetui.transport.ssh.config import JumpRoute, LoginPrompter

TRIES = 3
"""Attempts for one secret, as OpenSSH's client allows."""
OPEN_S = 10.0
"""Time limit for TCP to the jump host, and again for its first word; what comes after may wait for people."""
LOGIN_S = 120.0
"""Time limit for all of the login, as OpenSSH's server grants."""
TERMINATION_S = 2.0
"""Time limit for a program to end by itself once it was asked to."""


class Prompts:
    """The questions of one jump host, and the answers that hold for this run."""

    def __init__(self, jump: str, prompter: LoginPrompter | None = None) -> None:
        self.prompter = prompter
        """None without anybody to ask."""
        self.unanswered: str = ""
        """What could not be asked or was not given, in words."""
        self._jump = jump
        self._secrets: dict[str, str] = {}
        """Passphrases by key file, passwords by user."""
        self._declined = False

    def forget(self) -> bool:
        """What was typed was wrong; whether there was anything."""
        had = bool(self._secrets)
        self._secrets.clear()
        return had

    async def trust(self, words: str) -> bool:
        if self.prompter is None or self._declined:
            return False
        believed = await self.prompter.trust(self._jump, words)
        self._declined = not believed
        return believed

    async def passphrase(self, file: str) -> str:
        """The passphrase of a key's file; empty where nobody gives it: the library then goes on to the next key."""
        return await self._secret(file, f"Passphrase of the key {Path(file).name}") or ""

    async def password(self, user: str) -> str | None:
        return await self._secret(user, f"Password of {user}")

    async def answers(self, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str] | None:
        """The answers to questions in the server's own words; None where nobody gives them."""
        given = []
        for words, shown in prompts:
            asked = " ".join(part for part in (printable(instructions), printable(words).rstrip(" :")) if part)
            answer = await self._ask(asked, shown=shown)
            if answer is None:
                return None
            given.append(answer)
        return given

    async def _secret(self, of: str, words: str) -> str | None:
        """Asked once a run; None where nobody gives it."""
        if of not in self._secrets and (typed := await self._ask(words, shown=False)) is not None:
            self._secrets[of] = typed
        return self._secrets.get(of)

    async def _ask(self, words: str, *, shown: bool) -> str | None:
        answer = None
        if self.prompter is not None and not self._declined:
            answer = await self.prompter.secret(self._jump, words, shown=shown)
            self._declined = answer is None
        if answer is None:
            self.unanswered = words
        return answer


class LoginClient(asyncssh.SSHClient):
    """One login: answers the server, and keeps the host key that nobody knew."""

    def __init__(self, prompts: Prompts, user: str) -> None:
        self.connected: Callable[[asyncssh.SSHClientConnection], None] = _ignore
        """Called when there is a connection, before either side has sent anything."""
        self.ended: Callable[[], None] = _ignore
        """Called when the connection is over."""
        self.unknown_key: asyncssh.SSHKey | None = None
        self.prompts = prompts
        self._user = user
        self._password_requests = 0
        self._challenges = 0

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.connected(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's signature
        self.ended()

    def validate_host_public_key(self, *shown: str | int | asyncssh.SSHKey) -> bool:
        """Host, address, port, key: one that isn't known is looked at after the connection was given up."""
        key = shown[-1]
        self.unknown_key = key if isinstance(key, asyncssh.SSHKey) else None
        return False

    async def password_auth_requested(self) -> str | None:
        self._password_requests += 1
        if self._password_requests > 1:  # the one before was wrong
            self.prompts.forget()
        return await self.prompts.password(self._user) if self._password_requests <= TRIES else None

    def kbdint_auth_requested(self) -> str | None:
        """The name of the method: empty, so that the server chooses what it asks."""
        self._challenges += 1
        return "" if self._challenges <= TRIES else None

    async def kbdint_challenge_received(
        self,
        name: str,
        instructions: str,
        lang: str,  # noqa: ARG002 - as above
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        return await self.prompts.answers(" ".join(filter(None, (name, instructions))), prompts)


def _ignore(*_: object) -> None:
    pass


class ProxyCommands:
    """Programs that lead to jump hosts (`ProxyCommand`); each ends with its connection, at the latest with `close`."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[int], Process] = {}

    async def start(self, command: Sequence[str]) -> socket.socket:
        """The program's other end. What it complains of is no part of the conversation. Raises OSError."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=its.fileno(), stdout=its.fileno(), stderr=DEVNULL, start_new_session=True
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        ending = asyncio.create_task(process.wait())
        self._running[ending] = process
        ending.add_done_callback(self._running.pop)
        return ours

    async def close(self) -> None:
        for end in (signal.SIGTERM, signal.SIGKILL):
            for process in self._running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, end)  # a session of its own, with whatever it started
            if self._running:
                await asyncio.wait(self._running, timeout=TERMINATION_S)


_HUNG_UP = (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError)
Via = asyncssh.SSHClientConnection | ProxyCommands
"""Another jump host's connection, or what starts a `ProxyCommand` where there is one."""


async def login(
    jump: str, route: JumpRoute, prompts: Prompts, via: Via, *, ended: Callable[[], None], unsaved: dict[str, str]
) -> asyncssh.SSHClientConnection:
    """A connection that is logged in. Raises AccessError and Unreachable; `ended` is called when it is over.

    `unsaved` has host keys that were accepted and could be written nowhere, by line with the reason: another one of
    the same host is a changed one all the same.
    """
    prompts.unanswered = ""
    place = f"{route.host} port {route.port}"
    any_key = False
    for _ in range(2 * TRIES):
        hosts = config.known_hosts(route.known_hosts, unsaved)
        client = LoginClient(prompts, route.user)
        try:
            connection = await _connect(route, hosts, client, via, any_key=any_key)
        except asyncssh.HostKeyNotVerifiable as error:
            if client.unknown_key is None:
                raise AccessError(f"the host key of {jump}: {error.reason}", reason="host-key") from error
            unsaved |= await _accept(jump, route, prompts, hosts, client.unknown_key)
        except asyncssh.PermissionDenied as error:
            if prompts.unanswered or not prompts.forget():
                raise _login_refused(jump, route.user, prompts.unanswered) from error
        except (OSError, asyncssh.Error) as error:
            # Asked only for keys of the kinds that are known, a host that has none of them any more hangs up.
            if any_key or not isinstance(error, _HUNG_UP) or not config.host_keys(hosts, route.known_as, route.port):
                raise jump_failed(error, jump, place) from error
            any_key = True
        except ValueError as error:
            raise AccessError(f"a key for {jump} cannot be used: {error}", reason="credentials") from error
        else:
            client.ended = ended
            return connection
    raise _login_refused(jump, route.user, "a working answer")


async def _connect(
    route: JumpRoute, hosts: asyncssh.SSHKnownHosts, client: LoginClient, via: Via, *, any_key: bool
) -> asyncssh.SSHClientConnection:
    fields: dict[str, Any] = {**route.fields, "tunnel": via if isinstance(via, asyncssh.SSHClientConnection) else None}
    if any_key:
        fields["server_host_key_algs"] = "default"
    proxy = await via.start(route.command) if isinstance(via, ProxyCommands) and route.command else None
    async with asyncio.timeout(OPEN_S) as limit:
        # A program on the way may ask people, too.
        client.connected = partial(_lift, limit) if proxy is None else lambda _: limit.reschedule(None)
        try:
            return await asyncssh.connect(
                **fields,
                sock=proxy,
                known_hosts=hosts,
                client_factory=lambda: client,
                passphrase=client.prompts.passphrase,
                connect_timeout=None,
                login_timeout=LOGIN_S,
            )
        except BaseException:
            if proxy is not None:
                proxy.close()
            raise


def _lift(limit: asyncio.Timeout, connection: asyncssh.SSHClientConnection) -> None:
    """No limit any more, unless the server is still silent after OPEN_S."""
    loop = asyncio.get_running_loop()
    known = ref(connection)  # one that is over by then shall not be kept for a look at it

    def look() -> None:
        found = known()
        if found is not None and not found.is_closed() and found.get_extra_info("server_version") is None:
            limit.reschedule(loop.time())

    limit.reschedule(None)
    loop.call_later(OPEN_S, look)


async def _accept(
    jump: str, route: JumpRoute, prompts: Prompts, hosts: asyncssh.SSHKnownHosts, shown: asyncssh.SSHKey
) -> dict[str, str]:
    """Returns once the key is to be believed; its line and the reason where that cannot be kept.

    Raises AccessError where it isn't to be believed.
    """
    file = route.known_hosts[0]
    known = config.host_keys(hosts, route.known_as, route.port)
    if known:
        raise config.host_key_changed(jump, known, shown, file)
    what = f"{config.key_type(shown)} key {shown.get_fingerprint()}"
    if route.strict or not await prompts.trust(f"{route.known_as} port {route.port} shows the {what}"):
        hint = f"Compare it with the host's own, and accept it with 'ssh {jump}' or in the dashboard"
        raise AccessError(f"the host key of {jump} is not known: {what}", hint, reason="host-key")
    return config.save_host_key(file, route.known_as, route.port, shown, hashed=route.hash_names)


def jump_failed(error: Exception, jump: str, place: str) -> Unreachable:
    """The jump host was not reached, or hung up during sign-in."""
    hint = f"Does 'ssh {jump}' work?"
    match error:
        case TimeoutError() | asyncio.CancelledError():
            words = "does not answer"
        case ConnectionRefusedError():
            words = "refuses connections"
        case socket.gaierror():
            words = "has a name that cannot be resolved"
        case asyncssh.ChannelOpenError() | asyncssh.DisconnectError():
            words = f"hung up: {printable(error.reason)}"
        case OSError():
            words = f"is not reached: {error.strerror or type(error).__name__}"
        case _:
            words = f"cannot be understood: {printable(str(error))}"
    return Unreachable(f"jump host {jump} ({place}) {words}", hint, reason="tunnel")


def _login_refused(jump: str, user: str, unanswered: str) -> AccessError:
    """`unanswered` is what could not be asked, or was not given."""
    if unanswered:
        words = f"jump host {jump} was not given: {unanswered}"
        return AccessError(words, "Load the key into ssh-agent, or start in a terminal", reason="credentials")
    hint = f"Does 'ssh {jump}' work? Check user and key_file, or load the key into ssh-agent"
    return AccessError(f"jump host {jump} refuses user '{user}'", hint, reason="credentials")
