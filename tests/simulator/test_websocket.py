"""xAPI over WebSocket, frame by frame over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from phonetui.simulator.jsonrpc import MAX_SUBSCRIPTIONS
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.server import ServedOffice, Settings, serve
from phonetui.xapi.path import Path
from tests.deadlines import EVENTUALLY_S
from tests.live import until

from .callers import Caller, basic, calling, protocol
from .sockets import client

SETTINGS = Settings(phones=2, seed=7, scenario="quiet", dialect="websocket", speed=20)


@asynccontextmanager
async def connected(user: str = "xapi", **fields: Any) -> AsyncIterator[tuple[ServedOffice, Caller]]:
    async with serve(SETTINGS) as office, calling(office.phones[0], user=user, **fields) as caller:
        yield office, caller


async def refused(phone: SimulatedPhone, **more: Any) -> int:
    """The status of a handshake that must fail."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        async with calling(phone, **more):
            pass
    return refusal.value.status


async def test_three_ways_in() -> None:
    async with serve(SETTINGS) as office, client() as operator:
        phone = office.phones[0]
        async with calling(phone) as caller:
            assert caller.socket.protocol is None
            assert await caller.ask("xGet", Path=["Status", "SystemUnit", "ProductId"]) == "DP-9841"
        word = protocol("xapi", "phonetui")
        async with calling(phone, protocols=["other", word]) as caller:
            assert caller.socket.protocol == word, "echoed"
            assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"
        begun = await operator.ask(phone, "POST", "/xmlapi/session/begin")
        async with calling(phone, headers={"Cookie": begun[2]["Set-Cookie"].split(";")[0]}) as caller:
            assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"


async def test_a_password_that_needs_the_whole_alphabet_of_base64url() -> None:
    password = "a>>>???~~~é"
    async with serve(Settings(phones=1, scenario="quiet", dialect="websocket", password=password)) as office:
        word = protocol("xapi", password)
        assert {"-", "_"} & set(word)
        async with calling(office.phones[0], protocols=[word]) as caller:
            assert caller.socket.protocol == word


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": basic("xapi", "wrong")}, 403),
        ({"headers": basic("nobody", "phonetui")}, 403),
        ({"protocols": [protocol("xapi", "wrong")]}, 403),
        ({"headers": {"Accept": "*/*"}}, 401),
        ({"protocols": ["auth-***"]}, 401),
        ({"protocols": ["auth-A"]}, 401),
        ({"headers": {"Cookie": "SessionId=gone"}}, 401),
    ],
)
async def test_strangers_are_turned_away(more: dict[str, Any], status: int) -> None:
    async with serve(SETTINGS) as office:
        assert await refused(office.phones[0], **more) == status


async def test_off_by_default_and_switched_while_it_runs() -> None:
    async with serve(Settings(phones=1, scenario="quiet")) as office:
        phone = office.phones[0]
        assert not phone.websocket
        assert await refused(phone) == 404
        phone.websocket = True
        async with calling(phone) as caller:
            assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"


@pytest.mark.parametrize(("fault", "status"), [("401", 401), ("404", 404), ("502", 502), ("503", 503)])
async def test_faults_at_the_handshake(fault: str, status: int) -> None:
    async with serve(SETTINGS) as office:
        office.phones[0].fault = fault
        assert await refused(office.phones[0]) == status


async def test_without_encryption() -> None:
    async with serve(Settings(phones=1, scenario="quiet", dialect="websocket", plain=True)) as office:
        phone = office.phones[0]
        assert phone.plain_url.startswith("http://127.0.0.1:")
        async with calling(phone, url=phone.plain_url) as caller:
            assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"
        phone.behaviour.https_only = True
        assert await refused(phone, url=phone.plain_url) == 401
        async with calling(phone):
            pass


