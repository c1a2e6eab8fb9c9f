"""The real client against simulated phones over real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    ConfigError,
    Dropped,
    PhonetuiError,
    ProtocolError,
    Restarting,
    TimedOut,
    Unreachable,
)
from phonetui.simulator.server import ServedOffice
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.http_connection import HttpConnection
from phonetui.xapi.command import Command
from phonetui.xapi.path import ROOT, Path
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, served


@pytest.fixture
async def office() -> AsyncIterator[ServedOffice]:
    async with served() as office:
        yield office


@asynccontextmanager
async def reached(
    office: ServedOffice,
    *,
    password: str = PASSWORD,
    timeout_s: float = ANSWER_S,
    scheme: str = "https",
    by_session: bool = False,
) -> AsyncIterator[HttpTransport]:
    phone = office.phones[0]
    port = int(phone.url.rpartition(":")[2])
    address = Address(
        scheme=scheme,
        host="127.0.0.1",
        port=port,
        username="xapi",
        password=password,
        timeout_s=timeout_s,
        by_session=by_session,
    )
    transport = HttpTransport(address, unverified_context())
    try:
        yield transport
    finally:
        await transport.close()


async def test_reads_a_part_and_the_whole(office: ServedOffice) -> None:
    async with reached(office) as transport:
        part = await transport.fetch(Path.of("SystemUnit"))
        assert part[Path.of("SystemUnit", "ProductId")] == f"DP-{office.phones[0].model}"
        whole = await transport.fetch(ROOT)
        ours = {path: value for path, value in whole.items() if path[0] != "PhoneStatus"}
        theirs = {path: value for path, value in office.phones[0].tree.items() if path[0] != "PhoneStatus"}
        assert ours == theirs
        assert not await transport.fetch(Path.of("Novelty"))


async def test_an_answer_of_the_same_bytes_is_not_read_again(office: ServedOffice) -> None:
    async with reached(office) as transport:
        first = await transport.fetch(Path.of("SystemUnit"))
        assert await transport.fetch(Path.of("SystemUnit")) is first


async def test_one_connection_and_one_request_at_a_time(office: ServedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    connection_made = HttpConnection.connection_made

    def counted(self: HttpConnection, transport: object) -> None:
        made.append(transport)
        connection_made(self, transport)

    monkeypatch.setattr(HttpConnection, "connection_made", counted)
    async with reached(office) as transport:
        await asyncio.gather(*(transport.fetch(Path.of("Standby")) for _ in range(5)))
    assert len(made) == 1


async def test_runs_a_command_and_hears_no(office: ServedOffice) -> None:
    async with reached(office) as transport:
        answer = await transport.command(Command(Path.parse("Call Dial"), (("Number", "5001"),)))
        assert set(answer.document) == {Path.of("CallId"), Path.of("LineId")}
        with pytest.raises(CommandRefused, match="refuses"):
            await transport.command(Command(Path.parse("Call Dila")))


FAULTS: dict[str, tuple[type[PhonetuiError], str, str]] = {
    "401": (AccessError, "password is refused", "credentials"),
    "404": (ProtocolError, "no xAPI at this address", "not-found"),
    "502": (Restarting, "the phone is starting", ""),
    "503": (Busy, "limits requests", ""),
    "deep": (ProtocolError, "tags", ""),
    "drip": (TimedOut, "no answer to reading SystemUnit within 0.5 s", "timeout"),
    "dtd": (ProtocolError, "DTD", ""),
    "empty": (ProtocolError, "an empty answer", ""),
    "garbage": (ProtocolError, "broken XML", ""),
    "hang": (TimedOut, "no answer to reading SystemUnit within 0.5 s", "timeout"),
    "html": (ProtocolError, "an HTML page", "html"),
    "huge": (ProtocolError, "more than 4 MiB", ""),
    "truncated": (ProtocolError, "broken XML", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_clear_line_for_each_fault(office: ServedOffice, fault: str) -> None:
    kind, words, reason = FAULTS[fault]
    office.phones[0].fault = fault
    async with reached(office, timeout_s=0.5 if kind is TimedOut else ANSWER_S) as transport:
        with pytest.raises(kind, match=words) as caught:
            await transport.fetch(Path.of("SystemUnit"))
    assert caught.value.reason == reason
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found"])
async def test_a_refusal_says_where_each_deployment_sets_it(status: str) -> None:
    server, port, _ = await _answering(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    address = Address(scheme="http", host="127.0.0.1", port=port, username="xapi", password="x", timeout_s=ANSWER_S)
    transport = HttpTransport(address, unverified_context())
    async with server:
        with pytest.raises(PhonetuiError) as caught:
            await transport.fetch(ROOT)
        await transport.close()
    for words in ("xAPI account", "Control Hub", "provisioning profile", "Unified CM", "web page shows"):
        assert words in caught.value.hint


async def test_retry_after_is_read(office: ServedOffice) -> None:
    office.phones[0].fault = "503"
    async with reached(office) as transport:
        with pytest.raises(Busy) as caught:
            await transport.fetch(ROOT)
    assert caught.value.retry_after_s == 2.0


async def test_comes_back_on_the_same_transport(office: ServedOffice) -> None:
    async with reached(office) as transport:
        await transport.fetch(Path.of("Standby"))
        await office.phones[0].refuse()
        with pytest.raises((Unreachable, Dropped)):
            await transport.fetch(Path.of("Standby"))
        await office.phones[0].accept()
        assert await transport.fetch(Path.of("Standby"))


async def test_wrong_password(office: ServedOffice) -> None:
    async with reached(office, password="guess") as transport:
        with pytest.raises(AccessError) as caught:
            await transport.fetch(ROOT)
    assert caught.value.reason == "credentials"
    assert "guess" not in str(caught.value) + repr(caught.value) + str(caught.value.__cause__)


async def test_plain_http_on_a_tls_port(office: ServedOffice) -> None:
    async with reached(office, scheme="http") as transport:
        with pytest.raises((Dropped, CommandRefused, ProtocolError)):
            await transport.fetch(ROOT)


async def _answering(raw: bytes, context: ssl.SSLContext | None = None) -> tuple[asyncio.Server, int, list[bytes]]:
    """A server that sends `raw` to whoever asks, and keeps what it was sent."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    return server, server.sockets[0].getsockname()[1], heard


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", ProtocolError, "redirects to http://192.0.2.1/"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<Status/>", Dropped, "broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", ProtocolError, "unpacked"),
        (b"nonsense\r\n\r\n", ProtocolError, "not HTTP"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", Dropped, "HTTP 500"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", AccessError, "may not"),
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 27\r\n\r\nXML syntax error:\nline 1 \x1b[", CommandRefused, "XML syntax error: line 1"),
    ],
)  # fmt: skip
async def test_answers_that_no_phone_should_give(raw: bytes, kind: type[PhonetuiError], words: str) -> None:
    server, port, heard = await _answering(raw)
    address = Address(scheme="http", host="127.0.0.1", port=port, username="xapi", password="x", timeout_s=ANSWER_S)
    transport = HttpTransport(address, unverified_context())
    async with server:
        with pytest.raises(kind, match=words) as caught:
            await transport.fetch(ROOT)
        await transport.close()
    assert len(heard) == 1
    assert str(caught.value).isprintable()


