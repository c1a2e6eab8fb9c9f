"""The feedback listener among those who mean it harm."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path as File

import httpx
import pytest

from phonetui.config.settings import Config, FeedbackSettings, Poll
from phonetui.errors import ConfigError
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.simulator.security import certificate
from phonetui.transport import connection_limiter, feedback
from phonetui.transport.connection_limiter import TokenBucket
from phonetui.transport.feedback import Listener
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.deadlines import EVENTUALLY_S
from tests.live import Live, served, settings, until

SIM1 = PhoneId("sim-1")
NEVER = 1e-6
"""So many more a second: however slow the machine is, none comes in time."""


def test_an_allowance_fills_again() -> None:
    allowance = TokenBucket(10.0, 5.0, 100.0)
    assert [allowance.take(100.0) for _ in range(6)] == [True] * 5 + [False]
    assert allowance.take(100.125)
    assert not allowance.take(100.125)
    assert not allowance.take(1000.0, cost=5.1)
    assert allowance.take(1000.0, cost=5.0)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    yield listener
    await listener.close()


async def spoken(url: httpx.URL, words: bytes) -> bytes:
    """Says something and reads until the other side hangs up; what could not be said any more doesn't matter."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(words)
        async with asyncio.timeout(EVENTUALLY_S):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


def undated(answer: bytes) -> bytes:
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"Date:"))


async def test_whatever_is_not_here_is_answered_alike_and_unread(listener: Listener) -> None:
    url = httpx.URL(await listener.register("127.0.0.1", lambda *_: None))
    known = url.path.encode()
    asked = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /fb/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nnever all of it",
        b"POST " + known[:-1] + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST " + known + b"/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET " + known + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"DELETE " + known + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    answers = {undated(await spoken(url, words)) for words in asked}
    (answer,) = answers
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"Python" not in answer
    assert b"aiohttp" not in answer


async def test_unknown_requests_soon_get_no_answer_that_costs_anything(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limiter, "UNKNOWN_PER_S", NEVER)
    heard: list[bytes] = []
    url = httpx.URL(await listener.register("127.0.0.1", lambda body, _: heard.append(body)))
    async with httpx.AsyncClient(trust_env=False) as client:
        codes = [(await client.post(url.copy_with(path="/no"), content=b"x")).status_code for _ in range(80)]
        assert codes[:50] == [404] * 50
        assert 429 in codes[50:]
        assert (await client.post(url, content=b"<Status/>")).status_code == 200
    await until(lambda: heard)


async def test_one_phone_s_flood_ends_and_others_are_heard(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "POSTS_AT_ONCE", 10.0)
    monkeypatch.setattr(feedback, "POSTS_PER_S", NEVER)
    heard: dict[str, int] = {"one": 0, "two": 0}

    def count(name: str) -> feedback.Receiver:
        def receive(_: bytes, __: float) -> None:
            heard[name] += 1

        return receive

    urls = {name: await listener.register("127.0.0.1", count(name)) for name in heard}
    async with httpx.AsyncClient(trust_env=False) as client:
        codes = [(await client.post(urls["one"], content=b"x")).status_code for _ in range(30)]
        assert codes.count(429) >= 10
        assert (await client.post(urls["two"], content=b"x")).status_code == 200
    await until(lambda: heard["two"])
    assert heard["one"] == codes.count(200)


async def test_large_posts_count_by_their_size(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "POSTS_AT_ONCE", 100.0)
    monkeypatch.setattr(feedback, "POSTS_PER_S", NEVER)
    url = await listener.register("127.0.0.1", lambda *_: None)
    async with httpx.AsyncClient(trust_env=False) as client:
        codes = [(await client.post(url, content=b"x" * feedback.CAP)).status_code for _ in range(3)]
    assert codes == [200, 429, 429]


