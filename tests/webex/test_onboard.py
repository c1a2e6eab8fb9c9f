"""A new phone until it is online, and one line of a phone that is changed alone."""

from typing import Any

import pytest

from phonetui.cli.webex import onboard
from tests.webex.conftest import Words
from tests.webex.expected import DEVICE
from tests.webex.fake.devices import CODE
from tests.webex.fake.site import Fake
from tests.webex.fake.world import PERSON, WORKSPACE, device, ident


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onboard, "LOOK_S", 0.01)


def coming(fake: Fake, **fields: Any) -> None:
    """With the third listing a new phone is there, with the fifth it is online."""
    asked = 0
    spoil = fake.spoil

    def spoiled(value: Any) -> Any:
        nonlocal asked
        if isinstance(value, dict) and "items" in value:
            asked += 1
            new = device(77, connectionStatus="activating", displayName="New", **fields)
            if asked == 3:
                fake.world.devices[new["id"]] = new
            if asked == 5:
                fake.world.devices[new["id"]]["connectionStatus"] = "connected"
        return spoil(value)

    fake.spoil = spoiled


def test_a_code_and_the_wait(webex: Words, fake: Fake) -> None:
    coming(fake)
    run = webex("devices", "onboard", "--model", "Cisco 9851", "--workspace", "lobby")
    assert run.code == 0
    assert f"activation code: {CODE}" in run.out
    assert run.err.splitlines() == ["waiting for the phone", "New: activating", "New: connected"]
    told = run.out.splitlines()
    assert told[-2].split("  ")[:3] == ["New", "Cisco Desk Phone 9851", "connected"]
    assert told[-1].startswith("missing: a [[phone]] of your configuration")


def test_an_address_and_what_is_missing(webex: Words, fake: Fake) -> None:
    run = webex(
        "devices",
        "onboard",
        "--model",
        "Cisco 9851",
        "--person",
        "ada@example.com",
        "--mac",
        "02-00-00-00-00-aa",
        "--patience",
        "0.05",
    )
    assert run.code == 1
    assert [each.body for each in fake.writes if each.path == "/devices"] == [
        {"personId": PERSON, "mac": "0200000000AA", "model": "Cisco 9851"}
    ]
    assert "missing: its first connection" in run.out
    run = webex(
        "devices", "onboard", "--model", "Cisco 9851", "--person", "ada@example.com", "--mac", "02:00:00:00:00:01"
    )
    assert (run.code, "cannot be added" in run.err) == (1, True)
    run = webex("devices", "onboard", "--model", "x", "--person", "ada@example.com", "--mac", "zz")
    assert (run.code, "is no MAC address" in run.err) == (2, True)


def test_nobody_came(webex: Words, fake: Fake) -> None:
    run = webex("devices", "onboard", "--model", "Cisco 9851", "--workspace", WORKSPACE, "--patience", "0.03", "--json")
    assert run.code == 1
    assert run.json["result"]["missing"][0].startswith("the phone: was the code typed in")


def test_a_phone_with_issues(webex: Words, fake: Fake) -> None:
    coming(fake, errorCodes=["no-dns"], capabilities=[])
    run = webex("devices", "onboard", "--model", "Cisco 9851", "--workspace", "Lobby")
    assert (
        run.code,
        "missing: what Webex complains of: no-dns" in run.out,
        "missing: xAPI through Webex" in run.out,
    ) == (0, True, True)


@pytest.mark.parametrize("word", ["First2 Last2", "1002", "port 2", ident("PEOPLE", 2)])
def test_one_line_is_changed_and_the_others_stay(webex: Words, fake: Fake, word: str) -> None:
    before = fake.world.members_of(DEVICE)
    run = webex("members", "change", "Phone 1", word, "--label", "Desk", "--no-decline", "--hotline", "112")
    assert (run.code, run.out) == (
        0,
        "First2 Last2: lineLabel Desk, allowCallDeclineEnabled no, hotlineEnabled yes, hotlineDestination 112\n",
    )
    first, second = fake.last.body["members"]
    assert first == {name: value for name, value in before[0].items() if name in first}
    assert (second["lineLabel"], second["allowCallDeclineEnabled"], second["port"], second["lineWeight"]) == (
        "Desk",
        False,
        2,
        1,
    )


def test_whose_line(webex: Words, fake: Fake) -> None:
    fake.world.members_of(DEVICE)[1]["extension"] = "1001"
    run = webex("members", "change", DEVICE, "1001", "--label", "x")
    assert (run.code, "may be 2 members" in run.err) == (2, True)
    assert webex("members", "change", DEVICE, "nobody", "--label", "x").code == 2
    assert webex("members", "change", DEVICE, "1001").code == 2
    assert webex("members", "change", DEVICE, "1001", "--label", "x", "--read-only").code == 4
    assert fake.writes == []
