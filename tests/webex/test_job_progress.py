"""`--wait`: a job is followed to its end, and the exit code says how it went; help, CSV and columns."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from phonetui.cli.webex import jobs
from phonetui.cli.webex.tables import csv_lines, read_csv_rows, table
from phonetui.errors import ConfigError
from phonetui.text import from_spreadsheet_cell, spreadsheet_cell
from phonetui.webex.operations import operations
from tests.webex.conftest import Words
from tests.webex.expected import DEVICE, finished_jobs
from tests.webex.fake.jobs import Job
from tests.webex.fake.site import Fake
from tests.webex.fake.world import LOCATION


@pytest.fixture
def advancing(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Each question finds the job half of the way further."""
    monkeypatch.setattr(jobs, "FIRST_S", 0.01)
    monkeypatch.setattr(jobs, "SLOWEST_S", 0.01)
    spoil = fake.spoil

    def stepped(value: Any) -> Any:
        fake.jobs.step(50)
        return spoil(value)

    fake.spoil = stepped
    return fake


def test_waiting_for_a_job(webex: Words, advancing: Fake) -> None:
    run = webex("rebuilds", "start", LOCATION, "--yes", "--wait")
    assert run.code == 0
    assert run.out == "rebuild phones: COMPLETED · 5 phones · tracking id FAKE_JOB_1\n"
    assert run.err.splitlines() == [
        "rebuild phones  0 %  STARTED",
        "rebuild phones  50 %  STARTED",
        "rebuild phones  100 %  COMPLETED",
    ]


def test_a_job_that_failed_on_some_phones(webex: Words, advancing: Fake) -> None:
    assert webex("rebuilds", "start", LOCATION, "--yes").code == 0
    advancing.jobs.all[0].failing = True
    run = webex("rebuilds", "get", "job-1", "--wait")
    assert (run.code, "COMPLETED_WITH_ERRORS" in run.out) == (1, True)
    assert "phonetui: 1: Phone 1 is offline (5004). Tracking id FAKE_ITEM_1" in run.err


def test_waiting_says_one_object(webex: Words, advancing: Fake) -> None:
    run = webex("rebuilds", "start", LOCATION, "--yes", "--wait", "--json")
    assert (run.code, run.err) == (0, "")
    assert run.json["result"]["latestExecutionStatus"] == "COMPLETED"


def test_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from phonetui.webex.jobs import Family, Job

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = jobs.JobProgress(quiet=False)
    progress.show(Job(family=Family.REBUILD, id="1", percent=50.0))
    progress.end()
    assert capsys.readouterr().err == f"\r\x1b[K{'━' * 12}{'─' * 12} rebuild phones  50 %\n"


def test_bad_addresses_end_with_1(webex: Words, fake: Fake) -> None:
    assert webex("devices", "validate", "0200000000AA").code == 0
    run = webex("devices", "validate", "0200000000AA", "zz")
    assert (run.code, "INVALID" in run.out) == (1, True)


@pytest.mark.parametrize("name", operations())
def test_every_field_has_a_sentence_and_choices_are_listed(webex: Words, name: str) -> None:
    from phonetui.cli.webex.fields import sentence

    for field in operations()[name].fields:
        assert sentence(operations()[name], field.name)
    for place in operations()[name].places:
        assert sentence(operations()[name], place)


def test_help_shows_them(webex: Words) -> None:
    told = " ".join(webex("members", "search", "--help").out.split())
    assert "the phone: its name in Webex" in told
    assert "DEVICE_OWNER, SHARED_LINE" in told


def test_columns_and_csv_of_a_listing(webex: Words, fake: Fake) -> None:
    fake.world.devices[DEVICE]["displayName"] = "=cmd()|'x'"
    rows = list(csv.DictReader(io.StringIO(webex("devices", "list", "--csv", "--columns", "displayName, mac,id").out)))
    assert list(rows[0]) == ["displayName", "mac", "id"]
    assert rows[0]["displayName"] == "'=cmd()|'x'"
    assert rows[0]["id"] == DEVICE
    assert webex("devices", "list", "--columns", "mac").out.split()[:2] == ["mac", "02:00:00:00:00:01"]


@pytest.mark.parametrize(
    ("read", "write", "path"),
    [
        (("layouts", "get", DEVICE), ("layouts", "set", DEVICE), "layout"),
        (("members", "list", DEVICE), ("members", "set", DEVICE, "--yes"), "members"),
    ],
)
def test_a_sheet_goes_out_and_in_again(
    webex: Words, fake: Fake, home: Path, read: tuple[str, ...], write: tuple[str, ...], path: str
) -> None:
    before = webex(*read, "--json").json["result"]
    sheet = home / "sheet.csv"
    sheet.write_text(webex(*read, "--csv").out)
    run = webex(*write, "--from", str(sheet))
    assert (run.code, run.err) == (0, "")
    assert fake.last.path.endswith(path)
    after = webex(*read, "--json").json["result"]
    for name in ("lineKeys", "members"):
        assert after.get(name) == before.get(name)


