"""Words that identify nobody: in text of unknown meaning only these are kept.

What protects is what is *not* listed: a name needs no pattern to be recognised, it is simply none of these words. The
phone's own schema adds its element names and the words of its value spaces.

Forms that give something away wherever they stand: addresses, URLs, numbers, and what only looks like them.

What a leaf's text may give away, by the leaf's place in the tree.

Places of the catalogue are known; for others the name is all there is to go by, and what it doesn't tell is treated
like text in which anything may stand.
"""

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Set
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from phonetui import numeric
from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import Path

_HEX = "[0-9A-Fa-f]"

_MAC = rf"{_HEX}{{2}}(?P<sep>[:-])(?:{_HEX}{{2}}(?P=sep)){{4}}{_HEX}{{2}}|{_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}"
_DATE = r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2}(?:\d\d)?(?![.\d])"
_HOUR = r"\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_FORMS = {
    "url": r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"']+",
    "uri": r"(?:sips?|tel|mailto|xmpp):[^\s<>\"',]+",
    "mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*",
    "uuid": rf"(?<!{_HEX}){_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}(?!{_HEX})",
    "fingerprint": rf"(?<!{_HEX})(?:{_HEX}{{2}}:){{7,}}{_HEX}{{2}}(?!{_HEX})",
    "mac": rf"(?<!{_HEX})(?:{_MAC})(?!{_HEX})",
    "time": rf"(?<!\d)(?:{_DATE})(?:[T ]{_HOUR})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)",
    "ipv6": rf"(?<![\w:])(?={_HEX}*:{_HEX}*:)[0-9A-Fa-f:]{{2,39}}(?:(?<=:)\d{{1,3}}(?:\.\d{{1,3}}){{3}})?(?!\w)",
    "ipv4": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
    "hex": rf"(?<![0-9A-Fa-z]){_HEX}{{12}}(?!\w)",
    "firmware": r"PHONEOS[.\w-]+",
}
PATTERNS = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()))
"""In the order of how much they say: an address inside of a URL is the URL's affair."""

PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d ()/.-]{5,}\d(?!\w)")
"""To be looked for only where no address was found: digits and dots are made of the same."""
DOMAIN = re.compile(r"(?<![\w-])(?:[A-Za-z0-9_][\w-]*\.)+[A-Za-z]{2,}(?![\w-])")
TOKEN = re.compile(r"[\w.+~@-]+")
"""What may be one word to whoever chose it."""
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001 - the apostrophe of typesetters
URL = re.compile(
    r"(?P<scheme>[^:]+://)(?:(?P<user>[^/@?#]*)@)?(?P<host>\[[^\]]*\]|[^/:?#]*)(?P<port>:\d+)?(?P<rest>.*)", re.DOTALL
)
URI = re.compile(r"(?P<scheme>[a-z]+:)(?P<user>[^@;?]*)(?:@(?P<host>[^;?:]*))?(?P<rest>.*)", re.DOTALL)
CLOCK = re.compile(r"\d{1,3}(?::\d\d){1,2}")
RUNS = re.compile(r"\d+|[^\W\d_]+")


def is_ipv4(text: str) -> bool:
    return all(str(numeric.integer(octet, most=255)) == octet for octet in text.split("."))


def is_mask(text: str) -> bool:
    """Netmasks, loopback, the unspecified and broadcast addresses: the same everywhere."""
    return text.startswith(("255.", "127.", "0.")) or text in ("::", "::1")


def is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def respelled(form: str, characters: str) -> str:
    """`form` with its letters and digits exchanged one by one, separators and letter case kept."""
    given = iter(characters)
    upper = form.upper() == form
    return "".join((next(given).upper() if upper else next(given)) if char.isalnum() else char for char in form)


_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@cache
def table() -> dict[str, Any]:
    """`vocabulary.toml` beside this file."""
    return tomllib.loads((files("phonetui.probe") / "vocabulary.toml").read_text("utf-8"))


