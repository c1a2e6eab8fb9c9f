"""Lines as they were typed, without what nobody should read."""

import pytest

from phonetui.xapi.command import Command, redacted_line
from phonetui.xapi.control_commands import needs_confirmation
from phonetui.xapi.path import Path


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Call Dial Number=5000", "Call Dial Number=5000"),
        ("User Set Passphrase=abc Name=x", "User Set Passphrase=*** Name=x"),
        ("User Set Passphrase='a b c' Name=x", "User Set Passphrase=*** Name=x"),
        ('User Set Passphrase="a b', "User Set Passphrase=***"),
        ("Get Url=https://me:pw@192.0.2.1/x", "Get Url=https://***@192.0.2.1/x"),
        ("Ui SendKey Key=KeyPad1", "Ui SendKey Key=KeyPad1"),
        ("Bookings Start Pin=4711 Name=x", "Bookings Start Pin=*** Name=x"),
        ("Conference Join HostPIN='47 11'", "Conference Join HostPIN=***"),
        ("Call Park Pinned=On Spindle=2", "Call Park Pinned=On Spindle=2"),
    ],
)
def test_secrets_of_a_typed_line_are_stars(line: str, shown: str) -> None:
    assert redacted_line(line) == shown


@pytest.mark.parametrize(
    ("path", "arguments", "asks"),
    [
        ("SystemUnit Boot", (), True),
        ("Ui SendKey", (("Key", "ActionButton"),), True),
        ("ui sendkey", (("KeyName", "EMERGENCY"),), True),
        ("Ui SendKey", (("Key", "KeyPad1"),), False),
        ("Call Dial", (("Number", "emergency@example.com"),), False),
    ],
)
def test_what_is_asked_every_time(path: str, arguments: tuple[tuple[str, str], ...], asks: bool) -> None:
    assert needs_confirmation(Command(Path.parse(path), arguments)) is asks
