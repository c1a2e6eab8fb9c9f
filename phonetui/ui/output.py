"""Filters what reaches the terminal: printable text in characters it has, and the sequences of pictures.

Strangers' words are made harmless where they are decoded; the filters here catch what got past, because the toolkit
itself lets escape sequences through. A picture's sequence is written past them, and nothing else is.
"""

import locale
import re
from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from rich.segment import ControlType, Segment
from textual.app import App
from textual.color import Color
from textual.driver import Driver
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
    "•": "*", "◇": "o", "⌥": "a", "⏎": ">",
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


def speaks_utf8() -> bool:
    """Whether the terminal does; what Python does on its own account in a C locale is another matter."""
    return "utf" in locale.getencoding().casefold()


def _plain(character: str) -> str:
    if character.isascii():
        return character
    return GLYPHS.get(character) or "?" * cell_len(character)


_PICTURE = re.compile(
    r"(?:\x1b_G[A-Za-z0-9=,]*(?:;[A-Za-z0-9+/=]*)?\x1b\\)+"  # kitty: keys and base64
    r'|\x1bP[0-9;]*q[0-9;"#$!?@A-Z\[\\\]^_`a-z{|}~-]*\x1b\\'  # sixel
)


def segment(picture: str, column: int, up: int) -> Segment:
    """A segment for the end of a painted line, which draws a picture and counts as no cells.

    It draws in `column`, from 0, beginning `up` lines above, and comes back.
    """
    climb = f"\x1b[{up}A" if up else ""
    return Segment(f"\x1b7\x1b[{column + 1}G{climb}{_checked(picture)}\x1b8", None, [(ControlType.CURSOR_FORWARD, 0)])


def place(app: App[Any], picture: str, column: int, line: int) -> None:
    """Draws from that cell on, from 0, beside what is painted, and comes back."""
    _write(app, f"\x1b7\x1b[{line + 1};{column + 1}H{_checked(picture)}\x1b8")


def send(app: App[Any], sequence: str) -> None:
    _write(app, _checked(sequence))


def _write(app: App[Any], sequence: str) -> None:
    driver = app._driver  # private: the toolkit has no other way to write what isn't painted
    if driver is not None and not app.is_headless:
        driver.write(sequence)
        driver.flush()


def removing_driver(driver: type[Driver], removes: str) -> type[Driver]:
    """A driver that sends `removes` before it gives the terminal back: at every end, and while it is stopped."""

    class Leaving(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def stop_application_mode(self) -> None:
            self.write(_checked(removes))
            super().stop_application_mode()

    return Leaving


def _checked(sequence: str) -> str:
    if not _PICTURE.fullmatch(sequence):
        raise ValueError("not the sequence of a picture")
    return sequence
