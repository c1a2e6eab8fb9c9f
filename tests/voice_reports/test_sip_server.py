"""The SIP server on its sockets: known and unknown sources, floods, streams in pieces, and what is none of it."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from phonetui.config.address import parse_sip_listener
from phonetui.errors import ConfigError
from phonetui.voice_reports import sip_server
from phonetui.voice_reports.sip_message import SipRequest
from phonetui.voice_reports.sip_server import MESSAGES_AT_ONCE, SipAnswer, SipServer, SourceAdmission, plain_address
from tests.deadlines import ANSWER_S
from tests.live import until
from tests.pace import slowness
from tests.voice_reports.test_sip_message import PUBLISH

HERE = {"127.0.0.1": 1}


class Served:
    def __init__(self, phones: dict[str, int]) -> None:
        self.refused: Counter[str] = Counter()
        self.taken: list[SipRequest] = []
        self.phones = phones
        self.server = SipServer(
            self.answer, SourceAdmission(phones.get, lambda result, _: self.refused.update([result]))
        )

    def answer(self, request: SipRequest, source: str) -> SipAnswer | None:
        self.taken.append(request)
        return SipAnswer(200, "OK") if request.method != "ACK" else None

    @property
    def port(self) -> int:
        return self.server.addresses[0].port


@asynccontextmanager
async def served(phones: dict[str, int] = HERE, listen: str = "127.0.0.1:0") -> AsyncIterator[Served]:
    running = Served(phones)
    await running.server.open(parse_sip_listener(listen))
    try:
        yield running
    finally:
        await running.server.close()


@asynccontextmanager
async def datagrams(port: int) -> AsyncIterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(("127.0.0.1", port))
        yield sock


async def answered(sock: socket.socket) -> bytes:
    async with asyncio.timeout(ANSWER_S):
        return await asyncio.get_running_loop().sock_recv(sock, 65535)


async def test_udp_and_tcp_at_one_port() -> None:
    async with served() as running, datagrams(running.port) as sock:
        sock.send(PUBLISH)
        assert (await answered(sock)).startswith(b"SIP/2.0 200 OK\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        whole = PUBLISH.removesuffix(b" and more")
        writer.write(b"\r\n\r\n" + whole[:50])
        await asyncio.sleep(0.02)
        writer.write(whole[50:] + whole + whole[:10])
        assert await reader.readexactly(2) == b"\r\n"
        for _ in range(2):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"SIP/2.0 200 OK\r\n")
        writer.close()
        assert [request.body for request in running.taken] == [b"hello"] * 3


async def test_an_unknown_source_is_neither_read_nor_answered() -> None:
    async with served({"192.0.2.9": 1}) as running, datagrams(running.port) as sock:
        sock.send(PUBLISH)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(PUBLISH)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        await until(lambda: running.refused["unknown_sender"] == 2)
        assert running.taken == []
        with pytest.raises(BlockingIOError):
            sock.recv(1)


async def test_a_flood_is_taken_as_far_as_a_phone_may_send() -> None:
    """Others are served meanwhile: the loop is never held up."""
    async with served() as running, datagrams(running.port) as sock:
        longest_s = 0.0
        for _ in range(40):
            for _ in range(50):
                sock.send(PUBLISH)
            began = time.thread_time()
            await asyncio.sleep(0)
            longest_s = max(longest_s, time.thread_time() - began)
        await until(lambda: running.refused["limited"] > 100)
        assert MESSAGES_AT_ONCE <= len(running.taken) <= 2 * MESSAGES_AT_ONCE
        assert longest_s < 0.25 * slowness()


async def test_a_flood_of_strangers_is_left_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.voice_reports.sip_server.ALL_AT_ONCE", 20.0)
    monkeypatch.setattr("phonetui.voice_reports.sip_server.ALL_PER_S", 100.0)
    async with served({}) as running, datagrams(running.port) as sock:
        began = time.monotonic()
        for _ in range(300):
            sock.send(b"x")
        await asyncio.sleep(0.3)
        read = running.refused["unknown_sender"]
        assert 20 <= read <= 20 + 100 * (time.monotonic() - began) + 1
        assert read < 300, "the machine was too slow to tell"


async def test_what_is_none_of_it() -> None:
    async with served() as running, datagrams(running.port) as sock:
        for data in (b"", b"\r\n\r\n", b"\0", b"hello", b"\xff" * 9000, PUBLISH.replace(b"PUBLISH", b"ACK"), PUBLISH):
            sock.send(data)
        assert (await answered(sock)).startswith(b"SIP/2.0 200")
        assert running.refused == {"malformed": 2}
        assert [request.method for request in running.taken] == ["ACK", "PUBLISH"]


@pytest.mark.parametrize(
    "sent", [b"x" * 20_000, PUBLISH.replace(b"l: 5\r\n", b""), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"]
)
async def test_a_stream_in_which_messages_cannot_be_told_is_closed(sent: bytes) -> None:
    async with served() as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(sent)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(ANSWER_S):
                await reader.readexactly(1)
        writer.close()
        assert running.taken == []


async def test_connections_of_one_source_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_server, "IDLE_S", 0.2)
    monkeypatch.setattr(sip_server, "CONNECTIONS_OF_PHONE", 2)
    async with served() as running:
        open_ = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(5)]
        await until(lambda: running.refused["limited"] == 3)
        for reader, _ in open_:  # those that say nothing are closed, too
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(PUBLISH.removesuffix(b" and more"))
        assert (await reader.readuntil(b"\r\n")).startswith(b"SIP/2.0 200")
        for _, one in (*open_, (reader, writer)):
            one.close()


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_every_address_of_ours() -> None:
    """A phone with IPv4 is known by its address as it writes it."""
    async with served(listen="udp://[::]:0") as running, datagrams(running.port) as sock:
        sock.send(PUBLISH)
        assert (await answered(sock)).startswith(b"SIP/2.0 200 OK\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(PUBLISH.removesuffix(b" and more"))
        assert (await reader.readuntil(b"\r\n")).startswith(b"SIP/2.0 200")
        writer.close()


async def test_a_mistake_of_ours_ends_nothing() -> None:
    async with served() as running, datagrams(running.port) as sock:
        running.server._answer = None  # type: ignore[assignment]  # whoever calls it fails
        sock.send(PUBLISH)
        await until(lambda: running.refused["malformed"] == 1)
        running.server._answer = lambda *_: SipAnswer(200, "OK")
        sock.send(PUBLISH)
        assert (await answered(sock)).startswith(b"SIP/2.0 200")


async def test_tcp_alone() -> None:
    async with served(listen="tcp://127.0.0.1:0") as running, datagrams(running.port) as sock:
        sock.send(PUBLISH)
        with pytest.raises(ConnectionRefusedError):
            await answered(sock)


async def test_an_address_that_is_taken_is_said() -> None:
    async with served() as running:
        with pytest.raises(ConfigError, match="cannot be listened on"):
            await SipServer(running.answer, SourceAdmission(HERE.get, lambda *_: None)).open(
                parse_sip_listener(f"127.0.0.1:{running.port}")
            )


@pytest.mark.parametrize(
    ("text", "plain"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("192.0.2.1", "192.0.2.1"), ("", "")],
)
def test_an_address_as_it_is_compared(text: str, plain: str) -> None:
    assert plain_address(text) == plain
