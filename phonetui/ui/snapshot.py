"""What all panes look at: one moment of the fleet, from the eyes of one operator."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.fleet.replay_control import ReplayControl
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import Baseline, CallHistory, PortHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import Cadence, CallKey, Phone, PhoneId
from phonetui.ui.fleet_summary import FleetSummary
from phonetui.ui.text.format import STATES, aged
from phonetui.ui.text.rows import Role, Row, Run, row

if TYPE_CHECKING:
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import CloudState


OfPhone = TypeVar("OfPhone", "Alert", "CallRecord", "JournalEntry")
"""What is told of a phone, under its id."""


class Snapshot(Struct, frozen=True, kw_only=True):
    phones: Mapping[PhoneId, Phone]
    """In the order of the configuration."""
    selected: PhoneId | None
    cloud: "CloudState | None" = None
    """The organization in Webex; None where none is configured."""
    device: "WebexDevice | None" = None
    """Of Webex's alone, where the cursor is on such a one: no phone is selected then."""
    adopts: bool = False
    """Whether such a device can be watched through Webex."""
    entries: Sequence[JournalEntry]
    histories: Mapping[CallKey, CallHistory]
    """Of the selected phone."""
    port_histories: Mapping[int, PortHistory] = field(default_factory=dict)
    """Of the selected phone, by the port's index."""
    alerts: Sequence[Alert] = ()
    """Those that hold, worst first, then those cleared lately."""
    summary: FleetSummary = field(default_factory=FleetSummary)
    """Of all phones together."""
    hints: Sequence[Diagnosis] = ()
    """What comparing the phones points at."""
    partners: Mapping[CallKey, Partner | Ambiguous] = field(default_factory=dict)
    """The other ends of the selected phone's calls."""
    calls: int = 0
    """That are up: one between two phones of ours is one."""
    far_histories: Mapping[CallKey, CallHistory] = field(default_factory=dict)
    """The figures of those ends, by the selected phone's calls."""
    causes: Mapping[CallKey, Sequence[Diagnosis]] = field(default_factory=dict)
    """What the figures of the selected phone's calls point at."""
    baseline: Baseline | None = None
    """From when the counters of the selected phone are counted; None: since it boots, since a call begins."""
    at: float
    """Monotonic seconds: ages are counted from here."""
    zone: tzinfo | None
    """For times of day; None is the operator's own."""
    thresholds: Thresholds
    worst_first: bool = False
    """Whether phones in trouble are listed first; else they lie by place."""
    title: str = ""
    demo: bool = False
    read_only: bool = False
    private: bool = False
    """Whether names, numbers and addresses are masked."""
    controlled: tuple[PhoneId, ...] = ()
    """Phones that the operator may act on without being asked again."""
    granted: Set[PhoneId] = frozenset()
    """Those among them whose control can be given back."""
    dark: Set[Cadence] = frozenset()
    """How the lights blink that are off just now; none where nobody wants to see them blink."""
    frozen_at: datetime | None = None
    """Aware UTC; None while the display follows."""
    now: datetime
    """Aware UTC, for the clock."""
    timeline: ReplayControl | None = None
    """Where a recording is shown, its time."""
    strip_of: PhoneId | None = None
    """Whose grades the strip has; None is the whole fleet."""
    records: bool = False
    """Whether what is observed is recorded."""
    unrecorded: bool = False
    """Whether a recording has ended by itself."""

    @property
    def moment(self) -> datetime:
        """Aware UTC: when what is shown was so."""
        return self.frozen_at or self.now

    @property
    def troubles(self) -> tuple[Alert, ...]:
        """The alerts that hold and are not muted, worst first; of a call that is bad at both ends there are two."""
        return tuple(alert for alert in self.alerts if alert.is_active and not alert.is_muted)

    @property
    def since(self) -> str:
        """From when the counters are counted, in words; empty where nobody chose a moment."""
        return f"since {self.baseline.taken_at.astimezone(self.zone):%H:%M}" if self.baseline else ""

    def named(self, items: Sequence[OfPhone]) -> Sequence[OfPhone]:
        """As they are drawn and written: by the phone's name, which under the mask is another than its id may be."""
        names = self.names
        if not names:
            return items
        return [replace(item, phone=names.get(item.phone, item.phone)) for item in items]

    @property
    def names(self) -> Mapping[PhoneId | None, PhoneId]:
        """Of those phones that are called otherwise than their id."""
        return {id_: name for id_, phone in self.phones.items() if (name := PhoneId(phone.name)) != id_}

    @property
    def phone(self) -> Phone | None:
        return self.phones.get(self.selected) if self.selected is not None else None


def seen(phone: Phone, runs: Row) -> Row:
    """`runs` about a phone as they may be shown: without colours where the phone has not answered lately."""
    return runs if phone.is_current else row(*map(aged, runs))


NO_PHONES = "There are no phones: the configuration names none."
NO_PHONE = row(Run("No phone is selected.", Role.DIM))
_NOT_OURS = row(Run("Not read: Webex alone knows it.", Role.DIM))


def no_phone_row(snapshot: Snapshot) -> Row:
    """Why there is no phone to tell of."""
    return _NOT_OURS if snapshot.device is not None else NO_PHONE


def title_with_state(words: str, phone: Phone | None) -> str:
    """A pane's title, which says why what is shown may not hold any more."""
    if phone is None or phone.is_current or phone.connection.fresh_at is None:
        return words
    return f"{words} · {STATES[phone.connection.state].word}"


def nothing_read_row(phone: Phone) -> Row | None:
    """Why a pane about the phone is empty, where that is because the phone never answered."""
    return row(Run("Nothing was read yet.", Role.DIM)) if phone.connection.fresh_at is None else None
