"""PNG files by hand and by the simulator: what they hold comes back, and what is broken is said to be."""

import struct
import zlib
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.simulator.screen import Canvas
from phonetui.ui.graphics.decoders import MAX_DOTS, SIGNATURE, Raster, decode_png, encode_png, fitted, scaled

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, colours: int, rows: bytes, *, depth: int = 8, lace: int = 0, more: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, lace)
    return SIGNATURE + chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def filtered(lines: list[bytes], kinds: list[int], samples: int) -> bytes:
    """The encoder's half of the five filters, written from the standard's own formulas."""
    written = bytearray()
    for (above, line), kind in zip(pairwise([bytes(len(lines[0])), *lines]), kinds, strict=True):
        written.append(kind)
        for at, value in enumerate(line):
            a = line[at - samples] if at >= samples else 0
            b, c = above[at], above[at - samples] if at >= samples else 0
            p = a + b - c
            paeth = min((a, b, c), key=lambda near: abs(p - near))
            written.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
    return bytes(written)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_colour_type_and_filter_comes_back(data: st.DataObject) -> None:
    colours = data.draw(st.sampled_from((0, 2, 4, 6)))
    width, height = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 5))
    samples = SAMPLES[colours]
    lines = [data.draw(st.binary(min_size=width * samples, max_size=width * samples)) for _ in range(height)]
    kinds = [data.draw(st.integers(0, 4)) for _ in range(height)]
    raster = decode_png(png(width, height, colours, filtered(lines, kinds, samples)))
    for row, line in zip(raster.rows, lines, strict=True):
        for at in range(width):
            dot = line[at * samples : (at + 1) * samples]
            assert row[3 * at : 3 * at + 3] == (dot[:3] if samples >= 3 else dot[:1] * 3)


def test_a_palette_is_looked_up() -> None:
    raster = decode_png(png(2, 1, 3, b"\0\x01\x00", more=chunk(b"PLTE", b"\x01\x02\x03\xf0\xf1\xf2")))
    assert raster.rows == (b"\xf0\xf1\xf2\x01\x02\x03",)


def test_what_the_simulated_phone_draws_is_read() -> None:
    canvas = Canvas(8, 4)
    canvas.fill(0, 0, 8, 2, 4)
    raster = decode_png(canvas.png(grey=False))
    assert (raster.width, raster.height) == (8, 4)
    assert raster.rows[0] == bytes((64, 178, 96)) * 8
    assert raster.rows[3] == bytes((16, 20, 28)) * 8


GOOD = png(3, 2, 2, filtered([bytes(range(9)), bytes(range(9, 18))], [4, 3], 3))


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "not a PNG"),
        (b"\xff\xd8\xff\xe0", "not a PNG"),
        (SIGNATURE, "cut off"),
        (GOOD[:-13], "cut off"),
        (GOOD[:40] + b"\0" + GOOD[41:], "damaged"),
        (SIGNATURE + chunk(b"IEND", b""), "without a header"),
        (png(1, 1, 2, b"\0abc", depth=16), "16 bits"),
        (png(1, 1, 2, b"\0abc", lace=1), "interlaced"),
        (png(1, 1, 5, b"\0abc"), "colour type 5"),
        (png(0, 1, 2, b""), "0 times 1"),
        (png(MAX_DOTS + 1, 1, 0, b"\0"), "dots"),
        (png(2, 2, 0, b"\0ab"), "less data"),
        (png(1, 1, 0, b"\x09a"), "filter 9"),
        (png(1, 1, 3, b"\0\x02", more=chunk(b"PLTE", b"abc")), "palette"),
        (SIGNATURE + chunk(b"IHDR", GOOD[16:29]) + chunk(b"IDAT", b"rubbish") + chunk(b"IEND", b""), "damaged"),
    ],
)
def test_what_is_broken_is_said_to_be(picture: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        decode_png(picture)


def test_a_bomb_does_not_unfold() -> None:
    assert decode_png(png(2, 1, 0, b"\0ab" + bytes(50_000_000))).rows == (b"aaabbb",)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255), st.integers(0, len(GOOD)))
def test_no_damage_ends_in_another_error(at: int, byte: int, end: int) -> None:
    with suppress(ProtocolError):
        assert decode_png((GOOD[:at] + bytes([byte]) + GOOD[at + 1 :])[:end]).width == 3


@given(st.binary(max_size=64), st.integers(0, 12), st.integers(0, 6))
def test_no_rubbish_in_sound_chunks_ends_in_another_error(rubbish: bytes, kind: int, colours: int) -> None:
    with suppress(ProtocolError):
        assert decode_png(png(3, 2, colours, bytes([kind]) + rubbish, more=chunk(b"PLTE", rubbish))).height == 2


def test_fewer_dots_are_the_mean_of_those_they_stand_for() -> None:
    raster = Raster(2, 2, (bytes((0, 0, 0, 100, 0, 8)), bytes((100, 40, 0, 200, 0, 0))))
    assert scaled(raster, 1, 1).rows == (bytes((100, 10, 2)),)
    assert scaled(raster, 2, 2) is raster


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 200), st.integers(1, 120))
def test_a_picture_fits_and_keeps_its_shape(width: int, height: int, across: int, high: int) -> None:
    wide, tall = fitted(width, height, across, high)
    assert 1 <= wide <= min(across, width)
    assert 1 <= tall <= min(high, height)
    assert (
        wide in (across, width) or tall in (high, height) or abs(wide / width - tall / height) < 1 / min(width, height)
    )


def test_a_raster_is_as_large_as_it_says() -> None:
    with pytest.raises(ProtocolError, match="rows"):
        Raster(2, 1, (b"abc",))


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_what_is_encoded_comes_back(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 5))
    row = st.binary(min_size=3 * width, max_size=3 * width)
    raster = Raster(width, height, tuple(data.draw(st.lists(row, min_size=height, max_size=height))))
    assert decode_png(encode_png(raster)) == raster


@pytest.mark.parametrize(("colours", "kind"), [(256, 3), (257, 2)])
def test_a_palette_is_written_where_it_is_enough(colours: int, kind: int) -> None:
    raster = Raster(colours, 1, (b"".join(place.to_bytes(3, "big") for place in range(colours)),))
    written = encode_png(raster)
    assert written[25] == kind
    assert decode_png(written) == raster
