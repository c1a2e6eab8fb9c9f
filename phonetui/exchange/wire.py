"""Values as bytes between machines: a version, then JSON, compressed with zstd where it is long.

Fields go by their names: unknown ones are ignored, missing ones have their defaults, another version is refused in
words. A collector made every text printable where it came in; a viewer doesn't rely on that. What came is looked
through as one text, and only where something is wrong with it each of its texts is.
"""

import re
import sys
from typing import Any, TypeVar

import msgspec

from phonetui.errors import ProtocolError
from phonetui.text import printable

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdCompressor, ZstdDecompressor, ZstdError

VERSION = 1
"""Moves when what one release sends would be misread by another; new fields need no new one."""
_PLAIN, _PACKED = b"\x01j", b"\x01z"
"""The version, and how the rest is written."""
PACK_FROM = 600
"""Bytes from which on a value is compressed."""
MOST_BYTES = 32 * 2**20
"""The largest unpacked value, in bytes."""
_LEVEL = 3
_SUSPICIOUS = re.compile("\\\\|[^\x20-\x7e\xa1-\xac\xae-\u0377]")
"""Escapes of JSON, and everything outside of the scripts of western Europe: those texts are looked at one by one."""

_Value = TypeVar("_Value")


def encode(value: Any) -> bytes:
    """The value as bytes: one that says version and packing, then JSON, compressed where it is long."""
    raw = msgspec.json.encode(value)
    if len(raw) < PACK_FROM:
        return _PLAIN + raw
    return _PACKED + ZstdCompressor(level=_LEVEL).compress(raw, ZstdCompressor.FLUSH_FRAME)


def decode(data: bytes, kind: type[_Value]) -> _Value:
    """The value in a message. Raises ProtocolError for what is no such value, or written by another version."""
    if not data or data[0] != VERSION:
        raise ProtocolError("written by another release of phonetui", "Bring collectors and viewers to one release")
    raw = _unpacked(data[2:]) if data[1:2] == b"z" else data[2:]
    try:
        text = raw.decode()
        is_plain = text.isascii() and text.isprintable() and "\\" not in text  # most are, and that is quickly seen
        if not is_plain and _SUSPICIOUS.search(text):
            return msgspec.convert(_printable(msgspec.json.decode(raw)), kind, str_keys=True)
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"a value that cannot be read: {error}") from error


def _unpacked(data: bytes) -> bytes:
    unpacker = ZstdDecompressor()
    try:
        raw = unpacker.decompress(data, MOST_BYTES)
    except ZstdError as error:
        raise ProtocolError("a value that cannot be unpacked") from error
    if not unpacker.eof:
        raise ProtocolError("a value that is cut off or too large")
    return raw


def _printable(value: Any) -> Any:
    """A JSON value with all texts, keys included, made printable."""
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(each) for each in value]
        case dict():
            return {printable(key): _printable(each) for key, each in value.items()}
    return value
