"""Encodes a picture for the terminal: the sequence that draws it, and the cells it covers.

kitty: a PNG in base64, put over cells, and taken away by its number
  ESC _G key=value,… ; base64 ESC \\   in pieces of 4096 characters, all but the last with m=1
sixel (DEC STD 070, chapter 8): columns of six dots, drawn colour by colour in bands of that height, in at most 256
colours: the picture's own where it has no more, else the means of boxes (Heckbert's median cut)
  ESC P 0;1 q "1;1;width;height  #n;2;red;green;blue …  band - band - …  ESC \\
  band: #n columns $ #m columns …   a column: ? plus its dots as bits, the topmost lowest; !count before one repeated
"""

import asyncio
from base64 import b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby

from msgspec import Struct

from phonetui.ui.graphics.capabilities import CellSize, GraphicsMode, ImageProtocol
from phonetui.ui.graphics.decoders import Dot, Raster, encode_png, fitted, scaled

PIECE = 4096
NUMBER = 7005
"""Of our only picture. Programs that share a terminal number theirs from 1 or at random."""


def show(picture: bytes, columns: int, rows: int) -> str:
    """Puts a PNG over so many cells from the cursor on, which stays; in place of the one before.

    `q=2`: the terminal answers nothing, because an answer would be read as keys.
    """
    packed = b64encode(picture).decode("ascii")
    pieces = [packed[at : at + PIECE] for at in range(0, len(packed), PIECE)]
    keys = [f"a=T,f=100,i={NUMBER},p=1,c={columns},r={rows},C=1,q=2", *["q=2"] * (len(pieces) - 1)]
    return "".join(
        f"\x1b_G{key},m={int(place < len(pieces))};{piece}\x1b\\"
        for place, (key, piece) in enumerate(zip(keys, pieces, strict=True), 1)
    )


REMOVE = f"\x1b_Ga=d,d=I,i={NUMBER},q=2\x1b\\"
"""Takes it away, and its data too."""


MOST = 256
_KEPT = 0xF8
"""Five bits a colour, where there are too many: fewer to divide, and nobody sees it."""

Box = list[tuple[Dot, int]]
"""Colours, and how many dots have each."""


class Indexed(Struct, frozen=True):
    palette: tuple[Dot, ...]
    rows: tuple[bytes, ...]
    """Top to bottom, one byte a dot: its place in the palette."""


def indexed(raster: Raster) -> Indexed:
    lines = Counter(raster.rows)
    dots: Counter[Dot] = Counter()
    for line, times in lines.items():
        for dot, count in Counter(_dots(line)).items():
            dots[dot] += count * times
    palette, place = _exact(dots) if len(dots) <= MOST else _reduced(dots)
    drawn = {line: bytes([place[dot] for dot in _dots(line)]) for line in lines}
    return Indexed(palette, tuple(drawn[row] for row in raster.rows))


def _exact(dots: Iterable[Dot]) -> tuple[tuple[Dot, ...], dict[Dot, int]]:
    palette = tuple(dots)
    return palette, {dot: place for place, dot in enumerate(palette)}


def _reduced(dots: Counter[Dot]) -> tuple[tuple[Dot, ...], dict[Dot, int]]:
    """The palette, and which of it stands for which dot."""
    rough: Counter[Dot] = Counter()
    for dot, count in dots.items():
        rough[_rough(dot)] += count
    boxes = _boxes([*rough.items()])
    place = {dot: number for number, box in enumerate(boxes) for dot, _ in box}
    return tuple(map(_mean, boxes)), {dot: place[_rough(dot)] for dot in dots}


def _boxes(whole: Box) -> list[Box]:
    """Halves the box with the widest spread until there are enough, or none has two colours."""
    boxes = [(_spread(whole), whole)]
    while len(boxes) < MOST:
        (width, channel), widest = max(boxes, key=lambda each: each[0])
        if not width:
            break
        boxes.remove(((width, channel), widest))
        boxes += [(_spread(half), half) for half in _halves(widest, channel)]
    return [box for _, box in boxes]


def _spread(box: Box) -> tuple[int, int]:
    """How far apart the colours are in the channel where they are farthest, and which one that is."""
    values = list(zip(*(dot for dot, _ in box), strict=True))
    return max((max(value) - min(value), channel) for channel, value in enumerate(values))


def _halves(box: Box, channel: int) -> tuple[Box, Box]:
    """With about as many dots each; neither is empty."""
    ordered = sorted(box, key=lambda each: each[0][channel])
    seen = list(accumulate(count for _, count in ordered))
    place = min(bisect_left(seen, seen[-1] / 2) + 1, len(ordered) - 1)
    return ordered[:place], ordered[place:]


