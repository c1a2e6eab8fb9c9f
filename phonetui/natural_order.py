"""Sorting as people count: `phone-2` before `phone-10`, 10.0.0.9 before 10.0.0.10, VLAN 20 before 110.

Keys are tuples, so that they compare whatever the words are made of; they are None for what is not known.
"""

import ipaddress
import re
from functools import lru_cache

_PART = re.compile(r"(\d+)")
_DIGITS = 40
"""Digits of a number that are compared; of more, the number of digits is."""
_KEPT = 10_000
"""Keys that are remembered: a table of 1,000 phones is sorted four times a second."""
Key = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=_KEPT)
def natural(words: str | None) -> Key | None:
    """Runs of digits as numbers, everything else as words without regard to case."""
    if not words:
        return None
    return tuple(_part(part) for part in _PART.split(words.casefold()) if part)


@lru_cache(maxsize=_KEPT)
def address(words: str | None) -> tuple[int, int, Key] | None:
    """An IP address by its number, IPv4 before IPv6; a host name behind them. A port after a colon counts last."""
    if not words:
        return None
    host, colon, port = words.rpartition(":")
    for found, more in ((words, ""), (host, port) if colon and port.isdigit() else (words, "")):
        try:
            number = ipaddress.ip_address(found.strip("[]"))
        except ValueError:
            continue
        return number.version, int(number), natural(more) or ()
    return 99, 0, natural(words) or ()


def _part(part: str) -> tuple[int, int, str]:
    if not part[0].isdecimal():
        return 1, 0, part
    digits = part.lstrip("0")
    return 0, len(digits), digits[:_DIGITS]
