"""What the program draws with, in characters that every terminal and every locale has."""

from collections.abc import Mapping

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
