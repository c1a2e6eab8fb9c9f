"""The door past the wall: pictures go through, and nothing else does."""

import pytest
from hypothesis import given

from phonetui.ui import output
from phonetui.ui.graphics import encoders
from phonetui.ui.graphics.capabilities import CellSize, GraphicsMode, ImageProtocol
from phonetui.ui.graphics.decoders import Raster
from phonetui.ui.graphics.encoders import draw
from tests.ui.graphics.rasters import rasters


@given(rasters())
def test_every_drawing_passes(picture: Raster) -> None:
    for sequence in (
        encoders.encode_sixel(picture),
        draw(picture, GraphicsMode(ImageProtocol.KITTY, CellSize(8, 16)), 10, 4).shows,
        encoders.REMOVE,
    ):
        shown = output.segment(sequence, 3, 2)
        assert shown.text == f"\x1b7\x1b[4G\x1b[2A{sequence}\x1b8"
        assert shown.cell_length == 0


@pytest.mark.parametrize(
    "sequence",
    [
        "",
        "words",
        "\x1b]52;c;eA==\x07",
        f"{encoders.REMOVE}\x1b[31m",
        f"\x1b[2J{encoders.REMOVE}",
        "\x1b_Ga=T;AA\x1b]52;c;eA==\x07\x1b\\",
        "\x1b_Ga=T;AA\x07\x1b\\",
        "\x1bP0;1q#0\x1b[31m\x1b\\",
        "\x1bP$qm\x1b\\",
        "\x1bP0;1q~\x9c~\x1b\\",
        "\x1bP0;1q~\x1b\\\n",
    ],
)
def test_nothing_else_does(sequence: str) -> None:
    with pytest.raises(ValueError, match="not the sequence of a picture"):
        output.segment(sequence, 0, 0)
