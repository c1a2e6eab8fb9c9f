"""What the program draws with, in characters that every terminal and every locale has."""

from collections.abc import Mapping

GLYPHS: Mapping[str, str] = {
    "●": "*", "○": "o", "◐": "%", "≈": "~", "↻": "@", "✗": "x", "⊘": "x", "✓": "+", "▲": "^", "▼": "v",
    "▸": ">", "▾": "v", "▌": ">", "◆": "&", "→": ">", "←": "<", "↑": "^", "↓": "v", "⇄": "=",
    "·": ".", "…": "~", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "x", "\N{REPLACEMENT CHARACTER}": "?",
    "▁": "_", "▂": "-", "▃": "~", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "█": "@",
    "─": "-", "━": "-", "│": "|", "┃": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
    "▎": "|", "▏": "|", "▕": "|", "▔": "-", "▊": "|", "▍": "|", "▐": "|", "▀": "-",
}  # fmt: skip
"""One cell each; the eight blocks of a sparkline stay in order of weight."""
