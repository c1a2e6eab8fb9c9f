"""A picture as dots, and the same picture in fewer of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from phonetui.errors import ProtocolError

Dot = tuple[int, int, int]
"""Red, green and blue, 0…255 each."""


@dataclass(frozen=True, slots=True)
class Raster:
    width: int
    height: int
    rows: tuple[bytes, ...]
    """Top to bottom, three bytes a dot."""

    def __post_init__(self) -> None:
        if self.height != len(self.rows) or any(len(row) != 3 * self.width for row in self.rows):
            raise ProtocolError("a picture whose rows are not as wide or as many as it says")


def fitted(width: int, height: int, across: int, high: int) -> tuple[int, int]:
    """The largest size of this shape in `across` times `high` dots, and never larger than it is; one dot at least."""
    share = min(across / width, high / height, 1.0)
    return max(int(width * share), 1), max(int(height * share), 1)


def scaled(raster: Raster, across: int, high: int) -> Raster:
    """The picture in `across` times `high` dots, each the mean of those that it stands for."""
    if (across, high) == (raster.width, raster.height):
        return raster
    columns = list(_parts(raster.width, across))
    return Raster(across, high, tuple(_mean(raster.rows[top:end], columns) for top, end in _parts(raster.height, high)))


def _parts(size: int, count: int) -> Iterator[tuple[int, int]]:
    """`size` dots in `count` parts, from and up to; none is empty, even where there are fewer dots than parts."""
    for part in range(count):
        start = part * size // count
        yield start, max((part + 1) * size // count, start + 1)


def _mean(rows: tuple[bytes, ...], columns: list[tuple[int, int]]) -> bytes:
    mixed = bytearray()
    for start, end in columns:
        dots = len(rows) * (end - start)
        for channel in range(3):
            total = sum(sum(row[3 * start + channel : 3 * end : 3]) for row in rows)
            mixed.append((total + dots // 2) // dots)
    return bytes(mixed)