async def test_reading() -> None:
    async with connected() as (office, caller):
        assert await caller.ask("xGet", Path=["Status", "Line"]) == []
        assert await caller.ask("xGet", Path=["Status", "Line", 1, "Call"]) == []
        office.start_call("sim-2", "sim-1", answer_after_s=None)
        await until(lambda: Path.parse("Line 1 Call 0 CallState") in office.phones[0].tree)
        call = await caller.ask("xGet", Path=["Status", "Line", 1, "Call", 0])
        assert (call["id"], call["CallState"], call["PeerPhone"], call["Jitter"]) == (0, "Ringing", "5002", 0)
        assert call["MOSLQ"] == "0.0"
        assert await caller.ask("xGet", Path=["status", "line", 1, "call", 0, "peername"]) == "Lobby"
        assert [item["id"] for item in await caller.ask("xGet", Path=["Status", "Line"])] == [1]
        states = await caller.ask("xGet", Path=["Status", "Line", "Call", "CallState"])
        assert states == [{"id": 1, "Call": [{"id": 0, "CallState": "Ringing"}]}]
        counters = await caller.ask("xGet", Path=["Status", "Network", "Statistics", "Ethernet"])
        assert all(isinstance(value, int) for value in counters.values())
        whole = await caller.ask("xGet", Path=["Status"])
        assert whole["SystemUnit"]["Hardware"]["Module"]["Version"] == "1", "a string by the catalogue"


@pytest.mark.parametrize(
    "place",
    [
        ["Status", "Nothing"],
        ["Status", "Line", 1],
        ["Status", "Line", 1, "Call", 0],
        ["Status", "Standby", "Level", "More"],
        ["Event", "BootEvent"],
        [],
        "Status",
        ["Status", None],
        ["Status", True],
    ],
)
async def test_places_that_are_not_there(place: Any) -> None:
    async with connected() as (_, caller):
        assert (await caller.refusal("xGet", Path=place))["code"] == -32602


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (["Status", "Standby"], {"Status": {"Standby": {"Level": "None"}}}),
        (["Status", "*", "Level"], {"Status": {"Standby": {"Level": "None"}}}),
        (["Status", "**", "ProductId"], {"Status": {"SystemUnit": {"ProductId": "DP-9841"}}}),
        (["**", "TlsVerify"], {"Configuration": {"HttpFeedback": {"TlsVerify": "On"}}}),
        (["Status", "Nothing"], {}),
        (
            ["Status", "ExtStatus", "*", "MessageWaiting"],
            {"Status": {"ExtStatus": [{"id": 1, "MessageWaiting": "No"}]}},
        ),
        (
            ["Status", "ExtStatus", "1", "MessageWaiting"],
            {"Status": {"ExtStatus": [{"id": 1, "MessageWaiting": "No"}]}},
        ),
    ],
)
async def test_queries(query: list[str | int], found: object) -> None:
    async with connected() as (_, caller):
        assert await caller.ask("xQuery", Query=query) == found


async def test_an_indexed_leaf() -> None:
    async with connected() as (_, caller):
        pictures = await caller.ask(
            "xGet", Path=["Status", "DownloadStatus", "ScreenStatus", "CustomWallpaperDownload"]
        )
        assert pictures[0] == {"id": 1, "Value": ""}
        place = ["Status", "DownloadStatus", "ScreenStatus", "CustomWallpaperDownload", 20]
        assert await caller.ask("xGet", Path=place) == ""


async def test_setting_and_hearing_of_it() -> None:
    place = ["Configuration", "HttpFeedback", "TlsVerify"]
    async with connected() as (_, caller):
        number = await caller.subscribe("Configuration")
        assert await caller.ask("xSet", Path=place, Value="Off") is True
        assert await caller.ask("xGet", Path=place) == "Off"
        notified = [frame["params"] for frame in caller.frames if frame.get("method") == "xFeedback/Event"]
        assert notified == [{"Id": number, "Configuration": {"HttpFeedback": {"TlsVerify": "Off"}}}]
        illegal = await caller.refusal("xSet", Path=place, Value="Perhaps")
        assert (illegal["code"], illegal["message"]) == (-32602, "Illegal value")
        assert (await caller.refusal("xSet", Path=["Configuration", "Audio"], Value=1))["code"] == -32602
        assert (await caller.refusal("xSet", Path=["Status", "Standby"], Value=1))["code"] == -32602


