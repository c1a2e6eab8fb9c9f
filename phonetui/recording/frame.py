"""The frames of a recording's file, and finding them. Pure: bytes in, bytes out.

    marker  type  0  length  size  first  last  sum of the body  sum of this header     body: zstd(msgpack)
    4       1     3  4       4     8      8     4                4                      length, `size` when unpacked

Integers are little-endian, times microseconds since 1970, sums CRC-32. There is no index: headers are read one after
the other. A frame whose sum is wrong never existed; what follows it is found by its marker. Types that a reader
doesn't know are passed over.
"""

import struct
import sys
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from phonetui.errors import ProtocolError

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDecompressor, ZstdDict, ZstdError
else:
    from backports.zstd import ZstdCompressor, ZstdDecompressor, ZstdDict, ZstdError

FORMAT = 3
"""The format of the files; a reader refuses a higher one."""
MARKER = b"\xf5PTR"
_HEADER = struct.Struct("<4sB3xIIqqII")
HEADER_SIZE = _HEADER.size
MOST_UNPACKED = 64 * 2**20
"""Bytes of one body: a keyframe of 1,000 phones has some 4 MB."""
_LEVEL = 6


class FrameType(IntEnum):
    """What a body holds."""

    FILE = 1
    """The first of a file: whose it is, and the dictionary of the others."""
    KEYFRAME = 2
    UPDATES = 3
    """A block of observations."""
    SUMMARY = 4
    """The summary of the block before: grades, alerts, calls."""
    ENTRIES = 5
    """Journal entries."""
    CALLS = 6
    """Records of calls that are over."""
    FIGURES = 7
    """Figures of calls and ports over time."""
    MARK = 8
    """The operator's word for a moment."""


class FrameHeader(NamedTuple):
    type: int
    length: int
    size: int
    """The size of the unpacked body."""
    first_us: int
    last_us: int
    checksum: int
    offset: int
    """The place of the body in the file."""

    @property
    def end(self) -> int:
        return self.offset + self.length


class Damage(NamedTuple):
    """Bytes of a file that are no frame, between two that are."""

    offset: int
    end: int


class FrameCodec:
    """Packs and unpacks bodies with the dictionary of one file."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self.dictionary = dictionary
        self._dict = ZstdDict(dictionary, is_raw=True) if dictionary else None
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder()

    def pack(self, kind: FrameType, content: Any, first_us: int, last_us: int) -> bytes:
        """Makes a whole frame."""
        plain = self._encoder.encode(content)
        packer = ZstdCompressor(level=_LEVEL, zstd_dict=self._dict)
        body = packer.compress(plain, ZstdCompressor.FLUSH_FRAME)
        return frame(kind, body, len(plain), first_us, last_us)

    def unpack(self, header: FrameHeader, body: bytes) -> Any:
        """What `pack` was given. Raises ProtocolError for a body that was changed, lies about its size, or is none."""
        if len(body) != header.length or zlib.crc32(body) != header.checksum:
            raise ProtocolError("its checksum is wrong")
        if header.size > MOST_UNPACKED:
            raise ProtocolError(f"it claims {header.size:,} bytes, more than {MOST_UNPACKED:,}")
        try:
            unpacker = ZstdDecompressor(zstd_dict=self._dict)
            plain = unpacker.decompress(body, max_length=header.size + 1)
            if len(plain) != header.size or not unpacker.eof:
                raise ProtocolError("it unpacks to another size than it says")
            return self._decoder.decode(plain)
        except (ZstdError, EOFError, msgspec.DecodeError, RecursionError) as error:
            raise ProtocolError(f"it cannot be unpacked: {type(error).__name__}") from error


def frame(kind: FrameType, body: bytes, size: int, first_us: int, last_us: int) -> bytes:
    """Makes a frame from a packed body."""
    head = _HEADER.pack(MARKER, kind, len(body), size, first_us, last_us, zlib.crc32(body), 0)
    return head[:-4] + struct.pack("<I", zlib.crc32(head[:-4])) + body


def header_at(data: Any, place: int) -> FrameHeader | None:
    """The header at `place` of a file's bytes; None where there is none that is whole, nor its body."""
    head = bytes(data[place : place + HEADER_SIZE])
    if len(head) < HEADER_SIZE:
        return None
    marker, kind, length, size, first_us, last_us, checksum, own = _HEADER.unpack(head)
    if marker != MARKER or own != zlib.crc32(head[:-4]) or place + HEADER_SIZE + length > len(data):
        return None
    return FrameHeader(kind, length, size, first_us, last_us, checksum, place + HEADER_SIZE)


def scan(data: Any, place: int = 0) -> Iterator[FrameHeader | Damage]:
    """Every frame of a file's bytes from `place` on, bodies unread, and what lies between them and is none."""
    end = len(data)
    while place < end:
        header = header_at(data, place)
        if header is not None:
            yield header
            place = header.end
            continue
        found = data.find(MARKER, place + 1)
        while found >= 0 and header_at(data, found) is None:
            found = data.find(MARKER, found + 1)
        after = found if found >= 0 else end
        yield Damage(place, after)
        place = after
