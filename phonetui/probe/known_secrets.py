"""Finds known secrets in any text, in every notation in which a phone may write them.

What a survey hides is collected from all its documents first. The same secret may stand elsewhere spelled differently:
URL-coded, as character references, in another letter case, without its accents, a MAC address without its colons, a
number with its country's prefix, a name with dots between its parts, or the whole in base64 or hexadecimal digits.

Text and secrets are compared as bare letters and digits: escapes decoded, case folded, accents and separators left out.
`bare_letters` keeps where in the original text each of them came from.
"""

import base64
import binascii
import html
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from phonetui.probe.aliases import AliasKind
from phonetui.probe.vocabulary import respelled

SHORTEST = 4
"""Letters or digits below which a secret is found as a word of its own alone, which is `redaction`'s affair."""
LOOSE = 6
"""Letters or digits from which on a secret is found inside of a longer word, too."""
SUBSCRIBER = 7
"""Digits of a number that stay the same whatever prefix stands before them."""
_GAP = 3
"""Characters that may separate two parts of one secret."""

_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
)
_LEVELS = 3
"""How often a text may be escaped anew: `%2540` is `%40` is `@`."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){4,}(?![0-9A-Fa-f])")
_EXTENSION = re.compile(r"(?<![\w.:>-])\d{4,6}(?![\w.:<-])")
_BARRIER = re.compile(r"[<>\"={}\n]")
"""Never inside of one secret: what ends a text, an attribute or a line."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "œ": "oe", "\u0131": "i"})
"""Which Unicode does not decompose."""


class SecretMatch(NamedTuple):
    """A secret at `start` up to `end` of a text."""

    start: int
    end: int
    kind: AliasKind
    original: str

    def span(self) -> tuple[int, int]:
        return self.start, self.end


class Spanned(Protocol):
    """A part of a text: a SecretMatch or a `re.Match`."""

    def span(self) -> tuple[int, int]: ...


S = TypeVar("S", bound=Spanned)


def splice(text: str, found: Iterable[S], replace: Callable[[S], str], between: Callable[[str], str] = str) -> str:
    """`text` with each part that was found replaced, and `between` over what stands between them."""
    pieces, at = [], 0
    for each in found:
        start, end = each.span()
        pieces += [between(text[at:start]), replace(each)]
        at = end
    return "".join([*pieces, between(text[at:])]) if pieces else between(text)


class _Spelling(NamedTuple):
    """A secret's bare letters and digits."""

    bare: str
    breaks: frozenset[int] | None
    """Before which of them a separator may stand; None: anywhere."""
    is_word: bool
    """Whether letters or digits beside it make it another word."""
    kind: AliasKind
    original: str


class _Bare(NamedTuple):
    text: str
    starts: list[int]
    ends: list[int]
    """Where in the original text each letter stands."""


