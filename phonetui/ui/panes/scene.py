"""What all panes look at: one moment of the fleet, from the eyes of one operator."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, tzinfo

from phonetui.phone.history import CallHistory
from phonetui.phone.journal import Entry
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.phone.thresholds import Thresholds
from phonetui.ui.format import aged
from phonetui.ui.row import Row, row


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    phones: Mapping[PhoneId, Phone]
    """In the order of the configuration."""
    selected: PhoneId | None
    entries: Sequence[Entry]
    histories: Mapping[CallKey, CallHistory]
    """Of the selected phone."""
    at: float
    """Monotonic seconds: ages are counted from here."""
    zone: tzinfo | None
    """For times of day; None is the operator's own."""
    thresholds: Thresholds
    title: str = ""
    demo: bool = False
    read_only: bool = False
    controlled: tuple[PhoneId, ...] = ()
    """Phones that the operator may act on without being asked again."""
    granted: Set[PhoneId] = frozenset()
    """Those among them whose control can be given back."""
    frozen_at: datetime | None = None
    """Aware UTC; None while the display follows."""
    now: datetime
    """Aware UTC, for the clock."""

    @property
    def phone(self) -> Phone | None:
        return self.phones.get(self.selected) if self.selected is not None else None


def seen(phone: Phone, runs: Row) -> Row:
    """`runs` about a phone as they may be shown: without colours where the phone has not answered lately."""
    return runs if phone.is_current else row(*map(aged, runs))
