"""Decodes pictures into pixels, and scales them down.

PNG as phones draw their screens (8 bits a sample, not interlaced, any colour type and filter; ISO/IEC 15948) is decoded
here, and a plain one encoded; other kinds are decoded by Pillow where it is installed.

signature ─ IHDR ─ … PLTE … ─ IDAT IDAT … ─ IEND: chunks of length, type, data, CRC-32
"""

import io
import struct
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import accumulate

from msgspec import Struct

from phonetui.errors import ProtocolError

Dot = tuple[int, int, int]
"""Red, green and blue, 0…255 each."""


class Raster(Struct, frozen=True):
    width: int
    height: int
    rows: tuple[bytes, ...]
    """Top to bottom, three bytes a dot."""

    def __post_init__(self) -> None:
        if self.height != len(self.rows) or any(len(row) != 3 * self.width for row in self.rows):
            raise ProtocolError("a picture whose rows are not as wide or as many as it says")


def fitted(width: int, height: int, max_width: int, max_height: int) -> tuple[int, int]:
    """The largest size of this shape in `max_width` times `max_height` dots, at most its own; one dot at least."""
    share = min(max_width / width, max_height / height, 1.0)
    return max(int(width * share), 1), max(int(height * share), 1)


def cropped(raster: Raster, x: int, y: int, width: int, height: int) -> Raster:
    """A part of the picture, which lies in it."""
    if (width, height) == (raster.width, raster.height):
        return raster
    return Raster(width, height, tuple(row[3 * x : 3 * (x + width)] for row in raster.rows[y : y + height]))


def scaled(raster: Raster, width: int, height: int) -> Raster:
    """The picture in `width` times `height` dots, each the mean of those that it stands for."""
    if (width, height) == (raster.width, raster.height):
        return raster
    columns = list(_parts(raster.width, width))
    return Raster(
        width, height, tuple(_mean(raster.rows[top:end], columns) for top, end in _parts(raster.height, height))
    )


