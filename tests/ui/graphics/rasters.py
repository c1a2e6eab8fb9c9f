"""Pictures to draw in tests."""

from hypothesis import strategies as st

from phonetui.ui.graphics.decoders import Dot, Raster


def raster(*rows: list[Dot]) -> Raster:
    return Raster(len(rows[0]), len(rows), tuple(bytes(value for dot in row for value in dot) for row in rows))


def dots(picture: Raster) -> list[list[Dot]]:
    return [list(zip(row[0::3], row[1::3], row[2::3], strict=True)) for row in picture.rows]


GRADIENT = raster(*([(x * 4, y * 4, (x + y) * 2) for x in range(60)] for y in range(60)))
"""More colours than a palette has."""

_VALUE = st.integers(0, 255)


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    """Small ones of few colours, as screens are: neighbours are often alike."""
    palette = draw(st.lists(st.tuples(_VALUE, _VALUE, _VALUE), min_size=1, max_size=5))
    width, height = draw(st.integers(1, 20)), draw(st.integers(1, 14))
    row = st.lists(st.sampled_from(palette), min_size=width, max_size=width)
    return raster(*draw(st.lists(row, min_size=height, max_size=height)))
