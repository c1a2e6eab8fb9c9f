"""Telephone numbers as phones write them, made comparable."""

import re
from functools import lru_cache

_SCHEME = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_NATIONAL = 7
"""Digits that two spellings of one number share at least: `+47 22 00 50 21` and `22005021`. An extension is shorter, so
that `5021` is never taken for the end of somebody's long number."""


MAX_CHARACTERS = 255
"""Of what may be a number or an address; longer ones are neither."""


@lru_cache(maxsize=4096)
def digits(raw: str | None) -> str:
    """What would be dialled: `sip:5021@pbx.example` → `5021`; empty where it is no number (`anonymous`, a name)."""
    if raw and len(raw) > MAX_CHARACTERS:
        return ""
    if raw and raw.isascii() and raw.isdecimal():
        return raw
    user = re.split(r"[@;]", _SCHEME.sub("", (raw or "").strip()), maxsplit=1)[0]
    if any(character.isalpha() for character in user):
        return ""
    return "".join(character for character in user if character in "0123456789*#")


def is_same(one: str, other: str) -> bool:
    """Whether two numbers, as `digits` gives them, reach the same line; with or without a country's prefix."""
    if one == other:
        return bool(one)
    short, long = sorted((one, other), key=len)
    shared = short.lstrip("0")
    return len(shared) >= _NATIONAL and long.endswith(shared)


def tail(number: str) -> str:
    """What two spellings of one number share at their end; empty for one that has a single spelling."""
    return number[-_NATIONAL:] if len(number.lstrip("0")) >= _NATIONAL else ""
