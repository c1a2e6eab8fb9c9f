"""The real client over real WebSockets: simulated phones, and servers that no phone would be."""

import asyncio
import base64
import json
import logging
from asyncio import sslproto
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from phonetui.errors import (
    AccessError,
    Busy,
    CommandRefused,
    Dropped,
    NotOffered,
    PhonetuiError,
    ProtocolError,
    Restarting,
    TimedOut,
    Unreachable,
)
from phonetui.simulator.server import ServedOffice
from phonetui.tls import unverified_context
from phonetui.transport import websocket
from phonetui.transport.base import Address
from phonetui.transport.tls_client import PinnedContext
from phonetui.transport.websocket import WebSocketTransport
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import screenshot_picture
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import ROOT, Path
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, served, until

DIAL = Command(Path.parse("Call Dial"), (("Number", "5001"),))


@pytest.fixture
async def office() -> AsyncIterator[ServedOffice]:
    async with served(2, dialect="websocket") as office:
        yield office


def address(port: int, *, scheme: str = "https", password: str = PASSWORD, timeout_s: float = ANSWER_S) -> Address:
    return Address(scheme=scheme, host="127.0.0.1", port=port, username="xapi", password=password, timeout_s=timeout_s)


def port_of(office: ServedOffice) -> int:
    return int(office.phones[0].url.rpartition(":")[2])


@asynccontextmanager
async def reached(where: Address) -> AsyncIterator[WebSocketTransport]:
    transport = WebSocketTransport(where, unverified_context())
    try:
        yield transport
    finally:
        await transport.close()


async def test_reads_a_part_and_the_whole_over_one_connection(office: ServedOffice) -> None:
    async with reached(address(port_of(office))) as transport:
        parts = await asyncio.gather(*(transport.fetch(Path.of("SystemUnit", "ProductId")) for _ in range(5)))
        assert {part[Path.of("SystemUnit", "ProductId")] for part in parts} == {f"DP-{office.phones[0].model}"}
        whole = await transport.fetch(ROOT)
        ours = {path: value for path, value in whole.items() if path[0] != "PhoneStatus"}
        theirs = {path: value for path, value in office.phones[0].tree.items() if path[0] != "PhoneStatus"}
        assert ours == theirs
        assert not await transport.fetch(Path.of("Novelty"))
        assert not await transport.fetch(Path.parse("Line 1 Call"))
        assert office.phones[0].connections == 1


async def test_runs_a_command_and_hears_no(office: ServedOffice) -> None:
    async with reached(address(port_of(office))) as transport:
        answer = await transport.command(DIAL)
        assert set(answer.document) == {Path.of("CallId"), Path.of("LineId")}
        with pytest.raises(CommandRefused, match="Unknown command") as caught:
            await transport.command(Command(Path.parse("Call Dila")))
        assert '*r Result XPath: "/Call/Dila"' in caught.value.block
        picture, ending = screenshot_picture(await transport.command(Command(Path.parse("Ui GetDeviceScreenshot"))))
        assert (ending, picture[1:4]) == ("png", b"PNG")


async def test_is_told_of_changes_and_events_in_order(office: ServedOffice) -> None:
    heard: list[Push | PhonetuiError] = []
    async with reached(address(port_of(office))) as transport:
        assert await transport.subscribe(heard.append)
        for level in ("Networked", "Off", "DisplayOff"):
            office.set_value("sim-1", "Standby Level", level)
        office.reboot("sim-1")
        await until(lambda: any(isinstance(push, Push) and push.events for push in heard))
        updates = [update for push in heard if isinstance(push, Push) for update in push.updates]
        levels = [update.value for update in updates if update.path == Path.of("Standby", "Level")]
        assert levels[:3] == ["Networked", "Off", "DisplayOff"]
        assert not await transport.renew()


