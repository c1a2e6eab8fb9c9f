"""A picture in at most 256 colours: its own where it has no more, else the means of boxes (Heckbert's median cut)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from phonetui.phone.raster import Dot, Raster

MOST = 256
_KEPT = 0xF8
"""Five bits a colour, where there are too many: fewer to divide, and nobody sees it."""

Box = list[tuple[Dot, int]]
"""Colours, and how many dots have each."""


@dataclass(frozen=True, slots=True)
class Indexed:
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
