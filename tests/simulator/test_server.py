"""Phones over real sockets: documents, accounts, sessions, restarts, and the request log."""

import asyncio
import contextlib
import json
import socket
import ssl
import subprocess
import sys
from hashlib import sha256
from pathlib import Path as File
from urllib.parse import urlsplit

import aiohttp
import pytest

from phonetui.errors import ConfigError
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.server import Settings, scenarios, serve
from phonetui.xapi.path import Path
from tests.deadlines import EVENTUALLY_S
from tests.live import until

from .sockets import Client, client, untrusting

QUIET = Settings(phones=2, seed=7, scenario="quiet")


async def test_documents_over_https() -> None:
    async with serve(QUIET) as office, client() as operator:
        phone = office.phones[0]
        assert await operator.leaf(phone, "/Status/SystemUnit/ProductId") == "DP-9841"
        assert await operator.leaf(phone, "/Status/Line") is None
        assert "<Fault>" in await operator.read(phone, "")
        for name, root in {"status": "Status", "configuration": "Configuration", "command": "Command"}.items():
            status, text, headers = await operator.ask(phone, "GET", f"/{name}.xml")
            assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/xml")
            assert f'<{root} product="Cisco IP Phone"' in text
        assert "<INT_1_4" in (await operator.ask(phone, "GET", "/valuespace.xml"))[1]
        assert (await operator.ask(phone, "GET", "/status.xml"))[1] == await operator.read(phone, "/Status")
        assert (await operator.ask(phone, "GET", "/elsewhere"))[0] == 404
        assert (await operator.ask(phone, "GET", "/putxml"))[0] == 404


async def test_the_connection_is_kept() -> None:
    made: list[object] = []

    async def count(*happened: object) -> None:
        made.append(happened)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(count)
    async with serve(QUIET) as office, aiohttp.ClientSession(trace_configs=[trace]) as session:
        operator = Client(session, untrusting())
        for _ in range(5):
            await operator.read(office.phones[0], "/Status/Standby")
        assert len(made) == 1


@pytest.mark.parametrize("account", [None, ("xapi", "wrong"), ("nobody", "phonetui"), ("", "")])
async def test_strangers_are_refused(account: tuple[str, str] | None) -> None:
    async with serve(QUIET) as office, client(account) as stranger:
        status, _, headers = await stranger.ask(office.phones[0], "GET", "/status.xml")
        assert status == 401
        assert headers["WWW-Authenticate"].startswith("Basic realm=")
        assert not office.phones[0].requests[-1].admitted


@pytest.mark.parametrize("name", ["xapi", "integrator", "user"])
async def test_accounts_and_the_given_password(name: str) -> None:
    settings = Settings(phones=1, scenario="quiet", password="s3cret")
    assert "s3cret" not in repr(settings)
    async with serve(settings) as office, client((name, "s3cret")) as operator:
        phone = office.phones[0]
        assert await operator.leaf(phone, "/Status/Standby") == "None"
        refused = "Insufficient permission" in await operator.run(phone, "Security Certificates CA Show")
        assert refused is (name != "xapi")
        assert phone.requests[0].account == name


async def test_sessions_have_a_limit_and_an_end() -> None:
    async with serve(QUIET) as office, client() as operator, client(None) as holder:
        phone = office.phones[0]
        begun = [await operator.ask(phone, "POST", "/xmlapi/session/begin") for _ in range(5)]
        assert [status for status, _, _ in begun] == [204, 204, 204, 204, 503]
        cookie = begun[0][2]["Set-Cookie"].split(";")[0]
        assert (await holder.ask(phone, "GET", "/status.xml", Cookie=cookie))[0] == 200
        assert (await holder.ask(phone, "POST", "/xmlapi/session/end", Cookie=cookie))[0] == 204
        assert (await holder.ask(phone, "GET", "/status.xml", Cookie=cookie))[0] == 401
        assert (await operator.ask(phone, "POST", "/xmlapi/session/begin"))[0] == 204


async def test_several_commands_get_as_many_results() -> None:
    body = (
        "<Command><Call><Dial><Number>5002</Number></Dial></Call><Call><Dila/></Call>"
        "<HttpFeedback><Deregister><FeedbackSlot>1</FeedbackSlot></Deregister></HttpFeedback></Command>"
    )
    async with serve(QUIET) as office, client() as operator:
        _, text, _ = await operator.ask(office.phones[0], "POST", "/putxml", body=body)
        assert [mark in text for mark in ("<CallDialResult", "<Result", "<HttpFeedbackDeregisterResult")] == [True] * 3


