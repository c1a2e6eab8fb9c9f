"""The release notes' notation, byte for byte."""

import base64

import pytest

from phonetui.errors import ProtocolError
from phonetui.text import printable
from phonetui.xapi.catalog import Type
from phonetui.xapi.command import CommandResult
from phonetui.xapi.control_commands import screenshot_picture
from phonetui.xapi.document import Document
from phonetui.xapi.notation import answer_lines, notation_value, status_lines
from phonetui.xapi.path import Path


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("SystemUnit ProductId", "DP-9841", '*s SystemUnit ProductId: "DP-9841"'),
        ("SystemUnit Software Version", "PHONEOS.3-5-1-1000", '*s SystemUnit Software Version: "PHONEOS.3-5-1-1000"'),
        ("Network IPv4 Address", "192.0.2.149", '*s Network IPv4 Address: "192.0.2.149"'),
        ("Network ActiveInterface", "LAN", "*s Network ActiveInterface: LAN"),
        ("Line 1 Call 0 Jitter", "14 ms", '*s Line 1 Call 0 Jitter: "14 ms"'),
        ("Line 1 Call 0 CallState", "No Service", '*s Line 1 Call 0 CallState: "No Service"'),
        ("Novelty 3", "17", "*s Novelty 3: 17"),
        ("Novelty", "seventeen", '*s Novelty: "seventeen"'),
    ],
)
def test_status(path: str, value: str, line: str) -> None:
    assert list(status_lines(Document({Path.parse(path): printable(value)}))) == [line, "** end"]


def test_a_dial_result() -> None:
    answer = Document({Path.of("CallId"): printable("0"), Path.of("LineId"): printable("1")})
    assert list(answer_lines("CallDialResult", answer)) == [
        "*r CallDialResult (status=OK):",
        "*r CallDialResult CallId: 0",
        "*r CallDialResult LineId: 1",
        "** end",
    ]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ('say "hi" \\ bye', Type.STRING, '"say \\"hi\\" \\\\ bye"'),
        ("12", Type.STRING, '"12"'),
        ("-3", None, "-3"),
        ("", Type.LITERAL, '""'),
        ("٣", None, '"٣"'),
    ],
)
def test_quoting(value: str, kind: Type | None, expected: str) -> None:
    assert notation_value(printable(value), kind) == expected


PNG = b"\x89PNG\r\n\x1a\n rest"
PACKED = base64.b64encode(PNG).decode()


@pytest.mark.parametrize(
    "answer",
    [
        CommandResult(printable("R"), Document({Path.of("Body"): printable(PACKED)})),
        CommandResult(
            printable("R"), Document({Path.of("Type"): printable("png"), Path.of("Image"): printable(PACKED)})
        ),
        CommandResult(
            printable("R"), Document({Path(): printable(f"data:image/png;base64,{PACKED[:8]} {PACKED[8:]}")})
        ),
        CommandResult(printable("R"), image=PNG),
    ],
)
def test_a_picture_in_any_wrapping(answer: CommandResult) -> None:
    assert screenshot_picture(answer) == (PNG, "png")


def test_no_picture() -> None:
    with pytest.raises(ProtocolError, match="no picture"):
        screenshot_picture(CommandResult(printable("R"), Document({Path.of("Body"): printable("hello")})))
