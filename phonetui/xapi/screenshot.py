"""The picture in the answer to `Ui GetDeviceScreenshot`.

What phones answer is not published. Every likely form is tried: a picture as the answer itself, base64 in a child of
any name or in the result element, with or without a `data:` prefix. The picture is recognised by its first bytes.
"""

import base64
import binascii
import re

from phonetui.errors import ProtocolError
from phonetui.xapi.command import Answer

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"BM", "bmp"))
_PREFIX = re.compile(r"^data:image/[\w.+-]+;base64,", re.IGNORECASE)


def decode(answer: Answer) -> tuple[bytes, str]:
    """The picture and the usual ending of its file name. Raises ProtocolError where there is none."""
    candidates = [answer.image] if answer.image else []
    candidates += [_unpacked(value) for value in sorted(answer.document.values(), key=len, reverse=True)]
    for candidate in candidates:
        if ending := _ending(candidate):
            return candidate, ending
    raise ProtocolError("no picture in the answer to the screenshot")


def _unpacked(value: str) -> bytes:
    try:
        return base64.b64decode("".join(_PREFIX.sub("", value).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _ending(picture: bytes) -> str | None:
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "webp"
    return next((ending for magic, ending in _MAGIC if picture.startswith(magic)), None)
