"""Pictures in braille: which pixels are dots, how they lie in the cells, and the screens of phones, read dot by dot."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from phonetui.simulator import dialect, screen
from phonetui.simulator.device import SimulatedDevice
from phonetui.ui.graphics.decoders import Raster, decode_png
from phonetui.ui.graphics.dots import CONTRAST, ZOOMS, DotPicture, colour_viewport, dot_viewport, luma
from tests.simulator.offices import opened


def dots_of(lines: list[str]) -> list[list[int]]:
    """Braille back into dots, by Unicode's numbering of them."""
    bits = ((0, 3), (1, 4), (2, 5), (6, 7))
    rows = []
    for line in lines:
        cells = [0 if cell == " " else ord(cell) - 0x2800 for cell in line]
        rows += [[cell >> bit & 1 for cell in cells for bit in depth] for depth in bits]
    return rows


def noise(width: int, height: int) -> Raster:
    random = Random(3)
    return Raster(
        width, height, tuple(bytes(random.choices((0, 16, 70, 200, 255), k=3 * width)) for _ in range(height))
    )


def naively(raster: Raster, x: int, y: int) -> int:
    """The definition: the median of the blocks around that of the pixel, looked up one by one."""
    wide, high = max(raster.width // 8 // 5, 2), max(raster.height // 24 // 5, 2)
    left, top = (x // wide - 2) * wide, (y // high - 2) * high
    around = sorted(
        luma(row)[column]
        for row in raster.rows[max(top, 0) : top + 5 * high]
        for column in range(max(left, 0), min(left + 5 * wide, raster.width))
    )
    return abs(luma(raster.rows[y])[x] - around[len(around) // 2]) >= CONTRAST


def test_a_pixel_is_a_dot_where_it_stands_out_from_the_median_around_it() -> None:
    raster = noise(66, 28)
    picture = DotPicture(raster)
    for y in range(0, raster.height, 3):
        assert list(picture.row(y)) == [naively(raster, x, y) for x in range(raster.width)]


def test_cells_hold_two_by_four_dots_and_a_part_is_cut_out() -> None:
    raster = noise(66, 29)
    picture = DotPicture(raster).prepare()
    shown = dots_of(picture.lines(6, 4, 20, 5))
    assert shown == [list(picture.row(y)[6:46]) for y in range(4, 24)]
    beyond = dots_of(picture.lines(60, 24, 20, 5))  # over the edge there are none
    assert [row[:6] for row in beyond[:5]] == [list(picture.row(y)[60:]) for y in range(24, 29)]
    assert not any(any(row[6:]) for row in beyond)
    assert not any(map(any, beyond[5:]))


def test_zooms_draw_a_pixel_as_several_dots_and_several_as_one() -> None:
    picture = DotPicture(noise(64, 32))
    twice = dots_of(picture.lines(0, 0, 64, 16, 2))
    assert all(twice[y][x] == picture.row(y // 2)[x // 2] for y in range(64) for x in range(128))
    half = dots_of(picture.lines(0, 0, 16, 4, -2))
    for y in range(16):
        for x in range(32):
            four = sum(picture.row(2 * y + down)[2 * x + right] for down in (0, 1) for right in (0, 1))
            assert half[y][x] == (four >= 2)


@pytest.mark.parametrize("ink", [(236, 239, 244), (0, 0, 0), (64, 178, 96), (136, 146, 160)])
@pytest.mark.parametrize("ground", [(16, 20, 28), (250, 250, 250), (36, 62, 98)])
def test_letters_are_dots_whatever_their_colours(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    canvas = screen.Canvas(240, 96)
    canvas.write(8, 40, "LOBBY 5002", 2, 1)
    rows = tuple(
        b"".join(bytes(ink if dot else ground) for dot in canvas.dots[y * 240 : (y + 1) * 240]) for y in range(96)
    )
    apart = abs(luma(bytes(ink))[0] - luma(bytes(ground))[0])
    picture = DotPicture(Raster(240, 96, rows))
    expected = [[int(apart >= CONTRAST and dot) for dot in canvas.dots[y * 240 : (y + 1) * 240]] for y in range(96)]
    assert [list(picture.row(y)) for y in range(96)] == expected


def in_call(number: int) -> SimulatedDevice:
    """A phone of the office that talks, whatever its model."""
    watched = opened("quiet")
    device, other = watched.office.devices[number - 1], watched.office.devices[number % 5]
    watched.office.dial(device, other.extensions[0], 0.0)
    watched.office.advance(10.0)
    return device


def texts(width: int, height: int, device: SimulatedDevice) -> Iterator[tuple[str, int, int, int]]:
    """Line label and caller's name as the simulator draws them: text, corner and size."""
    scale = max(1, min(height // 110, width // 240))
    line = 11 * scale
    yield f"{device.extensions[0]} {device.label}", 4 * scale, 2 * scale, scale
    (leg,) = device.legs
    yield f"{leg.peer_name} {leg.number}", 4 * scale, line + 5 * scale + line, 2 * scale


@pytest.mark.parametrize(("number", "size"), [(2, (480, 272)), (4, (1280, 800))], ids=["480x272", "1280x800"])
def test_a_real_screen_s_line_label_and_caller_are_the_png_s_own_pixels(number: int, size: tuple[int, int]) -> None:
    """In the picture's pixels a threshold is trivial: ink is whatever is not the commonest colour around the text."""
    device = in_call(number)
    raster = decode_png(screen.screenshot(device, 10.0, dialect.read("future")))
    assert (raster.width, raster.height) == size
    picture = DotPicture(raster).prepare()
    for text, x, y, scale in texts(*size, device):
        width, height = min(6 * scale * len(text), raster.width - x), 7 * scale
        box = [raster.rows[line][3 * x : 3 * (x + width)] for line in range(y, y + height)]
        pixels = [[row[at : at + 3] for at in range(0, len(row), 3)] for row in box]
        (ground, _), *_ = Counter(pixel for row in pixels for pixel in row).most_common()
        ink = [[int(pixel != ground) for pixel in row] for row in pixels]
        assert sum(map(sum, ink)) > 30 * len(text.replace(" ", "")) * scale**2 / 4
        left, top = x - x % 2, y - y % 4
        drawn = dots_of(picture.lines(left, top, -(-width // 2) + 1, -(-height // 4) + 1))
        shown = [row[x - left : x - left + width] for row in drawn[y - top : y - top + height]]
        assert shown == ink, text
        glyphs = screen.Canvas(width, height)
        glyphs.write(0, 0, text, scale, 1)
        assert [list(glyphs.dots[at : at + width]) for at in range(0, width * height, width)] == ink, text


def test_a_viewport_never_leaves_its_picture_and_keeps_its_middle() -> None:
    view = dot_viewport((480, 272), 120, 30)
    assert (view.extent, view.is_whole) == ((240, 120), False)
    assert (view.panned(1, 0).x, view.panned(-1, -1)) == (60, view)
    corner = view.panned(9, 9)
    assert (corner.x, corner.y, corner.extent) == (240, 152, (240, 120))
    larger = view.panned(1, 1).zoomed(1)
    assert (larger.zoom, larger.x, larger.y, larger.extent) == (2, 120, 60, (120, 60))
    assert view.zoomed(99).zoom == ZOOMS[-1]
    whole = corner.whole()
    assert (whole.zoom, whole.is_whole, whole.x, whole.y) == (-3, True, 0, 0)
    assert dot_viewport((480, 272), 120, 20).follow(corner).zoom == 1
    assert colour_viewport((481, 272)).zoomed(1).extent == (241, 136)
    assert dot_viewport((60, 24), 120, 30).is_whole
