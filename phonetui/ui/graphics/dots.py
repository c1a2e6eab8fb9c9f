"""A picture in braille, one dot a pixel, and the part of a picture that is shown.

A pixel is a dot where its luma differs by at least `CONTRAST` from the median of the pixels around it (a local
threshold, as for scanned pages). So letters of any colour on any ground become dots, and even areas stay empty.

luma ─► blocks ─► median of 5 x 5 blocks around each ─► a row of dots a row of pixels ─► braille, 2 x 4 dots a cell

At zoom 1 a dot is a pixel; at 2 a pixel is two by two dots; at -2 a dot stands for two by two pixels, and is set where
a third of them stand out. In colours the picture is fitted into the cells, and a zoom of 2 shows half of its width and
height there. A viewport never leaves its picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from phonetui.ui.graphics.decoders import Raster

CONTRAST = 40
"""Of 255: steps that an eye takes for another colour, not for the noise of a JPEG or a shaded ground."""
ZOOMS = (-4, -3, -2, 1, 2, 3, 4)
_SPAN = 5
"""Blocks of a window, each way."""
_SAMPLES = 24
"""Pixels of a block that are looked at, about."""
_BLANK = 0x2800
_WEIGHTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Of the dots of a cell, by row, left and right (Unicode 15, chapter 21.1)."""
_CELLS = (" ", *(chr(_BLANK + dots) for dots in range(1, 256)))
"""An empty cell is a blank: some fonts draw circles for the empty one of braille."""

