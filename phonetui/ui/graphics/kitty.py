"""The kitty terminal's graphics protocol: a PNG in base64, put over cells, and taken away by its number.

ESC _G key=value,… ; base64 ESC \\   in pieces of 4096 characters, all but the last with m=1
"""

from base64 import b64encode

PIECE = 4096
NUMBER = 7005
"""Of our only picture. Programs that share a terminal number theirs from 1 or at random."""


def show(picture: bytes, columns: int, rows: int) -> str:
    """Puts a PNG over so many cells from the cursor on, which stays; in place of the one before.

    `q=2`: the terminal answers nothing, because an answer would be read as keys.
    """
    packed = b64encode(picture).decode("ascii")
    pieces = [packed[at : at + PIECE] for at in range(0, len(packed), PIECE)]
    keys = [f"a=T,f=100,i={NUMBER},p=1,c={columns},r={rows},C=1,q=2", *["q=2"] * (len(pieces) - 1)]
    return "".join(
        f"\x1b_G{key},m={int(place < len(pieces))};{piece}\x1b\\"
        for place, (key, piece) in enumerate(zip(keys, pieces, strict=True), 1)
    )


REMOVE = f"\x1b_Ga=d,d=I,i={NUMBER},q=2\x1b\\"
"""Takes it away, and its data too."""
