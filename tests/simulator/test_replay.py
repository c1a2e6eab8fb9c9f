"""A surveyed phone, served again: the same answers, with other names in them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import pytest

from phonetui.errors import CommandRefused, ConfigError, PhonetuiError
from phonetui.probe import plan
from phonetui.probe.bundle import bundle, redaction, text, tree
from phonetui.probe.plan import Survey
from phonetui.probe.redaction import Redaction
from phonetui.simulator import replay
from phonetui.simulator.replay import ReplayedPhone
from phonetui.simulator.server import ServedOffice, Settings, dialects, serve
from phonetui.text import printable
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.http import HttpTransport
from phonetui.transport.survey import survey
from phonetui.xapi.command import Command
from phonetui.xapi.document import Document
from phonetui.xapi.notation import status_lines
from phonetui.xapi.path import ROOT, Path
from tests.deadlines import ANSWER_S
from tests.live import PASSWORD, until
from tests.simulator.sockets import Client, client, receiver

QUICK = ("plain", "websocket")
"""The others, alike in kind, are looked at in the long run."""


def address(url: str) -> Address:
    port = int(url.rpartition(":")[2])
    return Address(scheme="https", host="127.0.0.1", port=port, username="xapi", password=PASSWORD, timeout_s=ANSWER_S)


@asynccontextmanager
async def still(dialect: str = "plain") -> AsyncIterator[ServedOffice]:
    """An office of two with a call between them, stopped in the middle of it."""
    fields: dict[str, Any] = {"phones": 2, "scenario": "quiet", "seed": 7, "speed": 10.0, "dialect": dialect}
    async with serve(Settings(**fields, password=PASSWORD)) as office:
        office.start_call("sim-1", "sim-2", answer_after_s=0.1)
        await until(lambda: office.now > 4.0)
        stopped = replace(office._settings, speed=1e-9)
        office._settings = stopped
        yield office


async def surveyed(office: ServedOffice, *extra: Any) -> Survey:
    phone = address(office.phones[0].url)
    return await survey(phone, unverified_context(), lambda _: extra, notify=lambda _: None, pace_s=0.0)


@asynccontextmanager
async def served_again(made: Survey, folder: File) -> AsyncIterator[ReplayedPhone]:
    file = folder / "bundle.json"
    file.write_text(text(bundle(made, "phonetui 0")))
    async with replay.serve(file, Settings(password=PASSWORD)) as phone:
        yield phone


def redacted(document: Document, hide: Redaction) -> Document:
    return Document({path: printable(hide.leaf(path, value)) for path, value in document.items()})


async def shown(transport: HttpTransport, path: Path, hide: Redaction | None) -> list[str]:
    """What `status` prints, or why it doesn't."""
    try:
        document = await transport.fetch(path)
    except PhonetuiError as error:
        return [type(error).__name__, *getattr(error, "block", ())]
    return list(status_lines(redacted(document, hide) if hide else document))


@pytest.mark.parametrize(
    "dialect",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in dialects()],
)
async def test_status_is_the_same_for_every_path(dialect: str, tmp_path: File) -> None:
    async with still(dialect) as office:
        made = await surveyed(office)
        hide = redaction(made)
        leaves = list(tree(made))
        paths = {Path(leaf[:depth]) for leaf in leaves for depth in range(1, len(leaf) + 1)}
        if dialect != "plain":  # every branch, and a leaf of each
            branches = {path for path in paths if path not in leaves}
            paths = branches | {next(leaf for leaf in leaves if leaf.is_under(branch)) for branch in branches}
        async with served_again(made, tmp_path) as again:
            original = HttpTransport(address(office.phones[0].url), unverified_context())
            copy = HttpTransport(address(again.url), unverified_context())
            different = {}
            nowhere = (
                Path.of("Foo"),
                Path.of("Line", 7, "Call"),
                Path.of("Line", 1, "Call", 9),
                Path.of("Foo", "Bar", 1),
            )
            for path in [ROOT, *sorted(paths, key=str), *nowhere]:
                before, after = await shown(original, path, hide), await shown(copy, path, None)
                if before != after:
                    different[str(path)] = (before, after)
            await original.close()
            await copy.close()
    assert len(paths) > 20
    assert different == {}


