"""`probe` against simulated phones: what it asks, what it writes, how it ends."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from phonetui.cli import output, probe
from phonetui.cli.simulate import SimulatorThread, serve_in_thread
from phonetui.config.settings import SendKey
from phonetui.probe import plan
from phonetui.probe.plan import Question, SurveyExchange
from phonetui.simulator.server import Settings, SimulatedPhone
from phonetui.tls import unverified_context
from phonetui.transport.base import Address
from phonetui.transport.survey import survey
from tests.cli.conftest import PASSWORD, Line
from tests.deadlines import EVENTUALLY_S
from tests.live import served


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PACE_S", 0.0)


def asked(phone: SimulatedPhone, since: int) -> list[str]:
    return [f"{each.method} {each.path} {each.location}".rstrip() for each in phone.requests[since:]]


def test_a_survey_of_reads_alone(phone: SimulatedPhone, line: Line, home: Path) -> None:
    since = len(phone.requests)
    run = line("probe", phone.url)
    assert run.code == 0
    file = home / run.out.strip()
    assert file.name.startswith("127.0.0.1-")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = json.loads(file.read_text())
    assert (content["format"], content["version"], content["phone"]["product_id"]) == ("phonetui-bundle", 1, "DP-9841")
    assert content["tls"]["version"].startswith("TLSv1.")
    assert len(content["timing_s"]) == plan.SAMPLES
    requests = asked(phone, since)
    assert len(run.err.splitlines()) == len(requests)
    posts = [each for each in requests if each.startswith("POST")]
    assert posts == ["POST /xmlapi/session/begin", "POST /xmlapi/session/end"]
    for target in ("/status.xml", "/command.xml", "/valuespace.xml", "/ws", "/getxml /Status/Network/Statistics"):
        assert f"GET {target}" in requests
    topics = {each["topic"] for each in content["exchanges"]}
    assert {
        "identity",
        "document",
        "part",
        "session-begin",
        "session-end",
        "websocket",
        "nowhere",
        "unparsable",
    } <= topics
    assert "key" not in topics


def test_nothing_of_the_phone_or_its_account_is_in_the_file(phone: SimulatedPhone, line: Line) -> None:
    shown = line("probe", phone.url, "-o", "-").out
    tree = phone.tree
    for secret in (PASSWORD, phone.device.identity.host_name, phone.device.identity.mac, "Authorization", phone.fingerprint,
                   phone.device.identity.address, "downloads.example"):  # fmt: skip
        assert secret not in shown, secret
    calls = ("Line", "LEDStatus Line")  # which other tests have left up come and go
    found = {path for path in json.loads(shown)["tree"] if not path.startswith(calls)}
    assert found == {str(path) for path in tree if not str(path).startswith(calls)}


def test_the_two_commands_must_be_asked_for(phone: SimulatedPhone, line: Line) -> None:
    since = len(phone.requests)
    content = json.loads(line("probe", phone.url, "-o", "-", "--keys", "--screenshot").out)
    commands = [(each.command, dict(each.arguments)) for each in phone.requests[since:] if each.command]
    assert commands == [("Ui SendKey", {"Key": plan.NOWHERE}), ("Ui GetDeviceScreenshot", {})]
    found = {each["topic"]: each for each in content["exchanges"]}
    assert "Accepted: " in found["key"]["body"]
    assert found["screenshot"]["picture"].startswith("png ")
    assert found["screenshot"]["bytes"] > 500


@pytest.mark.parametrize("option", ["--keys", "--screenshot"])
def test_read_only_allows_the_survey_but_no_command(option: str, phone: SimulatedPhone, line: Line) -> None:
    before = len(phone.requests)
    run = line("probe", phone.url, option, "--read-only")
    assert (run.code, run.out) == (4, "")
    assert "read-only" in run.err
    assert len(phone.requests) == before
    assert line("probe", phone.url, "--read-only", "-o", "-").code == 0


def test_no_file_is_overwritten(phone: SimulatedPhone, line: Line, home: Path) -> None:
    (home / "x.json").write_text("mine")
    before = len(phone.requests)
    assert line("probe", phone.url, "-o", "x.json").code == 2
    assert len(phone.requests) == before, "nobody is asked for minutes for what could then not be written"
    assert (home / "x.json").read_text() == "mine"
    assert line("probe", phone.url, "-o", "no/x.json").code == 2
    assert [output.write_output_file("x", None, "stem", "json") for _ in range(2)] == ["stem.json", "stem-2.json"]


def test_who_refuses_and_who_is_not_there(
    phone: SimulatedPhone, line: Line, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("PHONETUI_PASSWORD", "wrong")
    run = line("probe", phone.url)
    assert (run.code, run.out, run.err.count("\n")) == (4, "", 1)
    run = line("probe", "http://127.0.0.1:1")
    assert (run.code, run.out, run.err.count("\n")) == (3, "", 1)
    assert list(home.glob("*.json")) == []


@pytest.fixture
def broken() -> Iterator[SimulatorThread]:
    with serve_in_thread(lambda: Settings(phones=1, seed=9, scenario="quiet", password=PASSWORD)) as office:
        yield office


@pytest.mark.parametrize("fault", ["404", "html", "503", "garbage", "truncated", "dtd", "empty"])
def test_what_is_no_xapi_is_kept_and_told(fault: str, broken: SimulatorThread, line: Line) -> None:
    phone = broken.phones()[0]
    assert line("trust", phone.url, "--yes").code == 0
    phone.fault = fault
    run = line("probe", phone.url, "-o", "-")
    assert run.code == 1
    assert "nothing that it answered is xAPI" in run.err
    assert len(json.loads(run.out)["exchanges"]) > 30


def at(phone: SimulatedPhone, timeout_s: float = 5.0) -> Address:
    port = int(phone.url.rpartition(":")[2])
    return Address(
        scheme="https", host="127.0.0.1", port=port, username="xapi", password="phonetui", timeout_s=timeout_s
    )


async def test_a_phone_that_goes_away_ends_the_survey_and_single_failures_do_not() -> None:
    told: list[SurveyExchange] = []
    async with served() as office:
        phone = office.phones[0]

        def hear(exchange: SurveyExchange) -> None:
            told.append(exchange)
            if len(told) in (5, 7):
                phone.fault = "hang" if len(told) == 5 else None

        def stop(exchange: SurveyExchange) -> None:
            told.append(exchange)
            phone.fault = "hang"

        made = await survey(at(phone, timeout_s=0.3), unverified_context(), lambda _: (), notify=hear, pace_s=0.0)
        assert [each.failure for each in told[4:8] if each.failure]
        assert any(each.failure.startswith("no answer to GET") for each in made.exchanges)
        told.clear()
        with pytest.raises(Exception, match="no answer"):
            await survey(at(phone, timeout_s=0.3), unverified_context(), lambda _: (), notify=stop, pace_s=0.0)
        assert len(told) == 3


async def test_an_interrupted_survey_ends_its_session() -> None:
    async with served() as office:
        phone = office.phones[0]
        begun = asyncio.Event()

        def hear(exchange: SurveyExchange) -> None:
            if exchange.question.topic == "session-begin":
                begun.set()

        task = asyncio.create_task(survey(at(phone), unverified_context(), lambda _: (), notify=hear, pace_s=0.01))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert phone.requests[-1].path == "/xmlapi/session/end"


async def test_requests_keep_their_distance() -> None:
    async with served() as office:
        phone = office.phones[0]
        await survey(at(phone), unverified_context(), lambda _: (), notify=lambda _: None, pace_s=0.01)
        moments = [each.at.timestamp() for each in phone.requests]
        assert min(later - sooner for sooner, later in pairwise(moments)) >= 0.009


def test_the_parameter_of_a_key_is_read_from_the_manual() -> None:
    body = b'<Command><Ui><SendKey command="True"><KeyName item="1"/></SendKey></Ui></Command>'
    question = Question("document", "GET", "/command.xml")
    auto = SendKey()
    assert probe.parameter(SurveyExchange(question, status=200, body=body), auto) == "KeyName"
    assert probe.parameter(SurveyExchange(question, status=200, body=b"<Command/>"), auto) == "Key"
    assert probe.parameter(SurveyExchange(question, status=404), auto) == "Key"
    assert probe.parameter(None, auto) == "Key"
    assert probe.parameter(SurveyExchange(question, status=200, body=body), SendKey(parameter="Taste")) == "Taste"


def test_a_survey_is_served_again(phone: SimulatedPhone, line: Line, home: Path) -> None:
    assert line("probe", phone.url, "-o", "b.json").code == 0
    tree = json.loads((home / "b.json").read_text())["tree"]
    words = [sys.executable, "-m", "phonetui", "simulate", "--from", "b.json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as run:
        assert run.stdout is not None
        made, ready = (json.loads(run.stdout.readline()) for _ in range(2))
        assert (made["name"], made["username"], made["model"], ready) == ("replica", "xapi", "9841", {"type": "ready"})
        shown = line("status", made["url"])
        assert shown.code == 0
        assert len(shown.out.splitlines()) == len(tree) + 1
        assert f'*s SystemUnit HostName: "{tree["SystemUnit HostName"]}"' in shown.out
        run.send_signal(signal.SIGTERM)
        rest, complaints = run.communicate(timeout=EVENTUALLY_S)
    assert (run.returncode, rest) == (0, "")
    assert complaints.splitlines()[1:] == []
    assert "accounts xapi, integrator and user" in complaints
    assert line("simulate", "--from", "nothing.json").code == 2
