"""How large pictures become."""

import re

import pytest

from phonetui.ui.graphics.capabilities import CellSize, GraphicsMode, ImageProtocol
from phonetui.ui.graphics.decoders import Raster
from phonetui.ui.graphics.encoders import draw

SCREEN = Raster(80, 48, (bytes(240),) * 48)


@pytest.mark.parametrize(
    ("cell", "width", "height", "cells", "dots"),
    [
        ((10, 20), 120, 30, (8, 3), (80, 48)),  # dot for dot, the last row of cells not quite full
        ((10, 20), 4, 30, (4, 2), (40, 24)),  # made smaller
        ((10, 20), 120, 1, (4, 1), (33, 20)),
        ((7, 15), 120, 30, (12, 4), (80, 48)),
    ],
)
def test_sixels_are_never_larger_than_the_picture(
    cell: tuple[int, int], width: int, height: int, cells: tuple[int, int], dots: tuple[int, int]
) -> None:
    drawing = draw(SCREEN, GraphicsMode(ImageProtocol.SIXEL, CellSize(*cell)), width, height)
    assert (drawing.columns, drawing.rows) == cells
    assert f'"1;1;{dots[0]};{dots[1]}#' in drawing.shows
    assert drawing.removes == ""


@pytest.mark.parametrize(
    ("cell", "width", "height", "cells"),
    [
        ((10, 20), 120, 30, (100, 30)),  # the terminal makes it larger
        (None, 120, 30, (100, 30)),
        ((10, 20), 20, 30, (20, 6)),
        ((8, 8), 120, 30, (50, 30)),
        ((10, 20), 1, 1, (1, 1)),
    ],
)
def test_kitty_fills_the_space(cell: tuple[int, int] | None, width: int, height: int, cells: tuple[int, int]) -> None:
    drawing = draw(SCREEN, GraphicsMode(ImageProtocol.KITTY, CellSize(*cell) if cell else None), width, height)
    assert (drawing.columns, drawing.rows) == cells
    assert re.search(r"c=(\d+),r=(\d+)", drawing.shows).groups() == tuple(map(str, cells))  # type: ignore[union-attr]
    assert drawing.size == len(drawing.shows.encode())
    assert drawing.removes