async def test_a_connection_of_asyncios_own_tls_keeps_a_record_and_no_more(
    office: ServedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", 2**18)
    async with reached(address(port_of(office))) as transport:
        await transport.fetch(Path.of("Standby"))
        assert transport._connection is not None
        protocol = transport._connection._connection.transport._ssl_protocol  # type: ignore[attr-defined]
        assert len(protocol._ssl_buffer) == 2**14


async def test_a_break_is_told_once_and_fails_whoever_waits(office: ServedOffice) -> None:
    heard: list[Push | PhonetuiError] = []
    async with reached(address(port_of(office))) as transport:
        await transport.subscribe(heard.append)
        office.phones[0].fault = "hang"
        waiting = asyncio.create_task(transport.fetch(ROOT))
        await asyncio.sleep(0.05)
        office.phones[0].cut()
        with pytest.raises(Dropped):
            await waiting
        await until(lambda: heard)
        assert [type(what) for what in heard] == [Dropped]
        office.phones[0].fault = None
        assert await transport.renew()
        assert await transport.fetch(Path.of("Standby"))
        assert office.phones[0].connections == 1
    await until(lambda: office.phones[0].connections == 0)
    assert len(heard) == 1


async def test_a_phone_that_does_not_answer_is_hung_up_on(office: ServedOffice) -> None:
    async with reached(address(port_of(office), timeout_s=1.0)) as transport:
        await transport.fetch(Path.of("Standby"))
        office.phones[0].fault = "hang"
        with pytest.raises(TimedOut, match=r"no answer to reading Standby within 1 s"):
            await transport.fetch(Path.of("Standby"))
        await until(lambda: office.phones[0].connections == 0)
        office.phones[0].fault = None
        assert await transport.fetch(Path.of("Standby"))


@pytest.mark.parametrize(
    ("fault", "words"),
    [("garbage", "JSON"), ("empty", "broken JSON"), ("html", "broken JSON"), ("truncated", "broken JSON"), ("deep", "JSON"), ("huge", "more than 4 MiB")],
)  # fmt: skip
async def test_frames_that_no_phone_should_send(office: ServedOffice, fault: str, words: str) -> None:
    async with reached(address(port_of(office))) as transport:
        await transport.fetch(Path.of("Standby"))
        office.phones[0].fault = fault
        with pytest.raises(ProtocolError, match=words) as caught:
            await transport.fetch(ROOT)
        assert "\n" not in str(caught.value)
        office.phones[0].fault = None
        assert await transport.fetch(Path.of("Standby"))


async def test_a_wrong_password_is_refused_at_once(office: ServedOffice) -> None:
    async with reached(address(port_of(office), password="guess")) as transport:
        with pytest.raises(AccessError) as caught:
            await transport.fetch(ROOT)
    assert caught.value.reason == "credentials"
    assert "Control Hub" in caught.value.hint
    told = str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)
    assert "guess" not in told
    assert base64.b64encode(b"xapi:guess").decode() not in told
    assert len(office.phones[0].requests) == 1


