"""One connection, one request at a time: what is asked again, what never is, and what a connection is good for."""

import asyncio
import gc
import gzip
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import cast
from unittest import mock
from weakref import WeakSet

import pytest

from phonetui.errors import AccessError, ConfigError, Dropped, PhonetuiError, TimedOut, Unreachable
from phonetui.simulator.security import certificate, server_context
from phonetui.tls import unverified_context
from phonetui.transport import http_client
from phonetui.transport.base import Address
from phonetui.transport.http_answer import AnswerReader, HttpAnswer
from phonetui.transport.http_client import HttpClient, header_lines
from phonetui.transport.http_connection import HttpConnection, TlsEngine
from phonetui.transport.ssh.tunnel import Tunnel
from phonetui.transport.tls_client import HandshakeQueue, PinnedContext, TlsContext
from tests.deadlines import ANSWER_S
from tests.live import until

MADE = certificate(9, 1, "phone", "127.0.0.1")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(slots=True)
class Server:
    """What a scripted web server has seen."""

    port: int = 0
    visits: int = 0
    heard: list[bytes] = field(default_factory=list)
    """Whole requests, without their bodies."""
    at_once: int = 0
    """The most that waited for an answer at a time."""
    gone: int = 0
    """Connections that are over."""


Script = Callable[[asyncio.StreamWriter, int], Awaitable[bool]]
"""Answers the request of that number, from 0; whether the connection stays."""


def says(*answers: bytes, stays: bool = True) -> Script:
    async def script(writer: asyncio.StreamWriter, number: int) -> bool:
        writer.write(answers[min(number, len(answers) - 1)])
        return stays

    return script


