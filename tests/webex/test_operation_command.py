"""Operations typed: what is drawn, files in and out, and where secrets don't go."""

import io
import json
import stat
from pathlib import Path

import pytest

from phonetui.config import places
from tests.webex.conftest import Words
from tests.webex.expected import DEVICE, LAYOUT, MEMBERS, OLDER, finished_jobs
from tests.webex.fake.devices import CODE
from tests.webex.fake.oauth import CLIENT, PASSWORD
from tests.webex.fake.site import ADMIN, Fake, Trouble
from tests.webex.fake.world import LOCATION, PERSON, TEMPLATE, WORKSPACE, device, ident


def test_devices_by_tag(webex: Words, fake: Fake) -> None:
    devices = list(fake.world.devices.values())
    devices[1]["tags"] = ["lobby", "north"]
    run = webex("devices", "list", "--tag", "lobby", "--tag", "north")
    assert (run.code, run.err) == (0, "")
    head, row = run.out.splitlines()
    assert head.split()[:3] == ["displayName", "product", "connectionStatus"]
    assert row.startswith("Phone 2 ")
    assert row.endswith("  lobby, north")
    assert fake.last.query == (("tag", "lobby,north"),)


def test_single_tags_are_taken_away(webex: Words, fake: Fake) -> None:
    fake.world.devices[DEVICE]["tags"] = ["lobby", "north", "old"]
    assert webex("devices", "untag", DEVICE, "old", "north").out == "tags left: lobby\n"
    assert fake.world.devices[DEVICE]["tags"] == ["lobby"]
    run = webex("devices", "untag", DEVICE, "lobby", "nine")
    assert (run.code, "has no tag nine. It has: lobby" in run.err) == (1, True)
    assert webex("devices", "untag", DEVICE, "lobby", "--json").json["result"] == {"tags": []}
    fake.seen.clear()
    assert webex("devices", "untag", DEVICE, "lobby", "--read-only").code == 4
    assert fake.seen == []


def test_all_pages_and_nothing(webex: Words, fake: Fake) -> None:
    fake.page_size = 2
    assert len(webex("devices", "list").out.splitlines()) == 6
    assert len(webex("devices", "list", "--json").json["result"]["items"]) == 5
    assert webex("devices", "list", "--product", "no such").out == "none\n"


def test_strangers_cannot_draw(webex: Words, fake: Fake) -> None:
    fake.world.devices["evil"] = device(8, displayName="a\x1b]0;b\x07\n\u202ec", product=None, tags=["日本"])
    fake.world.devices["odd"] = "not an object"
    run = webex("devices", "list")
    lines = run.out.splitlines()
    assert "\x1b" not in run.out
    assert "\u202e" not in run.out
    assert lines[-1] == "unreadable: not an object"
    assert lines[-2].endswith("  日本")
    assert len(lines) == 8


def test_configurations_as_rows(webex: Words) -> None:
    lines = webex("configurations", "list", DEVICE).out.splitlines()
    assert lines[1].split() == ["Audio.Volume", "50", "default"]
    assert lines[2].split() == ["Time.Zone", "Etc/UTC", "configured"]


def test_an_object_leaf_by_leaf_and_its_lists_as_tables(webex: Words, fake: Fake) -> None:
    fake.jobs.all = finished_jobs()
    lines = webex("layouts", "get", DEVICE).out.splitlines()
    assert lines[0] == "layoutMode: CUSTOM"
    assert lines[lines.index("lineKeys:") + 3].split() == ["2", "SPEED_DIAL", "Help", "desk", "5000"]
    assert any(
        "jobExecutionStatus[1].stepExecutionStatuses" in line
        for line in webex("rebuilds", "get", "job-2").out.splitlines()
    )


def test_an_activation_code_is_large(webex: Words) -> None:
    run = webex("devices", "activate", "--workspace-id", WORKSPACE, "--model", "CP-9851")
    lines = run.out.splitlines()
    assert lines[0].startswith(" _  ")
    assert len({len(line.rstrip()) > 70 for line in lines[:3]}) == 1
    assert lines[-2:] == [f"activation code: {CODE}", "expires: 2026-11-29T01:00:00.000Z"]


