"""Getting into one jump host: whom it must prove to be, and who we are.

`ProxyCommand`: programs that are the way to a jump host. They end with their connection, at the latest with us.

Which host keys are known, in the files that OpenSSH keeps them in.

What a jump host wants to know before it lets us in: passphrases, passwords, codes. Asked once a run, kept in memory.

What was typed is never shown and has no place in any repr; one-time codes are not kept.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import asyncssh

from phonetui import private
from phonetui.errors import AccessError
from phonetui.storage.writer import reason
from phonetui.text import printable
from phonetui.transport.ssh import errors
from phonetui.transport.ssh.config import JumpRoute, LoginPrompter

TRIES = 3
"""For one secret, as OpenSSH's client allows."""


class Prompts:
    """The questions of one jump host, and the answers that hold for this run."""

    def __init__(self, jump: str, asking: LoginPrompter | None = None) -> None:
        self.asking = asking
        """None without anybody to ask."""
        self.wanted: str = ""
        """What could not be asked or was not given, in words."""
        self._jump = jump
        self._passphrases: dict[str, str] = {}
        self._password: str | None = None
        self._declined = False

    def failed(self) -> bool:
        """What was typed was wrong, and is forgotten; whether there was anything."""
        had = bool(self._passphrases) or self._password is not None
        self._passphrases.clear()
        self._password = None
        return had

    async def trust(self, words: str) -> bool:
        if self.asking is None or self._declined:
            return False
        believed = await self.asking.trust(self._jump, words)
        self._declined = not believed
        return believed

    async def passphrase(self, file: str) -> str:
        """Empty where nobody gives it: the library then goes on to the next key."""
        if file not in self._passphrases:
            typed = await self._ask(f"Passphrase of the key {Path(file).name}", shown=False)
            if typed is None:
                return ""
            self._passphrases[file] = typed
        return self._passphrases[file]

    async def password(self, user: str) -> str | None:
        if self._password is None:
            self._password = await self._ask(f"Password of {user}", shown=False)
        return self._password

    async def answers(self, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str] | None:
        """To what the server words itself."""
        given = []
        for words, shown in prompts:
            asked = " ".join(part for part in (printable(instructions), printable(words).rstrip(" :")) if part)
            answer = await self._ask(asked, shown=shown)
            if answer is None:
                return None
            given.append(answer)
        return given

    async def _ask(self, words: str, *, shown: bool) -> str | None:
        answer = None
        if self.asking is not None and not self._declined:
            answer = await self.asking.secret(self._jump, words, shown=shown)
            self._declined = answer is None
        if answer is None:
            self.wanted = words
        return answer


