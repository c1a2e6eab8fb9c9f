"""The simulated phone's screen as a PNG: title, lines with their calls, softkeys, in a font of five by seven dots.

The font, `tables/font.toml`, has capitals, digits and a few signs.
"""

import struct
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from phonetui.simulator import read_data
from phonetui.simulator.call import clock
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.dialect import PLAIN, Dialect, screen_size
from phonetui.simulator.keys import softkeys

WIDTH, HEIGHT = 5, 7


@cache
def _glyphs() -> dict[str, tuple[int, ...]]:
    return {char: tuple(int(row, 2) for row in rows.split()) for char, rows in read_data("tables", "font").items()}


def _glyph(char: str) -> tuple[int, ...]:
    """Seven rows from the top, five bits each with the leftmost highest; small letters as capitals, others as `?`."""
    if char.isspace():
        return (0,) * HEIGHT
    return _glyphs().get(char.upper(), _glyphs()["?"])


_GROUND, _INK, _BAR, _DIM, _GREEN, _AMBER, _RED = range(7)
_COLOURS = ((16, 20, 28), (236, 239, 244), (36, 62, 98), (136, 146, 160), (64, 178, 96), (232, 168, 48), (216, 72, 72))
_COLUMNS = 40
"""Characters that a row should have room for."""
_TALL_FROM = 200
"""Pixels of height from which on a call has two rows."""
_STATE_COLOURS = {"Ringing": _AMBER, "Connected": _GREEN, "Reorder": _RED}


@dataclass(slots=True)
class Canvas:
    """Dots as indices into the palette."""

    width: int
    height: int
    dots: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.dots = bytearray(self.width * self.height)

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        """A rectangle, cut off at the edges."""
        left, right = max(0, x), min(self.width, x + width)
        if left >= right:
            return
        run = bytes([colour]) * (right - left)
        for row in range(max(0, y), min(self.height, y + height)):
            self.dots[row * self.width + left : row * self.width + right] = run

    def write(self, x: int, y: int, text: str, scale: int, colour: int) -> None:
        for char in text:
            for row, bits in enumerate(_glyph(char)):
                for column in range(WIDTH):
                    if bits >> (WIDTH - 1 - column) & 1:
                        self.fill(x + column * scale, y + row * scale, scale, scale, colour)
            x += (WIDTH + 1) * scale

    def png(self, *, grey: bool) -> bytes:
        """8 bits a dot through a palette (PNG 1.2 §4.1.2)."""
        rows = b"".join(
            b"\0" + bytes(self.dots[start : start + self.width]) for start in range(0, len(self.dots), self.width)
        )
        palette = b"".join(bytes([max(colour)] * 3) if grey else bytes(colour) for colour in _COLOURS)
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def screenshot(device: SimulatedDevice, t: float, dialect: Dialect = PLAIN) -> bytes:
    """What the phone shows at `t`, in the size of its model or of its dialect; grey on the 9841."""
    canvas = Canvas(*screen_size(dialect, device.model.name, device.model.screen))
    scale = max(1, min(canvas.height // 110, canvas.width // (_COLUMNS * (WIDTH + 1))))
    line_height = (HEIGHT + 4) * scale
    _title(canvas, device, t, scale, line_height)
    y = line_height + 5 * scale
    for text, colour, enlarged in _rows(device, is_tall=canvas.height >= _TALL_FROM):
        if y + line_height * enlarged > canvas.height - line_height:
            break
        canvas.write(4 * scale, y, text, scale * enlarged, colour)
        y += line_height * enlarged
    _foot(canvas, device, scale, line_height)
    return canvas.png(grey=device.model.name == "9841")


def _title(canvas: Canvas, device: SimulatedDevice, t: float, scale: int, line_height: int) -> None:
    canvas.fill(0, 0, canvas.width, line_height, _BAR)
    canvas.write(4 * scale, 2 * scale, f"{device.extensions[0]} {device.label}", scale, _INK)
    time = f"{device.epoch + timedelta(seconds=t):%H:%M}"
    canvas.write(canvas.width - len(time) * (WIDTH + 1) * scale - 4 * scale, 2 * scale, time, scale, _INK)


def _rows(device: SimulatedDevice, *, is_tall: bool) -> list[tuple[str, int, int]]:
    """Text, colour, and how much larger than usual: where there is room, who calls stands alone and large."""
    rows = []
    for line, extension in enumerate(device.extensions, start=1):
        legs = [leg for leg in device.legs if leg.line == line]
        for leg in legs:
            seconds = clock(leg.conversation.seconds if leg.conversation else 0)
            who, colour = f"{leg.peer_name} {leg.number}".strip(), _STATE_COLOURS.get(leg.state, _INK)
            if is_tall:
                rows += [(f"{line} {extension} {leg.state} {seconds}", colour, 1), (who, _INK, 2)]
            else:
                rows.append((f"{line} {leg.state} {who} {seconds}", colour, 1))
        if not legs:
            rows.append((f"{line} {extension}", _DIM, 1))
    if device.digits:
        rows.append((f"> {device.digits}", _INK, 1))
    if device.muted:
        rows.append(("Muted", _RED, 1))
    if device.waiting:
        rows.append(("Voice mail", _AMBER, 1))
    return rows


def _foot(canvas: Canvas, device: SimulatedDevice, scale: int, line_height: int) -> None:
    top, width = canvas.height - line_height, canvas.width // 4
    for position, label in enumerate(softkeys(device)):
        if label:
            canvas.fill(position * width + scale, top, width - 2 * scale, line_height, _BAR)
            canvas.write(position * width + 4 * scale, top + 2 * scale, label, scale, _INK)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