@pytest.mark.parametrize(
    ("read", "write", "path"),
    [
        (("layouts", "get", DEVICE), ("layouts", "set", DEVICE), f"/telephony/config/devices/{DEVICE}/layout"),
        (("templates", "get", TEMPLATE), ("templates", "update", TEMPLATE),
         f"/telephony/config/devices/lineKeyTemplates/{TEMPLATE}"),
        (("members", "list", DEVICE), ("members", "set", DEVICE, "--yes"), f"/telephony/config/devices/{DEVICE}/members"),
        (("settings", "device", OLDER), ("settings", "set-device", OLDER), f"/telephony/config/devices/{OLDER}/settings"),
    ],
)  # fmt: skip
def test_out_to_a_file_and_in_again(
    webex: Words, fake: Fake, home: Path, read: tuple[str, ...], write: tuple[str, ...], path: str
) -> None:
    file = home / "out.json"
    assert webex(*read, "-o", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = json.loads(file.read_text())
    run = webex(*write, "--from", str(file))
    assert (run.code, run.out, run.err) == (0, "done\n", "")
    assert (fake.last.method, fake.last.path) == ("PUT", path)
    file.unlink()
    webex(*read, "-o", str(file))
    assert json.loads(file.read_text()) == before
    again = webex(*read, "-o", str(file))
    assert (again.code, "already" in again.err) == (2, True)


def test_of_members_only_what_can_be_written_goes_back(webex: Words, fake: Fake, home: Path) -> None:
    webex("members", "list", DEVICE, "-o", "m.json")
    webex("members", "set", DEVICE, "--from", "m.json", "--yes")
    assert fake.last.body.keys() == {"members"}
    assert all(row.keys() <= MEMBERS["members"][0].keys() for row in fake.last.body["members"])


def test_what_is_typed_is_over_the_file(webex: Words, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(LAYOUT)))
    webex("layouts", "set", DEVICE, "--from", "-", "--no-user-reorder-enabled")
    assert fake.last.body == {**LAYOUT, "userReorderEnabled": False}


def test_macs_one_a_line(webex: Words, fake: Fake, home: Path) -> None:
    (home / "macs").write_text("0200000000AA\n\n0200000000AB\n")
    run = webex("devices", "validate", "--from", "macs")
    assert fake.last.body == {"macs": ["0200000000AA", "0200000000AB"]}
    assert run.out.splitlines()[1].split() == ["0200000000AA", "AVAILABLE"]


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (("layouts", "set", DEVICE), "{", "not JSON"),
        (("layouts", "set", DEVICE), "[]", "must be a JSON object"),
        (("layouts", "set", DEVICE), '{"layoutMode": "CUSTOM", "lineKeys": [1]}', "lineKeys must be a list of objects"),
        (("layouts", "set", DEVICE), '{"layoutMode": "OTHER"}', "one of DEFAULT, CUSTOM"),
        (("layouts", "set", DEVICE), "{}", "layoutMode missing"),
        (("configurations", "update", DEVICE), '"text"', "must hold an object"),
        (("configurations", "update", DEVICE), "[1]", "must hold an object"),
    ],
)
def test_files_that_hold_something_else(
    webex: Words, fake: Fake, home: Path, words: tuple[str, ...], text: str, said: str
) -> None:
    (home / "in.json").write_text(text)
    run = webex(*words, "--from", "in.json")
    assert (run.code, said in run.err) == (2, True), run.err
    assert fake.seen == []


def test_configurations_from_a_file(webex: Words, fake: Fake, home: Path) -> None:
    (home / "in.json").write_text('{"Audio.Volume": 10}')
    webex("configurations", "update", DEVICE, "--from", "in.json", "--set", 'Time.Zone="50"')
    assert [(step["path"].split("/")[0], step["value"]) for step in fake.last.body] == [
        ("Audio.Volume", 10),
        ("Time.Zone", "50"),
    ]
    run = webex("configurations", "update", DEVICE, "--set", "Audio.Volume")
    assert (run.code, "is not KEY=VALUE" in run.err) == (2, True)


def test_the_clouds_xapi(webex: Words, fake: Fake) -> None:
    assert "result.Audio.Volume: 50" in webex("xapi", "status", DEVICE, "Audio.Volume", "ExtStatus[*]").out
    assert fake.last.query == (("deviceId", DEVICE), ("name", "Audio.Volume,ExtStatus[*]"))
    run = webex("xapi", "command", "Call.Dial", DEVICE, "Number=5000", "Tag=a", "Tag=b")
    assert fake.last.body == {"deviceId": DEVICE, "arguments": {"Number": "5000", "Tag": ["a", "b"]}}
    assert "result.CallId: 0" in run.out
    assert webex("xapi", "command", "SystemUnit.Boot", DEVICE).code == 2
    assert webex("xapi", "command", "SystemUnit.Boot", DEVICE, "--yes").code == 0
    assert webex("xapi", "schema", DEVICE).code == 0
    assert webex("xapi", "command", "Call.Dial", DEVICE, "Number").code == 2


