"""A picture of a terminal as PNG: cell by cell, so that lines and blocks meet at the edges of their cells.

An SVG of the toolkit says for each run of text in which cell it begins and which colour it has. SVG renderers stretch
whole runs to their length, which leaves gaps in frames; here every character gets the cell that a terminal gives it.
"""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw, ImageFont

CELL_WIDTH, CELL_HEIGHT = 12, 24
"""In dots; the font's own advance at this size is 12.04."""
FONT_SIZE = 20
MARGIN = 10
SVG_CELL_WIDTH, SVG_LINE_HEIGHT = 12.2, 24.4
"""What the toolkit's SVG counts in."""
FONTS = Path("/usr/share/fonts/truetype/dejavu")
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_STYLE = re.compile(r"\.([\w-]+)\s*\{([^}]*)\}")

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
LINES = {
    "─": LEFT | RIGHT, "│": UP | DOWN, "╭": DOWN | RIGHT, "╮": DOWN | LEFT, "╰": UP | RIGHT, "╯": UP | LEFT,
    "┌": DOWN | RIGHT, "┐": DOWN | LEFT, "└": UP | RIGHT, "┘": UP | LEFT, "├": UP | DOWN | RIGHT,
    "┤": UP | DOWN | LEFT, "┬": DOWN | LEFT | RIGHT, "┴": UP | LEFT | RIGHT, "┼": UP | DOWN | LEFT | RIGHT,
}  # fmt: skip
BLOCKS = "▁▂▃▄▅▆▇█"
"""Eighths of a cell, from its foot."""
BRAILLE = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of each bit's dot (Unicode, block U+2800)."""


def png(svg: Path, file: Path) -> None:
    """Draws what the toolkit exported to `svg` into `file`. Raises OSError where DejaVu Sans Mono isn't installed."""
    root = ET.parse(svg).getroot()  # noqa: S314 - the toolkit wrote it a moment ago
    styles = {name: _style(body) for name, body in _STYLE.findall(root.findtext(f".//{_NAMESPACE}style", ""))}
    matrix = next(group for group in root.iter(f"{_NAMESPACE}g") if "clip-terminal" in group.get("clip-path", ""))
    runs = [element for element in matrix.iter(f"{_NAMESPACE}text") if element.text and element.text.strip("\n")]
    filled = list(matrix.iter(f"{_NAMESPACE}rect"))
    columns = round(max(_number(rect, "x") + _number(rect, "width") for rect in filled) / SVG_CELL_WIDTH)
    lines = round(max(_number(rect, "y") for rect in filled) / SVG_LINE_HEIGHT) + 1
    frame = root.find(f"{_NAMESPACE}rect")
    background = "#000000" if frame is None else frame.get("fill", "#000000")
    size = (columns * CELL_WIDTH + 2 * MARGIN, lines * CELL_HEIGHT + 2 * MARGIN)
    image = Image.new("RGB", size, background)
    draw = ImageDraw.Draw(image)
    for rect in filled:
        left, top = _column(rect), round((_number(rect, "y") - 1.5) / SVG_LINE_HEIGHT)
        width = max(round(_number(rect, "width") / SVG_CELL_WIDTH), 1)
        draw.rectangle((*_dots(left, top), *(dot - 1 for dot in _dots(left + width, top + 1))), fill=rect.get("fill"))
    fonts = {
        bold: ImageFont.truetype(str(FONTS / f"DejaVuSansMono{'-Bold' if bold else ''}.ttf"), FONT_SIZE)
        for bold in (False, True)
    }
    for run in runs:
        colour, is_bold = styles.get(run.get("class", ""), ("#ffffff", False))
        line = round((_number(run, "y") - 20) / SVG_LINE_HEIGHT)
        for offset, character in enumerate((run.text or "").replace("\xa0", " ")):
            if character != " ":
                _character(draw, character, _dots(_column(run) + offset, line), colour, fonts[is_bold])
    image.save(file, optimize=True)


def _style(body: str) -> tuple[str, bool]:
    """The colour, and whether it is bold."""
    colour = re.search(r"fill:\s*(#[0-9a-fA-F]+)", body)
    return colour[1] if colour else "#ffffff", "bold" in body


def _number(element: ET.Element, name: str) -> float:
    return float(element.get(name, "0"))


def _column(element: ET.Element) -> int:
    return round(_number(element, "x") / SVG_CELL_WIDTH)


def _dots(column: int, line: int) -> tuple[int, int]:
    return MARGIN + column * CELL_WIDTH, MARGIN + line * CELL_HEIGHT


def _character(
    draw: ImageDraw.ImageDraw, character: str, at: tuple[int, int], colour: str, font: ImageFont.FreeTypeFont
) -> None:
    left, top = at
    if character in LINES:
        _lines(draw, LINES[character], at, colour)
    elif character in BLOCKS:
        height = round(CELL_HEIGHT * (BLOCKS.index(character) + 1) / len(BLOCKS))
        foot = top + CELL_HEIGHT - 1
        draw.rectangle((left, foot - height + 1, left + CELL_WIDTH - 1, foot), fill=colour)
    elif character == "▀":
        draw.rectangle((left, top, left + CELL_WIDTH - 1, top + CELL_HEIGHT // 2 - 1), fill=colour)
    elif "\u2800" < character <= "\u28ff":
        for bit, (column, row) in enumerate(BRAILLE):
            if ord(character) >> bit & 1:
                x, y = left + 2 + 5 * column, top + 2 + 6 * row
                draw.rectangle((x, y, x + 2, y + 2), fill=colour)
    else:
        draw.text((left, top), character, fill=colour, font=font)


def _lines(draw: ImageDraw.ImageDraw, arms: int, at: tuple[int, int], colour: str) -> None:
    """From the middle of the cell to each of its edges that the sign reaches."""
    left, top = at
    right, foot = left + CELL_WIDTH - 1, top + CELL_HEIGHT - 1
    x, y = left + CELL_WIDTH // 2, top + CELL_HEIGHT // 2
    bars = {
        UP: (x - 1, top, x, y),
        DOWN: (x - 1, y - 1, x, foot),
        LEFT: (left, y - 1, x, y),
        RIGHT: (x - 1, y - 1, right, y),
    }
    for arm, bar in bars.items():
        if arms & arm:
            draw.rectangle(bar, fill=colour)