class KnownSecrets:
    """Immutable; made of everything that one bundle hides."""

    def __init__(
        self,
        secrets: Iterable[tuple[AliasKind, str]],
        *,
        is_common: Callable[[str], bool],
        is_alias: Callable[[str], bool],
    ) -> None:
        """A secret inside of a longer word that `is_common` is no hit, nor one inside of what `is_alias`."""
        self._spellings: dict[str, list[_Spelling]] = {}
        """By their first SHORTEST characters, longest first."""
        self._extensions: set[str] = set()
        self._is_common = is_common
        self._is_alias = is_alias
        for kind, original in secrets:
            for spelling in _spellings(kind, original):
                self._spellings.setdefault(spelling.bare[:SHORTEST], []).append(spelling)
            if kind is AliasKind.NUMBER and SHORTEST <= len(original) < SUBSCRIBER:
                self._extensions.add(original)
        for spellings in self._spellings.values():
            spellings.sort(key=lambda spelling: -len(spelling.bare))

    def replace(self, text: str, alias_of: Callable[[AliasKind, str], str]) -> str:
        """`text` with its alias in the place of each secret; the same object where there is none."""
        return splice(text, self.find(text), lambda hit: respelled_alias(text[hit.start : hit.end], hit, alias_of))

    def find(self, text: str) -> list[SecretMatch]:
        """In their order, none inside of another."""
        if not self._spellings or len(text) < SHORTEST:
            return []
        found = [*self._plain_matches(text), *self._encoded(text)]
        found.sort(key=lambda hit: (hit.start, -hit.end))
        apart: list[SecretMatch] = []
        for hit in found:
            if (not apart or hit.start >= apart[-1].end) and not self._is_in_alias(text, hit):
                apart.append(hit)
        return apart

    def _is_in_alias(self, text: str, hit: SecretMatch) -> bool:
        """`host-2.example` may stand for a host in a text of somebody whose name is `example`."""
        return any(self._is_alias(_around(text, hit, marks)) for marks in (".-", ".-:"))

    def extensions(self, text: str) -> list[SecretMatch]:
        """Extensions that stand in `text` as words of their own; a text that is nothing but a figure has none."""
        return [
            SecretMatch(*found.span(), AliasKind.NUMBER, found[0])
            for found in _EXTENSION.finditer(text)
            if found[0] in self._extensions and not text.strip().isdigit()
        ]

    def _plain_matches(self, text: str) -> Iterator[SecretMatch]:
        bare = bare_letters(text)
        at = 0
        while at < len(bare.text) - SHORTEST + 1:
            spellings = self._spellings.get(bare.text[at : at + SHORTEST], ())
            spelling = next((each for each in spellings if self._matches(each, bare, at, text)), None)
            if spelling is None:
                at += 1
                continue
            start, end = at, at + len(spelling.bare)
            if spelling.kind is AliasKind.NUMBER:
                start = _number_start(bare, start)
            yield SecretMatch(bare.starts[start], bare.ends[end - 1], spelling.kind, spelling.original)
            at = end

    def _matches(self, spelling: _Spelling, bare: _Bare, at: int, text: str) -> bool:
        if not bare.text.startswith(spelling.bare, at):
            return False
        end = at + len(spelling.bare)
        for place in range(at + 1, end):
            gap = text[bare.ends[place - 1] : bare.starts[place]]
            if gap and (
                (spelling.breaks is not None and place - at not in spelling.breaks)
                or _BARRIER.search(gap)
                or (len(gap) > _GAP and len(_plain(gap)) > _GAP)
            ):
                return False
        before, after = _is_adjacent(bare, at), end < len(bare.text) and _is_adjacent(bare, end)
        if spelling.kind is AliasKind.NUMBER:
            return not (after and bare.text[end].isdigit())
        if spelling.is_word and (before or after):
            return False
        return not ((before or after) and self._is_common(_word_around(text, bare, at, end)))

    def _encoded(self, text: str) -> Iterator[SecretMatch]:
        """Secrets inside of what is written in base64 or in hexadecimal digits: all of it is the hit."""
        for found in _BASE64.finditer(text):
            yield from self._inside(found, _from_base64(found[0]))
        for found in _HEX.finditer(text):
            yield from self._inside(found, bytes.fromhex(found[0]))

    def _inside(self, found: re.Match[str], data: bytes) -> Iterator[SecretMatch]:
        if any(self._plain_matches(_decoded(data))):
            yield SecretMatch(*found.span(), AliasKind.SECRET, found[0])


def bare_letters(text: str) -> _Bare:
    """The letters and digits of `text` without case, accents, separators and escapes."""
    chars = list(text)
    starts = list(range(len(text)))
    ends = [at + 1 for at in starts]
    for _ in range(_LEVELS):
        joined = "".join(chars)
        if not _ESCAPES.search(joined):
            break
        chars, starts, ends = _unescaped(joined, starts, ends)
    bare: list[str] = []
    at_start: list[int] = []
    at_end: list[int] = []
    for char, start, end in zip(chars, starts, ends, strict=True):
        letters = _bare(char)
        if letters:
            bare += letters
            at_start += [start] * len(letters)
            at_end += [end] * len(letters)
    return _Bare("".join(bare), at_start, at_end)


def _plain(text: str) -> str:
    for _ in range(_LEVELS):
        text = "".join(_unescaped(text, range(len(text)), range(len(text)))[0])
    return text


def _unescaped(text: str, starts: Sequence[int], ends: Sequence[int]) -> tuple[list[str], list[int], list[int]]:
    chars: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []

    def take(piece: str, first: int, last: int) -> None:
        for char in piece:
            chars.append(char)
            new_starts.append(starts[first])
            new_ends.append(ends[last])

    at = 0
    for found in _ESCAPES.finditer(text):
        for place in range(at, found.start()):
            take(text[place], place, place)
        for first, last, piece in _pieces(found):
            take(piece, first, last)
        at = found.end()
    for place in range(at, len(text)):
        take(text[place], place, place)
    return chars, new_starts, new_ends


