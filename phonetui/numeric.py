"""Reads numbers in text of others (phones, proxies, archives), each with bounds.

Every number is bounded where it is read, so that no arithmetic, date or format further on can fail by its size: a
counter is an unsigned 64-bit integer, a float is finite, a duration can be taken from any date. What lies beyond its
bound, or is no number, is None. Nothing else in the package calls `int` or `float` on such text.
"""

import re

MAX_CHARACTERS = 64
"""Of a text that can be a number with its unit; a longer one is not looked at, which bounds the time as well."""
MAX_INTEGER = 2**64 - 1
"""The widest counter of SNMP and of any firmware (Counter64, RFC 2578)."""
MAX_INDEX = 999_999_999
"""Of a list's item, a line, a call: nine digits, as paths take them."""
MAX_SECONDS = 10.0**9
"""31 years; -1 as an unsigned 32-bit integer is beyond it. Any date of this century less so much is a date."""
MAX_MILLISECONDS = 86_400_000.0
"""A day. RFC 3611 has 16 bits for each of its times; a quiet stretch may be as long as its call."""

_DECIMAL = re.compile(
    r"\s*(?P<sign>[-+]?)(?P<whole>\d{1,20})(?P<rest>(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?)(?![\w.,:]*\d)", re.ASCII
)


def integer(text: str, *, most: int = MAX_INTEGER) -> int | None:
    """0 … `most` where `text` is ASCII digits and nothing else; leading zeros count as characters."""
    if not text.isascii() or not text.isdecimal() or len(text) > MAX_CHARACTERS:
        return None
    value = int(text)
    return value if value <= most else None


def signed(text: str, *, most: int = MAX_INTEGER) -> int | None:
    """-`most` … `most`, with a minus or without a sign."""
    value = integer(text.removeprefix("-"), most=most)
    return -value if value is not None and text.startswith("-") else value


def decimal(text: str) -> float | None:
    """The number at the beginning of `text`, whatever unit follows: `14`, `14 ms`, `0.4 %`, `1e3`.

    Finite and within ±`MAX_INTEGER`. None where digits follow that are no part of it (`1,234`, `10.0.0.5`, `0x1F`):
    half a number is a wrong one.
    """
    match = _DECIMAL.match(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        return None
    value = float(match["sign"] + match["whole"] + match["rest"]) + 0.0  # -0 has no meaning on any wire
    return value if abs(value) <= MAX_INTEGER else None


def real(value: object) -> float | None:
    """A number out of JSON, where Python reads integers of any size, `1e400` and `NaN`; or a text that has one."""
    if isinstance(value, str):
        return decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_INTEGER:
        return None
    return float(value)


def count(text: str) -> int | None:
    """0 … `MAX_INTEGER`, exact for every integer of that range; a unit may follow and a fraction is cut off."""
    match = _DECIMAL.match(text) if len(text) <= MAX_CHARACTERS else None
    if match is None or match["rest"]:
        value = decimal(text)
        return None if value is None or value < 0 else int(value)
    exact = int(match["whole"])
    return exact if exact <= MAX_INTEGER and (match["sign"] != "-" or not exact) else None


def milliseconds(text: str) -> float | None:
    """0 … `MAX_MILLISECONDS`."""
    value = decimal(text)
    return value if value is not None and 0.0 <= value <= MAX_MILLISECONDS else None


def seconds(value: float | None) -> float | None:
    """`value` where a duration may be so long: 0 … `MAX_SECONDS`."""
    return value if value is not None and 0.0 <= value <= MAX_SECONDS else None
