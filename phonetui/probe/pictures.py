"""Pictures in answers: recognised, described, and replaced, since nobody can redact a screen."""

import base64
import binascii
import re
import struct

BLANK = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""

_BASE64 = re.compile(r"\s*(?:data:[\w/.+-]+;base64,)?[A-Za-z0-9+/\s]{64,}={0,2}\s*")
_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"BM", "bmp"), (b"GIF8", "gif"), (b"RIFF", "webp"))


def described(data: bytes) -> str:
    """`png 800x480`, or what is known of it; empty where it is no picture."""
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if kind == "png" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return f"png {width}x{height}"
    return kind


def in_base64(text: str) -> str | None:
    """The description of the data that the text is made of, such as `png 800x480`; None where it isn't base64."""
    if len(text) < 64 or not _BASE64.fullmatch(text):
        return None
    try:
        data = base64.b64decode("".join(text.rpartition(",")[2].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return described(data) or "data"
