"""Numbers that call for help somewhere: a test call goes to none of them, whatever a plan says.

National emergency numbers have two to six digits; the table beside this module has them by country. Which digits get an
outside line differs by exchange, so each number counts with the usual ones before it, too (inferred).

An extension that looks like one of them is refused: a wrong refusal costs a line in a plan. The configuration may call
such a number an internal extension, together with the country that it is in. What calls for help in that country, or
everywhere, stays refused.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from phonetui.phone.parse import digits

OUTSIDE_LINE = ("", "0", "00", "8", "9", "99")
"""Digits that get an outside line."""
_WORDS = ("sos", "emergency", "police", "fire", "ambulance")
"""Users of SIP addresses and service names (RFC 5031)."""
_ANY_DIGIT = "?"


def is_emergency(number: str) -> bool:
    """Whether a number or SIP address may call for help in some country, as typed or as dialled."""
    return _is_service(number) or _is_any(number, _of_all_countries())


def is_emergency_in(number: str, country: str) -> bool:
    """Whether it calls for help in a country (ISO 3166-1, two letters), or everywhere.

    Of a country that the table lacks every number counts that does in any other.
    """
    own = _table().get(country.upper())
    if own is None:
        return is_emergency(number)
    return _is_service(number) or _is_any(number, own | _table()["everywhere"])


def is_known_country(country: str) -> bool:
    """Whether the table has the country, by its code of ISO 3166-1 alpha-2."""
    return len(country) == 2 and country.upper() in _table()


def is_within(number: str, ranges: Iterable[str]) -> bool:
    """Whether an extension is one of `101-119` or `8112`; an address or a number with a sign is none."""
    for one in ranges:
        first, _, last = one.partition("-")
        if number.isascii() and number.isdecimal() and len(number) == len(first) and first <= number <= (last or first):
            return True
    return False


def _is_service(number: str) -> bool:
    user = number.strip().casefold().removeprefix("sips:").removeprefix("sip:").partition("@")[0]
    return any(word in user for word in _WORDS)


def _is_any(number: str, known: Collection[str]) -> bool:
    patterns = [known_number for known_number in known if _ANY_DIGIT in known_number]
    return any(
        dialled in known or any(re.fullmatch(pattern.replace(_ANY_DIGIT, r"\d"), dialled) for pattern in patterns)
        for dialled in _dialled(number)
    )


def _dialled(number: str) -> Iterator[str]:
    """The number's digits, and what is left of them after each prefix for an outside line."""
    whole = "".join(letter for letter in digits(number) if letter.isdecimal())
    return (whole.removeprefix(prefix) for prefix in OUTSIDE_LINE if whole.startswith(prefix))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[str]]:
    """Numbers by country, and under `everywhere` and `elsewhere`."""
    content = tomllib.loads(files("phonetui.mesh").joinpath("emergency_numbers.toml").read_text(encoding="utf-8"))
    rows = {**content.pop("countries"), **content}
    return {name: frozenset(numbers.split()) for name, numbers in rows.items()}


@lru_cache(maxsize=1)
def _of_all_countries() -> frozenset[str]:
    return frozenset(number for numbers in _table().values() for number in numbers if _ANY_DIGIT not in number)