@pytest.mark.parametrize("user", ["integrator", "user"])
async def test_roles(user: str) -> None:
    async with connected(user) as (_, caller):
        assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"
        assert (await caller.refusal("xCommand/Security/Certificates/CA/Show"))["code"] == -31999
        denied = await caller.refusal("xSet", Path=["Configuration", "HttpFeedback", "TlsVerify"], Value="Off")
        assert denied["code"] == -31999


async def test_commands() -> None:
    async with connected() as (office, caller):
        assert await caller.ask("xCommand/Call/Dial", Number="5002") == {"status": "OK", "CallId": 0, "LineId": 1}
        assert await caller.ask("xCommand/Call/Dial", Number=5002) == {"status": "OK", "CallId": 1, "LineId": 1}
        full = await caller.refusal("xCommand/Call/Dial", Number="5002")
        assert full == {"code": 1, "message": "No line available", "data": {"Cause": 21}}
        assert (await caller.refusal("xCommand/Call/Dila"))["code"] == -32601
        assert (await caller.refusal("xCommand"))["code"] == -32601
        assert (await caller.refusal("xNothing"))["code"] == -32601
        missing = await caller.refusal("xCommand/Ui/SendKey")
        assert (missing["code"], missing["data"]) == (-32602, {"Key": "Missing parameter"})
        assert (await caller.refusal("xCommand/Ui/SendKey", Key={"a": 1}))["code"] == -32602
        bookings = await caller.refusal("xCommand/Bookings/List")
        assert (bookings["code"], bookings["message"]) == (1, "Not supported")
        dialled = [request for request in office.phones[0].requests if request.command == "Call Dial"]
        assert dialled[0].arguments == (("Number", "5002"),)
        assert dialled[0].path == "/ws"


async def test_a_body_and_a_list_of_values() -> None:
    async with connected() as (office, caller):
        assert (await caller.refusal("xCommand/Security/Certificates/CA/Add", body="no\ncertificate\n"))["code"] == 1
        await caller.ask(
            "xCommand/HttpFeedback/Register",
            FeedbackSlot=2,
            ServerUrl="http://127.0.0.1:9/x",
            Expression=["/Status/Line", "/Event"],
        )
        assert office.phones[0].tree[Path.parse("HttpFeedback 2 Expression 2")] == "/Event"


async def test_the_reply_comes_before_the_first_notification() -> None:
    async with connected() as (_, caller):
        result = await caller.ask("xFeedback/Subscribe", Query=["Status", "Standby"], NotifyCurrentValue=True)
        assert [frame.get("id") for frame in caller.frames] == [1]
        assert await caller.notification() == {"Id": result["Id"], "Status": {"Standby": {"Level": "None"}}}


async def test_a_whole_call_is_told() -> None:
    async with connected() as (office, caller):
        await caller.subscribe("Status", "Line", "Call", "CallState")
        await caller.subscribe("Event")
        office.start_call("sim-2", "sim-1", answer_after_s=0.5)
        first = await caller.notification()
        assert first == {"Id": 0, "Status": {"Line": [{"id": 1, "Call": [{"id": 0, "CallState": "Ringing"}]}]}}
        while "Event" not in (notified := await caller.notification()):
            pass
        success = notified["Event"]["SipCallSuccessful"]
        assert (notified["Id"], success["id"], success["CallId"], success["PeerPhone"]) == (1, 1, 0, "5002")
        office.hang_up("sim-1")
        ends = [await caller.notification() for _ in range(3)]
        assert ends[0]["Status"]["Line"][0]["Call"][0]["CallState"] == "Idle"
        assert ends[1]["Status"] == {"Line": [{"id": 1, "Call": [{"id": 0, "ghost": "True"}]}]}
        assert "Duration" in ends[2]["Event"]["SipCallDisconnect"]