async def test_malformed_xml_is_400() -> None:
    async with serve(QUIET) as office, client() as operator:
        for body in ("<Command><Call>", "", "<!DOCTYPE x []><Command/>", "<Other/>"):
            status, text, headers = await operator.ask(office.phones[0], "POST", "/putxml", body=body)
            assert status == 400
            assert text.startswith("XML syntax error:\n")
            assert headers["Content-Type"].startswith("text/plain")


async def test_the_only_setting() -> None:
    document = "<Configuration><HttpFeedback><TlsVerify>{}</TlsVerify></HttpFeedback></Configuration>"
    async with serve(QUIET) as office, client() as operator:
        phone = office.phones[0]
        assert "<Success/>" in (await operator.ask(phone, "POST", "/putxml", body=document.format("off")))[1]
        assert await operator.leaf(phone, "/Configuration/HttpFeedback/TlsVerify") == "Off"
        assert (
            'error="True">Illegal value' in (await operator.ask(phone, "POST", "/putxml", body=document.format("x")))[1]
        )
        other = "<Configuration><Audio><Volume>5</Volume></Audio></Configuration>"
        assert "No match on address expression" in (await operator.ask(phone, "POST", "/putxml", body=other))[1]


async def test_a_dialled_phone_rings_and_answers() -> None:
    async with serve(Settings(phones=2, scenario="quiet", speed=40)) as office, client() as operator:
        first, second = office.phones
        assert "<CallId>0</CallId>" in await operator.run(first, "Call Dial", Number=second.number)
        await until(lambda: second.tree.get(Path.parse("Line 1 Call 0 CallState")) == "Connected")
        assert await operator.leaf(first, "/Status/Line[1]/Call[0]/PeerName") == "Lobby"
        office.hold("sim-1")
        await until(lambda: second.tree.get(Path.parse("Line 1 Call 0 RemoteHold")) == "Yes")
        office.hang_up("sim-2")
        await until(lambda: not any(path[0] == "Line" for path in first.tree))


async def test_started_calls_and_a_full_line() -> None:
    async with serve(Settings(phones=2, scenario="quiet", speed=20)) as office:
        office.start_call("sim-1", "sim-2", profile="broken", answer_after_s=0.1)
        lost = Path.parse("Line 1 Call 0 PacketsLost")
        await until(lambda: int(office.by_name["sim-2"].tree.get(lost, "0")) > 20)
        assert office.by_name["sim-1"].tree[lost] == "0"
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        with pytest.raises(CallRefused):
            office.start_call("sim-1", "sim-2")
        with pytest.raises(ConfigError):
            office.start_call("sim-1", "sim-9")


async def test_the_request_log_has_everything_but_passwords() -> None:
    async with serve(QUIET) as office, client() as operator:
        phone = office.phones[0]
        await operator.read(phone, "/Status/Line")
        await operator.run(phone, "Ui SendKey", Key="Mute")
        read, pressed = phone.requests
        assert (read.method, read.path, read.location, read.account) == ("GET", "/getxml", "/Status/Line", "xapi")
        assert (pressed.method, pressed.path, pressed.command) == ("POST", "/putxml", "Ui SendKey")
        assert pressed.arguments == (("Key", "Mute"),)
        assert read.at <= pressed.at
        assert "phonetui" not in repr(phone.requests)


async def test_any_name_goes_out() -> None:
    async with serve(Settings(phones=2, scenario="quiet", speed=20)) as office, client() as operator:
        office.set_name("sim-1", "\x1b]52;c;x\x07[/red]<&\u202e\ud83d")
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        second = office.by_name["sim-2"]
        await until(lambda: Path.parse("Line 1 Call 0 PeerName") in second.tree)
        text = await operator.read(second, "/Status/Line")
        assert "\x1b]52;c;x\x07[/red]&lt;&amp;\u202e&#xD83D;" in text
        office.set_value("sim-2", "SystemUnit HostName", "\x9b31m")
        assert "\x9b31m" in await operator.read(second, "/Status/SystemUnit")


async def test_the_certificate_is_the_announced_one_and_names_the_address() -> None:
    async with serve(QUIET) as office:
        phone = office.phones[0]
        host, port = urlsplit(phone.url).hostname, urlsplit(phone.url).port
        pem = await asyncio.to_thread(ssl.get_server_certificate, (str(host), int(port or 0)))
        assert phone.fingerprint == "sha256:" + sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        trusting = ssl.create_default_context(cadata=pem)
        async with aiohttp.ClientSession() as session, session.get(phone.url, ssl=trusting) as answer:
            assert answer.status == 401


