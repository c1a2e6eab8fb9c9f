"""A phone's picture, of whatever kind, as dots: PNG by our own decoder, other kinds by Pillow where it is installed."""

import io
from importlib.util import find_spec

from phonetui.errors import ProtocolError
from phonetui.phone import png
from phonetui.phone.raster import Raster

EXTRA = "pip install 'phonetui[pictures]' draws it"
_FORMATS = {"jpg": "JPEG", "bmp": "BMP", "webp": "WEBP"}
"""Pillow's names by usual endings; no other decoder of Pillow ever sees what a phone sent."""


def decode(picture: bytes, ending: str) -> Raster:
    """The dots of a picture with the usual `ending` of its kind, such as `jpg`. Raises ProtocolError.

    A PNG that phones are not known to send, such as an interlaced one, is Pillow's, too.
    """
    if ending == "png":
        try:
            return png.decode(picture)
        except png.UnsupportedPng:
            if find_spec("PIL") is None:
                raise
            return _by_pillow(picture, "PNG")
    if find_spec("PIL") is None:
        raise ProtocolError(f"a picture of kind {ending} cannot be drawn here", EXTRA)
    return _by_pillow(picture, _FORMATS[ending])


def _by_pillow(picture: bytes, kind: str) -> Raster:
    from PIL import Image  # noqa: PLC0415 - an extra, and 40 ms that only other pictures than PNG need

    try:
        with Image.open(io.BytesIO(picture), formats=(kind,)) as found:
            width, height = found.size
            if not 0 < width * height <= png.MAX_DOTS:
                raise ProtocolError(f"a {kind} of {width} times {height} dots")
            dots = found.convert("RGB").tobytes()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ProtocolError(f"a {kind} that is cut off or damaged") from error
    return Raster(width, height, tuple(dots[row * 3 * width : (row + 1) * 3 * width] for row in range(height)))
