"""Sixels, read back by a reader of the test's own."""

import re

from hypothesis import given

from phonetui.ui.graphics import encoders
from phonetui.ui.graphics.decoders import Dot, Raster
from phonetui.ui.graphics.encoders import MOST, indexed
from tests.ui.graphics.rasters import GRADIENT, dots, raster, rasters

_WHOLE = re.compile(r'\x1bP0;1q"1;1;(\d+);(\d+)((?:#\d+;2;\d+;\d+;\d+)*)(.*)\x1b\\')
_WORD = re.compile(r"#(\d+)|(?:!(\d+))?([?-~])|([$-])")

Percents = tuple[int, int, int]


def read(sequence: str) -> list[list[Percents | None]]:
    """The dots as a terminal draws them, each channel in percent; None where nothing was drawn."""
    whole = _WHOLE.fullmatch(sequence)
    assert whole is not None
    width, height = int(whole[1]), int(whole[2])
    colours: dict[int, Percents] = {}
    for place, red, green, blue in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", whole[3]):
        colours[int(place)] = (int(red), int(green), int(blue))
    drawn: list[list[Percents | None]] = [[None] * width for _ in range(-(-height // 6) * 6)]
    x = top = colour = at = 0
    while at < len(whole[4]):
        word = _WORD.match(whole[4], at)
        assert word is not None
        at = word.end()
        if word[1]:
            colour = int(word[1])
        elif word[4]:
            x, top = 0, top + (6 if word[4] == "-" else 0)
        else:
            count = int(word[2] or 1)
            for depth in (depth for depth in range(6) if ord(word[3]) - 63 >> depth & 1):
                drawn[top + depth][x : x + count] = [colours[colour]] * count
            x += count
    assert all(dot is None for row in drawn[height:] for dot in row)
    return drawn[:height]


def percent(dot: Dot) -> Percents:
    red, green, blue = (round(value / 2.55) for value in dot)
    return red, green, blue


@given(rasters())
def test_every_dot_comes_back(picture: Raster) -> None:
    assert read(encoders.encode_sixel(picture)) == [[percent(dot) for dot in row] for row in dots(picture)]


def test_alike_columns_are_counted_and_the_rest_of_a_line_is_left_out() -> None:
    black, white = (0, 0, 0), (255, 255, 255)
    picture = raster(*[[white] * 2 + [black] * 10] * 7)
    assert encoders.encode_sixel(picture) == (
        '\x1bP0;1q"1;1;12;7#0;2;100;100;100#1;2;0;0;0'
        "#0~~$#1??!10~-"
        "#0@@$#1??!10@\x1b\\"
    )  # fmt: skip


def test_too_many_colours_become_a_palette_close_to_them() -> None:
    drawn = indexed(GRADIENT)
    assert len(drawn.palette) == MOST
    off = [
        abs(was - now)
        for row, places in zip(dots(GRADIENT), drawn.rows, strict=True)
        for dot, place in zip(row, places, strict=True)
        for was, now in zip(dot, drawn.palette[place], strict=True)
    ]
    assert max(off) <= 20
    assert sum(off) / len(off) < 6


def test_the_palette_holds_colours_that_few_dots_have() -> None:
    rare = (255, 0, 0)
    picture = raster([rare, *((0, value % 256, value // 256 * 64) for value in range(600))])
    drawn = indexed(picture)
    assert drawn.palette[drawn.rows[0][0]] == rare
