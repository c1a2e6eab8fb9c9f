"""Curves of braille dots, joined by plotext, and sparklines of blocks on a fixed scale."""

from functools import lru_cache
from typing import NamedTuple


class Point(NamedTuple):
    """A place in cells: 0, 0 is the middle of the cell at the bottom left."""

    x: float
    y: float


Stretch = tuple[Point, ...]
"""Points without a gap between them."""


@lru_cache(maxsize=16)
def curve(stretches: tuple[Stretch, ...], width: int, height: int) -> tuple[str, ...]:
    """`height` lines of `width` cells, top first; a cell that no curve passes is a blank.

    Kept for as long as the points stay the same: moving a cursor over a chart draws no curve again.
    """
    points = [point for stretch in stretches for point in stretch]
    if not points:
        return (" " * width,) * height
    lines = _joined(points, _firsts(stretches), width, height)
    return tuple(line.replace("\N{BRAILLE PATTERN BLANK}", " ").ljust(width)[:width] for line in lines[:height])


def _firsts(stretches: tuple[Stretch, ...]) -> list[int]:
    """Which points begin a stretch."""
    firsts, place = [], 0
    for stretch in stretches:
        firsts.append(place)
        place += len(stretch)
    return firsts


def _joined(points: list[Point], firsts: list[int], width: int, height: int) -> list[str]:
    import plotext  # noqa: PLC0415 - 100 ms, for one screen

    plotext.terminal.limit(width=False, height=False)  # else it asks the terminal, and cuts
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.theme("colorless").axes(active=False).legend(active=False)
    for axis, cells in (("x", width), ("y", height)):
        figure.ruler(axis).frequency(0)
        figure.ruler(axis).lim(0, max(cells - 1, 1))
    signal = figure.signal([x for x, _ in points], [y for _, y in points], marker="braille").lines()
    for first in firsts:
        signal.line(first, active=False)
    figure.draw(signal)
    text: str = figure.build().string(colorless=True)
    return text.split("\n")