@asynccontextmanager
async def serving(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    seen, waiting = Server(), 0
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        seen.visits += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0
                )
                await reader.readexactly(length)
                seen.heard.append(head)
                waiting += 1
                seen.at_once = max(seen.at_once, waiting)
                stays = await script(writer, len(seen.heard) - 1)
                waiting -= 1
                if not stays:
                    break
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            seen.gone += 1
            talks.discard(task)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in tuple(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def client_of(server: Server, context: TlsContext | None = None) -> AsyncIterator[HttpClient]:
    """Over TLS where there is a `context`."""
    where = Address(
        scheme="https" if context else "http", host="127.0.0.1", port=server.port, username="u", password="planted"
    )
    client = HttpClient(where, context or unverified_context())
    try:
        yield client
    finally:
        client.close()
        await asyncio.sleep(0)


async def get(client: HttpClient, target: str = "/", seconds: float = ANSWER_S) -> HttpAnswer:
    return await client.request("GET", target, step="reading", seconds=seconds, cap=2**22)


async def post(client: HttpClient) -> HttpAnswer:
    return await client.request("POST", "/putxml", body=b"<Command/>", step="xCommand", seconds=ANSWER_S, cap=2**20)


def after(answers: int, then: Script) -> Script:
    """Sound until it has answered so often, then `then` once, then sound again."""

    async def script(writer: asyncio.StreamWriter, number: int) -> bool:
        if number == answers:
            return await then(writer, number)
        writer.write(OK)
        return True

    return script


HANGS_UP = says(b"", stays=False)
HANGS_UP_AFTER = says(OK, stays=False)


async def test_a_question_on_a_connection_that_turns_out_closed_is_asked_once_more() -> None:
    async with serving(after(1, HANGS_UP)) as server, client_of(server) as client:
        assert [(await get(client)).body for _ in range(3)] == [b"ok"] * 3
    assert (server.visits, len(server.heard)) == (2, 4)


async def test_a_connection_that_broke_is_let_go_without_the_garbage_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each restart of a phone would keep what TLS needs for a connection until the collector comes by."""
    made: WeakSet[HttpConnection] = WeakSet()

    class Connection(HttpConnection):
        def __init__(self, tls: TlsEngine | None) -> None:
            super().__init__(tls)
            made.add(self)

    monkeypatch.setattr(http_client, "HttpConnection", Connection)
    gc.disable()
    try:
        async with serving(after(1, HANGS_UP), server_context(MADE)) as server:
            async with client_of(server, unverified_context()) as client:
                assert [(await get(client)).body for _ in range(2)] == [b"ok"] * 2
                assert server.visits == 2
                await until(lambda: len(made) == 1)
            await until(lambda: not made)
    finally:
        gc.enable()


async def test_a_command_is_never_sent_twice() -> None:
    async with serving(after(1, HANGS_UP)) as server, client_of(server) as client:
        await get(client)
        with pytest.raises(Dropped, match="the connection broke"):
            await post(client)
        assert [line[:4] for line in server.heard] == [b"GET ", b"POST"]
        assert (await post(client)).body == b"ok"
    assert [line[:4] for line in server.heard] == [b"GET ", b"POST", b"POST"]


@pytest.mark.parametrize("begun", [b"H", OK[:-1]])
async def test_what_was_answered_in_part_is_not_asked_again(begun: bytes) -> None:
    async with serving(after(1, says(begun, stays=False))) as server, client_of(server) as client:
        await get(client)
        with pytest.raises(Dropped, match="the connection broke"):
            await get(client)
    assert len(server.heard) == 2


async def test_a_server_that_always_hangs_up_is_asked_once() -> None:
    async with serving(HANGS_UP) as server, client_of(server) as client:
        for _ in range(2):
            with pytest.raises(Dropped, match="the connection broke"):
                await get(client)
    assert (server.visits, len(server.heard)) == (2, 2)


@pytest.mark.parametrize("context", [None, server_context(MADE)], ids=["http", "https"])
async def test_a_command_after_the_server_hung_up_goes_over_a_new_connection(context: ssl.SSLContext | None) -> None:
    async with (
        serving(HANGS_UP_AFTER, context) as server,
        client_of(server, unverified_context() if context else None) as client,
    ):
        for number in range(1, 4):
            assert (await post(client)).body == b"ok"
            await until(lambda: server.gone == number)  # noqa: B023 - waited for right here
    assert (server.visits, len(server.heard)) == (3, 3)


@pytest.mark.parametrize(
    ("answer", "visits"),
    [
        (OK, 1),
        (OK.replace(b"1.1", b"1.0"), 3),
        (OK.replace(b"1.1 200 OK", b"1.0 200 OK\r\nConnection: keep-alive"), 1),
        (OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), 3),
        (OK + b"more", 3),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 1),
    ],
)
async def test_a_connection_is_kept_where_it_can_be(answer: bytes, visits: int) -> None:
    async with serving(says(answer)) as server, client_of(server) as client:
        assert [(await get(client)).body for _ in range(3)] == [b"ok"] * 3
    assert server.visits == visits


async def test_what_comes_between_two_requests_ends_the_connection() -> None:
    async def script(writer: asyncio.StreamWriter, number: int) -> bool:
        writer.write(OK)
        if number == 0:
            await asyncio.sleep(0.01)
            writer.write(OK.replace(b"ok", b"no"))
        return True

    async with serving(script) as server, client_of(server) as client:
        await get(client)
        await until(lambda: server.gone)
        assert (await get(client)).body == b"ok"
    assert server.visits == 2


async def test_a_connection_that_was_long_unused_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(OK)) as server, client_of(server) as client:
        await get(client)
        monkeypatch.setattr(http_client, "KEPT_S", 0.0)
        await post(client)
    assert server.visits == 2


async def test_requests_take_turns() -> None:
    async def slowly(writer: asyncio.StreamWriter, _: int) -> bool:
        await asyncio.sleep(0.01)
        writer.write(OK)
        return True

    async with serving(slowly) as server, client_of(server) as client:
        await asyncio.gather(*(get(client) for _ in range(5)))
    assert (server.visits, len(server.heard), server.at_once) == (1, 5, 1)


async def test_an_answer_that_comes_too_late_is_nobodys() -> None:
    """Neither after the time is over nor after whoever asked has gone."""
    release = asyncio.Event()

    async def late(writer: asyncio.StreamWriter, number: int) -> bool:
        if number < 2:
            await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
        return True

    async with serving(late) as server, client_of(server) as client:
        with pytest.raises(TimedOut, match=r"no answer to reading within 0\.05 s"):
            await get(client, seconds=0.05)
        asking = asyncio.create_task(get(client))
        await until(lambda: len(server.heard) == 2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        release.set()
        assert (await get(client)).body == b"2"
    assert server.visits == 3


CRUMBS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000
PACKED = gzip.compress(b"x" * 3_000_000)
UNPACKED_LATE = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000


@pytest.mark.parametrize(
    "raw", [CRUMBS, UNTIL_THE_END, LARGE, UNPACKED_LATE], ids=["crumbs", "until the end", "large", "packed"]
)
@pytest.mark.parametrize("context", [None, server_context(MADE)], ids=["http", "https"])
async def test_what_came_before_the_end_is_read_to_its_end(raw: bytes, context: ssl.SSLContext | None) -> None:
    """However many turns of the loop that takes after the server has hung up."""
    async with (
        serving(says(raw, stays=False), context) as server,
        client_of(server, unverified_context() if context else None) as client,
    ):
        for _ in range(2):
            assert set((await get(client)).body) == {ord("x")}
    assert len(server.heard) == 2


async def test_of_a_hosts_addresses_the_next_one_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(OK)) as server:
        port = server.port

        async def addresses(*_: object, **__: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)
        client = HttpClient(Address(scheme="http", host="lobby", port=port, username="u", password="p"), unverified_context())  # fmt: skip
        assert (await get(client)).body == b"ok"
        client.close()
        await asyncio.sleep(0)
    assert b"\r\nHost: lobby:%d\r\n" % port in server.heard[0]


@pytest.mark.parametrize(
    ("host", "port", "header", "name"),
    [
        ("192.0.2.1", 443, "192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", 8443, "192.0.2.1:8443", "192.0.2.1"),
        ("2001:db8::1", 443, "[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1:443", 80, "[2001:db8::1:443]:80", "2001:db8::1:443"),
        ("fe80::1%eth0", 443, "[fe80::1]", "fe80::1"),
        ("Telefon.B\xfcro.example", 443, "telefon.xn--bro-hoa.example", "telefon.xn--bro-hoa.example"),
    ],
)
async def test_a_host_is_spelled_as_servers_know_it(host: str, port: int, header: str, name: str) -> None:
    where = Address(scheme="https", host=host, port=port, username="u", password="p")
    client = HttpClient(where, unverified_context())
    assert client._common.startswith(f"Host: {header}\r\n".encode())
    tls = client._tls()
    assert tls is not None
    assert tls.ssl_object.server_hostname == name


async def test_closing_ends_a_request_that_waits() -> None:
    async def never(_: asyncio.StreamWriter, __: int) -> bool:
        await asyncio.Event().wait()
        return True

    async with serving(never) as server, client_of(server) as client:
        asking = asyncio.create_task(get(client))
        await until(lambda: server.heard)
        client.close()
        with pytest.raises(Dropped):
            await asking


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_who_accepts_and_says_nothing_is_hung_up_on(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS that is a handshake without an end, which gets less time than an answer and is named."""
    monkeypatch.setattr(http_client, "CONNECT_S", 0.1)
    heard: list[bytes] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client_of(Server(port), unverified_context() if scheme == "https" else None) as client:
        limit = ANSWER_S if scheme == "https" else 0.2
        with pytest.raises(TimedOut, match="TLS handshake within 0.1 s" if scheme == "https" else "within 0.2 s"):
            await get(client, seconds=limit)
        await until(lambda: heard)
    assert (b"HTTP" in heard[0]) is (scheme == "http")


async def test_a_session_of_tls_is_taken_up_again() -> None:
    context, reused = PinnedContext(lambda: MADE.fingerprint, lambda _: None), []
    async with serving(HANGS_UP_AFTER, server_context(MADE)) as server, client_of(server, context) as client:
        for number in range(1, 4):
            await get(client)
            assert client.ssl_object is not None
            reused.append(client.ssl_object.session_reused)
            await until(lambda: server.gone == number)  # noqa: B023 - waited for right here
    assert reused == [False, True, True]


async def test_a_session_of_tls_is_asked_for_once_as_long_as_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time loses memory in the ssl module."""
    asked: list[ssl.SSLObject] = []
    whole = cast(property, vars(ssl.SSLObject)["session"])

    def session(connection: ssl.SSLObject) -> object:
        asked.append(connection)
        return whole.__get__(connection)

    monkeypatch.setattr(ssl.SSLObject, "session", property(session, whole.__set__))
    context = PinnedContext(lambda: MADE.fingerprint, lambda _: None)
    async with serving(HANGS_UP_AFTER, server_context(MADE)) as server, client_of(server, context) as client:
        for number in range(1, 6):
            await get(client)
            await until(lambda: server.gone == number)  # noqa: B023 - waited for right here
    assert len(asked) == 1


async def test_a_session_of_tls_is_no_way_around_the_pin() -> None:
    pins = [MADE.fingerprint]
    context = PinnedContext(lambda: pins[-1], lambda _: None)
    async with serving(HANGS_UP_AFTER, server_context(MADE)) as server, client_of(server, context) as client:
        await get(client)
        pins.append("sha256:" + "0" * 64)
        for _ in range(2):
            with pytest.raises(AccessError, match="the certificate changed") as caught:
                await get(client)
            assert caught.value.reason == "certificate"
    assert len(server.heard) == 1


class LostTunnel:
    """The way through a jump host that has ended by now."""

    async def connect(
        self, protocol: HttpConnection, host: str, port: int, seconds: float
    ) -> Callable[[], PhonetuiError]:
        await asyncio.get_running_loop().create_connection(lambda: protocol, host, port)
        return lambda: Unreachable("the tunnel is lost", reason="tunnel")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_where_the_tunnel_was_lost_that_is_what_is_said(scheme: str) -> None:
    """In an answer, and in a handshake already."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        where = Address(scheme=scheme, host="127.0.0.1", port=port, username="u", password="p")
        client = HttpClient(where, unverified_context(), cast(Tunnel, LostTunnel()))
        for _ in range(2):
            with pytest.raises(Unreachable, match="the tunnel is lost"):
                await get(client)
        client.close()


async def test_no_credential_is_shown() -> None:
    lines = header_lines(("Authorization", "Basic planted"))
    async with serving(HANGS_UP) as server, client_of(server) as client:
        with pytest.raises(Dropped) as caught:
            await client.request("GET", "/", lines, step="reading", seconds=ANSWER_S, cap=1)
        shown = [repr(client), repr(client._connection), repr(caught.value), str(caught.value)]
    assert b"Basic planted" in server.heard[0]
    assert not any("planted" in words for words in shown)


@pytest.mark.parametrize("value", ["planted\r\nX: y", "planted\n", "planted\0", "planted\N{SNOWMAN}"])
def test_what_cannot_stand_in_a_header_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigError, match="header: Cookie") as caught:
        header_lines(("Cookie", value))
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/status.xml", b"/status.xml"),
        ("/getxml?location=/Status/Line%5B1%5D", b"/getxml?location=/Status/Line%5B1%5D"),
        ("/a b\r\nX: y", b"/a%20b%0D%0AX:%20y"),
        ("/Z\xfcrich?\x00", b"/Z%C3%BCrich?%00"),
    ],
)
async def test_a_target_stays_in_its_line(target: str, sent: bytes) -> None:
    async with serving(says(OK)) as server, client_of(server) as client:
        await get(client, target)
    assert server.heard[0].split(b"\r\n")[0] == b"GET " + sent + b" HTTP/1.1"
    assert server.heard[0].count(b"\r\n") == 7


