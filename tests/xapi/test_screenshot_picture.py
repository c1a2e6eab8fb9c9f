"""Where the picture is in the answer to GetDeviceScreenshot."""

import base64

import pytest

from phonetui.errors import ProtocolError
from phonetui.xapi.command import CommandResult, parse_answer
from phonetui.xapi.control_commands import PictureFile, picture_file, screenshot_picture

PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 40
INSIDE = base64.b64encode(PICTURE).decode()


def answer(inside: str) -> CommandResult:
    return parse_answer(
        f'<Command><UiGetDeviceScreenshotResult status="OK">{inside}</UiGetDeviceScreenshotResult></Command>'.encode()
    )


@pytest.mark.parametrize(
    "inside", [f"<Body>{INSIDE}</Body>", INSIDE, f"<Deep><Image>data:image/png;base64,{INSIDE}</Image></Deep>"]
)
def test_a_picture_inside_of_the_answer(inside: str) -> None:
    assert picture_file(answer(inside)) is None
    assert screenshot_picture(answer(inside)) == (PICTURE, "png")


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("<URL>https://192.0.2.21/screens/1.png?x=2</URL>", PictureFile("/screens/1.png?x=2", "192.0.2.21")),
        ("<Name>HTTP://phone:8443/a</Name>", PictureFile("/a", "phone")),
        ("<Url>http://user:secret@192.0.2.21/a.bmp#top</Url>", PictureFile("/a.bmp", "192.0.2.21")),
        ("<FileName>shot.png</FileName>", PictureFile("/shot.png", "")),
        ("<Path>/var/shot</Path><Size>5</Size>", PictureFile("/var/shot", "")),
        ("shots/latest.jpeg", PictureFile("/shots/latest.jpeg", "")),
        ("<Status>OK</Status>", None),
        ("<File>../../etc/passwd and more</File>", None),
        ("<URL>ftp://192.0.2.21/a.png</URL>", None),
        ("", None),
    ],
)
def test_a_picture_that_lies_elsewhere(inside: str, place: PictureFile | None) -> None:
    assert picture_file(answer(inside)) == place
    with pytest.raises(ProtocolError):
        screenshot_picture(answer(inside))
