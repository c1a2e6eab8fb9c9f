"""The picture in the answer to `Ui GetDeviceScreenshot`.

What phones answer is not published. Every likely form is tried: a picture as the answer itself, base64 in a child of
any name or in the result element, with or without a `data:` prefix, or where the picture lies, by URL or file name. The
picture is recognised by its first bytes.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from phonetui.errors import ProtocolError
from phonetui.xapi.command import CommandResult

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"BM", "bmp"))
_URL = re.compile(
    r"https?://(?:[^/?#\s@]*@)?(?P<host>\[[^\]\s]*\]|[^/?#:\s]+)(?::\d*)?(?P<target>/[^#\s]*)?(?:#\S*)?", re.IGNORECASE
)
_FILE = re.compile(r"/?[\w.~%+-]+(?:/[\w.~%+-]+)*(?:\?[^#\s]*)?")
_PLACE_NAMES = re.compile(r"url|uri|path|file|location|href|link", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|bmp|webp)(?:\?|$)", re.IGNORECASE)
_PREFIX = re.compile(r"^data:image/[\w.+-]+;base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Where an answer says that its picture lies."""

    target: str
    """Path and query on the phone's web server, with a leading slash."""
    host: str
    """As the answer names it, without a port, in lower case; empty where it names none."""


def picture_file(answer: CommandResult) -> PictureFile | None:
    """None where the answer holds a picture itself, or names nothing that looks like one's place.

    The place is for the phone's own web server: nothing else is ever asked, whatever host the answer names, which may
    be an address that the phone has on the other side of a jump host.
    """
    if answer.image or any(_ending(_unpacked(value)) for value in answer.document.values()):
        return None
    leaves = sorted(answer.document.items(), key=lambda leaf: not _PLACE_NAMES.search(" ".join(leaf[0].names)))
    for path, value in leaves:
        found = _URL.fullmatch(value.strip())
        if found:
            return PictureFile(found["target"] or "/", found["host"].strip("[]").casefold())
        if _FILE.fullmatch(value.strip()) and (_PLACE_NAMES.search(" ".join(path.names)) or _PICTURE.search(value)):
            return PictureFile(f"/{value.strip().lstrip('/')}", "")
    return None


def decode(answer: CommandResult) -> tuple[bytes, str]:
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