async def test_two_subscriptions_to_one_change_are_both_told() -> None:
    async with connected() as (office, caller):
        numbers = [
            await caller.subscribe("Status", "LEDStatus"),
            await caller.subscribe("Status", "**", "MuteLEDColor"),
        ]
        office.set_value("sim-1", "LEDStatus MuteLEDColor", "Red")
        both = [await caller.notification() for _ in range(2)]
        assert [notified["Id"] for notified in both] == numbers == [0, 1]
        assert both[0]["Status"] == both[1]["Status"] == {"LEDStatus": {"MuteLEDColor": "Red"}}


async def test_unsubscribing() -> None:
    async with connected() as (office, caller):
        number = await caller.subscribe("Status", "LEDStatus")
        assert await caller.ask("xFeedback/Unsubscribe", Id=number) is True
        assert (await caller.refusal("xFeedback/Unsubscribe", Id=number))["code"] == -32602
        office.set_value("sim-1", "LEDStatus MuteLEDColor", "Red")
        await caller.ask("xGet", Path=["Status", "Standby"])
        assert all("method" not in frame for frame in caller.frames)


async def test_a_limit_of_subscriptions() -> None:
    async with connected() as (_, caller):
        for _ in range(MAX_SUBSCRIPTIONS):
            await caller.subscribe("Status", "Standby")
        assert (await caller.refusal("xFeedback/Subscribe", Query=["Status"]))["code"] == -31998
        await caller.ask("xFeedback/Unsubscribe", Id=3)
        assert await caller.subscribe("Status") == MAX_SUBSCRIPTIONS


@pytest.mark.parametrize(
    ("place", "mark"),
    [
        (["Command", "Call", "Dial"], ("required", ["Number"])),
        (["Command", "Ui", "SendKey"], ("type", "object")),
        (["Status", "Line", "Call", "Jitter"], ("type", "integer")),
        (["Status", "Line", 1, "Call", 0, "PeerName"], ("type", "string")),
        (["Status"], ("type", "object")),
        (["Event", "Shutdown"], ("type", "object")),
        (["Configuration", "HttpFeedback", "TlsVerify"], ("enum", ["Off", "On"])),
    ],
)
async def test_documentation(place: list[str | int], mark: tuple[str, object]) -> None:
    async with connected() as (_, caller):
        assert (await caller.ask("xDoc", Path=place, Type="Schema"))[mark[0]] == mark[1]
        assert (await caller.refusal("xDoc", Path=[*place, "Nothing"]))["code"] == -32602


@pytest.mark.parametrize(
    ("text", "code", "of"),
    [
        ("{", -32700, None),
        ("[" * 100_000, -32700, None),
        ("[]", -32600, None),
        ("7", -32600, None),
        ('{"jsonrpc": "2.0", "id": "a"}', -32600, "a"),
        ('{"jsonrpc": "1.0", "id": 4, "method": "xGet"}', -32600, 4),
        ('{"jsonrpc": "2.0", "id": [], "method": "xGet"}', -32600, None),
        ('{"jsonrpc": "2.0", "id": 5, "method": "xGet", "params": []}', -32602, 5),
        ('{"jsonrpc": "2.0", "id": "0x", "method": "xGet"}', -32602, "0x"),
    ],
)
async def test_what_is_not_a_request(text: str, code: int, of: object) -> None:
    async with connected() as (_, caller):
        await caller.socket.send_str(text)
        frame = await caller.frame()
        assert (frame["error"]["code"], frame["id"]) == (code, of)
        assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None", "the connection is well"


