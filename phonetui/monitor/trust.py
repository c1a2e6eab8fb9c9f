"""Why a phone is believed to be itself, as far as this run has seen."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from phonetui.text import Printable


class Way(Enum):
    PIN = "pin"
    """Its certificate is the one that was accepted."""
    CA = "ca"
    """Chain and name were verified."""
    OFF = "off"
    """Nothing is verified: anybody could be the phone."""
    PLAIN = "plain"
    """Nothing is encrypted, the password neither."""
    WEBEX = "webex"
    """Webex is asked in its place."""


@dataclass(frozen=True, slots=True)
class Trust:
    way: Way
    expected: Printable
    """The name that the certificate must bear, or the fingerprint that it must have; empty before it was accepted."""
    subject: Printable | None = None
    """Of the certificate that the phone showed in this run; None before it did, or where none was looked at."""
    not_after: datetime | None = None
    """Aware UTC."""