def test_what_a_sheet_may_hold() -> None:
    known = ("id", "port", "primaryOwner", "lineLabel")
    assert read_csv_rows("f", "id,port,primaryOwner,lineLabel,other\na,2,yes,'=x,y\n", known) == [
        {"id": "a", "port": 2, "primaryOwner": True, "lineLabel": "=x"}
    ]
    for text, said in (
        ("a,b\n", "f:1: no column"),
        ("id,port\na,x\n", "f:2: port must be a whole number"),
        ("id,primaryOwner\na,x\n", "f:2: primaryOwner must be"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_csv_rows("f", text, known)
    assert (
        csv_lines([{"a": {"pwd": 1}, "pwd": "Zq9", "flag": True}, "junk"], ["pwd", "flag"])
        == "pwd,flag\r\n***,true\r\n"
    )


@pytest.mark.parametrize("word", ["=1", "+1", "-1", "@x", "plain", "it's", "a;=b", "'quoted", "＝1"])
def test_a_cell_comes_back(word: str) -> None:
    assert from_spreadsheet_cell(spreadsheet_cell(word)) == word


def test_members_are_completed_from_what_is_known(webex: Words, fake: Fake, home: Path) -> None:
    members = webex("members", "list", DEVICE, "--json").json["result"]["members"]
    rows = [{"id": members[0]["id"], "lineLabel": "Front"}, {"id": "new"}]
    (home / "m.json").write_text(json.dumps({"members": rows}))
    assert webex("members", "set", DEVICE, "--from", "m.json", "--yes").code == 0
    first, second = fake.last.body["members"]
    assert (first["port"], first["primaryOwner"], first["lineLabel"], first["hotlineDestination"]) == (
        1,
        True,
        "Front",
        "",
    )
    assert (second["port"], second["lineType"], second["lineWeight"]) == (2, "SHARED_CALL_APPEARANCE", 1)
    (home / "m.json").write_text('{"members": [{"lineLabel": "Front"}]}')
    run = webex("members", "set", DEVICE, "--from", "m.json", "--yes")
    assert (run.code, "member 1 has no id" in run.err) == (2, True)


def test_values_are_typed_by_the_phones_own_spaces(webex: Words, fake: Fake) -> None:
    fake.world.is_live = True
    run = webex(
        "configurations",
        "update",
        "Phone 1",
        "--set",
        "Lines.Line[1].CallFeatureSettings.Ringtone=2",
        "--set",
        "Ui.Brightness=7",
    )
    assert (run.code, run.err) == (0, "")
    assert [step["value"] for step in fake.last.body] == ["2", 7]
    run = webex("configurations", "update", "Phone 1", "--set", "Ui.Brightness=99")
    assert (run.code, "Ui.Brightness: it must be 1 to 10. It is 1 to 10 steps" in run.err) == (2, True)


def test_integers_of_commands(webex: Words, fake: Fake) -> None:
    assert webex("xapi", "command", "Audio.Volume.Increase", "Phone 1", "Steps=3").code == 0
    assert fake.last.body["arguments"] == {"Steps": 3}


def test_jobs_of_every_kind_in_one_list(webex: Words, fake: Fake) -> None:
    fake.jobs.all = [*finished_jobs(), Job("rebuildPhones", "job-9", 9, {"locationId": LOCATION}, percent=40)]
    head, first, *others = webex("jobs", "list").out.splitlines()
    assert head.split() == ["kind", "status", "outcome", "percent", "phones", "where", "started", "id"]
    assert first.split()[:5] == ["rebuild", "STARTED", "UNKNOWN", "40", "5"]
    assert "Headquarters" in first
    assert len(others) == 4
    assert webex("jobs", "list", "--running", "--json").json["result"][0]["id"] == "job-9"
    fake.jobs.all = []
    assert webex("jobs", "list").out == "none\n"


def test_ids_are_short_and_secrets_stars_in_a_table() -> None:
    rows = [{"id": DEVICE, "key": "Sip.Password", "value": "Zq9", "at": "2026-11-22T01:00:00.000Z"}]
    assert table(rows, ("id", "key", "value", "at"))[1].split() == [
        "000000000001",
        "Sip.Password",
        "***",
        "2026-11-22",
        "01:00",
    ]
    assert DEVICE in table(rows, ("id",), is_whole=True)[1]
    assert "Zq9" not in csv_lines(rows, ("key", "value"))


def test_what_has_not_arrived_yet_is_said(webex: Words, fake: Fake) -> None:
    run = webex("configurations", "update", "Phone 1", "--set", "Audio.Volume=30")
    assert [line.split() for line in run.out.splitlines()] == [
        ["key", "value", "phone", "has", "source"],
        ["Audio.Volume", "30", "50", "configured"],
    ]
    assert "phone has" not in webex("configurations", "list", "Phone 1").out
