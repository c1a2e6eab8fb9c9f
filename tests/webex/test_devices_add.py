"""Many phones from a file: all validated, then one after another, and on where it stopped."""

import json
from pathlib import Path

import pytest

from tests.webex.conftest import Words
from tests.webex.fake.site import READER, Fake, Trouble
from tests.webex.fake.world import PERSON, WORKSPACE

MACS = [f"0200000000A{digit}" for digit in range(4)]
CREATE, VALIDATE = "/devices", "/telephony/config/devices/actions/validateMacs/invoke"


@pytest.fixture
def sheet(home: Path) -> Path:
    rows = [f"{mac},CP-9851,{WORKSPACE}," for mac in MACS[:3]] + [f"02:00:00:00:00:a3,CP-9861,,{PERSON}"]
    file = home / "phones.csv"
    file.write_text("\n".join(["mac,model,workspaceId,personId", *rows]))
    return file


def _created(fake: Fake) -> list[str]:
    return [
        each.body["mac"] for each in fake.seen if (each.method, each.path) == ("POST", CREATE) and each.status == 200
    ]


def test_validated_first_then_one_after_another(webex: Words, fake: Fake, sheet: Path) -> None:
    run = webex("devices", "add", str(sheet))
    assert (run.code, run.err) == (0, "")
    assert run.out.splitlines()[-1] == "4/4 0200000000A3: added"
    assert (fake.seen[0].path, fake.seen[0].body) == (VALIDATE, {"macs": MACS})
    assert _created(fake) == MACS
    assert fake.last.body == {"mac": MACS[3], "model": "CP-9861", "personId": PERSON}
    report = [json.loads(line) for line in Path(f"{sheet}.report").read_text().splitlines()]
    assert [(row["mac"], row["added"]) for row in report] == [(mac, True) for mac in MACS]


def test_owners_by_their_names(webex: Words, fake: Fake, home: Path) -> None:
    file = home / "named.csv"
    file.write_text(
        f"mac,model,workspaceId,personId\n{MACS[0]},Cisco 9851,lobby,\n{MACS[1]},Cisco 9851,,ada@example.com\n"
    )
    assert webex("devices", "add", str(file)).code == 0
    bodies = [each.body for each in fake.seen if (each.method, each.path) == ("POST", CREATE)]
    assert [each.get("workspaceId") or each.get("personId") for each in bodies] == [WORKSPACE, PERSON]


def test_one_bad_address_and_none_is_added(webex: Words, fake: Fake, sheet: Path) -> None:
    taken = next(iter(fake.world.devices.values()))
    taken["workspaceId"] = "another"
    sheet.write_text(f"{sheet.read_text()}\n{taken['mac']},CP-9851,{WORKSPACE},\n")
    run = webex("devices", "add", str(sheet))
    assert run.code == 1
    assert "1 of 5 addresses cannot be added; none was" in run.err
    assert "line 6: 020000000001 UNAVAILABLE" in run.err
    assert _created(fake) == []


def test_on_where_it_stopped(webex: Words, fake: Fake, sheet: Path) -> None:
    fake.trouble = [Trouble(200, VALIDATE, body=b'{"macStatus": []}'), Trouble(503, CREATE)]
    assert webex("devices", "add", str(sheet)).code == 3
    assert _created(fake) == []
    fake.trouble = []
    assert webex("devices", "add", str(sheet)).code == 0
    assert _created(fake) == MACS
    run = webex("devices", "add", str(sheet))
    assert (run.code, run.err) == (0, "4 of 4 were added before\n")
    assert _created(fake) == MACS


def test_a_phone_that_was_added_unnoted_is_not_in_the_way(webex: Words, fake: Fake, sheet: Path) -> None:
    webex("devices", "add", str(sheet))
    report = Path(f"{sheet}.report")
    lines = report.read_text().splitlines()
    report.write_text("\n".join([lines[0], lines[1][:20]]))
    run = webex("devices", "add", str(sheet))
    assert (run.code, run.err) == (0, "1 of 4 were added before\n")
    assert _created(fake) == MACS


def test_one_that_is_refused_does_not_stop_the_others(webex: Words, fake: Fake, sheet: Path) -> None:
    fake.trouble = [
        Trouble(200, VALIDATE, body=b'{"macStatus": []}'),
        Trouble(400, CREATE, body=b'{"errors": [{"description": "no licence"}], "trackingId": "T_1"}'),
    ]
    run = webex("devices", "add", str(sheet))
    assert run.code == 1
    assert "1/4 0200000000A0: not added: devices create: Webex says no (HTTP 400): no licence" in run.out
    assert _created(fake) == MACS[1:]
    fake.trouble = []
    assert webex("devices", "add", str(sheet)).code == 0
    assert _created(fake) == [*MACS[1:], MACS[0]]


def test_read_only_and_a_reader(webex: Words, fake: Fake, sheet: Path) -> None:
    assert webex("devices", "add", str(sheet), "--read-only").code == 4
    assert fake.seen == []
    run = webex("devices", "add", str(sheet), token=READER)
    assert (run.code, "telephony_config_write" in run.err) == (4, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: unknown column nothing"),
        ("mac,colour\n", ":1: unknown column colour"),
        ("mac,model,personId\nxx,9851,p\n", ":2: 'xx' is no MAC address"),
        ("mac,model,personId\n0200000000A0,,p\n", ":2: model, and one of"),
        ("mac,model,personId,workspaceId\n0200000000A0,9851,p,w\n", ":2: model, and one of"),
        ("mac,model,personId\n0200000000A0,9851,p\n02:00:00:00:00:A0,9851,p\n", ":3: 0200000000A0 stands in line 2"),
    ],
)
def test_what_is_no_sheet(webex: Words, fake: Fake, home: Path, text: str, said: str) -> None:
    file = home / "phones.csv"
    file.write_text(text)
    run = webex("devices", "add", str(file))
    assert (run.code, said in run.err) == (2, True), run.err
    assert fake.seen == []
