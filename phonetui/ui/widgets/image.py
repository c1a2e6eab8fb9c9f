"""The widget that shows a picture: half blocks, shades or braille in cells, or the terminal's own pixels.

Half blocks have the picture's colours, whatever the theme, rounded so that neighbours are often equal: each change of
colour costs the terminal some forty bytes. Cells are repainted only where they differ. A sequence that painting
destroys is sent behind the last line of every paint; one that stays until it is taken away, once.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from phonetui.ui import output
from phonetui.ui.graphics.decoders import Dot, Raster, fitted, scaled
from phonetui.ui.graphics.dots import DotPicture, Viewport, pixels
from phonetui.ui.graphics.encoders import Drawing

HALF = "▀"
SHADES = " .:-=+*#%@"
"""From dark to bright, on a dark ground."""
_ROUND = 0xF8
"""Five bits a colour are kept."""


class ImageCell(NamedTuple):
    text: str
    above: Dot | None = None
    below: Dot | None = None


Line = tuple[ImageCell, ...]


def blocks(raster: Raster, width: int, height: int) -> tuple[Line, ...]:
    """The picture in at most `width` times `height` cells, as half blocks: a cell is about twice as high as wide."""
    small = scaled(raster, *fitted(raster.width, raster.height, width, 2 * height))
    rows = [_rounded(row) for row in small.rows]
    below: list[list[Dot] | list[None]] = [*rows[1::2], *([[None] * small.width] if len(rows) % 2 else [])]
    return tuple(
        tuple(ImageCell(HALF, upper, lower) for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], below, strict=True)
    )


def shades(raster: Raster, width: int, height: int, *, dark: bool) -> tuple[Line, ...]:
    """The picture without colours: how bright each cell is. `dark` says which ground the terminal has."""
    wide, tall = fitted(raster.width, raster.height, width, 2 * height)
    small = scaled(raster, wide, max(tall // 2, 1))
    ramp = SHADES if dark else SHADES[::-1]
    return tuple(
        tuple(ImageCell(ramp[_brightness(dot) * len(ramp) // 256]) for dot in _dots(row)) for row in small.rows
    )


def _rounded(row: bytes) -> list[Dot]:
    return list(_dots(bytes(byte & _ROUND | byte >> 5 for byte in row)))


def _dots(row: bytes) -> Iterator[Dot]:
    return zip(row[0::3], row[1::3], row[2::3], strict=True)


def _brightness(dot: Dot) -> int:
    """Luma, 0…255 (ITU-R BT.601)."""
    red, green, blue = dot
    return (299 * red + 587 * green + 114 * blue) // 1000


def dotted(picture: DotPicture, viewport: Viewport, width: int, height: int) -> tuple[Line, ...]:
    """A part of the picture in braille; what is smaller than the room keeps its own size."""
    zoom, (wide, _) = viewport.zoom, viewport.extent
    columns = -(-wide * zoom // 2) if zoom >= 1 else -(-wide // pixels(2, zoom))
    lines = picture.lines(viewport.x, viewport.y, min(columns, width), height, zoom)
    return tuple(tuple(map(ImageCell, line)) for line in lines)


class PictureView(Widget):
    """Shows the newest picture that it was given, in the middle: as large as it fits, or a part of it in braille."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self._colours = True
        self._raster: Raster | None = None
        self._dots: tuple[DotPicture, Viewport] | None = None
        self._lines: tuple[Line, ...] = ()

    def show(self, raster: Raster | None, *, colours: bool) -> None:
        """Repaints the cells that differ from the picture before; in shades without `colours`."""
        if self._dots is None and (raster, colours) == (self._raster, self._colours):
            return
        self._raster, self._colours, self._dots = raster, colours, None
        self._draw()

    def show_dots(self, picture: DotPicture, viewport: Viewport) -> None:
        """Shows a picture in braille."""
        if (picture, viewport) != self._dots:
            self._raster, self._dots = None, (picture, viewport)
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if not width or not height:
            lines: tuple[Line, ...] = ()
        elif self._dots is not None:
            lines = dotted(*self._dots, width, height)
        elif self._raster is None:
            lines = ()
        elif self._colours:
            lines = blocks(self._raster, width, height)
        else:
            lines = shades(self._raster, width, height, dark=self.app.current_theme.dark)
        before, self._lines = self._lines, lines
        if _size(before) != _size(lines):
            self.refresh()
            return
        top, left = self._corner()
        for y, (old, new) in enumerate(zip(before, lines, strict=True)):
            differing = [x for x, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
            if differing:
                self.refresh(Region(left + differing[0], top + y, differing[-1] - differing[0] + 1, 1))

    def render_line(self, y: int) -> Strip:
        top, left = self._corner()
        width, base = self.size.width, self.rich_style
        if not 0 <= y - top < len(self._lines):
            return Strip.blank(width, base)
        drawn = [Segment(" " * left, base)]
        for colours, alike in groupby(self._lines[y - top], key=lambda cell: cell[1:]):
            drawn.append(Segment("".join(cell.text for cell in alike), base + _style(*colours)))
        return Strip(drawn).extend_cell_length(width, base).crop(0, width)

    def _corner(self) -> tuple[int, int]:
        """Where the picture begins: row and column."""
        return middle(self.size, *_size(self._lines))


def middle(within: Size, height: int, width: int) -> tuple[int, int]:
    """Row and column where something of that height and width begins."""
    return max(within.height - height, 0) // 2, max(within.width - width, 0) // 2


def _size(lines: tuple[Line, ...]) -> tuple[int, int]:
    return len(lines), len(lines[0]) if lines else 0


def _style(above: Dot | None, below: Dot | None) -> Style:
    def colour(dot: Dot | None) -> str | None:
        return f"#{dot[0]:02x}{dot[1]:02x}{dot[2]:02x}" if dot else None

    return Style(color=colour(above), bgcolor=colour(below))


class DottedView(PictureView):
    """As its kind draws a picture, or a drawing in its place. It needs the whole width, and no border."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self.drawing: Drawing | None = None
        self._room = Size()
        """What it was made for: a terminal that became smaller paints before anybody hears of it."""
        self._is_up = False
        """Whether it may be on the terminal, and stays there until it is taken away."""
        self._is_away = True
        """Whether it is kept back for now; until the first `put_up`, too."""

    def show(self, raster: Raster | None, *, colours: bool, drawing: Drawing | None = None) -> None:
        """`drawing` is of this picture, at most as large as this widget, and replaces the one before."""
        super().show(None if drawing else raster, colours=colours)
        if drawing is None:
            self._drop()
        elif drawing != self.drawing:
            self._hang(drawing)

    def show_dots(self, picture: DotPicture, viewport: Viewport) -> None:
        super().show_dots(picture, viewport)
        self._drop()

    def put_away(self) -> None:
        """Takes the drawing off the terminal until `put_up`."""
        self._is_away = True
        self._take_down()

    def put_up(self) -> None:
        """Shows it again, whatever became of it."""
        self._is_away = self._is_up = False
        if self.drawing is not None:
            self._hang(self.drawing)

    def on_resize(self) -> None:
        self._drop()  # another one is on its way, in the new size

    def on_unmount(self) -> None:
        if self.app.is_running:  # else the terminal was given back, and the drawing went then
            self._take_down()

    def _hang(self, drawing: Drawing) -> None:
        self.drawing, self._room = drawing, self.size
        self.refresh()
        if drawing.removes and not self._is_away:
            self._is_up = True
            top, left = middle(self.size, drawing.rows, drawing.columns)
            output.place(self.app, drawing.shows, self.region.x + left, self.region.y + top)

    def _drop(self) -> None:
        if self.drawing is not None:
            self._take_down()
            self.drawing = None
            self.refresh()

    def _take_down(self) -> None:
        if self._is_up and self.drawing is not None:
            output.send(self.app, self.drawing.removes)
        self._is_up = False

    def render_lines(self, crop: Region) -> list[Strip]:
        strips, drawing = super().render_lines(crop), self.drawing
        if drawing is None or drawing.removes or self._is_away or self.size != self._room:
            return strips
        if crop != self._room.region or self.screen is not self.app.screen:  # a part of it, or seen behind a dialog
            return strips
        top, left = middle(self.size, drawing.rows, drawing.columns)
        shown = output.segment(drawing.shows, self.region.x + left, self.size.height - 1 - top)
        return [*strips[:-1], Strip([*strips[-1], shown], strips[-1].cell_length)]
