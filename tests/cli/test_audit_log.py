"""The audit log: written by everything that acts, private, turned over, and no reason not to act."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonetui.cli import audit_log
from phonetui.cli.audit_log import AuditFile
from phonetui.config import places
from phonetui.monitor.control_policy import OK, AuditEntry
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import SimulatedPhone
from phonetui.text import printable
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path as Place
from tests.cli.conftest import PASSWORD, Line


def deed(number: int = 0) -> AuditEntry:
    command = Command(Place.of("Call", "Dial"), (("Number", f"{number:04}"),))
    return AuditEntry(datetime(2026, 11, 21, tzinfo=UTC), PhoneId("lobby"), printable("192.0.2.21"), command, OK)


def written(file: Path) -> list[dict[str, object]]:
    return [json.loads(row) for row in file.read_text("ascii").splitlines()]


def test_every_command_of_the_command_line_is_in_it(line: Line, phone: SimulatedPhone) -> None:
    passphrase = "Planted-Pass-7"
    assert line("dial", phone.url, "5999").code == 0
    assert line("keys", phone.url, "Release", "5").code == 0
    assert line("command", phone.url, "No Such Command", f"Passphrase={passphrase}").code == 1
    assert line("status", phone.url, "Standby").code == 0  # a reading is no deed
    assert line("--read-only", "dial", phone.url, "5999").code == 4  # nothing was sent
    deeds = written(places.audit())
    assert [(one["command"], one["answer"]) for one in deeds] == [
        ("phonetui trust", "OK"),  # by the fixture
        ("Call Dial", "OK"),
        ("Ui SendKey", "OK"),
        ("Ui SendKey", "OK"),
        ("No Such Command", "refused"),
    ]
    assert deeds[0]["user"] == audit_log.user()
    assert deeds[1]["arguments"] == {"Number": "5999"}
    assert deeds[4]["arguments"] == {"Passphrase": "***"}
    text = places.audit().read_text()
    assert passphrase not in text
    assert PASSWORD not in text
    assert stat.S_IMODE(places.audit().stat().st_mode) == 0o600


def test_a_survey_s_commands_are_in_it(line: Line, phone: SimulatedPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.cli.probe.PACE_S", 0.0)
    assert line("probe", phone.url, "-o", "p.json", "--keys").code == 0
    assert [one["command"] for one in written(places.audit())] == ["phonetui trust", "Ui SendKey"]


def test_it_is_turned_over_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "LARGEST_BYTES", 600)
    file = tmp_path / "log" / "audit.jsonl"
    one, other = AuditFile(file), AuditFile(file)
    for number in range(40):
        (one, other)[number % 2].write(deed(number))
    files = [file, *(file.with_name(f"audit.jsonl.{number}") for number in range(1, audit_log.KEPT + 1))]
    assert sorted(file.parent.iterdir()) == sorted(files)
    assert all(each.stat().st_size <= 600 for each in files)
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in files)
    numbers = [one["arguments"]["Number"] for each in reversed(files) for one in written(each)]  # type: ignore[index]
    assert numbers == [f"{number:04}" for number in range(40 - len(numbers), 40)]


def test_a_line_that_is_larger_than_a_file_may_be_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "LARGEST_BYTES", 60)
    file = tmp_path / "audit.jsonl"
    for number in range(2):
        AuditFile(file).write(deed(number))
    assert len(written(file)) == 1
    assert len(written(file.with_name("audit.jsonl.1"))) == 1


def test_a_log_that_cannot_be_written_is_told_and_the_command_is_sent(line: Line, phone: SimulatedPhone) -> None:
    places.audit().unlink()  # the fixture's acceptance of the certificate
    places.audit().mkdir()
    pressed = line("keys", phone.url, "1", "2", "3")
    assert pressed.code == 0
    assert pressed.err.count("the audit log cannot be written, commands go on: Is a directory") == 1
