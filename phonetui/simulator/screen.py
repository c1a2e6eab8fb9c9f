"""The simulated phone's screen as a PNG: title, lines with their calls, softkeys, in a font of five by seven dots.

The font has capitals, digits and a few signs.
"""

import struct
import zlib
from dataclasses import dataclass, field
from datetime import timedelta

from phonetui.simulator.call import Leg, clock
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.keys import softkeys

WIDTH, HEIGHT = 5, 7
_SHAPES = """
A 01110 10001 10001 11111 10001 10001 10001
B 11110 10001 10001 11110 10001 10001 11110
C 01110 10001 10000 10000 10000 10001 01110
D 11100 10010 10001 10001 10001 10010 11100
E 11111 10000 10000 11110 10000 10000 11111
F 11111 10000 10000 11110 10000 10000 10000
G 01110 10001 10000 10111 10001 10001 01111
H 10001 10001 10001 11111 10001 10001 10001
I 01110 00100 00100 00100 00100 00100 01110
J 00111 00010 00010 00010 00010 10010 01100
K 10001 10010 10100 11000 10100 10010 10001
L 10000 10000 10000 10000 10000 10000 11111
M 10001 11011 10101 10101 10001 10001 10001
N 10001 10001 11001 10101 10011 10001 10001
O 01110 10001 10001 10001 10001 10001 01110
P 11110 10001 10001 11110 10000 10000 10000
Q 01110 10001 10001 10001 10101 10010 01101
R 11110 10001 10001 11110 10100 10010 10001
S 01111 10000 10000 01110 00001 00001 11110
T 11111 00100 00100 00100 00100 00100 00100
U 10001 10001 10001 10001 10001 10001 01110
V 10001 10001 10001 10001 10001 01010 00100
W 10001 10001 10001 10101 10101 11011 10001
X 10001 10001 01010 00100 01010 10001 10001
Y 10001 10001 01010 00100 00100 00100 00100
Z 11111 00001 00010 00100 01000 10000 11111
0 01110 10001 10011 10101 11001 10001 01110
1 00100 01100 00100 00100 00100 00100 01110
2 01110 10001 00001 00110 01000 10000 11111
3 11111 00010 00100 00010 00001 10001 01110
4 00010 00110 01010 10010 11111 00010 00010
5 11111 10000 11110 00001 00001 10001 01110
6 00110 01000 10000 11110 10001 10001 01110
7 11111 00001 00010 00100 01000 01000 01000
8 01110 10001 10001 01110 10001 10001 01110
9 01110 10001 10001 01111 00001 00010 01100
: 00000 00100 00100 00000 00100 00100 00000
. 00000 00000 00000 00000 00000 01100 01100
, 00000 00000 00000 00000 00110 00100 01000
- 00000 00000 00000 11111 00000 00000 00000
/ 00000 00001 00010 00100 01000 10000 00000
+ 00000 00100 00100 11111 00100 00100 00000
* 00000 00100 10101 01110 10101 00100 00000
# 01010 01010 11111 01010 11111 01010 01010
( 00010 00100 01000 01000 01000 00100 00010
) 01000 00100 00010 00010 00010 00100 01000
> 01000 00100 00010 00001 00010 00100 01000
< 00010 00100 01000 10000 01000 00100 00010
? 01110 10001 00001 00010 00100 00000 00100
"""
_GLYPHS = {line[0]: tuple(int(row, 2) for row in line[2:].split()) for line in _SHAPES.strip().splitlines()}


def glyph(char: str) -> tuple[int, ...]:
    """Seven rows from the top, five bits each with the leftmost highest; small letters as capitals, others as `?`."""
    if char.isspace():
        return (0,) * HEIGHT
    return _GLYPHS.get(char.upper(), _GLYPHS["?"])


_GROUND, _INK, _BAR, _DIM, _GREEN, _AMBER, _RED = range(7)
_COLOURS = ((16, 20, 28), (236, 239, 244), (36, 62, 98), (136, 146, 160), (64, 178, 96), (232, 168, 48), (216, 72, 72))
_COLUMNS = 40
"""Characters that a row should have room for."""
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
            for row, bits in enumerate(glyph(char)):
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


def screenshot(device: SimulatedDevice, t: float) -> bytes:
    """What the phone shows at `t`, in its model's size; grey on the 9841."""
    canvas = Canvas(*device.model.screen)
    scale = max(1, min(canvas.height // 110, canvas.width // (_COLUMNS * (WIDTH + 1))))
    line_height = (HEIGHT + 4) * scale
    _title(canvas, device, t, scale, line_height)
    rows = max(1, canvas.height // line_height - 3)
    for number, (text, colour) in enumerate(_rows(device)[:rows], start=1):
        canvas.write(4 * scale, number * line_height + 5 * scale, text, scale, colour)
    _foot(canvas, device, scale, line_height)
    return canvas.png(grey=device.model.name == "9841")


def _title(canvas: Canvas, device: SimulatedDevice, t: float, scale: int, line_height: int) -> None:
    canvas.fill(0, 0, canvas.width, line_height, _BAR)
    canvas.write(4 * scale, 2 * scale, f"{device.extensions[0]} {device.label}", scale, _INK)
    time = f"{device.epoch + timedelta(seconds=t):%H:%M}"
    canvas.write(canvas.width - len(time) * (WIDTH + 1) * scale - 4 * scale, 2 * scale, time, scale, _INK)


def _rows(device: SimulatedDevice) -> list[tuple[str, int]]:
    rows = []
    for line, extension in enumerate(device.extensions, start=1):
        legs = [leg for leg in device.legs if leg.line == line]
        rows += [(_call_text(leg), _STATE_COLOURS.get(leg.state, _INK)) for leg in legs]
        if not legs:
            rows.append((f"{line} {extension}", _DIM))
    if device.digits:
        rows.append((f"> {device.digits}", _INK))
    if device.muted:
        rows.append(("Muted", _RED))
    if device.waiting:
        rows.append(("Voice mail", _AMBER))
    return rows


def _call_text(leg: Leg) -> str:
    seconds = leg.conversation.seconds if leg.conversation else 0
    return f"{leg.line} {leg.state} {leg.number} {leg.peer_name} {clock(seconds)}"


def _foot(canvas: Canvas, device: SimulatedDevice, scale: int, line_height: int) -> None:
    top, width = canvas.height - line_height, canvas.width // 4
    for position, label in enumerate(softkeys(device)):
        if label:
            canvas.fill(position * width + scale, top, width - 2 * scale, line_height, _BAR)
            canvas.write(position * width + 4 * scale, top + 2 * scale, label, scale, _INK)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
