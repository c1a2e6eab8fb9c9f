"""The part of a picture that is looked at: where it begins, and how large it is drawn.

As dots, what fits into the cells depends on the zoom alone; in colours the picture is fitted into the cells, and a zoom
of 2 shows half of its width and height there. A viewport never leaves its picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from phonetui.ui.graphics.dots import ZOOMS, pixels

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
        """By so many quarters of what is seen."""
        width, height = self.extent_at(self.zoom)
        return self._at(self.x + right * max(width // 4, 1), self.y + down * max(height // 4, 1))

    def zoomed(self, by: int) -> "Viewport":
        """By so many steps; what is in the middle stays there, as far as the picture reaches."""
        place = self.zooms.index(self.zoom) + by
        zoom = self.zooms[min(max(place, 0), len(self.zooms) - 1)]
        (was_wide, was_high), (wide, high) = self.extent, self.extent_at(zoom)
        middle = self.x + (was_wide - wide) // 2, self.y + (was_high - high) // 2
        return replace(self, zoom=zoom)._at(*middle)

    def whole(self) -> "Viewport":
        """At the largest zoom that shows all of the picture, or at the smallest that there is."""
        fitting = [zoom for zoom in self.zooms if all(map(_holds, self.extent_at(zoom), self.picture))]
        return replace(self, zoom=fitting[-1] if fitting else self.zooms[0], x=0, y=0)

    def follow(self, before: "Viewport | None") -> "Viewport":
        """This one's picture and room, at the place and zoom of the one before."""
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
    """All of it."""
    return Viewport(COLOUR_ZOOMS, lambda zoom: (-(-picture[0] // zoom), -(-picture[1] // zoom)), picture)
