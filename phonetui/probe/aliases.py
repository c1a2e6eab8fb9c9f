"""Which placeholder stands for which original: equal stays equal, within one bundle.

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
"""Placeholders looked at for one original: what a phone can make us do must have an end."""
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
        self._springs: dict[tuple[AliasKind, str], Iterator[str]] = {}
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

    def knows(self, kind: AliasKind, original: str) -> bool:
        return (kind, original.casefold()) in self._known

    def gave(self, text: str) -> bool:
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
        shape = _shape(kind, original)
        spring = self._springs.setdefault((kind, shape), _spring(kind, shape))
        found = ""
        for found in islice(spring, _TRIES):
            if found not in self._taken and not self._betrays(found):
                self._taken.add(found)
                return found
        found = found or "0" * len(original)  # all numbers of that length are taken: better two alike than one told
        self._taken.add(found)
        return found

    def _betrays(self, candidate: str) -> bool:
        """Whether an original stands in it."""
        text = candidate.casefold()
        if _is_filler(text):
            return text in self._originals
        ends = range(LONG, len(text) + 1)
        return text in self._originals or any(text[at:end] in self._originals for end in ends for at in range(end - 3))


def _is_filler(text: str) -> bool:
    """Whether a placeholder is nothing but x and a number: too long to be looked at part by part."""
    return len(text) > 64 or not text.strip("x0123456789")


def _shape(kind: AliasKind, original: str) -> str:
    """What placeholders of this kind share with the original."""
    match kind:
        case AliasKind.NUMBER | AliasKind.SECRET:
            return str(len(original))
        case AliasKind.HOST:
            return ".example" if "." in original else ""
        case AliasKind.SERIAL:
            head = re.match(r"[a-z]{3}", original)
            return f"{head[0].upper() if head else 'SER'} {max(len(original) - 3, 5)}"
        case AliasKind.MAC:
            return original[:6]
        case AliasKind.IPV4:
            octets, address = original.split("."), ipaddress.IPv4Address(original)
            return ".".join(octets[:2] if address.is_private or address.is_link_local else octets[:1])
        case AliasKind.IPV6:
            return ipaddress.IPv6Address(original).exploded.partition(":")[0]
        case AliasKind.NAME | AliasKind.USER:
            return ""


def _spring(kind: AliasKind, shape: str) -> Iterator[str]:
    """All placeholders of a shape, one after another."""
    match kind:
        case AliasKind.NUMBER:
            size = 10 ** int(shape)
            return (f"{(size // 2 + step) % size:0{shape}d}" for step in _steps(size))
        case AliasKind.SECRET:
            return (f"{'x' * (int(shape) - len(str(step)))}{step}" for step in range(1, 10 ** min(int(shape), 9)))
        case AliasKind.HOST:
            return (f"host-{step}{shape}" for step in count(1))
        case AliasKind.SERIAL:
            head, _, width = shape.partition(" ")
            return (f"{head}{step:0{width}d}" for step in _steps(10 ** int(width)))
        case AliasKind.MAC:
            return (f"{shape}{step:06x}" for step in _steps(1 << 24))
        case AliasKind.IPV4:
            free = 3 - shape.count(".")
            return (f"{shape}.{_octets(step, free)}" for step in range(1, 256**free))
        case AliasKind.IPV6:
            return (str(ipaddress.IPv6Address(f"{shape}::{step:x}")) for step in range(1, 1 << 16))
        case AliasKind.NAME:
            return (f"Name {step}" for step in count(1))
        case AliasKind.USER:
            return (f"user-{step}" for step in count(1))


def _steps(size: int) -> Iterator[int]:
    """Small ones first; then all over the place, in case that an original stands in every small one."""
    return chain(range(1, min(size, _SMALL)), (step * _PRIME % size for step in range(_SMALL, size)))


def _octets(number: int, places: int) -> str:
    return ".".join(str(number >> 8 * place & 255) for place in reversed(range(places)))
