"""A picture made ready for the terminal: the sequence that draws it, and the cells that it covers."""

from dataclasses import dataclass

from phonetui.phone.png import encode
from phonetui.phone.raster import Raster, fitted, scaled
from phonetui.ui.graphics import kitty, sixel
from phonetui.ui.graphics.ability import Cell, Means, Way

_USUAL = Cell(10, 20)
"""Where nobody said."""


@dataclass(frozen=True, slots=True)
class Drawing:
    way: Way
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


def draw(raster: Raster, means: Means, across: int, high: int) -> Drawing:
    """As large as it fits into so many cells. Takes some tenths of a second for a phone's whole screen as sixels."""
    cell = means.cell or _USUAL
    small = scaled(raster, *fitted(raster.width, raster.height, across * cell.width, high * cell.height))
    if means.way is Way.SIXEL:  # dot for dot; never larger than it is, because every dot is paid for
        return Drawing(Way.SIXEL, -(-small.width // cell.width), -(-small.height // cell.height), sixel.encode(small))
    columns, rows = _cells(small, cell, across, high)
    return Drawing(Way.KITTY, columns, rows, kitty.show(encode(small), columns, rows), kitty.REMOVE)


def _cells(raster: Raster, cell: Cell, across: int, high: int) -> tuple[int, int]:
    """How many it fills where the terminal makes it larger, as this one does by itself."""
    share = min(across * cell.width / raster.width, high * cell.height / raster.height)
    columns, rows = round(raster.width * share / cell.width), round(raster.height * share / cell.height)
    return min(max(columns, 1), across), min(max(rows, 1), high)
