"""What live answers were seen to be, where Cisco's file says otherwise or nothing; and what Cisco's documents correct."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from phonetui.errors import AccessError, ConfigError, Dropped
from phonetui.webex import auth
from phonetui.webex.answer import WebexNotFound, redacted
from phonetui.webex.auth import READING, FixedToken, Integration, RenewingToken, SignIn
from phonetui.webex.client import WebexClient
from phonetui.webex.configuration import configuration, setting_schema
from phonetui.webex.jobs import error
from phonetui.webex.operations import operation, request
from phonetui.webex.tokens import Token
from phonetui.webex.xapi import Forms, forms, typed_arguments
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.webex.expected import DEVICE, LAYOUT
from tests.webex.fake.oauth import CLIENT, PASSWORD
from tests.webex.fake.site import ADMIN, Fake, Trouble
from tests.webex.fake.world import configurations
from tests.webex.fake.xapi import COMMANDS


def client(fake: Fake) -> WebexClient:
    return WebexClient(fake.base_url, FixedToken(ADMIN))


def names(fake: Fake) -> list[list[str]]:
    return [[value for name, value in each.query if name == "name"] for each in fake.seen]


STATUS, SEVERAL = operation("xapi status"), {"deviceId": DEVICE, "name": ["Audio.Volume", "SystemUnit.ProductId"]}


async def test_status_names_with_commas(fake: Fake) -> None:
    webex = client(fake)
    for _ in range(2):
        assert (await webex.run(STATUS, SEVERAL)).value["result"]["Audio"]["Volume"]
    assert names(fake) == [["Audio.Volume,SystemUnit.ProductId"]] * 2
    await webex.close()


async def test_status_names_repeated_where_commas_bring_nothing(fake: Fake) -> None:
    """Whether that is an empty answer or a refusal; what was learnt holds for the next."""
    fake.world.repeats_names = True
    webex = client(fake)
    for _ in range(2):
        assert (await webex.run(STATUS, SEVERAL)).value["result"]["Audio"]["Volume"]
    assert names(fake) == [["Audio.Volume,SystemUnit.ProductId"], SEVERAL["name"], SEVERAL["name"]]
    await webex.close()


async def test_one_name_is_asked_for_once(fake: Fake) -> None:
    webex = client(fake)
    assert (await webex.run(STATUS, {"deviceId": DEVICE, "name": ["No.Such"]})).value["result"] == {}
    assert len(fake.seen) == 1
    await webex.close()


def test_the_schema_of_a_command_lies_one_level_lower() -> None:
    known = forms([{"deviceId": DEVICE, "commands": COMMANDS}], DEVICE)
    increase, upload = (
        known.find(Path.parse(name)) for name in ("Audio Volume Increase", "UserInterface Extensions Icon Upload")
    )
    assert increase is not None
    assert upload is not None
    (steps,) = increase.parameters
    assert (steps.space.kind, steps.space.low, steps.is_required) == ("integer", 1, False)
    assert upload.is_multiline
    assert [(each.name, each.space.kind, each.space.high) for each in upload.parameters] == [("Id", "string", 128)]


async def test_integers_go_by_the_schema_and_are_asked_for_once(fake: Fake) -> None:
    webex, known = client(fake), Forms()
    increase = Command(Path.parse("Audio Volume Increase"), (("Steps", "3"),))
    dial = Command(Path.parse("Call Dial"), (("Number", "5000"),))
    for _ in range(2):
        assert await typed_arguments(webex.run, DEVICE, increase, known) == {"Steps": 3}
        assert await typed_arguments(webex.run, DEVICE, dial, known) == {"Number": "5000"}
    assert len(fake.seen) == 2
    fake.trouble = [Trouble(403, "/xapi/schema")]
    assert await typed_arguments(webex.run, DEVICE, increase, Forms()) == {"Steps": "3"}
    assert await typed_arguments(webex.run, DEVICE, Command(Path.parse("Call Hold"), (("CallId", "3"),)), Forms()) == {
        "CallId": 3
    }
    await webex.close()


def test_a_value_is_what_its_space_says() -> None:
    found = {str(each.key): each for each in configuration({"items": configurations(live=True)})}
    ringtone, brightness = found["Lines.Line[1].CallFeatureSettings.Ringtone"], found["Ui.Brightness"]
    assert (ringtone.space.accept(2), ringtone.space.accept("2")) == ("2", "2")
    assert (brightness.space.accept("7"), brightness.space.accept(7)) == (7, 7)
    assert brightness.space.words == "1 to 10 steps"
    assert found["Phone.MulticastPaging"].space.read('["239.0.0.1:1"]') == ["239.0.0.1:1"]
    for space, odd in ((brightness.space, "high"), (ringtone.space, 9), (found["Phone.MulticastPaging"].space, "x")):
        with pytest.raises(ConfigError, match="it must be"):
            space.read(odd) if isinstance(odd, str) else space.accept(odd)


def test_rules_levels_and_what_has_arrived() -> None:
    found = {str(each.key): each for each in configuration({"items": configurations(live=True)})}
    mode = found["WebEngine.Mode"]
    assert (mode.source, mode.value, mode.is_set, mode.why_not) == (
        "organizationRule",
        "On",
        False,
        "CONFIG_MANAGED_BY_RULE",
    )
    assert mode.has_arrived is True
    raw: Any = configurations()["Audio.Volume"]
    raw["value"] = 30
    (volume,) = configuration({"items": {"Audio.Volume": raw}})
    assert (volume.has_arrived, volume.applied) == (False, 50)
    del raw["appliedConfigurationValue"]
    assert configuration({"items": {"Audio.Volume": raw}})[0].has_arrived is None
    assert setting_schema({"type": "array"}).words.startswith("a list")


@pytest.mark.parametrize(
    "inside",
    [
        {"description": "Phone 1 is offline", "code": "5004", "locationId": "HQ"},
        {"key": "5004", "message": [{"description": "Phone 1 is offline", "location": "HQ"}]},
    ],
    ids=["schema", "example"],
)
def test_a_job_error_in_both_forms(inside: Any) -> None:
    found = error({"trackingId": "T", "error": inside})
    assert (found.words, found.where, found.code, found.tracking) == ("Phone 1 is offline", "HQ", "5004", "T")


def test_a_default_layout_has_no_keys_in_a_request() -> None:
    values = {**LAYOUT, "deviceId": DEVICE, "layoutMode": "DEFAULT"}
    assert request(operation("layouts set"), values).body == {"layoutMode": "DEFAULT", "userReorderEnabled": True}
    assert "lineKeys" in request(operation("layouts set"), {**values, "layoutMode": "CUSTOM"}).body


async def test_settings_of_a_phone_that_has_configurations_instead(fake: Fake) -> None:
    webex = client(fake)
    with pytest.raises(WebexNotFound, match="have device configurations instead"):
        await webex.run(operation("settings device"), {"deviceId": DEVICE})
    await webex.close()


@pytest.mark.parametrize("status", [200, 201])
async def test_a_change_is_answered_in_both_ways(fake: Fake, status: int) -> None:
    fake.world.patched = status
    webex, step = client(fake), {"op": "replace", "path": "Audio.Volume/sources/configured/value", "value": 30}
    answer = await webex.run(operation("configurations update"), {"deviceId": DEVICE, "steps": [step]})
    assert answer.value["items"]["Audio.Volume"]["value"] == 30
    await webex.close()


@pytest.mark.parametrize(
    "name",
    ["ThousandEyes.ConnectionString", "Snmp.CommunityName", "getCommunity", "setCommunity", "bindPw", "Wifi.Psk"],
)
def test_these_are_secrets(name: str) -> None:
    step = {"op": "replace", "path": f"{name}/sources/configured/value", "value": "Zq9"}
    assert "Zq9" not in json.dumps(redacted([step, {name.rpartition(".")[2]: "Zq9"}]))


def test_soft_keys_are_none() -> None:
    assert redacted({"psk1": "fnc=sd", "pskDefaults": {"psk4": "x"}}) == {
        "psk1": "fnc=sd",
        "pskDefaults": {"psk4": "x"},
    }


async def test_a_dropped_poll_does_not_end_a_sign_in(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_SLOWER_S", 0.02)
    sign_in = SignIn(fake.base_url, Integration(CLIENT, PASSWORD))
    post, broken = sign_in._post, [Dropped("the connection broke"), Dropped("again")]

    async def breaking(path: str, *args: Any, **more: Any) -> Any:
        if path == "/device/token" and broken:
            raise broken.pop()
        return await post(path, *args, **more)

    monkeypatch.setattr(sign_in, "_post", breaking)
    fake.trouble = [Trouble(503, "/device/token")]
    fake.grants.allow_after = 0
    assert (await sign_in.token(await sign_in.invite(READING))).access == "granted-1-Zq9"
    assert broken == []


async def test_a_dead_refresh_token_is_not_tried_with_every_request(fake: Fake) -> None:
    now, said = datetime.now(UTC), list[str]()
    due = Token(access="a", refresh="dead", issued_at=now - timedelta(hours=19), expires_at=now + timedelta(hours=1))
    renewing = RenewingToken(due, SignIn(fake.base_url, Integration(CLIENT, PASSWORD)), notice=said.append)
    assert [await renewing.access() for _ in range(20)] == ["a"] * 20
    assert len(fake.seen) == 1
    assert len(said) == 1
    assert "holds until" in said[0]
    with pytest.raises(AccessError, match="invalid_grant"):
        await renewing.renewed()


@pytest.mark.parametrize("place", ["", "/"])
async def test_the_proxy_of_the_configuration_is_used(fake: Fake, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute URL in the request line is what a proxy is asked; nobody listens at those of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    asked: list[bytes] = []

    async def proxied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"items":[]}')
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(proxied, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    webex = WebexClient("http://localhost:1/v1", FixedToken(ADMIN), proxy=f"http://127.0.0.1:{port}{place}")
    assert (await webex.run(operation("devices list"), {})).value == {"items": []}
    assert asked == [b"GET http://localhost:1/v1/devices HTTP/1.1"]
    await webex.close()
    server.close()
    direct = client(fake)
    assert (await direct.run(operation("devices list"), {})).value["items"]
    await direct.close()
