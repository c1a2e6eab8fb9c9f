"""A port on the jump host to which the phones behind it push, through the tunnel.

    ask the jump host to listen ──► post from the jump host itself ──arrived──► phones post to that address
                                                  └──not arrived──► cancelled, noted once; the phones are polled

Whether it really listens has to be tried: a server that may not (`GatewayPorts no`) says yes and listens on its own
loopback, where no phone can come.
"""

import asyncio
import ipaddress
import re
import shlex
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import asyncssh

from phonetui.errors import Dropped, PhonetuiError
from phonetui.tls import unverified_context
from phonetui.transport.feedback import Listener, Receiver
from phonetui.transport.ssh.tunnel import Tunnel

PROBE_S = 3.0
"""Time limit for the post to arrive, and for the jump host to say which addresses it has."""
ANSWER_CAP = 4096


class ReverseListener:
    """One jump host's port, opened for the first phone that needs it, and again with each new connection."""

    def __init__(
        self, listener: Listener, tunnel: Tunnel, advertise: str | None, notice: Callable[[str], None]
    ) -> None:
        """`advertise` is its address for phones; None finds out. `notice` is called once where none is of use."""
        self._listener = listener
        self._tunnel = tunnel
        self._advertise = advertise
        self._notice = notice
        self._opening = asyncio.Lock()
        self._tried: asyncssh.SSHClientConnection | None = None
        """The connection that was tried last, whether or not that was of use."""
        self._address: tuple[str, int] | None = None
        self._has_noticed = False

    async def register(self, host: str, receiver: Receiver) -> str | None:
        """See `subscription.PushReceiver`."""
        async with self._opening:
            connection = await self._tunnel.connection()
            if connection is not self._tried:
                self._address = await self._open(connection, host)
                self._tried = connection
        return self._listener.register_at(*self._address, receiver) if self._address is not None else None

    async def is_reachable(self, host: str, url: str) -> bool:
        connected = self._tunnel.current
        return connected is not None and connected is self._tried and await self._listener.is_reachable(host, url)

    def unregister(self, url: str) -> None:
        self._listener.unregister(url)

    async def _open(self, connection: asyncssh.SSHClientConnection, host: str) -> tuple[str, int] | None:
        port = self._address[1] if self._address is not None else 0  # the same one spares every phone a new URL
        addresses = [self._advertise] if self._advertise else await _addresses(connection, host)
        for address in addresses:
            listening = await self._listen(connection, address, port)
            if listening is None:
                continue
            if await self._arrives(address, listening.get_port()):
                return address, listening.get_port()
            listening.close()
            await listening.wait_closed()
        if self._tunnel.current is not connection:  # a post through a lost connection proves nothing
            raise Dropped(f"the tunnel through {self._tunnel.name} was lost while its way for pushes was tried")
        if not self._has_noticed:
            self._has_noticed = True
            self._notice(
                f"phones are polled: nothing that they push to {' or '.join(addresses)} would arrive. Its sshd needs "
                "'GatewayPorts clientspecified' and AllowTcpForwarding; or set through_jump = false"
            )
        return None

    async def _listen(
        self, connection: asyncssh.SSHClientConnection, address: str, port: int
    ) -> asyncssh.SSHListener | None:
        for wanted in dict.fromkeys((port, 0)):
            with suppress(asyncssh.ChannelListenError):
                return await connection.start_server(lambda source, _: partial(self._accept, source), address, wanted)
        return None

    async def _accept(
        self, source: str, reader: "asyncssh.SSHReader[bytes]", writer: "asyncssh.SSHWriter[bytes]"
    ) -> None:
        arrived = await self._tunnel.socket_of((reader, writer))
        self._listener.accept(arrived, f"{source} via {self._tunnel.name}")

    async def _arrives(self, address: str, port: int) -> bool:
        arrived = asyncio.Event()
        url = self._listener.register_at(address, port, lambda *_: arrived.set())
        try:
            async with asyncio.timeout(PROBE_S):
                await _post(self._tunnel, url, address, port)
                await arrived.wait()
        except (TimeoutError, OSError, ssl.SSLError, PhonetuiError):
            return False
        finally:
            self._listener.unregister(url)
        return True


async def _post(tunnel: Tunnel, url: str, address: str, port: int) -> None:
    """Posts nothing to `url` from the jump host."""
    sock = await tunnel.open_socket(address, port, PROBE_S)
    context = unverified_context() if url.startswith("https:") else None
    _, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=address if context else None)
    path = url.partition("//")[2].partition("/")[2]
    writer.write(f"POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    writer.close()


async def _addresses(connection: asyncssh.SSHClientConnection, host: str) -> list[str]:
    """The jump host's own, that which leads to the phone first. It has to be asked: from here it may look another."""
    output = ""
    command = f'ip route get {shlex.quote(host)} 2>/dev/null; echo "at $SSH_CONNECTION"'
    with suppress(TimeoutError, OSError, asyncssh.Error):
        async with asyncio.timeout(PROBE_S):
            process = await connection.create_process(
                command, stdin=asyncssh.DEVNULL, stderr=asyncssh.DEVNULL, request_pty=False, errors="replace"
            )
            try:
                while len(output) < ANSWER_CAP and (more := await process.stdout.read(ANSWER_CAP)):
                    output += more
            finally:
                process.close()  # and not waited for: a shell that hangs is not our concern
    route = re.search(r"\bsrc (\S+)", output)
    session = re.search(r"^at \S+ \S+ (\S+) \S+$", output, re.MULTILINE)
    peer = connection.get_extra_info("peername")
    named = [found[1] for found in (route, session) if found] + ([str(peer[0])] if peer else [])
    return list(dict.fromkeys(address for address in named if _is_address(address)))


def _is_address(word: str) -> bool:
    try:
        return not ipaddress.ip_address(word).is_unspecified
    except ValueError:
        return False
