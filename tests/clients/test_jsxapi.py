"""Cisco's own JavaScript client (npm: jsxapi) against simulated phones, with and without encryption."""

import json
from pathlib import Path as File
from typing import Any

import pytest

from phonetui.simulator.server import ServedOffice

from .conftest import PASSWORD, output

SCRIPT = File(__file__).with_name("jsxapi_client.js")


async def run(modules: File, url: str, password: str) -> tuple[int, dict[str, Any]]:
    code, said = await output("node", str(SCRIPT), url, "xapi", password, environment={"NODE_PATH": str(modules)})
    found: dict[str, Any] = json.loads(said)
    return code, found


def address(office: ServedOffice, scheme: str) -> str:
    phone = office.phones[0]
    return (phone.url if scheme == "wss" else phone.plain_url).replace("http", "ws", 1)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_everything(node_modules: File, office: ServedOffice, scheme: str) -> None:
    code, found = await run(node_modules, address(office, scheme), PASSWORD)
    assert code == 0, found
    assert (found["leaf"], found["text"]) == ("DP-9841", "PHONEOS.3-6-1-0001")
    assert found["subtree"]["Module"]["VID"] == "V01"
    assert [item["id"] for item in found["list"]] == [1]
    assert found["query"] == {"Status": {"LEDStatus": {"MuteLEDColor": "Off"}}}
    assert found["nothing"]["code"] == -32602
    assert (found["set"], found["configured"], found["illegal"]["code"]) == (True, "Off", -32602)
    assert found["pressed"] == {"status": "OK"}
    assert (found["lamp"], found["lampAfter"], found["lampHeard"]) == (["Red"], "Off", 1), "unsubscribed in between"
    assert found["dialled"] == {"status": "OK", "CallId": 0, "LineId": 1}
    assert found["states"] == ["Dialing", "Calling", "Proceeding", "Connected"]
    assert (found["call"]["PeerName"], type(found["call"]["PacketsSent"])) == ("Lobby", int)
    assert found["last"]["ghost"] == "True"
    assert found["event"]["CauseString"] == "Normal"
    assert found["unknown"] == {"code": -32601, "message": "Unknown command"}
    assert found["parameter"]["code"] == -32602
    assert found["failed"] == {"code": 1, "message": "Feedback slot is not registered"}


async def test_a_wrong_password(node_modules: File, office: ServedOffice) -> None:
    code, found = await run(node_modules, address(office, "wss"), "wrong")
    assert (code, found) == (1, {"error": "Unexpected server response: 403"})


async def test_a_phone_without_websocket(node_modules: File, office: ServedOffice) -> None:
    office.phones[0].websocket = False
    code, found = await run(node_modules, address(office, "wss"), PASSWORD)
    assert (code, found) == (1, {"error": "Unexpected server response: 404"})
