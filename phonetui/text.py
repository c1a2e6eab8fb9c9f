"""Text from outside (phones, servers, files) made safe to show; and sort keys in which numbers count as numbers.

A display name, a certificate's subject or a header may hold escape sequences, direction overrides or half a surrogate
pair. `printable` makes them visible and harmless; every other module asks for the type that it returns, so that a raw
`str` cannot pose as one.

Sort keys put `phone-2` before `phone-10`, 10.0.0.9 before 10.0.0.10 and VLAN 20 before 110. They are tuples, which
compare whatever the words are made of, and None for what is not known.
"""

import ipaddress
import re
from functools import lru_cache
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


_PART = re.compile(r"(\d+)")
_DIGITS = 40
"""Digits of a number that are compared; of more, the number of digits is."""
_KEPT = 10_000
"""Keys that are remembered: a table of 1,000 phones is sorted four times a second."""
SortKey = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=_KEPT)
def natural_key(words: str | None) -> SortKey | None:
    """Runs of digits as numbers, everything else as words without regard to case."""
    if not words:
        return None
    return tuple(_part(part) for part in _PART.split(words.casefold()) if part)


@lru_cache(maxsize=_KEPT)
def address_key(words: str | None) -> tuple[int, int, SortKey] | None:
    """An IP address by its number, IPv4 before IPv6; a host name behind them. A port after a colon counts last."""
    if not words:
        return None
    host, colon, port = words.rpartition(":")
    for found, more in ((words, ""), (host, port) if colon and port.isdigit() else (words, "")):
        try:
            number = ipaddress.ip_address(found.strip("[]"))
        except ValueError:
            continue
        return number.version, int(number), natural_key(more) or ()
    return 99, 0, natural_key(words) or ()


def _part(part: str) -> tuple[int, int, str]:
    if not part[0].isdecimal():
        return 1, 0, part
    digits = part.lstrip("0")
    return 0, len(digits), digits[:_DIGITS]


_FORMULA = re.compile("(?:^|(?<=;))(?= *[-=+@\t\r\n＝＋－＠])")  # noqa: RUF001 - full width counts in some locales
"""Where spreadsheets begin to compute (OWASP, "CSV Injection"). Where decimals have a comma, a semicolon begins a cell,
in quotes or not."""


def spreadsheet_cell(text: str) -> str:
    """A text for a cell of a CSV file: what would be computed there begins with an apostrophe."""
    return _FORMULA.sub("'", text)


def from_spreadsheet_cell(cell: str) -> str:
    """The text of such a cell."""
    return re.sub("(?:^|(?<=;))'(?= *[-=+@\t\r\n＝＋－＠])", "", cell)  # noqa: RUF001 - as above


STARS = "***"
"""In place of a secret."""

_SECRET_NAMES = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|credential|cookie|psk(?!\d|defaults)|bindpw|community"
    r"|connectionstring|(?:private|api|auth|shared)key|pin$",
    re.IGNORECASE,
)
"""Of arguments and settings that hold one: by what words of this kind mean elsewhere (inferred).

`psk1` … are programmable soft keys.
"""


def is_secret(name: str) -> bool:
    """Whether an argument or setting of this name holds something that nobody else should read."""
    return bool(_SECRET_NAMES.search(name))