async def test_a_small_post_does_not_unpack_to_a_large_one(listener: Listener) -> None:
    import gzip

    heard: list[bytes] = []
    url = await listener.register("127.0.0.1", lambda body, _: heard.append(body))
    packed = gzip.compress(bytes(10_000_000))
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(url, content=packed, headers={"Content-Encoding": "gzip"})
    await until(lambda: heard)
    assert heard == [packed]


async def test_silence_and_dripping_headers_are_cut(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limiter, "FIRST_REQUEST_S", 0.2)
    monkeypatch.setattr(connection_limiter, "SWEEP_S", 0.05)
    url = httpx.URL(await listener.register("127.0.0.1", lambda *_: None))

    async def drip() -> None:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            for number in range(200):
                writer.write(f"X-{number}: y\r\n".encode() if number else b"POST / HTTP/1.1\r\n")
                await writer.drain()
                if reader.at_eof():
                    return
                await asyncio.sleep(0.02)
        except ConnectionError:
            return
        finally:
            writer.transport.abort()
        raise AssertionError("still listened to after 4 s")

    async with asyncio.timeout(EVENTUALLY_S):
        assert await spoken(url, b"") == b""
        await drip()


async def test_one_source_holds_so_many_connections_and_no_more(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limiter, "MAX_OPEN", 8)
    url = httpx.URL(await listener.register("127.0.0.1", lambda *_: None))
    assert url.port is not None
    held = [socket.create_connection((url.host, url.port)) for _ in range(20)]
    ended: set[int] = set()

    def look() -> int:
        for number, each in enumerate(held):
            try:
                if each.recv(1) == b"":
                    ended.add(number)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                ended.add(number)
        return len(ended)

    try:
        for each in held:
            each.setblocking(False)
        await until(lambda: look() >= 12, what="those that are too many are hung up on")
        assert ended == set(range(12)), "the oldest: whoever comes now may be a phone"
    finally:
        for each in held:
            each.close()


async def test_phones_behind_one_address_may_all_connect_before_one_of_them_sends(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand phones behind one NAT come back together: none is hung up on for coming with the others."""
    monkeypatch.setattr(connection_limiter, "MAX_OPEN", 4)
    came: list[int] = []

    def register(number: int) -> Awaitable[str]:
        return listener.register("127.0.0.1", lambda *_: came.append(number))

    urls = [httpx.URL(await register(number)) for number in range(24)]
    phones = [await asyncio.open_connection(url.host, url.port) for url in urls]
    stranger = await asyncio.open_connection(urls[0].host, urls[0].port)
    try:
        for (_, writer), url in zip(phones[1:], urls[1:], strict=True):
            writer.write(f"POST {url.path} HTTP/1.1\r\nHost: phone\r\nContent-Length: 2\r\n\r\n<>".encode())
        await until(lambda: len(came) == 23, what="every phone but the first, which came before a stranger, is heard")
        assert await phones[0][0].read() == b"", "one more than there are phones is one too many"
        assert sorted(came) == list(range(1, 24))
    finally:
        for _, writer in (*phones, stranger):
            writer.transport.abort()


async def test_so_many_sources_are_remembered_and_the_latest_are(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A neighbour with many addresses fills no memory; and what it did just now is not forgotten by that."""
    monkeypatch.setattr(connection_limiter, "MAX_SOURCES", 8)
    monkeypatch.setattr(connection_limiter, "UNKNOWN_AT_ONCE", 2.0)
    monkeypatch.setattr(connection_limiter, "UNKNOWN_PER_S", NEVER)
    await listener.register("127.0.0.1", lambda *_: None)

    async def strayed(number: int) -> list[str]:
        """What three requests for nothing are answered, one after the other, from a source of that number."""
        statuses = []
        for _ in range(3):
            ours, theirs = socket.socketpair()
            listener.accept(theirs, f"192.0.2.{number}")
            reader, writer = await asyncio.open_connection(sock=ours)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            statuses.append((await reader.readline()).split()[1].decode())
            writer.transport.abort()
        return statuses

    assert [await strayed(number) for number in range(20)] == [["404", "404", "429"]] * 20
    assert listener._limiter is not None
    assert len(listener._limiter._sources) == 8
    assert await strayed(19) == ["429"] * 3, "the latest is known"
    assert await strayed(0) == ["404", "404", "429"], "the first was forgotten, and begins anew"
    assert len(listener._limiter._sources) == 8


async def test_a_connection_that_comes_as_the_listener_closes_is_closed() -> None:
    listener = Listener()
    listener.register_at("127.0.0.1", 1, lambda *_: None)
    ends = [socket.socketpair() for _ in range(2)]
    listener.accept(ends[0][0], "jump host")
    await listener.close()
    listener.accept(ends[1][0], "jump host")
    for taken, other in ends:
        with other:
            assert taken.fileno() == -1
    assert listener._limiter is None


async def test_what_is_no_http_leaves_no_trace_in_the_log(listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    url = httpx.URL(await listener.register("127.0.0.1", lambda *_: None))
    with caplog.at_level(logging.DEBUG):
        for words in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GET\x00/ HTTP/9\r\n\r\n", bytes(range(256))):
            await asyncio.wait_for(spoken(url, words + b"\r\n\r\n"), EVENTUALLY_S)
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.INFO] == []


def written(folder: File) -> tuple[str, str]:
    """A receiver's certificate with its key, in files."""
    made = certificate(3, 1, "receiver", "127.0.0.1")
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.chain)
    key.write_bytes(made.key)
    return str(cert), str(key)


