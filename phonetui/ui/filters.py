"""The last wall before the terminal: every painted piece of text passes here.

Words of strangers were made harmless when they were decoded; this catches what got past, whatever widget it came
through, because the toolkit itself lets escape sequences reach the terminal.
"""

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from phonetui.ui.ascii import GLYPHS

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
