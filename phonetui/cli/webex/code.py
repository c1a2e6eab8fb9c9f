"""An activation code in large digits, to be read across a room and typed into a phone."""

from collections.abc import Mapping
from typing import Any

from phonetui.webex.answer import text

_SHAPES = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    "-": ("   ", " _ ", "   "),
    " ": ("   ", "   ", "   "),
}
_GROUP = 4


def large(answer: Mapping[str, Any]) -> list[str]:
    """The code in groups of four, large where it consists of digits, then plain; and until when it holds."""
    code = text(answer.get("code"))
    grouped = " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP)) if "-" not in code else code
    until = text(answer.get("expiryTime"))
    return [*_drawn(grouped), "", f"activation code: {code}", *([f"expires: {until}"] if until else [])]


def _drawn(code: str) -> list[str]:
    shapes = [_SHAPES.get(character) for character in code]
    if not all(shapes):
        return [" ".join(code)]
    return [" ".join(shape[row] for shape in shapes if shape).rstrip() for row in range(3)]