async def test_a_fault_of_our_own_ends_this_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(says(OK)) as server, client_of(server) as client:
        with (
            mock.patch.object(AnswerReader, "receive", side_effect=RuntimeError("planted")),
            caplog.at_level(logging.ERROR),
            pytest.raises(PhonetuiError),
        ):
            await get(client)
        assert (await get(client)).body == b"ok"
    assert "fault in the program" in caplog.text


async def test_handshakes_take_turns_with_everything_else() -> None:
    """One step in each turn of the loop, whatever becomes of the one before."""
    loop, queue = asyncio.get_running_loop(), HandshakeQueue()
    done: list[int] = []
    faults: list[object] = []
    loop.set_exception_handler(lambda _, context: faults.append(context["exception"]))

    def step(number: int) -> None:
        done.append(number)
        if number == 1:
            raise RuntimeError("planted")
        if number == 2:
            queue.put(partial(step, 4))

    for number in range(4):
        queue.put(partial(step, number))
    seen = []
    while len(done) < 5:
        await asyncio.sleep(0)
        seen.append(len(done))
    assert done == [0, 1, 2, 3, 4]
    assert all(later - earlier <= 1 for earlier, later in pairwise(seen))
    assert len(faults) == 1
    assert HandshakeQueue.of(loop) is HandshakeQueue.of(loop)
