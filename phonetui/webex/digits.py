"""A code in large digits, to be read across a room and typed into a phone."""

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


def groups(code: str) -> list[str]:
    """Of four characters each, or as its dashes divide it."""
    return code.split("-") if "-" in code else [code[at : at + _GROUP] for at in range(0, len(code), _GROUP)]


def drawn(code: str) -> list[str]:
    """Three lines; what isn't made of digits becomes one line, spaced out."""
    shapes = [_SHAPES.get(character) for character in code]
    if not all(shapes):
        return [" ".join(code)]
    return [" ".join(shape[row] for shape in shapes if shape).rstrip() for row in range(3)]
