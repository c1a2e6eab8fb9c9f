"""What the program draws with, in characters that every terminal and every locale has.

The last wall before the terminal: every painted piece of text passes here.

Words of strangers were made harmless when they were decoded; this catches what got past, whatever widget it came
through, because the toolkit itself lets escape sequences reach the terminal.
"""

from collections.abc import Mapping

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_BRAILLE = 0x2800
_UPPER, _MIDDLE, _LOWER = 0b00001001, 0b00110110, 0b11000000
"""The dots of a braille cell, by height."""


def _likeness(dots: int) -> str:
    """A part of a curve: high, in the middle, low, or steep."""
    heights = bool(dots & _UPPER), bool(dots & _MIDDLE), bool(dots & _LOWER)
    return {(True, False, False): "'", (False, True, False): "-", (False, False, True): ".", (False,) * 3: " "}.get(
        heights, ":"
    )


GLYPHS: Mapping[str, str] = {
    "●": "*", "○": "o", "◐": "%", "≈": "~", "≠": "#", "↻": "@", "✗": "x", "⊘": "x", "✓": "+", "▲": "^", "▼": "v",
    "•": "*", "◇": "o",
    "▸": ">", "▾": "v", "▌": ">", "◆": "&", "→": ">", "←": "<", "↑": "^", "↓": "v", "⇄": "=",
    "·": ".", "…": "~", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "x", "\N{REPLACEMENT CHARACTER}": "?",
    "▁": "_", "▂": "-", "▃": "~", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "█": "@",
    "─": "-", "━": "-", "│": "|", "┃": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
    "▎": "|", "▏": "|", "▕": "|", "▔": "-", "▊": "|", "▍": "|", "▐": "|", "▀": "-",
    **{chr(_BRAILLE + dots): _likeness(dots) for dots in range(256)},
}  # fmt: skip
"""One cell each; the eight blocks of a sparkline stay in order of weight."""


_HARMFUL = dict.fromkeys(
    (
        *range(0x20), *range(0x7F, 0xA0), 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F),
        *range(0x2060, 0x2070), *range(0xD800, 0xE000), 0xFEFF,
    )
)  # fmt: skip


class HarmlessText(LineFilter):
    """Drops control and direction characters. Dropping keeps widths right: they count as no cells."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - the toolkit's shape
        return [
            segment
            if segment.control or segment.text.isprintable()
            else Segment(segment.text.translate(_HARMFUL), segment.style)
            for segment in segments
        ]


class AsciiText(LineFilter):
    """Draws everything in ASCII, cell for cell; what has no likeness becomes question marks."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - the toolkit's shape
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment("".join(map(_plain, segment.text)), segment.style)
            for segment in segments
        ]


def _plain(character: str) -> str:
    if character.isascii():
        return character
    return GLYPHS.get(character) or "?" * cell_len(character)
