"""Sixels: columns of six dots, drawn colour by colour in bands of that height (DEC STD 070, chapter 8).

ESC P 0;1 q "1;1;width;height  #n;2;red;green;blue …  band - band - …  ESC \\
band: #n columns $ #m columns …   a column: ? plus its dots as bits, the topmost lowest; !count before one repeated
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from phonetui.phone.raster import Raster
from phonetui.ui.graphics.colours import indexed

BAND = 6
Stretch = tuple[int, int, int]
"""Where it begins, how many columns it has, and the bits of each."""


def encode(raster: Raster) -> str:
    """The whole sequence; exact but for colours, which are told in percent."""
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
