"""Sockets into a tunnel, and the programs that lead to it, where whoever wanted them gave up."""

import asyncio
import socket
import sys

import asyncssh
import psutil
import pytest

from phonetui.transport.http_connection import HttpConnection
from phonetui.transport.ssh import login
from phonetui.transport.ssh.channels import Channels, ProtocolSession
from phonetui.transport.ssh.login import ProxyCommands
from tests.deadlines import EVENTUALLY_S
from tests.live import until


class Writer:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


async def test_a_socket_that_nobody_waits_for_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[socket.socket, socket.socket]] = []
    make = socket.socketpair

    def made() -> tuple[socket.socket, socket.socket]:
        pairs.append(make())
        return pairs[-1]

    monkeypatch.setattr(socket, "socketpair", made)
    writer = Writer()
    plugging = asyncio.create_task(Channels().open_socket((object(), writer)))  # type: ignore[arg-type]  # neither is used
    await asyncio.sleep(0)
    plugging.cancel()
    await asyncio.gather(plugging, return_exceptions=True)
    await asyncio.sleep(0)
    assert [end.fileno() for end in pairs[0]] == [-1, -1]
    assert writer.is_closed


async def test_a_program_that_does_not_want_to_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "TERMINATION_S", 0.05)
    proxies = ProxyCommands()
    stubborn = "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.write(1, b'x'); signal.pause()"
    ours = await proxies.start([sys.executable, "-c", stubborn])
    with ours:
        assert await asyncio.get_running_loop().sock_recv(ours, 1) == b"x"
        async with asyncio.timeout(EVENTUALLY_S):
            await proxies.close()
    await until(lambda: not any(stubborn in one.cmdline() for one in psutil.Process().children()), what="its end")


async def test_a_tunnel_that_is_lost_is_no_fault_of_the_program(caplog: pytest.LogCaptureFixture) -> None:
    """A phone's connection through it hears what a socket would say, not the library's error."""
    lost: list[Exception | None] = []

    class Heard(HttpConnection):
        def connection_lost(self, exc: Exception | None) -> None:
            lost.append(exc)
            super().connection_lost(exc)

    ProtocolSession(Heard(None)).connection_lost(asyncssh.ConnectionLost("Connection lost"))
    assert isinstance(lost[0], ConnectionResetError)
    assert not caplog.records
