"""The filter language of all lists: which of many items a few typed words select.

word     := ["!"] term                       "!" turns the term round; words are joined by and
term     := text                             part of any field that holds text
          | field ":" text                   part of that field
          | field ("<" | ">" | "<=" | ">=") number

Letter case does not matter. A unit may follow a number (`loss>2%`, `jitter>30ms`). What has no value fits no
comparison.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Generic, NamedTuple, TypeVar

from phonetui.numeric import decimal

Thing = TypeVar("Thing")
Readers = Mapping[str, Callable[[Thing], str | float | None]]
"""By the field's name, what a thing says there: words, or a number, or nothing."""

_WORD = re.compile(r"(?P<turned>!?)(?P<field>[a-z]+)(?P<sign>:|[<>]=?)(?P<value>.*)", re.ASCII | re.DOTALL)
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,2}")
"""The first part of a MAC or an IPv6 address, which is no field."""
_COMPARES = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_PUNCTUATION = str.maketrans("", "", ":-.")
"""Addresses are spelled in many ways."""


class _Term(NamedTuple, Generic[Thing]):
    turned: bool
    holds: Callable[[Thing], bool]


class Filter(Generic[Thing]):
    """Typed words, read once for a list of any length.

    Reads no field that no word asks for: with 20,000 devices that is felt.
    """

    def __init__(self, readers: Readers[Thing], typed: str) -> None:
        self._readers = readers
        self.problem = ""
        """What is wrong with the words, with the nearest field where one is unknown; empty where nothing is."""
        self._terms = [self._term(word) for word in typed.casefold().split()]

    def fits(self, thing: Thing) -> bool:
        return all(term.holds(thing) is not term.turned for term in self._terms)

    def of(self, things: Iterable[Thing]) -> list[Thing]:
        """The things that every word holds for, in their order."""
        return [thing for thing in things if self.fits(thing)] if self._terms else list(things)

    def _term(self, word: str) -> _Term[Thing]:
        match = _WORD.fullmatch(word)
        if match is None or not self._is_field(match["field"], match["sign"]):
            part = word.removeprefix("!")
            return _Term(word.startswith("!"), lambda thing: self._is_anywhere(part, thing))
        field, value = match["field"], match["value"]
        if match["sign"] == ":":
            return _Term(bool(match["turned"]), lambda thing: _is_in(value, field, self._text(field, thing)))
        compares, bound = _COMPARES[match["sign"]], decimal(value)
        if bound is None:
            if value:  # while nothing follows the sign, it is still being typed
                self._complain(f"'{field}{match['sign']}' wants a number, not '{value}'")
            return _Term(False, lambda _: not value)

        def holds(thing: Thing) -> bool:
            found = self._number(field, thing)
            return found is not None and compares(found, bound)

        return _Term(bool(match["turned"]), holds)

    def _is_field(self, name: str, sign: str) -> bool:
        if name in self._readers:
            return True
        if sign != ":" or not _HEXADECIMAL.fullmatch(name):
            near = get_close_matches(name, self._readers, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"fields: {', '.join(self._readers)}"
            self._complain(f"no field is called '{name}': {hint}")
        return False

    def _complain(self, words: str) -> None:
        self.problem = self.problem or words

    def _is_anywhere(self, part: str, thing: Thing) -> bool:
        read = ((name, reader(thing)) for name, reader in self._readers.items())
        return any(_is_in(part, name, value.casefold()) for name, value in read if isinstance(value, str))

    def _text(self, field: str, thing: Thing) -> str:
        value = self._readers[field](thing)
        return value.casefold() if isinstance(value, str) else "" if value is None else f"{value:g}"

    def _number(self, field: str, thing: Thing) -> float | None:
        value = self._readers[field](thing)
        return decimal(value) if isinstance(value, str) else value


def filtered_by(readers: Readers[Thing], things: Iterable[Thing], typed: str) -> list[Thing]:
    """Things that every word holds for, in their order."""
    return Filter(readers, typed).of(things)


def _is_in(part: str, field: str, text: str) -> bool:
    match field:
        case "status":  # `connected` is part of `disconnected`, and means the opposite
            return any(word.startswith(part) for word in text.split(" "))
        case "mac":
            bare = part.translate(_PUNCTUATION)
            return bare in text.translate(_PUNCTUATION) if bare else not part
        case _:
            return part in text