async def test_no_log_has_credentials(office: ServedOffice, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with reached(address(port_of(office))) as transport:
        await transport.fetch(Path.of("Standby"))
        await transport.command(DIAL)
    written = " ".join(record.getMessage() for record in caplog.records)
    pair = f"xapi:{PASSWORD}".encode()
    for secret in (
        PASSWORD + '"',
        base64.b64encode(pair).decode(),
        base64.urlsafe_b64encode(pair).decode().rstrip("="),
    ):
        assert secret not in written


async def test_another_certificate_gets_no_credentials(office: ServedOffice) -> None:
    context = PinnedContext(lambda: f"sha256:{'0' * 64}", lambda _: None)
    transport = WebSocketTransport(address(port_of(office)), context)
    with pytest.raises(AccessError, match="certificate changed") as caught:
        await transport.fetch(ROOT)
    await transport.close()
    assert caught.value.reason == "certificate"
    assert office.phones[0].requests == ()


HANDSHAKES: dict[int, tuple[type[PhonetuiError], str]] = {
    400: (NotOffered, "not-found"),
    403: (AccessError, "credentials"),
    404: (NotOffered, "not-found"),
    405: (NotOffered, "not-found"),
    429: (Busy, ""),
    500: (NotOffered, "not-found"),
    502: (Restarting, ""),
    503: (Busy, ""),
}

Door = Callable[[ServerConnection, Request], Response | None]
Room = Callable[[ServerConnection], Awaitable[None]]


def _respond(status: int, connection: ServerConnection, _: Request) -> Response:
    return connection.respond(HTTPStatus(status), "no\n")


async def _silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


@asynccontextmanager
async def server(door: Door, room: Room = _silent, **more: Any) -> AsyncIterator[int]:
    """A server of the test's own, on plain TCP: the port."""
    async with serve(room, "127.0.0.1", 0, process_request=door, **more) as running:
        yield next(iter(running.sockets)).getsockname()[1]


@pytest.mark.parametrize("status", HANDSHAKES)
async def test_handshakes_that_fail(status: int) -> None:
    kind, reason = HANDSHAKES[status]
    door = partial(_respond, status)
    async with server(door) as port, reached(address(port, scheme="http")) as transport:
        with pytest.raises(kind) as caught:
            await transport.fetch(ROOT)
    assert type(caught.value) is kind
    assert caught.value.reason == reason


async def test_no_redirect_is_followed() -> None:
    asked = []

    def door(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = "/elsewhere"
        return response

    async with server(door) as port, reached(address(port, scheme="http")) as transport:
        with pytest.raises(NotOffered, match="redirects to /elsewhere"):
            await transport.fetch(ROOT)
    assert asked == ["/ws"]


async def _answering(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(json.dumps({"id": json.loads(message)["id"], "result": {"Standby": {"Level": "Off"}}}))


async def test_the_ways_to_log_in_are_tried_in_order_and_the_one_that_worked_is_kept() -> None:
    offered: list[str] = []

    def door(connection: ServerConnection, request: Request) -> Response | None:
        offered.append(request.headers.get("Authorization") or request.headers.get("Sec-WebSocket-Protocol") or "none")
        return None if offered[-1].startswith("auth-") else connection.respond(HTTPStatus.UNAUTHORIZED, "")

    def chosen(_: ServerConnection, protocols: list[Subprotocol]) -> Subprotocol | None:
        return protocols[0] if protocols else None

    listening = server(door, _answering, select_subprotocol=chosen)
    async with listening as port, reached(address(port, scheme="http", password="p\u00e4?>")) as transport:
        assert await transport.fetch(ROOT)
        assert transport._connection is not None
        await transport._connection.close()
        assert await transport.fetch(ROOT)
    token = base64.urlsafe_b64encode("xapi:p\u00e4?>".encode()).decode().rstrip("=")
    basic = base64.b64encode("xapi:p\u00e4?>".encode()).decode()
    assert offered == [f"Basic {basic}", f"auth-{token}", f"auth-{token}"]


async def test_a_session_is_the_last_way_and_is_ended(office: ServedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = office.phones[0]
    site = phone._web_server
    real = site._account
    # A phone that takes credentials for a session alone.
    monkeypatch.setattr(
        site,
        "_account",
        lambda request: ("", False) if request.path == "/ws" and not request.cookies else real(request),
    )
    async with reached(address(port_of(office))) as transport:
        assert await transport.fetch(Path.of("Standby"))
        assert len(site.accounts._sessions) == 1
        phone.cut()
        await until(lambda: phone.connections == 0)
        site.accounts.end_all()  # as a restart does
        with suppress(Dropped):  # whoever asks before the cut was heard of is told of it
            await transport.fetch(Path.of("Standby"))
        assert await transport.fetch(Path.of("Standby"))
        assert len(site.accounts._sessions) == 1
    await until(lambda: not site.accounts._sessions)
    asked = [request.path for request in phone.requests if request.path.startswith("/xmlapi")]
    assert asked[0] == "/xmlapi/session/begin"
    assert asked[-1] == "/xmlapi/session/end"


async def test_all_ways_refused_leave_no_session_behind(office: ServedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    site = office.phones[0]._web_server
    real = site._account
    monkeypatch.setattr(site, "_account", lambda request: ("", False) if request.path == "/ws" else real(request))
    async with reached(address(port_of(office))) as transport:
        with pytest.raises(AccessError) as caught:
            await transport.fetch(ROOT)
    assert caught.value.reason == "credentials"
    assert not site.accounts._sessions


async def test_a_phone_without_sessions_has_no_third_way() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, reached(address(port, scheme="http")) as transport:
        with pytest.raises(AccessError, match="password is refused") as caught:
            await transport.fetch(ROOT)
    assert "wss://" in caught.value.hint


async def test_a_handshake_that_never_ends() -> None:
    over = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        over.set()

    listening = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with (
        listening,
        reached(address(listening.sockets[0].getsockname()[1], scheme="http", timeout_s=0.2)) as transport,
    ):
        with pytest.raises(TimedOut, match="opening the WebSocket"):
            await transport.fetch(ROOT)
        await over.wait()


@pytest.mark.parametrize(("raw", "kind"), [(b"", Dropped), (b"nonsense\r\n\r\n", NotOffered), (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NotOffered)])  # fmt: skip
async def test_servers_that_speak_something_else(raw: bytes, kind: type[PhonetuiError]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening, reached(address(listening.sockets[0].getsockname()[1], scheme="http")) as transport:
        with pytest.raises(kind) as caught:
            await transport.fetch(ROOT)
    assert type(caught.value) is kind


async def test_nobody_listens() -> None:
    listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    async with reached(address(port)) as transport:
        with pytest.raises(Unreachable) as caught:
            await transport.fetch(ROOT)
    assert caught.value.reason == "connection-refused"


async def test_the_good_bye_is_1000() -> None:
    codes = []

    async def room(connection: ServerConnection) -> None:
        await _answering(connection)
        codes.append(connection.close_code)

    async with server(lambda *_: None, room) as port:
        async with reached(address(port, scheme="http")) as transport:
            await transport.fetch(ROOT)
        await until(lambda: codes)
    assert codes == [1000]


async def test_a_part_that_the_phone_cannot_tell_is_left_out_and_no_part_at_all_is_a_no() -> None:
    refused = {"Bookings"}

    async def room(connection: ServerConnection) -> None:
        async for message in connection:
            call = json.loads(message)
            if set(call["params"]["Query"]) & refused or "*" in refused:
                await connection.send(json.dumps({"id": call["id"], "error": {"code": -31998, "message": "Too many"}}))
            else:
                await connection.send(json.dumps({"id": call["id"], "result": {"Id": call["id"]}}))

    async with server(lambda *_: None, room) as port, reached(address(port, scheme="http")) as transport:
        assert await transport.subscribe(lambda _: None)
        refused.add("*")
        with pytest.raises(CommandRefused, match="no more subscriptions"):
            await transport.subscribe(lambda _: None)


async def test_only_a_picture_may_be_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CAP", 1000)

    async def room(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(json.dumps({"id": json.loads(message)["id"], "result": {"Body": "x" * 2000}}))

    async with server(lambda *_: None, room) as port, reached(address(port, scheme="http")) as transport:
        answer = await transport.command(Command(Path.parse("Ui GetDeviceScreenshot")))
        assert len(answer.document[Path.of("Body")]) == 2000
        with pytest.raises(ProtocolError, match="more than"):
            await transport.command(DIAL)


def test_where_the_same_server_offers_websocket() -> None:
    assert address(8443).socket_url == "wss://127.0.0.1:8443/ws"
    assert address(80, scheme="http").socket_url == "ws://127.0.0.1:80/ws"