_RED = bytes(value * 299 // 1000 for value in range(256))
_GREEN = bytes(value * 587 // 1000 for value in range(256))
_BLUE = bytes(value * 114 // 1000 for value in range(256))


def luma(row: bytes) -> bytes:
    """0…254 a pixel, of three bytes a pixel (ITU-R BT.601, each part rounded down)."""
    parts = (row[0::3].translate(_RED), row[1::3].translate(_GREEN), row[2::3].translate(_BLUE))
    return sum(int.from_bytes(part, "little") for part in parts).to_bytes(len(row) // 3, "little")


@cache
def _stands_out(median: int) -> bytes:
    """By luma, 1 for a dot."""
    return bytes(abs(value - median) >= CONTRAST for value in range(256))


@cache
def _is_third(count: int) -> bytes:
    return bytes(3 * set_ >= count for set_ in range(256))


class DotPicture:
    """The dots of one picture, worked out as they are asked for, or beforehand."""

    def __init__(self, raster: Raster) -> None:
        self.width, self.height = raster.width, raster.height
        self._raster = raster
        self._block = max(min(raster.width // 8, 160) // _SPAN, 2), max(min(raster.height // 24, 40) // _SPAN, 2)
        """Width and height of a block: with all five a window is some letters wide and lower than a line of text."""
        self._lumas: dict[bytes, bytes] = {}
        self._samples: dict[int, list[bytes]] = {}
        self._medians: dict[int, list[int]] = {}
        self._dots: dict[int, bytes] = {}

    def prepare(self) -> "DotPicture":
        """Works out all of it: some tenths of a second for the largest screens, so not on an event loop."""
        for y in range(self.height):
            self.row(y)
        self._lumas.clear()
        self._samples.clear()
        self._medians.clear()
        return self

    def row(self, y: int) -> bytes:
        """A byte a pixel, 1 for a dot."""
        if y not in self._dots:
            width, pixels = self._block[0], self._luma(y)
            self._dots[y] = b"".join(
                pixels[place * width : (place + 1) * width].translate(_stands_out(median))
                for place, median in enumerate(self._medians_at(y // self._block[1]))
            )
        return self._dots[y]

    def lines(self, x: int, y: int, columns: int, rows: int, zoom: int = 1) -> list[str]:
        """At most `rows` lines of `columns` cells of braille, from the pixel at `x`, `y` on, at one of `ZOOMS`."""
        drawn = []
        for top in range(rows):
            places = [y + pixels(4 * top + depth, zoom) for depth in range(4)]
            if places[0] >= self.height:
                break
            depths = [self._zoomed(x, place, 2 * columns, zoom) for place in places]
            drawn.append(_braille(depths, columns))
        return drawn

    def _zoomed(self, x: int, y: int, dots: int, zoom: int) -> bytes:
        """`dots` dots of one row, fewer at the right edge; none below the picture."""
        if y >= self.height:
            return b""
        if zoom >= 1:
            part = self.row(y)[x : x + -(-dots // zoom)]
            return part.replace(b"\1", b"\2" * zoom).replace(b"\0", b"\0" * zoom).replace(b"\2", b"\1")[:dots]
        step = -zoom
        count = min(dots, (self.width - x) // step)
        if count <= 0:
            return b""
        total = 0
        for line in range(y, min(y + step, self.height)):
            part = self.row(line)[x : x + count * step]
            total += sum(int.from_bytes(part[offset::step], "little") for offset in range(step))
        return total.to_bytes(count, "little").translate(_is_third(step * step))

    def _luma(self, y: int) -> bytes:
        row = self._raster.rows[y]
        if row not in self._lumas:
            self._lumas[row] = luma(row)
        return self._lumas[row]

    def _medians_at(self, down: int) -> list[int]:
        """Of the windows around a row of blocks."""
        if down not in self._medians:
            half = _SPAN // 2
            around = [self._samples_at(each) for each in range(down - half, down + half + 1)]
            columns = [b"".join(samples) for samples in zip(*filter(None, around), strict=True)]
            windows = (b"".join(columns[max(at - half, 0) : at + half + 1]) for at in range(len(columns)))
            self._medians[down] = [sorted(window)[len(window) // 2] for window in windows]
        return self._medians[down]

    def _samples_at(self, down: int) -> list[bytes]:
        """Of each block of a row of them; empty outside of the picture."""
        if down not in self._samples:
            width, height = self._block
            rows = range(max(down * height, 0), min((down + 1) * height, self.height) if down >= 0 else 0)
            step = max(width * height // _SAMPLES, 1) | 1
            lines = [self._luma(y) for y in rows]
            self._samples[down] = (
                [b"".join(line[at : at + width] for line in lines)[::step] for at in range(0, self.width, width)]
                if lines
                else []
            )
        return self._samples[down]


def pixels(dots: int, zoom: int) -> int:
    """How many pixels so many dots are, at one of `ZOOMS`."""
    return dots // zoom if zoom >= 1 else dots * -zoom


def _braille(depths: list[bytes], columns: int) -> str:
    """One line of cells out of four rows of dots."""
    total = 0
    for dots, (left, right) in zip(depths, _WEIGHTS, strict=True):
        total += int.from_bytes(dots[0::2], "little") * left + int.from_bytes(dots[1::2], "little") * right
    return "".join(map(_CELLS.__getitem__, total.to_bytes(columns, "little")))


COLOUR_ZOOMS = (1, 2, 3, 4, 6, 8)
Extent = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Viewport:
    zooms: tuple[int, ...]
    """Those that there are, the whole picture first."""
    extent_at: Callable[[int], Extent] = field(compare=False)
    """What the room shows at a zoom; it may be more than the picture."""
    picture: Extent
    zoom: int = 1
    x: int = 0
    y: int = 0

    @property
    def extent(self) -> Extent:
        """What is seen of the picture."""
        width, height = self.extent_at(self.zoom)
        return min(width, self.picture[0] - self.x), min(height, self.picture[1] - self.y)

    @property
    def is_whole(self) -> bool:
        return self.extent == self.picture

    def panned(self, right: int, down: int) -> "Viewport":
        """The viewport moved by so many quarters of what is seen."""
        width, height = self.extent_at(self.zoom)
        return self._at(self.x + right * max(width // 4, 1), self.y + down * max(height // 4, 1))

    def zoomed(self, by: int) -> "Viewport":
        """The viewport zoomed by so many steps; what is in the middle stays there, as far as the picture reaches."""
        place = self.zooms.index(self.zoom) + by
        zoom = self.zooms[min(max(place, 0), len(self.zooms) - 1)]
        (was_wide, was_high), (wide, high) = self.extent, self.extent_at(zoom)
        middle = self.x + (was_wide - wide) // 2, self.y + (was_high - high) // 2
        return replace(self, zoom=zoom)._at(*middle)

    def whole(self) -> "Viewport":
        """The viewport at the largest zoom that shows all of the picture, or at the smallest that there is."""
        fitting = [zoom for zoom in self.zooms if all(map(_holds, self.extent_at(zoom), self.picture))]
        return replace(self, zoom=fitting[-1] if fitting else self.zooms[0], x=0, y=0)

    def follow(self, before: "Viewport | None") -> "Viewport":
        """This picture and room, at the place and zoom of the viewport before."""
        if before is None or before.zooms != self.zooms:
            return self
        return replace(self, zoom=before.zoom)._at(before.x, before.y)

    def _at(self, x: int, y: int) -> "Viewport":
        width, height = self.extent_at(self.zoom)
        return replace(
            self, x=min(max(x, 0), max(self.picture[0] - width, 0)), y=min(max(y, 0), max(self.picture[1] - height, 0))
        )


def _holds(room: int, size: int) -> bool:
    return room >= size


def dot_viewport(picture: Extent, columns: int, rows: int) -> Viewport:
    """A dot a pixel, from the corner on."""
    return Viewport(ZOOMS, lambda zoom: (pixels(2 * columns, zoom), pixels(4 * rows, zoom)), picture)


def colour_viewport(picture: Extent) -> Viewport:
    """A viewport of the whole picture."""
    return Viewport(COLOUR_ZOOMS, lambda zoom: (-(-picture[0] // zoom), -(-picture[1] // zoom)), picture)