@cache
def common() -> frozenset[str]:
    """Folded words: those of the table, and the names of the catalogue with their parts."""
    words = set(table()["words"].split())
    for entry in phoneos().entries:
        for name in entry.path.names:
            words |= parts(name)
    return frozenset(words)


def parts(name: str) -> set[str]:
    """A name's own word and those that it is joined of, folded: `HostName` gives `hostname`, `host` and `name`."""
    return {name.casefold(), *(part.casefold() for part in _SPLIT.findall(name))}


def is_joined(word: str, known: Set[str]) -> bool:
    """Whether it is several known words written as one: `LineStatus`."""
    found = _SPLIT.findall(word)
    return len(found) > 1 and "".join(found) == word and all(part.casefold() in known for part in found)


class Vocabulary:
    """Which words say nothing in one survey: everybody's, and the phone's own ones that nobody there is called by."""

    def __init__(self, *more: str) -> None:
        """`more` are everybody's, too."""
        self._everybodys = common() | {word.casefold() for word in more}
        self._known = set(self._everybodys)
        self._personal: set[str] = set()

    def learn_names(self, names: Iterable[str]) -> None:
        """Of elements."""
        self._known.update(*(parts(name) for name in names))

    def learn_words(self, text: str) -> None:
        """Of a value space."""
        self._known.update(word.casefold() for word in WORD.findall(text))

    def note_person(self, text: str) -> None:
        """Its words are somebody's, even where the phone's own documents use them, too."""
        words = (word.casefold() for word in WORD.findall(text) if len(word) > 2 and not word.isdigit())
        self._personal.update(word for word in words if word not in self._everybodys)

    def is_common(self, word: str) -> bool:
        """In any letter case, and also if it is several such words written as one."""
        folded = word.casefold()
        if folded in self._everybodys or is_joined(word, self._everybodys):
            return True
        return folded not in self._personal and (folded in self._known or is_joined(word, self._known))


class Meaning(Enum):
    PLAIN = "plain"
    """The field's own words and figures: kept, but for addresses and for what was hidden elsewhere."""
    FREE = "free"
    """Anything: only common words, short numbers and times are kept."""
    NUMBER = "number"
    NAME = "name"
    PARTY = "party"
    """The name of who a call is with: hidden even if it is made of common words."""
    USER = "user"
    HOST = "host"
    SERIAL = "serial"
    SECRET = "secret"  # noqa: S105 - a word for a meaning, no secret


DOCUMENTS = frozenset(table()["documents"])
"""Root elements of xAPI."""
STRUCTURE = frozenset(table()["structure"])
"""Attributes that say how a document is built."""
_LEAVES = {place: Meaning(word) for place, word in table()["leaves"].items()}
"""Where the catalogue's type alone doesn't tell."""
_HINTS = tuple((Meaning(word), re.compile(hint)) for word, hint in table()["hints"].items())
"""On folded names without separators, the first that fits."""
_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def meaning(path: Path) -> Meaning:
    """Of a leaf of the status tree, or with a path of one name of any document's element."""
    catalog = phoneos()
    names = catalog.canonical(path).names
    if (known := _LEAVES.get(" ".join(names))) is not None:
        return known
    entry = catalog.find(path)
    if entry is not None and entry.type is not Type.CONTAINER:
        return Meaning.PLAIN if entry.type in (Type.LITERAL, Type.INTEGER) else Meaning.FREE
    return _hinted(names[-1]) if names else Meaning.FREE


def counts(path: Path) -> bool:
    """Whether integers at this place are counters: below the statistics, or typed so in the catalogue."""
    catalog, names = phoneos(), path.names
    entry = catalog.find(path)
    if entry is not None and entry.type is Type.INTEGER:
        return True
    return tuple(name.casefold() for name in names[:2]) == ("network", "statistics")


def _hinted(name: str) -> Meaning:
    folded = _SEPARATORS.sub("", name.casefold())
    return next((found for found, hint in _HINTS if hint.search(folded)), Meaning.FREE)
