"""Pictures of every kind that phones may answer with, as dots."""

import io
import struct

import pytest
from PIL import Image

from phonetui.errors import ProtocolError
from phonetui.ui.graphics import decoders
from phonetui.ui.graphics.decoders import decode

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200))


def picture(kind: str, **options: object) -> bytes:
    image = Image.new("RGB", (24, 16), COLOURS[0])
    image.paste(COLOURS[1], (8, 0, 16, 16))
    image.paste(COLOURS[2], (16, 0, 24, 16))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("BMP", "bmp"), ("WEBP", "webp")])
def test_every_kind_of_picture_is_drawn(kind: str, ending: str) -> None:
    raster = decode(picture(kind), ending)
    assert (raster.width, raster.height) == (24, 16)
    for place, colour in zip((4, 12, 20), COLOURS, strict=True):
        shown = raster.rows[8][3 * place : 3 * place + 3]
        assert all(abs(a - b) < 40 for a, b in zip(shown, colour, strict=True)), (kind, tuple(shown))


def test_a_png_that_phones_do_not_send_is_drawn_too() -> None:
    written = io.BytesIO()
    Image.new("P", (8, 8)).save(written, "PNG", bits=4)
    assert decode(written.getvalue(), "png").width == 8


@pytest.mark.parametrize("ending", ["jpg", "bmp", "webp"])
def test_without_pillow_it_is_said_what_is_needed(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoders, "find_spec", lambda _: None)
    with pytest.raises(ProtocolError, match=r"cannot be drawn here.*phonetui\[pictures\]"):
        decode(b"", ending)


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("BMP", "bmp"), ("WEBP", "webp")])
def test_what_is_broken_is_our_error(kind: str, ending: str) -> None:
    whole = picture(kind)
    for broken in (whole[: len(whole) // 2], whole[:20], b"", b"\0" * 100, whole[:30] + b"\xff" * 60):
        with pytest.raises(ProtocolError):
            decode(broken, ending)


def test_a_bomb_is_not_unfolded() -> None:
    header = (
        b"BM"
        + struct.pack("<IHHI", 100, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 3000, 3000, 1, 24, 0, 0, 0, 0, 0, 0)
    )
    with pytest.raises(ProtocolError, match="3000 times 3000"):
        decode(header, "bmp")