@pytest.fixture
async def quiet(tmp_path: File) -> AsyncIterator[tuple[ReplayedPhone, Client]]:
    """A replica of a plain phone, and a client for it."""
    async with still() as office:
        made = await surveyed(office, plan.key("Key"), plan.screenshot())
        async with served_again(made, tmp_path) as phone, client(("xapi", PASSWORD)) as asking:
            yield phone, asking


async def test_pages_errors_and_headers_are_those_of_the_original(tmp_path: File) -> None:
    targets = ["/command.xml", "/valuespace.xml", "/configuration.xml", "/getxml", "/getxml?location=", "/ws", "/nothing/here",
               "/getxml?location=/Status/What/Is/This", "/getxml?location=[[", "/getxml?location=/Command/Ui/SendKey",
               "/getxml?location=/status//productid", "/getxml?location=/Status/HttpFeedback"]  # fmt: skip
    async with still() as office:
        made = await surveyed(office)
        async with served_again(made, tmp_path) as again, client(("xapi", PASSWORD)) as asking:
            for target in targets:
                status, body, headers = await asking.ask(office.phones[0], "GET", target)
                found = await asking.ask(again, "GET", target)
                assert found[:2] == (status, body), target
                assert found[2]["Content-Type"] == headers["Content-Type"], target
                assert found[2]["Server"] != ""


async def test_nobody_comes_in_without_an_account(quiet: tuple[ReplayedPhone, Client]) -> None:
    phone, asking = quiet
    asking.account = None
    assert (await asking.ask(phone, "GET", "/status.xml"))[0] == 401
    asking.account = ("xapi", "wrong")
    assert (await asking.ask(phone, "GET", "/status.xml"))[0] == 401
    for account in ("xapi", "integrator", "user"):
        asking.account = (account, PASSWORD)
        assert (await asking.ask(phone, "GET", "/status.xml"))[0] == 200


async def test_commands_are_taken_as_the_manual_says_and_move_nothing(quiet: tuple[ReplayedPhone, Client]) -> None:
    phone, asking = quiet
    before = phone.tree
    taken = await asking.run(phone, "Call Dial", Number="5001")
    assert "<CallId>0</CallId>" in taken
    assert '<UiSendKeyResult status="OK"' in await asking.run(phone, "Ui SendKey", Key="Mute")
    assert "Accepted: " in await asking.run(phone, "Ui SendKey", Key=plan.NOWHERE)
    assert "Unknown command" in await asking.run(phone, "Call Fly")
    assert "Missing parameter" in await asking.run(phone, "Call Dial")
    assert "Unknown parameter" in await asking.run(phone, "Call Dial", Number="1", Colour="red")
    assert "Invalid value" in await asking.run(phone, "SystemUnit Boot", Action="Dance")
    assert 'status="OK"' in await asking.run(phone, "SystemUnit Boot")
    assert "iVBORw0KGgo" in await asking.run(phone, "Ui GetDeviceScreenshot")
    assert phone.tree == before


async def test_feedback_slots_work(quiet: tuple[ReplayedPhone, Client]) -> None:
    phone, asking = quiet
    async with receiver() as taking:
        arguments: dict[str, Any] = {
            "FeedbackSlot": "2",
            "ServerUrl": taking.url,
            "Expression": ["/Status/HttpFeedback"],
        }
        assert 'status="OK"' in await asking.run(phone, "HttpFeedback Register", **arguments)
        assert taking.url in await asking.read(phone, "/Status/HttpFeedback")
        assert taking.url in (await asking.ask(phone, "GET", "/status.xml"))[1]
        arguments["FeedbackSlot"] = "1"
        await asking.run(phone, "HttpFeedback Register", **arguments)
        await until(lambda: taking.values("URL"))
        assert "<SystemName>DP" in taking.texts[0]
        assert phone.model == "9841"
        for slot in ("1", "2"):
            await asking.run(phone, "HttpFeedback Deregister", FeedbackSlot=slot)
        assert "EmptyResult" in await asking.read(phone, "/Status/HttpFeedback")


