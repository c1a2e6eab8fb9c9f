"""Where a password goes: to the phone that it is meant for, and to nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from phonetui.config.reader import phone_at as at
from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import AccessError, PhonetuiError
from phonetui.phone.state import PhoneId
from phonetui.simulator.security import certificate, server_context
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.tls_client import PinnedContext, TlsContext
from phonetui.transport.websocket import WebSocketTransport
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.deadlines import ANSWER_S
from tests.tunnel.tls_impostor import impostor

STANDBY = Path.of("Standby")
DIAL = Command(Path.of("Call", "Dial"), (("Number", "5000"),))
MADE = certificate(5, 1, "phone", "127.0.0.1")


def way_to(port: int, kind: str, context: TlsContext, *, by_session: bool) -> HttpTransport | WebSocketTransport:
    where = Address(
        scheme="https",
        host="127.0.0.1",
        port=port,
        username="xapi",
        password="planted",
        timeout_s=ANSWER_S,
        by_session=by_session,
    )
    return HttpTransport(where, context) if kind == "http" else WebSocketTransport(where, context)


@pytest.mark.parametrize("by_session", [False, True], ids=["basic", "session"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_somebody_in_the_middle_gets_not_one_byte(kind: str, by_session: bool) -> None:
    async with impostor() as stranger:
        pinned = PinnedContext(lambda: MADE.fingerprint, lambda _: None)
        asking = way_to(stranger.port, kind, pinned, by_session=by_session)
        for ask in (asking.fetch(STANDBY), asking.command(DIAL), asking.fetch(STANDBY)):
            with pytest.raises(AccessError) as caught:
                await ask
            assert caught.value.reason == "certificate"
            assert MADE.fingerprint in caught.value.message
            assert "phonetui trust" in caught.value.hint
        await asking.close()
    assert stranger.visits == 3
    assert stranger.heard == b""


@asynccontextmanager
async def redirecting(status: int) -> AsyncIterator[tuple[int, list[bytes], list[bytes]]]:
    """A phone that sends everybody elsewhere: its port, what it heard, and what was heard there."""
    here: list[bytes] = []
    there: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there.append(await reader.read(4096))
        writer.close()

    other = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    target = other.sockets[0].getsockname()[1]

    async def send_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                here.append(await reader.readuntil(b"\r\n\r\n"))
                head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:{target}/ws\r\nContent-Length: 0"
                writer.write(f"{head}\r\n\r\n".encode())
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    phone = await asyncio.start_server(send_away, "127.0.0.1", 0, ssl=server_context(MADE))
    try:
        yield phone.sockets[0].getsockname()[1], here, there
    finally:
        phone.close()
        other.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("by_session", [False, True], ids=["basic", "session"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_nobody_is_followed_elsewhere(kind: str, by_session: bool, status: int) -> None:
    async with redirecting(status) as (port, here, there):
        pinned = PinnedContext(lambda: MADE.fingerprint, lambda _: None)
        asking = way_to(port, kind, pinned, by_session=by_session)
        for ask in (asking.fetch(STANDBY), asking.command(DIAL)):
            with pytest.raises(PhonetuiError, match="redirects to http://127"):
                await ask
        await asking.close()
        assert here
        assert there == []


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_phone_without_tls_is_never_asked_in_the_clear(kind: str) -> None:
    """A host without a scheme is https: what doesn't speak it gets a greeting, and no password."""
    heard: list[bytes] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65536))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = at(f"127.0.0.1:{port}", Config().defaults)
    assert settings.scheme == "https"
    pinned = PinnedContext(lambda: None, lambda _: None)
    asking = way_to(port, kind, pinned, by_session=False)
    with pytest.raises(PhonetuiError):
        await asking.fetch(STANDBY)
    await asking.close()
    server.close()
    assert heard
    assert all(words[:1] == b"\x16" for words in heard)  # the handshake's first byte, RFC 8446 5.1
    assert not any(b"HTTP" in words or b"Authorization" in words for words in heard)


def test_plain_http_is_what_somebody_wrote() -> None:
    assert PhoneSettings(id=PhoneId("x"), host="192.0.2.1").scheme == "https"
    assert at("192.0.2.1", Config().defaults).scheme == "https"
    assert at("http://192.0.2.1", Config().defaults).scheme == "http"