@pytest.mark.parametrize(
    "words",
    ["devices calling {}", "devices supported --no-allow-configure-layout-enabled", "templates jobs", "changes get job-1",
     "workspaces list --include-devices", "people me", "people list --email ada@example.com", "locations list", "hotdesk list", "hotdesk end desk-1 --yes"],
)  # fmt: skip
def test_the_neighbours_answer(webex: Words, fake: Fake, words: str) -> None:
    from tests.webex.expected import finished_jobs

    fake.jobs.all = [*finished_jobs()]
    fake.jobs.all[2].id = "job-1"
    run = webex(*words.format(DEVICE).split())
    assert (run.code, run.err) == (0, "")


def test_a_job_in_the_way(webex: Words, fake: Fake) -> None:
    assert webex("rebuilds", "start", LOCATION, "--yes").code == 0
    run = webex("rebuilds", "start", LOCATION, "--yes")
    assert run.code == 1
    assert "something else is in its way: Another job is running" in run.err
    fake.jobs.all[0].failing = True
    fake.jobs.step(100)
    assert "latestExecutionExitCode: COMPLETED_WITH_ERRORS" in webex("rebuilds", "get", "job-1").out
    assert "Phone 1 is offline" in webex("rebuilds", "errors", "job-1").out


def test_waiting_is_said(webex: Words, fake: Fake) -> None:
    fake.trouble = [Trouble(429, headers={"Retry-After": "1"})]
    run = webex("devices", "get", DEVICE)
    assert (run.code, run.err) == (0, "phonetui: Webex asks to wait 1 s\n")


def test_control_off_is_read_only(webex: Words, fake: Fake, home: Path) -> None:
    file = home / "webex.toml"
    file.write_text(f'[defaults]\ncontrol = "off"\n{file.read_text()}')
    assert webex("devices", "delete", DEVICE, "--yes").code == 4
    assert webex("devices", "get", DEVICE).code == 0
    assert len(fake.seen) == 1


def test_no_secret_is_left_anywhere(
    webex: Words, fake: Fake, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run of everything that handles one, with the fullest log, some of it failing."""
    monkeypatch.setenv("OWN_SECRET", PASSWORD)
    file = home / "webex.toml"
    file.write_text(f'{file.read_text()}client_id = "{CLIENT}"\nclient_secret = {{ env = "OWN_SECRET" }}\n')
    monkeypatch.setattr("sys.stdin", io.StringIO("sip-password-Zq9\n"))
    logged = ("--log-level", "debug", "--log-file", str(home / "log"))
    fake.grants.allow_after = 0
    said = [
        webex("devices", "create", "0200000000AA", "x", "--person-id", PERSON, "--password-file", "-", *logged),
        webex("login", *logged, token=None),
        webex("token", *logged, token=None),
        webex("settings", "device", OLDER, *logged),
        webex("devices", "delete", ident("DEVICE", 99), "--yes", *logged),
        webex("devices", "list", *logged, token="gone-Zq9"),
    ]
    assert [run.code for run in said] == [0, 0, 0, 0, 1, 4]
    assert "customizations.wifi.phoneSecurityPwd: ***" in said[3].out
    assert "Zq9" not in "".join(run.out + run.err for run in said)
    activated = webex("devices", "activate", "--workspace-id", WORKSPACE, "--model", "Cisco 9851", *logged)
    assert CODE in activated.out
    kept = home / "state" / "phonetui" / "webex.json"
    assert kept.exists(), "the sign-in that was asked for"
    for place in home.rglob("*"):
        if place.is_file() and place != kept:
            text = place.read_bytes()
            for secret in (ADMIN, PASSWORD, "sip-password-Zq9", "granted", "gone-Zq9", CODE):
                assert secret.encode() not in text, place
    assert "devices delete: HTTP 404 FAKE_" in (home / "log").read_text()


def test_every_write_is_a_line_of_the_audit_log(webex: Words, fake: Fake, home: Path) -> None:
    """As those of the dashboard; refused ones, too, and without secrets."""
    (home / "pwd").write_text("sip-password-Zq9\n")
    webex("devices", "tag", DEVICE, "add", "--value", "lobby")
    webex("devices", "create", "0200000000AA", "x", "--person-id", PERSON, "--password-file", str(home / "pwd"))
    webex("devices", "delete", ident("DEVICE", 99), "--yes")
    webex("devices", "get", DEVICE)
    webex("dynamic", "device", DEVICE)
    webex("devices", "untag", DEVICE, "lobby")
    lines = places.audit().read_text()
    told = [json.loads(line) for line in lines.splitlines()]
    assert [(line["command"], line["answer"]) for line in told] == [
        ("webex devices tag", "OK"),
        ("webex devices create", "OK"),
        ("webex devices delete", "refused"),
        ("webex devices tag", "OK"),
    ]
    assert all(line["tracking"].startswith("FAKE_") for line in told)
    assert "Zq9" not in lines
