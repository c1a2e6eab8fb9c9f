"""What happened, line by line, for people: the words of the events pane."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from phonetui.phone.state import PhoneId
from phonetui.text import Printable


class Weight(StrEnum):
    """How much an entry asks for attention."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Entry:
    seen_at: datetime
    """Aware UTC."""
    phone: PhoneId
    text: Printable
    weight: Weight = Weight.INFO