def _pieces(found: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """What an escape stands for, and which characters it is: octets of one UTF-8 character belong together."""
    raw, begin = found[0], found.start()
    if raw.startswith("\\"):
        yield begin, found.end() - 1, chr(int(f"0x{raw[2:]}", base=0))
    elif raw.startswith("&"):
        yield begin, found.end() - 1, html.unescape(raw)
    else:
        octets = unquote_to_bytes(raw)
        at = 0
        while at < len(octets):
            size = next((size for size in (1, 2, 3, 4) if _is_utf8(octets[at : at + size])), 1)
            yield begin + at * 3, begin + (at + size) * 3 - 1, _decoded(octets[at : at + size])
            at += size


@lru_cache(maxsize=4096)
def _bare(char: str) -> str:
    if char.isascii():
        return char.lower() if char.isalnum() else ""
    folded = unicodedata.normalize("NFKD", char.casefold()).translate(_LETTERS)
    return "".join(letter for letter in folded if letter.isalnum())


def _spellings(kind: AliasKind, original: str) -> Iterator[_Spelling]:
    """The spellings of one secret as bare letters and digits."""
    match kind:
        case AliasKind.NUMBER:
            core = original.lstrip("0")
            core = core[3:] if len(core) >= SUBSCRIBER + 3 else core
            if len(core) >= SUBSCRIBER - 1 and len(original) >= SUBSCRIBER:
                yield _Spelling(core, None, True, kind, original)
        case AliasKind.MAC:
            yield _Spelling(original, None, False, kind, original)
            tail = original[6:]
            if not tail.isdigit():
                yield _Spelling(tail, None, True, AliasKind.SECRET, tail)
        case AliasKind.IPV4:
            octets = original.split(".")
            for order in (octets, octets[::-1]):
                yield _Spelling("".join(order), _breaks(order), True, kind, original)
        case AliasKind.IPV6:
            for spelling in {original, ipaddress.IPv6Address(original).exploded}:
                yield _Spelling("".join(map(_bare, spelling)), None, True, kind, original)
        case _:
            spellings = {original, original.translate(_UMLAUTS)}
            for spelling in spellings:
                words = [bare for word in re.findall(r"[^\W_]+", spelling) if (bare := "".join(map(_bare, word)))]
                bare = "".join(words)
                if len(bare) >= SHORTEST:
                    yield _Spelling(bare, _breaks(words), len(bare) < LOOSE, kind, original)


def _breaks(words: list[str]) -> frozenset[int]:
    places, at = set(), 0
    for word in words[:-1]:
        at += len(word)
        places.add(at)
    return frozenset(places)


def _around(text: str, hit: SecretMatch, marks: str) -> str:
    """The letters, digits and `marks` that a hit stands among."""
    start, end = hit.start, hit.end
    while start and (text[start - 1].isalnum() or text[start - 1] in marks):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in marks):
        end += 1
    return text[start:end]


def _is_adjacent(bare: _Bare, at: int) -> bool:
    """Whether the letter at `at` follows another one directly."""
    return at > 0 and bare.starts[at] <= bare.ends[at - 1]


def _number_start(bare: _Bare, at: int) -> int:
    """Where the digits begin that a number's last ones belong to."""
    while _is_adjacent(bare, at) and bare.text[at - 1].isdigit():
        at -= 1
    return at


def _word_around(text: str, bare: _Bare, start: int, end: int) -> str:
    """As it is spelled: capitals tell the words that it is joined of."""
    while _is_adjacent(bare, start):
        start -= 1
    while end < len(bare.text) and _is_adjacent(bare, end):
        end += 1
    return text[bare.starts[start] : bare.ends[end - 1]]


def _from_base64(token: str) -> bytes:
    plain = token.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _decoded(data: bytes) -> str:
    """As UTF-8, else octet by octet."""
    return data.decode() if _is_utf8(data) else data.decode("latin-1")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def respelled_alias(spelling: str, hit: SecretMatch, alias_of: Callable[[AliasKind, str], str]) -> str:
    """In the notation of what it takes the place of, as far as that holds letters and digits alone."""
    is_plain = not set("%&\\") & set(spelling)
    if hit.kind in (AliasKind.NUMBER, AliasKind.MAC):
        is_digits = hit.kind is AliasKind.NUMBER and is_plain
        shown = alias_of(hit.kind, "".join(char for char in spelling if char.isdigit()) if is_digits else hit.original)
        return respelled(spelling, shown) if is_plain else shown
    shown = alias_of(hit.kind, hit.original)
    return shown if " " in spelling else shown.replace(" ", "-")