async def test_a_phone_pushes_over_https_where_it_trusts_us(tmp_path: File) -> None:
    cert, key = written(tmp_path)
    secure = FeedbackSettings(scheme="https", cert=cert, key=key)
    add = Command(Path.of("Security", "Certificates", "CA", "Add"), body=await asyncio.to_thread(File(cert).read_text))
    async with served() as office:
        rare = Poll(call_s=60.0, idle_s=60.0, slow_s=60.0)
        phones = (settings(office.phones[0], transport="http", poll=rare),)
        before = LiveFleet(Config(phones=phones), pins=PinStore(None))
        await before.command(SIM1, add)
        await before.close()
        watched = Live(Config(phones=phones, feedback=secure))
        running = asyncio.create_task(watched.fleet.run())
        try:
            await until(lambda: watched.fleet.document(SIM1).get(Path.parse("HttpFeedback 4 URL")))
            assert str(watched.fleet.document(SIM1).get(Path.parse("HttpFeedback 4 URL"))).startswith("https://")
            await until(lambda: watched.fleet.phones[SIM1].connection.pushes)
            office.set_value("sim-1", "Standby Level", "Halfwake")
            await until(lambda: watched.fleet.document(SIM1).get(Path.parse("Standby Level")) == "Halfwake")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_certificate_that_cannot_be_used_is_said_in_words(tmp_path: File) -> None:
    listener = Listener(cert=str(tmp_path / "none.pem"), key=str(tmp_path / "none.key"))
    with pytest.raises(ConfigError, match=r"feedback over https cannot be used: No such file") as caught:
        await listener.register("127.0.0.1", lambda *_: None)
    assert "[feedback] cert" in caught.value.hint
    await listener.close()


async def test_a_post_over_https_arrives(tmp_path: File) -> None:
    cert, key = written(tmp_path)
    listener, heard = Listener(cert=cert, key=key), list[bytes]()
    url = await listener.register("127.0.0.1", lambda body, _: heard.append(body))
    assert url.startswith("https://127.0.0.1:")
    async with httpx.AsyncClient(trust_env=False, verify=ssl.create_default_context(cafile=cert)) as client:
        assert (await client.post(url, content=b"<Status/>")).status_code == 200
    await until(lambda: heard == [b"<Status/>"])
    await listener.close()