def _mean(box: Box) -> Dot:
    dots = sum(count for _, count in box)
    red, green, blue = (sum(dot[channel] * count for dot, count in box) // dots for channel in range(3))
    return red, green, blue


def _rough(dot: Dot) -> Dot:
    red, green, blue = (value & _KEPT | value >> 5 for value in dot)
    return red, green, blue


def _dots(row: bytes) -> Iterator[Dot]:
    return zip(row[0::3], row[1::3], row[2::3], strict=True)


BAND = 6
Stretch = tuple[int, int, int]
"""Where it begins, how many columns it has, and the bits of each."""


def encode_sixel(raster: Raster) -> str:
    """The whole sequence; exact but for colours, which are given in percent."""
    drawn = indexed(raster)
    colours = "".join(
        f"#{place};2;{';'.join(str((value * 100 + 127) // 255) for value in dot)}"
        for place, dot in enumerate(drawn.palette)
    )
    bands = (drawn.rows[top : top + BAND] for top in range(0, len(drawn.rows), BAND))
    return f'\x1bP0;1q"1;1;{raster.width};{raster.height}{colours}{"-".join(map(_band, bands))}\x1b\\'


def _band(rows: Sequence[bytes]) -> str:
    stretches: dict[int, list[Stretch]] = {}
    start = 0
    for column, alike in groupby(zip(*rows, strict=True)):
        count = sum(1 for _ in alike)
        bits: dict[int, int] = {}
        for depth, colour in enumerate(column):
            bits[colour] = bits.get(colour, 0) | 1 << depth
        for colour, dots in bits.items():
            stretches.setdefault(colour, []).append((start, count, dots))
        start += count
    return "$".join(f"#{colour}{''.join(_written(found))}" for colour, found in stretches.items())


def _written(stretches: Iterable[Stretch]) -> Iterator[str]:
    """One colour's columns from the left; what follows its last dot is left out."""
    for bits, alike in groupby(_without_gaps(stretches), key=lambda each: each[1]):
        count = sum(columns for columns, _ in alike)
        column = chr(ord("?") + bits)
        yield f"!{count}{column}" if count > 3 else column * count


def _without_gaps(stretches: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    place = 0
    for start, count, bits in stretches:
        if start > place:
            yield start - place, 0
        yield count, bits
        place = start + count


_USUAL = CellSize(10, 20)
"""Where nobody said."""


class Drawing(Struct, frozen=True):
    protocol: ImageProtocol
    columns: int
    rows: int
    shows: str
    """The sequence that draws it from the cursor on, to the right and down."""
    removes: str = ""
    """The one that takes it away. Empty where it lies in the cells: painting them destroys it."""

    @property
    def size(self) -> int:
        """Bytes that drawing it takes."""
        return len(self.shows)


def draw(raster: Raster, graphics_mode: GraphicsMode, width: int, height: int) -> Drawing:
    """The picture as large as it fits into so many cells.

    Takes some tenths of a second for a phone's whole screen as sixels.
    """
    cell = graphics_mode.cell or _USUAL
    small = scaled(raster, *fitted(raster.width, raster.height, width * cell.width, height * cell.height))
    if (
        graphics_mode.protocol is ImageProtocol.SIXEL
    ):  # dot for dot; never larger than it is, because every dot is paid for
        return Drawing(
            ImageProtocol.SIXEL, -(-small.width // cell.width), -(-small.height // cell.height), encode_sixel(small)
        )
    columns, rows = _cells(small, cell, width, height)
    return Drawing(ImageProtocol.KITTY, columns, rows, show(encode_png(small), columns, rows), REMOVE)


def _cells(raster: Raster, cell: CellSize, width: int, height: int) -> tuple[int, int]:
    """How many it fills where the terminal makes it larger, as this one does by itself."""
    share = min(width * cell.width / raster.width, height * cell.height / raster.height)
    columns, rows = round(raster.width * share / cell.width), round(raster.height * share / cell.height)
    return min(max(columns, 1), width), min(max(rows, 1), height)


_Task = tuple[Raster, GraphicsMode, int, int]


class AsyncEncoder:
    """Makes one drawing at a time; whoever wants another one meanwhile gets it next."""

    def __init__(self, changed: Callable[[], object]) -> None:
        """`changed` is called when a drawing is ready."""
        self._changed = changed
        self._made: tuple[_Task, Drawing] | None = None
        self._making: asyncio.Task[None] | None = None

    def drawing(self, raster: Raster, graphics_mode: GraphicsMode, width: int, height: int) -> Drawing | None:
        """The drawing; None for half blocks, and until it is ready.

        Then `changed` is called, and it is to be asked for again.
        """
        if graphics_mode.protocol is ImageProtocol.BLOCKS or not width or not height:
            return None
        task = (raster, graphics_mode, width, height)
        if self._made is not None and self._made[0] == task:
            return self._made[1]
        if self._making is None:
            self._making = asyncio.create_task(self._make(task), name="drawing of a picture")
        return None

    def close(self) -> None:
        if self._making is not None:
            self._making.cancel()

    async def _make(self, task: _Task) -> None:
        try:
            self._made = task, await asyncio.to_thread(draw, *task)
        finally:
            self._making = None
        self._changed()
