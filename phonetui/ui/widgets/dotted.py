"""A picture in dots of the terminal's own, over empty cells.

One that painting destroys is sent behind the last line of every paint; one that stays until it is taken away, once.
"""

from textual.geometry import Region, Size
from textual.strip import Strip

from phonetui.phone.raster import Raster
from phonetui.ui.graphics import door
from phonetui.ui.graphics.drawing import Drawing
from phonetui.ui.widgets.picture import PictureView, middle


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
            door.place(self.app, drawing.shows, self.region.x + left, self.region.y + top)

    def _drop(self) -> None:
        if self.drawing is not None:
            self._take_down()
            self.drawing = None
            self.refresh()

    def _take_down(self) -> None:
        if self._is_up and self.drawing is not None:
            door.send(self.app, self.drawing.removes)
        self._is_up = False

    def render_lines(self, crop: Region) -> list[Strip]:
        strips, drawing = super().render_lines(crop), self.drawing
        if drawing is None or drawing.removes or self._is_away or self.size != self._room:
            return strips
        if crop != self._room.region or self.screen is not self.app.screen:  # a part of it, or seen behind a dialog
            return strips
        top, left = middle(self.size, drawing.rows, drawing.columns)
        shown = door.segment(drawing.shows, self.region.x + left, self.size.height - 1 - top)
        return [*strips[:-1], Strip([*strips[-1], shown], strips[-1].cell_length)]