def free_pair() -> int:
    """A port that is free, and the next one too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


async def test_consecutive_ports_and_the_same_fingerprints_after_a_restart() -> None:
    port = free_pair()
    settings = Settings(phones=2, scenario="quiet", port=port)
    seen: list[list[tuple[str, str]]] = []
    for _ in range(2):
        async with serve(settings) as office:
            seen.append([(phone.url, phone.fingerprint) for phone in office.phones])
    assert seen[0] == seen[1]
    assert [url for url, _ in seen[0]] == [f"https://127.0.0.1:{port}", f"https://127.0.0.1:{port + 1}"]


async def test_a_port_in_use() -> None:
    async with serve(QUIET) as office:
        port = urlsplit(office.phones[1].url).port
        with pytest.raises(ConfigError, match="cannot listen on"):
            async with serve(Settings(phones=1, port=port)):
                pass


async def test_an_unknown_scenario_names_those_there_are() -> None:
    with pytest.raises(ConfigError) as refusal:
        async with serve(Settings(scenario="offce")):
            pass
    assert "busy, campus, incident, mesh, office, quiet, trouble" in refusal.value.hint
    assert "Did you mean 'office'" in refusal.value.hint
    assert scenarios() == ("busy", "campus", "incident", "mesh", "office", "quiet", "trouble")


async def test_a_log_that_cannot_be_written(tmp_path: File) -> None:
    with pytest.raises(ConfigError, match="cannot write the log"):
        async with serve(Settings(log=tmp_path / "missing" / "log")):
            pass


async def test_a_restart_from_outside() -> None:
    async with serve(Settings(phones=1, scenario="quiet", speed=8)) as office, client() as operator:
        phone = office.phones[0]
        assert 'status="OK"' in await operator.run(phone, "SystemUnit Boot")
        seen: list[int] = []
        await until(lambda: not phone.device.live)
        async with asyncio.timeout(EVENTUALLY_S):
            while not seen or seen[-1] != 200:
                try:
                    status, _, _ = await operator.ask(phone, "GET", "/getxml?location=/Status/Standby")
                except aiohttp.ClientError:
                    status = 0
                if not seen or seen[-1] != status:
                    seen.append(status)
                await asyncio.sleep(0.01)
        assert seen[:2] == [502, 0], "the front first, then nothing"
        assert seen[-1] == 200
        assert (await operator.leaf(phone, "/Status/PhoneStatus/ElapsedTime") or "").startswith("0 days, 00:00:0")


async def test_refusing_and_accepting_again() -> None:
    async with serve(QUIET) as office, client() as operator:
        phone = office.phones[0]
        await operator.read(phone, "/Status/Standby")
        await phone.refuse()
        with pytest.raises(aiohttp.ClientConnectionError):
            await operator.read(phone, "/Status/Standby")
        await phone.accept()
        assert await operator.leaf(phone, "/Status/Standby") == "None"


async def test_the_log_is_the_tree(tmp_path: File) -> None:
    log = tmp_path / "log.jsonl"
    async with serve(Settings(phones=3, scenario="busy", seed=3, log=log, speed=60)) as office:
        await until(lambda: office.now > 45)
        office.set_name("sim-1", "\x1b\ud83d é")
        trees = {phone.name: {str(path): value for path, value in phone.tree.items()} for phone in office.phones}
        raw = log.read_bytes()
    assert raw.isascii()
    assert b"\x1b" not in raw
    lines = [json.loads(line) for line in raw.splitlines()]
    assert [list(line)[:2] for line in lines[:3]] == [["type", "phone"]] * 3
    assert lines[0] == {"type": "phone", "phone": "sim-1", "state": "live", "reason": "", "at": lines[0]["at"]}
    assert {line["type"] for line in lines} == {"phone", "status", "event"}
    for name, tree in trees.items():
        assert replayed(lines, name) == tree
    moments = [line["at"] for line in lines]
    assert moments == sorted(moments)
    assert all(len(at) == 24 and at.endswith("Z") for at in moments)


def replayed(lines: list[dict[str, str]], name: str) -> dict[str, str]:
    tree: dict[str, str] = {}
    for line in lines:
        if line["type"] != "status" or line["phone"] != name:
            continue
        if "ghost" in line:
            assert "value" not in line
            gone = line["path"] + " "
            tree = {path: value for path, value in tree.items() if not path.startswith(gone)}
        else:
            assert tree.get(line["path"]) != line["value"]
            tree[line["path"]] = line["value"]
    return tree


def test_the_package_alone_is_cheap() -> None:
    script = (
        "import sys, phonetui.simulator; print([m for m in ('aiohttp', 'cryptography', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
async def test_a_call_is_up_two_seconds_after_the_start() -> None:
    async with serve(Settings(seed=11)) as office:
        states = [Path.parse(f"Line {line} Call 0 CallState") for line in (1, 2)]
        await until(
            lambda: sum(phone.tree.get(path) == "Connected" for phone in office.phones for path in states) >= 2, 2.5
        )
