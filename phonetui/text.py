"""The only door for words written by a stranger.

A display name, a certificate's subject, a header of an answer: anything that somebody else wrote may hold escape
sequences, direction overrides or half a surrogate pair. `printable` makes them visible and harmless; the type that it
returns is what every room above asks for, so that a raw `str` cannot pose as one.
"""

import re
from typing import NewType

Printable = NewType("Printable", str)
"""Text without control, direction, tag or unassigned-width characters: one line, safe for terminals, logs and files."""

NOTHING = Printable("")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for each character taken out, so that tampering stays visible."""

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin here (ECMA-48)
    "\xad\u061c\u180e"  # soft hyphen and marks that are drawn or not as each terminal likes
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, bidirectional overrides (UAX 9)
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff"  # variation selectors change widths; specials and non-characters
    "\ud800-\udfff"  # half a surrogate pair cannot be encoded
    "\ue000-\uf8ff\U000e0000-\U0010ffff"  # tags, selectors and private use: no agreed glyph or width
    "]"
)
_BLANKS = re.compile("[\t\n\x0b\x0c\r]+")


def printable(raw: str) -> Printable:
    """`raw` with every harmful character replaced by U+FFFD and each run of tabs or line ends by one blank.

    Joiners (U+200C, U+200D) and no-break spaces stay: they are spelling in Persian and Indic names.
    """
    if raw.isascii() and raw.isprintable():
        return Printable(raw)
    return Printable(_HARMFUL.sub(REPLACEMENT, _BLANKS.sub(" ", raw)))