async def test_nobody_listens() -> None:
    server, port, _ = await _answering(b"")
    server.close()
    await server.wait_closed()
    address = Address(scheme="https", host="127.0.0.1", port=port, username="xapi", password="x")
    transport = HttpTransport(address, unverified_context())
    with pytest.raises(Unreachable) as caught:
        await transport.fetch(ROOT)
    assert caught.value.reason == "connection-refused"
    await transport.close()


async def test_a_name_that_does_not_exist() -> None:
    address = Address(scheme="https", host="phone.invalid", port=443, username="xapi", password="x")
    transport = HttpTransport(address, unverified_context())
    with pytest.raises(Unreachable) as caught:
        await transport.fetch(ROOT)
    assert caught.value.reason == "name"
    await transport.close()


def test_an_address_hides_its_password() -> None:
    address = Address(scheme="https", host="h", port=1, username="xapi", password="planted")
    assert "planted" not in repr(address)


async def test_nothing_unwritable_is_sent(office: ServedOffice) -> None:
    async with reached(office) as transport:
        with pytest.raises(ConfigError):
            await transport.command(Command(Path.parse("Call Dial"), (("Number", "\x00"),)))
    assert all(request.path != "/putxml" for request in office.phones[0].requests)


def asked(office: ServedOffice) -> list[str]:
    return [request.path for request in office.phones[0].requests]


async def test_a_session_is_begun_once_and_ended_on_the_way_out(office: ServedOffice) -> None:
    async with reached(office, by_session=True) as transport:
        for _ in range(3):
            assert await transport.fetch(Path.of("Standby"))
    assert asked(office) == ["/xmlapi/session/begin", *["/getxml"] * 3, "/xmlapi/session/end"]


async def test_a_session_that_a_restart_ended_is_begun_again(office: ServedOffice) -> None:
    async with reached(office, by_session=True) as transport:
        await transport.fetch(Path.of("Standby"))
        office.phones[0]._web_server.accounts.end_all()
        assert await transport.fetch(Path.of("Standby"))
    assert asked(office).count("/xmlapi/session/begin") == 2


async def test_where_no_session_is_to_be_had_basic_does(office: ServedOffice) -> None:
    office.phones[0].behaviour.sessions = False
    async with reached(office, by_session=True) as transport:
        assert await transport.fetch(Path.of("Standby"))
        assert await transport.fetch(Path.of("SystemUnit"))
    assert asked(office) == ["/xmlapi/session/begin", "/getxml", "/getxml"]


async def test_a_wrong_password_is_sent_once_for_a_session_too(office: ServedOffice) -> None:
    async with reached(office, password="guess", by_session=True) as transport:
        with pytest.raises(AccessError) as caught:
            await transport.fetch(ROOT)
    assert caught.value.reason == "credentials"
    assert asked(office) == ["/xmlapi/session/begin"]


@pytest.mark.parametrize("dialect", ["foreign", "plain"])
async def test_the_whole_tree_is_asked_for_where_it_was_found(dialect: str) -> None:
    async with served(1, dialect=dialect) as office, reached(office) as transport:
        trees = [await transport.fetch(ROOT) for _ in range(2)]
        asked = [request.path for request in office.phones[0].requests]
    assert all(tree[Path.of("SystemUnit", "ProductId")] for tree in trees)
    assert asked == (["/status.xml", "/getxml", "/getxml"] if dialect == "foreign" else ["/status.xml"] * 2)
