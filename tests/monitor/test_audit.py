"""What is written down of a command, and what never is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from phonetui.monitor.control_policy import OK, AuditEntry, audit_line
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

AT = datetime(2026, 11, 21, 12, 0, 0, 123_000, UTC)
PLANTED = "hunter2-Zq9"


def read(command: Command, answer: str = OK, words: str = "") -> dict[str, Any]:
    entry = AuditEntry(AT, PhoneId("lobby"), printable("192.0.2.21"), command, answer, printable(words))
    written = audit_line(entry, "ops")
    assert written.isascii()
    assert "\n" not in written
    found: dict[str, Any] = json.loads(written)
    return found


def test_a_line_says_who_when_what_and_the_answer() -> None:
    arguments = (("FeedbackSlot", "4"), ("Expression", "/Status/Line"), ("Expression", "/Status/LEDStatus"))
    assert read(Command(Path.of("HttpFeedback", "Register"), arguments)) == {
        "at": "2026-11-21T12:00:00.123Z",
        "user": "ops",
        "phone": "lobby",
        "address": "192.0.2.21",
        "command": "HttpFeedback Register",
        "arguments": {"FeedbackSlot": "4", "Expression": ["/Status/Line", "/Status/LEDStatus"]},
        "answer": "OK",
    }


@pytest.mark.parametrize("name", ["NewPassphrase", "Password", "Pin", "UserPIN", "Token", "SharedSecret", "ApiKey"])
def test_secrets_are_stars_in_what_is_sent_and_in_what_comes_back(name: str) -> None:
    found = read(Command(Path.of("UserManagement", "Set"), ((name, PLANTED),)), "refused", f"{PLANTED} is too short")
    assert found["arguments"] == {name: "***"}
    assert found["reason"] == "*** is too short"
    assert PLANTED not in json.dumps(found)


def test_keys_numbers_and_the_rest_are_told() -> None:
    assert read(Command(Path.of("Ui", "SendKey"), (("Key", "KeyPad5"),)))["arguments"] == {"Key": "KeyPad5"}
    url = (("ServerUrl", f"https://ops:{PLANTED}@198.51.100.9/post"),)
    assert read(Command(Path.of("X"), url))["arguments"] == {"ServerUrl": "https://***@198.51.100.9/post"}


def test_a_data_block_is_told_by_its_length() -> None:
    command = Command(Path.of("Security", "Certificates", "CA", "Add"), (), body=PLANTED)
    assert read(command)["arguments"] == {"body": f"{len(PLANTED)} characters"}


def test_hostile_words_stay_in_their_line() -> None:
    found = read(Command(Path.of("Call", "Dial"), (("Number", 'a\n{"user":"root"}\x1b[2J'),)), "refused", "no\r\nno")
    assert found["user"] == "ops"
    assert found["reason"] == "no no"