@pytest.mark.parametrize("number", [0, 7, "abc", "", 2**53, 1.5, None])
async def test_ids_are_echoed_as_they_came(number: object) -> None:
    async with connected() as (_, caller):
        ask = {"jsonrpc": "2.0", "id": number, "method": "xGet", "params": {"Path": ["Status", "Standby", "Level"]}}
        await caller.socket.send_str(json.dumps(ask))
        frame = await caller.frame()
        assert frame == {"jsonrpc": "2.0", "id": number, "result": "None"}
        assert type(frame["id"]) is type(number)


async def test_a_request_without_an_id_gets_no_reply() -> None:
    async with connected() as (office, caller):
        ask = {"jsonrpc": "2.0", "method": "xCommand/Ui/SendKey", "params": {"Key": "Mute"}}
        await caller.socket.send_str(json.dumps(ask))
        await caller.socket.send_bytes(b"\0")
        assert (await caller.frame())["error"]["code"] == -32700, "a frame that isn't text"
        assert office.phones[0].device.muted


async def test_a_phone_that_restarts_says_that_it_is_not_ready_and_drops_the_line() -> None:
    async with connected() as (office, caller):
        await caller.subscribe("Event")
        office.reboot("sim-1")
        assert (await caller.notification())["Event"] == {"BootEvent": {"id": 1, "Action": "Restart"}}
        assert (await caller.notification())["Event"] == {"Shutdown": {"id": 1}}
        assert (await caller.refusal("xGet", Path=["Status"]))["code"] == -31997
        async with asyncio.timeout(EVENTUALLY_S):
            async for _ in caller.socket:
                pass
        assert caller.socket.close_code in (None, 1006)
        await until(lambda: not office.phones[0].connections)


async def test_endings() -> None:
    async with serve(SETTINGS) as office:
        phone = office.phones[0]
        async with calling(phone) as caller:
            assert phone.connections == 1
            await caller.socket.close(code=1000)
            assert caller.socket.close_code == 1000
        async with calling(phone) as caller:
            phone.cut()
            assert (await caller.socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
            assert caller.socket.close_code == 1006
        await until(lambda: not phone.connections)


async def test_the_end_of_the_office_is_a_good_bye() -> None:
    async with serve(SETTINGS) as office:
        session = aiohttp.ClientSession()
        socket = await session.ws_connect(
            office.phones[0].url.replace("https", "wss") + "/ws", ssl=False, headers=basic("xapi", "phonetui")
        )
        listening = asyncio.ensure_future(socket.receive())
    assert (await listening).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == 1000
    await session.close()


@pytest.mark.parametrize("fault", ["garbage", "truncated", "empty", "html"])
async def test_faults_of_an_open_connection(fault: str) -> None:
    async with connected() as (office, caller):
        office.phones[0].fault = fault
        await caller.socket.send_str('{"jsonrpc": "2.0", "id": 1, "method": "xQuery", "params": {"Query": ["**"]}}')
        with pytest.raises(ValueError, match=r"."):
            json.loads(await asyncio.wait_for(caller.socket.receive_str(), 5))
        office.phones[0].fault = "503"
        await caller.socket.send_str("{}")
        assert (await caller.frame())["error"]["code"] == -32603
        office.phones[0].fault = None
        assert await caller.ask("xGet", Path=["Status", "Standby", "Level"]) == "None"


async def test_a_silent_connection() -> None:
    async with connected() as (office, caller):
        office.phones[0].fault = "hang"
        await caller.socket.send_str('{"jsonrpc": "2.0", "id": 1, "method": "xGet", "params": {"Path": ["Status"]}}')
        with pytest.raises(TimeoutError):
            await caller.frame(0.05)


async def test_any_name_goes_out() -> None:
    async with connected() as (office, caller):
        office.set_value("sim-1", "SystemUnit HostName", "\x1b]52;c;x\x07\ud83d\u202e")
        assert await caller.ask("xGet", Path=["Status", "SystemUnit", "HostName"]) == "\x1b]52;c;x\x07\ud83d\u202e"
