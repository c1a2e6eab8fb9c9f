"""Placeholders for redacted values: equal originals get equal placeholders within one bundle.

Works in two rounds over the same texts: in the first every original is noted, then each gets a placeholder that holds
no original, and the second round writes them.
"""

import ipaddress
import re
from collections.abc import Iterator
from enum import Enum
from itertools import chain, count, islice

LONG = 4
"""Characters from which on an original must not stand in a placeholder, not even as a part."""
_TRIES = 2000
"""Placeholders looked at for one original: bounds the work that a phone can cause."""
_SMALL = 1000
_PRIME = 982_451_653
_HEADS = frozenset({"name", "user", "host", "example"})
"""Placeholders are made of these anyway."""


class AliasKind(Enum):
    NUMBER = "number"
    """Digits alone; its placeholder has as many."""
    NAME = "name"
    USER = "user"
    HOST = "host"
    SERIAL = "serial"
    SECRET = "secret"  # noqa: S105 - a word for a kind, no secret
    """Its placeholder is as long."""
    MAC = "mac"
    """Twelve hex digits; the first six, the maker's, stay."""
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Aliases:
    """Answers the original itself until `sealed`, and its placeholder from then on."""

    def __init__(self) -> None:
        self._known: dict[tuple[AliasKind, str], str] = {}
        self._originals: set[str] = set()
        self._taken: set[str] = set()
        self._candidates: dict[tuple[AliasKind, str], Iterator[str]] = {}
        self._sealed = False

    def __call__(self, kind: AliasKind, original: str) -> str:
        """An original that was never noted before the sealing gets its placeholder then."""
        key = (kind, original.casefold())
        if key not in self._known:
            self._known[key] = ""
            if key[1] not in _HEADS:
                self._originals.add(key[1])
            if self._sealed:
                self._known[key] = self._fresh(*key)
        return self._known[key] if self._sealed else original

    def is_known(self, kind: AliasKind, original: str) -> bool:
        return (kind, original.casefold()) in self._known

    def is_alias(self, text: str) -> bool:
        """Whether `text` is one of the placeholders."""
        return text in self._taken

    @property
    def originals(self) -> tuple[tuple[AliasKind, str], ...]:
        """What was noted, letter case folded."""
        return tuple(self._known)

    def seal(self) -> None:
        self._sealed = True
        for key in self._known:
            self._known[key] = self._fresh(*key)

    def _fresh(self, kind: AliasKind, original: str) -> str:
        shape, candidates = _candidates(kind, original)
        candidates = self._candidates.setdefault((kind, shape), candidates)
        alias = ""
        for alias in islice(candidates, _TRIES):
            if alias not in self._taken and not self._contains_original(alias):
                break
        else:  # all numbers of that length are taken: better two alike than one told
            alias = alias or "0" * len(original)
        self._taken.add(alias)
        return alias

    def _contains_original(self, candidate: str) -> bool:
        """Whether an original stands in it."""
        text = candidate.casefold()
        if len(text) > 64 or not text.strip("x0123456789"):  # too long to be looked at part by part
            return text in self._originals
        ends = range(LONG, len(text) + 1)
        return text in self._originals or any(text[at:end] in self._originals for end in ends for at in range(end - 3))


def _candidates(kind: AliasKind, original: str) -> tuple[str, Iterator[str]]:
    """What placeholders of this kind share with the original, and all of that shape, one after another."""
    width = len(original)
    match kind:
        case AliasKind.NUMBER:
            size = 10**width
            return str(width), (f"{(size // 2 + step) % size:0{width}d}" for step in _steps(size))
        case AliasKind.SECRET:
            return str(width), (f"{'x' * (width - len(str(step)))}{step}" for step in range(1, 10 ** min(width, 9)))
        case AliasKind.HOST:
            ending = ".example" if "." in original else ""
            return ending, (f"host-{step}{ending}" for step in count(1))
        case AliasKind.SERIAL:
            maker = re.match(r"[a-z]{3}", original)
            head, width = maker[0].upper() if maker else "SER", max(width - 3, 5)
            return f"{head} {width}", (f"{head}{step:0{width}d}" for step in _steps(10**width))
        case AliasKind.MAC:
            return original[:6], (f"{original[:6]}{step:06x}" for step in _steps(1 << 24))
        case AliasKind.IPV4:
            address = ipaddress.IPv4Address(original)
            free = 2 if address.is_private or address.is_link_local else 3
            net = original.rsplit(".", free)[0]
            return net, (f"{net}.{_octets(step, free)}" for step in range(1, 256**free))
        case AliasKind.IPV6:
            net = ipaddress.IPv6Address(original).exploded.partition(":")[0]
            return net, (str(ipaddress.IPv6Address(f"{net}::{step:x}")) for step in range(1, 1 << 16))
        case AliasKind.NAME:
            return "", (f"Name {step}" for step in count(1))
        case AliasKind.USER:
            return "", (f"user-{step}" for step in count(1))


def _steps(size: int) -> Iterator[int]:
    """Small ones first; then all over the place, in case that an original stands in every small one."""
    return chain(range(1, min(size, _SMALL)), (step * _PRIME % size for step in range(_SMALL, size)))


def _octets(number: int, places: int) -> str:
    return ".".join(str(number >> 8 * place & 255) for place in reversed(range(places)))