async def test_a_slot_of_somebody_else_can_be_taken_and_given_back(tmp_path: File) -> None:
    async with still() as office, receiver() as taking, client(("xapi", PASSWORD)) as asking:
        url = f"{taking.url}/s3cr3t-K3y"
        arguments: dict[str, Any] = {"FeedbackSlot": "3", "ServerUrl": url, "Expression": ["/Status/Line"]}
        await asking.run(office.phones[0], "HttpFeedback Register", **arguments)
        async with served_again(await surveyed(office), tmp_path) as phone:
            shown = await asking.read(phone, "/Status/HttpFeedback")
            assert '<HttpFeedback item="3"' in shown
            assert "127.0.0.1" in shown
            assert "s3cr3t" not in shown
            await asking.run(phone, "HttpFeedback Deregister", FeedbackSlot="3")
            assert "EmptyResult" in await asking.read(phone, "/Status/HttpFeedback")


async def test_sessions_as_they_were(quiet: tuple[ReplayedPhone, Client]) -> None:
    phone, asking = quiet
    status, _, headers = await asking.ask(phone, "POST", "/xmlapi/session/begin")
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert (status, cookie.partition("=")[0]) == (204, "SessionId")
    asking.account = None
    assert (await asking.ask(phone, "GET", "/status.xml", Cookie=cookie))[0] == 200
    assert (await asking.ask(phone, "POST", "/xmlapi/session/end", Cookie=cookie))[0] == 204
    assert (await asking.ask(phone, "GET", "/status.xml", Cookie=cookie))[0] == 401


async def test_websocket_where_there_was_one(tmp_path: File) -> None:
    async with still("websocket") as office:
        made = await surveyed(office)
        async with served_again(made, tmp_path) as phone, client(("xapi", PASSWORD)) as asking:
            assert json.loads((tmp_path / "bundle.json").read_text())["phone"]["websocket"] is True
            url = f"{phone.url.replace('https', 'wss')}/ws"
            login = {"Authorization": "Basic " + __import__("base64").b64encode(f"xapi:{PASSWORD}".encode()).decode()}
            async with asking.session.ws_connect(url, ssl=asking.tls, headers=login) as socket:
                ask = {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": "xGet",
                    "params": {"Path": ["Status", "SystemUnit", "ProductId"]},
                }
                await socket.send_json(ask)
                assert (await socket.receive_json(timeout=ANSWER_S))["result"] == "DP-9841"
                ask["params"] = {"Path": ["Status", "Line", 1, "Call", 0, "CallState"]}
                await socket.send_json(ask)
                assert (await socket.receive_json(timeout=ANSWER_S))["result"] == "Connected"


async def test_the_reader_and_the_writer_agree_on_the_tree(tmp_path: File) -> None:
    async with still() as office:
        made = await surveyed(office)
        async with served_again(made, tmp_path) as phone:
            published = json.loads((tmp_path / "bundle.json").read_text())["tree"]
            assert {str(path): value for path, value in phone.tree.items()} == published


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("", "not JSON"), ("[]", "not a survey"), ('{"format": "phonetui-bundle", "version": 9}', "version 9"),
     ('{"format": "phonetui-bundle", "version": 1}', "damaged"), ("[" * 100_000, "not JSON"),
     ('{"format": "phonetui-bundle", "version": 1, "phone": {}, "exchanges": [{"topic": "x", "status": 7}]}', "damaged")],
)  # fmt: skip
async def test_what_is_no_bundle_is_refused_in_words(content: str, complaint: str, tmp_path: File) -> None:
    (tmp_path / "b.json").write_text(content)
    with pytest.raises(ConfigError, match=complaint):
        async with replay.serve(tmp_path / "b.json", Settings()):
            pass
    with pytest.raises(ConfigError, match="No such file"):
        async with replay.serve(tmp_path / "c.json", Settings()):
            pass


async def test_a_bundle_of_next_to_nothing_still_answers(tmp_path: File) -> None:
    (tmp_path / "b.json").write_text('{"format": "phonetui-bundle", "version": 1, "phone": {}, "exchanges": []}')
    async with replay.serve(tmp_path / "b.json", Settings(password=PASSWORD, log=tmp_path / "log")) as phone:
        transport = HttpTransport(address(phone.url), unverified_context())
        assert await transport.fetch(Path.of("Line")) == {}
        with pytest.raises(CommandRefused):
            await transport.command(Command(Path.of("Call", "Fly")))
        assert (await transport.command(Command(Path.of("Call", "Dial"), (("Number", "1"),)))).name == "CallDialResult"
        await transport.close()
    assert '"state": "live"' in (tmp_path / "log").read_text()
    await asyncio.sleep(0)