class Client(asyncssh.SSHClient):
    """One login: answers the server, and keeps the host key that nobody knew."""

    def __init__(self, prompts: Prompts, user: str) -> None:
        self.reached: Callable[[asyncssh.SSHClientConnection], None] = _nobody
        """Called when there is a connection, on which nobody has said anything yet."""
        self.ended: Callable[[], None] = _nobody
        """Called when the connection is over."""
        self.stranger: asyncssh.SSHKey | None = None
        self._prompts = prompts
        self._user = user
        self._asked = 0
        self._challenged = 0

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.reached(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's signature
        self.ended()

    def validate_host_public_key(self, *shown: str | int | asyncssh.SSHKey) -> bool:
        """Host, address, port, key: one that isn't known is looked at after the connection was given up."""
        key = shown[-1]
        self.stranger = key if isinstance(key, asyncssh.SSHKey) else None
        return False

    async def passphrase(self, file: str) -> str:
        return await self._prompts.passphrase(file)

    async def password_auth_requested(self) -> str | None:
        self._asked += 1
        if self._asked > 1:  # the one before was wrong
            self._prompts.failed()
        return await self._prompts.password(self._user) if self._asked <= TRIES else None

    def kbdint_auth_requested(self) -> str | None:
        """Empty: the server chooses what it asks."""
        self._challenged += 1
        return "" if self._challenged <= TRIES else None

    async def kbdint_challenge_received(
        self,
        name: str,
        instructions: str,
        lang: str,  # noqa: ARG002 - as above
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        return await self._prompts.answers(" ".join(filter(None, (name, instructions))), prompts)


def _nobody(*_: object) -> None:
    pass


GRACE_S = 2.0
"""For a program to end by itself once it was asked to."""


class Proxies:
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
                await asyncio.wait(self._running, timeout=GRACE_S)


HINT = "See whether the host was set up anew; then 'ssh-keygen -R' takes the old key out of {file}"


class UnkeptKey(Exception):
    """A host key that was accepted can be written nowhere; `line` is what would stand in known_hosts."""

    def __init__(self, words: str, line: str) -> None:
        super().__init__(words)
        self.line = line


def known_host_keys(files: Sequence[Path], unkept: Iterable[str] = ()) -> asyncssh.SSHKnownHosts:
    """All keys of the files that can be read, and the `unkept` lines of this run. Raises AccessError for an odd line.

    As with OpenSSH, a host whose key stands in a file that cannot be read is one that is asked about.
    """
    found = asyncssh.SSHKnownHosts("".join(unkept))
    for file in files:
        try:
            found.load(private.read_named(file).decode())
        except OSError:
            continue
        except ValueError as error:
            raise AccessError(f"{file} cannot be read: {error}", "Correct that line", reason="host-key") from error
    return found


def keys_of(hosts: asyncssh.SSHKnownHosts, host: str, port: int) -> list[asyncssh.SSHKey]:
    """The plain keys kept for a host; certificates and revoked keys are the library's affair."""
    return list(hosts.match(host, "", None if port == asyncssh.DEFAULT_PORT else port)[0])


def fingerprint(key: asyncssh.SSHKey) -> str:
    """As OpenSSH writes it: `SHA256:` and 43 characters of base64."""
    return key.get_fingerprint("sha256")


def kind(key: asyncssh.SSHKey) -> str:
    """As people name it: `ED25519`, `RSA`, `ECDSA`."""
    name = key.get_algorithm().removeprefix("sk-").removeprefix("ssh-").removeprefix("ecdsa-")
    return "ECDSA" if name.startswith("sha2") else name.partition("@")[0].upper()


def changed(name: str, kept: Sequence[asyncssh.SSHKey], shown: asyncssh.SSHKey, file: Path) -> AccessError:
    old = ", ".join(fingerprint(key) for key in kept)
    words = f"the host key of {name} changed: accepted {old}, now {fingerprint(shown)}"
    return AccessError(words, HINT.format(file=file), reason="host-key")


def accept(file: Path, host: str, port: int, key: asyncssh.SSHKey, *, hashed: bool = False) -> None:
    """Adds a line to `file`, which is made for its owner alone where it isn't there. Raises UnkeptKey.

    `hashed` is for users whose file shall not tell where they go: `HashKnownHosts` of ssh_config(5).
    """
    place = host if port == asyncssh.DEFAULT_PORT else f"[{host}]:{port}"
    place = _hashed(place) if hashed else place
    line = f"{place} {key.export_public_key('openssh').decode().strip()}\n"
    try:
        private.make_directory(file.parent)
        with open(file, "a+b", opener=private.opener) as kept:
            is_broken_off = kept.seek(0, os.SEEK_END) and kept.seek(-1, os.SEEK_END) >= 0 and kept.read(1) != b"\n"
            kept.write(f"\n{line}".encode() if is_broken_off else line.encode())
    except OSError as error:
        raise UnkeptKey(f"the accepted host key cannot be kept in {file}: {reason(error)}", line) from error


def _hashed(place: str) -> str:
    """`|1|salt|hash`, both in base64: HMAC-SHA1 of the name under a random salt (sshd(8), SSH_KNOWN_HOSTS FORMAT)."""
    salt = secrets.token_bytes(hashlib.sha1(usedforsecurity=False).digest_size)
    digest = hmac.digest(salt, place.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


OPEN_S = 10.0
"""For TCP to the jump host, and again for its first word; what comes after may wait for people."""
LOGIN_S = 120.0
"""For all of the login, as OpenSSH's server grants."""


Way = asyncssh.SSHClientConnection | Proxies
"""Another jump host's connection, or what starts a `ProxyCommand` where there is one."""


async def entered(
    jump: str,
    route: JumpRoute,
    prompts: Prompts,
    way: Way,
    *,
    ended: Callable[[], None],
    unkept: dict[str, str],
) -> asyncssh.SSHClientConnection:
    """A connection that is logged in. Raises AccessError and Unreachable; `ended` is called when it is over.

    `unkept` has host keys that were accepted and could be written nowhere, by line with the reason: another one of
    the same host is a changed one all the same.
    """
    prompts.wanted = ""
    place = f"{route.host} port {route.port}"
    any_key = False
    for _ in range(2 * TRIES):
        hosts = known_host_keys(route.known_hosts, unkept)
        client = Client(prompts, route.user)
        try:
            connection = await _connected(route, hosts, client, way, any_key=any_key)
        except asyncssh.HostKeyNotVerifiable as error:
            if client.stranger is None:
                raise AccessError(f"the host key of {jump}: {error.reason}", reason="host-key") from error
            unkept |= await _accept(jump, route, prompts, hosts, client.stranger)
        except asyncssh.PermissionDenied as error:
            if prompts.wanted or not prompts.failed():
                raise errors.login_refused(jump, route.user, prompts.wanted) from error
        except (OSError, asyncssh.Error) as error:
            # Asked only for keys of the kinds that are known, a host that has none of them any more hangs up.
            if any_key or not _hung_up(error) or not keys_of(hosts, route.known_as, route.port):
                raise errors.jump_failed(error, jump, place) from error
            any_key = True
        except ValueError as error:
            raise AccessError(f"a key for {jump} cannot be used: {error}", reason="credentials") from error
        else:
            client.ended = ended
            return connection
    raise errors.login_refused(jump, route.user, "a working answer")


def _hung_up(error: Exception) -> bool:
    return isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ConnectionLost | ConnectionResetError)


async def _connected(
    route: JumpRoute,
    hosts: asyncssh.SSHKnownHosts,
    client: Client,
    way: Way,
    *,
    any_key: bool,
) -> asyncssh.SSHClientConnection:
    fields: dict[str, Any] = {**route.fields, "tunnel": way if isinstance(way, asyncssh.SSHClientConnection) else None}
    if any_key:
        fields["server_host_key_algs"] = "default"
    proxy = await way.start(route.command) if isinstance(way, Proxies) and route.command else None
    async with asyncio.timeout(OPEN_S) as limit:
        # A program on the way may ask people, too.
        client.reached = partial(_listen, limit) if proxy is None else lambda _: limit.reschedule(None)
        try:
            return await asyncssh.connect(
                **fields,
                sock=proxy,
                known_hosts=hosts,
                client_factory=lambda: client,
                passphrase=client.passphrase,
                connect_timeout=None,
                login_timeout=LOGIN_S,
            )
        except BaseException:
            if proxy is not None:
                proxy.close()
            raise


def _listen(limit: asyncio.Timeout, connection: asyncssh.SSHClientConnection) -> None:
    """No limit any more, unless the server is still silent after OPEN_S."""
    loop = asyncio.get_running_loop()

    known = ref(connection)  # one that is over by then shall not be kept for a look at it

    def look() -> None:
        connection = known()
        if (
            connection is not None
            and not connection.is_closed()
            and connection.get_extra_info("server_version") is None
        ):
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
    kept = keys_of(hosts, route.known_as, route.port)
    if kept:
        raise changed(jump, kept, shown, file)
    what = f"{kind(shown)} key {fingerprint(shown)}"
    if route.strict or not await prompts.trust(f"{route.known_as} port {route.port} shows the {what}"):
        hint = f"Compare it with the host's own, and accept it with 'ssh {jump}' or in the dashboard"
        raise AccessError(f"the host key of {jump} is not known: {what}", hint, reason="host-key")
    try:
        accept(file, route.known_as, route.port, shown, hashed=route.hash_names)
    except UnkeptKey as error:
        return {error.line: f"{error}. It holds for this run"}
    return {}