def _parts(size: int, count: int) -> Iterator[tuple[int, int]]:
    """`size` dots in `count` parts, from and up to; none is empty, even where there are fewer dots than parts."""
    for part in range(count):
        start = part * size // count
        yield start, max((part + 1) * size // count, start + 1)


def _mean(rows: tuple[bytes, ...], columns: list[tuple[int, int]]) -> bytes:
    mixed = bytearray()
    for start, end in columns:
        dots = len(rows) * (end - start)
        for channel in range(3):
            total = sum(sum(row[3 * start + channel : 3 * end : 3]) for row in rows)
            mixed.append((total + dots // 2) // dots)
    return bytes(mixed)


SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_DOTS = 4_000_000
"""More than four times the largest screen of these phones: a bomb stops here, before it unfolds."""

_GREY, _COLOUR, _PALETTE, _GREY_ALPHA, _COLOUR_ALPHA = 0, 2, 3, 4, 6
_SAMPLES = {_GREY: 1, _COLOUR: 3, _PALETTE: 1, _GREY_ALPHA: 2, _COLOUR_ALPHA: 4}
"""Samples a dot, by colour type (§11.2.2)."""


class UnsupportedPng(ProtocolError):
    """A PNG of a kind that phones are not known to send; another decoder may draw it."""


def decode_png(picture: bytes) -> Raster:
    """The dots; how opaque they are is left out. Raises ProtocolError for what is broken or cannot be drawn."""
    header, palette, packed = b"", b"", bytearray()
    for kind, data in _chunks(picture):
        if kind == b"IHDR":
            header = data
        elif kind == b"PLTE":
            palette = data
        elif kind == b"IDAT":
            packed += data
    if len(header) != 13:
        raise ProtocolError("a PNG without a header")
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if not 0 < width * height <= MAX_DOTS:
        raise ProtocolError(f"a PNG of {width} times {height} dots")
    if depth != 8 or interlaced or colours not in _SAMPLES:
        laced = ", interlaced" if interlaced else ""
        raise UnsupportedPng(f"a PNG of colour type {colours} with {depth} bits a sample{laced} cannot be drawn")
    samples = _SAMPLES[colours]
    lines = _lines(_unpacked(bytes(packed), (width * samples + 1) * height), width * samples, samples)
    return Raster(width, height, tuple(_dots(line, colours, palette) for line in lines))


def encode_png(raster: Raster) -> bytes:
    """The dots as a PNG in which nothing else stands; through a palette where 256 colours are enough.

    Without one, the difference to the dot on the left is packed (§9.2, filter 1).
    """
    lines = {row: [row[at : at + 3] for at in range(0, len(row), 3)] for row in set(raster.rows)}
    palette = sorted(set().union(*lines.values()))
    if len(palette) <= 256:
        place = {dot: number for number, dot in enumerate(palette)}
        packed = {row: bytes([place[dot] for dot in dots]) for row, dots in lines.items()}
        colours, rows = _PALETTE, [b"\0" + packed[row] for row in raster.rows]
    else:
        colours, rows = _COLOUR, [b"\1" + _differences(row) for row in raster.rows]
    header = struct.pack(">IIBBBBB", raster.width, raster.height, 8, colours, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    if colours == _PALETTE:
        chunks.insert(1, (b"PLTE", b"".join(palette)))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _differences(row: bytes) -> bytes:
    return bytes([dot - left & 255 for dot, left in zip(row, b"\0\0\0" + row, strict=False)])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and data of each, up to the end; raises ProtocolError where one is cut off or damaged (§5.3)."""
    if not picture.startswith(SIGNATURE):
        raise ProtocolError("not a PNG")
    place = len(SIGNATURE)
    while place + 12 <= len(picture):
        (size,) = struct.unpack_from(">I", picture, place)
        kind, data = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + size]
        check = picture[place + 8 + size : place + 12 + size]
        if len(check) < 4 or struct.unpack(">I", check)[0] != zlib.crc32(kind + data):
            break
        if kind == b"IEND":
            return
        yield kind, data
        place += 12 + size
    raise ProtocolError("a PNG that is cut off or damaged")


def _unpacked(packed: bytes, size: int) -> bytes:
    try:
        unpacked = zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise ProtocolError("a PNG whose data is damaged") from error
    if len(unpacked) != size:
        raise ProtocolError("a PNG with less data than its size asks for")
    return unpacked


def _lines(unpacked: bytes, size: int, samples: int) -> Iterator[bytes]:
    """Each line without its filter (§9.2)."""
    above = bytes(size)
    for start in range(0, len(unpacked), size + 1):
        above = _unfiltered(unpacked[start], unpacked[start + 1 : start + 1 + size], above, samples)
        yield above


def _unfiltered(kind: int, line: bytes, above: bytes, samples: int) -> bytes:
    match kind:
        case 0:
            return line
        case 1:
            whole = bytearray(line)
            for sample in range(samples):
                sums = accumulate(line[sample::samples], _sum)
                whole[sample::samples] = bytes(sums)
            return bytes(whole)
        case 2:
            return bytes([a + b & 255 for a, b in zip(line, above, strict=True)])
        case 3 | 4:
            return _predicted(line, above, samples, average=kind == 3)
        case _:
            raise ProtocolError(f"a PNG with filter {kind}")


def _sum(first: int, second: int) -> int:
    return first + second & 255


def _predicted(line: bytes, above: bytes, samples: int, *, average: bool) -> bytes:
    """Filters 3 and 4: each sample from its neighbours to the left, above, and above to the left."""
    whole = bytearray(samples) + line
    above = bytes(samples) + above
    for place in range(samples, len(whole)):
        left, up = whole[place - samples], above[place]
        guess = (left + up) // 2 if average else _paeth(left, up, above[place - samples])
        whole[place] = whole[place] + guess & 255
    return bytes(whole[samples:])


def _paeth(left: int, up: int, corner: int) -> int:
    """Whichever of the three is nearest to left + up - corner; in that order where they are equally near (§9.4)."""
    by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def _dots(line: bytes, colours: int, palette: bytes) -> bytes:
    """Three bytes a dot."""
    if colours == _PALETTE:
        known = [palette[at : at + 3] for at in range(0, len(palette) - 2, 3)]
        if line and max(line) >= len(known):
            raise ProtocolError("a PNG with a colour that is not in its palette")
        return b"".join([known[place] for place in line])
    samples = _SAMPLES[colours]
    first, second, third = (0, 1, 2) if samples >= 3 else (0, 0, 0)
    if samples == 3:
        return line
    dots = bytearray(len(line) // samples * 3)
    dots[0::3], dots[1::3], dots[2::3] = line[first::samples], line[second::samples], line[third::samples]
    return bytes(dots)


EXTRA = "pip install 'phonetui[pictures]' draws it"
_FORMATS = {"jpg": "JPEG", "bmp": "BMP", "webp": "WEBP"}
"""Pillow's names by usual endings; no other decoder of Pillow ever sees what a phone sent."""


def decode(picture: bytes, ending: str) -> Raster:
    """The dots of a picture with the usual `ending` of its kind, such as `jpg`. Raises ProtocolError.

    A PNG that phones are not known to send, such as an interlaced one, is Pillow's, too.
    """
    if ending == "png":
        try:
            return decode_png(picture)
        except UnsupportedPng:
            if find_spec("PIL") is None:
                raise
            return _by_pillow(picture, "PNG")
    if find_spec("PIL") is None:
        raise ProtocolError(f"a picture of kind {ending} cannot be drawn here", EXTRA)
    return _by_pillow(picture, _FORMATS[ending])


def _by_pillow(picture: bytes, kind: str) -> Raster:
    from PIL import Image  # noqa: PLC0415 - an extra, and 40 ms that only other pictures than PNG need

    try:
        with Image.open(io.BytesIO(picture), formats=(kind,)) as found:
            width, height = found.size
            if not 0 < width * height <= MAX_DOTS:
                raise ProtocolError(f"a {kind} of {width} times {height} dots")
            dots = found.convert("RGB").tobytes()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ProtocolError(f"a {kind} that is cut off or damaged") from error
    return Raster(width, height, tuple(dots[row * 3 * width : (row + 1) * 3 * width] for row in range(height)))
