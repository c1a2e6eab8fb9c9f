"""Both ends of one call: which call on which other phone is the far end of this one, as a value."""

from dataclasses import dataclass

from phonetui.phone.state import CallKey, PhoneId
from phonetui.text import Printable

Leg = tuple[PhoneId, CallKey]
"""One phone's end of a call."""


@dataclass(frozen=True, slots=True)
class Partner:
    phone: PhoneId
    key: CallKey
    evidence: Printable
    """Why these two are one call: numbers, the time of the start, packet counts."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several calls could be the far end: none is taken."""

    candidates: tuple[Leg, ...]
    reason: Printable


@dataclass(frozen=True, slots=True)
class Hint:
    """Where to look, and by what: never without its evidence."""

    words: Printable
    """`look at sw-2f`, `check the cabling of port 1`"""
    evidence: Printable
    """`3 phones behind it lose inbound packets and their CRC counters rise`"""
    phones: tuple[PhoneId, ...] = ()
    """Whom it concerns; several where it was found by comparing phones."""

    def __str__(self) -> str:
        return f"{self.evidence}: {self.words}"
