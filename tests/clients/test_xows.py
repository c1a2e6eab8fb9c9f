"""Cisco's own Python client (PyPI: xows) against simulated phones, with and without encryption."""

import json
import sys
from pathlib import Path as File
from typing import Any

import pytest

from phonetui.simulator.server import ServedOffice

from .conftest import PASSWORD, output

SCRIPT = File(__file__).with_name("xows_client.py")
pytestmark = pytest.mark.usefixtures("xows")


async def run(office: ServedOffice, scheme: str, password: str = PASSWORD) -> tuple[int, dict[str, Any]]:
    phone = office.phones[0]
    url = (phone.url if scheme == "wss" else phone.plain_url).replace("http", "ws", 1) + "/ws"
    code, said = await output(sys.executable, str(SCRIPT), url, "xapi", password)
    found: dict[str, Any] = json.loads(said)
    return code, found


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_everything(office: ServedOffice, scheme: str) -> None:
    code, found = await run(office, scheme)
    assert code == 0, found
    assert found["leaf"] == "DP-9841"
    assert found["subtree"]["Module"]["Version"] == "1"
    assert found["query"] == {"Status": {"LEDStatus": {"MuteLEDColor": "Off"}}}
    assert (found["set"], found["configured"]) == (True, "Off")
    assert found["unknown"] == ["MethodNotFound"]
    assert found["parameter"] == ["InvalidParameter"]
    assert found["failed"] == ["CommandError", "Feedback slot is not registered"]
    assert found["nothing"] == ["InvalidParameter"]
    lamps = [told["Status"]["LEDStatus"]["MuteLEDColor"] for told in found["lamp"]]
    assert lamps == ["Off", "Red"], "the current value, then the change"
    assert found["unsubscribed"] is True
    assert found["after"] == ["Off", 2], "nothing is heard any more"
    assert found["dialled"] == {"status": "OK", "CallId": 0, "LineId": 1}
    states = [told["Status"]["Line"][0]["Call"][0]["CallState"] for told in found["states"]]
    assert states == ["Dialing", "Calling", "Proceeding", "Connected"]
    assert found["event"]["Event"]["SipCallDisconnect"]["CauseCode"] == 200


async def test_a_wrong_password(office: ServedOffice) -> None:
    code, found = await run(office, "wss", "wrong")
    assert (code, found["error"]) == (1, "AuthenticationFailure")


async def test_a_phone_without_websocket(office: ServedOffice) -> None:
    office.phones[0].websocket = False
    code, found = await run(office, "wss")
    assert (code, found["error"]) == (1, "NotEnabledError")


async def test_a_phone_that_restarts(office: ServedOffice) -> None:
    office.phones[0].fault = "502"
    assert (await run(office, "wss"))[0] == 1


async def test_https_only(office: ServedOffice) -> None:
    office.phones[0].behaviour.https_only = True
    code, found = await run(office, "ws")
    assert (code, "https" in found["said"].casefold()) == (1, True), found
