"""Observations of phones as values: the same ones in the same order lead to the same states again.

A live fleet gives each to whoever records; a replay takes them back. What follows from them (figures, grades, alerts,
pairs, calls) is none of them. Times are a monotonic second and the same moment by the wall clock.
"""

from datetime import datetime
from enum import IntFlag
from typing import TYPE_CHECKING, NamedTuple, Protocol

from phonetui.phone.state import Connection, PhoneId
from phonetui.xapi.document import Event, Update

if TYPE_CHECKING:
    from phonetui.monitor.journal import Report
    from phonetui.monitor.keyframe import Keyframe, PhoneSetup
    from phonetui.phone.alerts.alert import AlertKey
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.journal import JournalEntry
    from phonetui.phone.quality.voice_report import VoiceQualityReport
    from phonetui.phone.state import Claim, TunnelState


class ReadingScope(IntFlag):
    """What a reading was of, and so what is made of it."""

    NONE = 0
    PORTS = 1
    """The ports' counters."""
    CALLS = 2
    """The calls' figures."""
    TRACKED = 4
    """Calls may have come or gone."""


class LeavesChanged(NamedTuple):
    """A reading, or what a phone pushed: the leaves that it changed."""

    phone: PhoneId
    at: float
    seen_at: datetime
    changes: tuple[Update, ...]
    scope: ReadingScope


class CallsResumed(NamedTuple):
    """Calls whose end an earlier run did not see, and that may go on."""

    phone: PhoneId
    records: "tuple[CallRecord, ...]"


class EventTaken(NamedTuple):
    """A phone pushed an event."""

    phone: PhoneId
    at: float
    seen_at: datetime
    event: Event


class ConnectionChanged(NamedTuple):
    """The connection to a phone changed: its state, or what is known of it."""

    phone: PhoneId
    at: float
    seen_at: datetime
    connection: Connection
    is_shared: bool
    """Whether what is wrong is wrong with several phones at once, and recorded once for them."""


class SightLost(NamedTuple):
    """The phone does not answer: what goes on there is not known."""

    phone: PhoneId
    at: float
    seen_at: datetime


class CountingResumed(NamedTuple):
    """Readings go on after a time without them that was no phone's doing."""

    phone: PhoneId
    at: float
    seen_at: datetime


class PlacesForbidden(NamedTuple):
    """The account may not see these names at the top of the status tree."""

    phone: PhoneId
    at: float
    seen_at: datetime
    names: frozenset[str]


class ClaimChanged(NamedTuple):
    """Webex reports something else of a phone, or (None) nothing any more."""

    phone: PhoneId
    at: float
    seen_at: datetime
    claim: "Claim | None"


class VoiceReportTaken(NamedTuple):
    """The phone reported one of its calls by SIP (RFC 6035)."""

    phone: PhoneId
    at: float
    seen_at: datetime
    report: "VoiceQualityReport"


class PhoneAdded(NamedTuple):
    """A phone is watched from now on."""

    setup: "PhoneSetup"


class PhoneRemoved(NamedTuple):
    """A phone is no longer watched."""

    phone: PhoneId


class TunnelsChanged(NamedTuple):
    """The connections to jump hosts are now in these states."""

    tunnels: "tuple[TunnelState, ...]"


class AlertMuted(NamedTuple):
    """The operator muted an alert, or unmuted it."""

    alert: "AlertKey"
    is_muted: bool


class EntryWritten(NamedTuple):
    """A line of the journal that does not follow from anything else here."""

    entry: "JournalEntry"
    taken_back: "tuple[JournalEntry, ...]" = ()
    """Lines that it stands for from now on."""


class MarkSet(NamedTuple):
    """The operator's word for a moment."""

    at: float
    seen_at: datetime
    words: str


class FleetCompared(NamedTuple):
    """A look at all phones, four times a second: alerts come and go by time, calls are paired, records written."""

    at: float
    seen_at: datetime


OfPhone = (
    LeavesChanged
    | CallsResumed
    | EventTaken
    | ConnectionChanged
    | SightLost
    | CountingResumed
    | PlacesForbidden
    | ClaimChanged
    | VoiceReportTaken
)
Observation = OfPhone | PhoneAdded | PhoneRemoved | TunnelsChanged | AlertMuted | EntryWritten | MarkSet | FleetCompared


class ObservationSink(Protocol):
    """Takes what is recorded; never waits, never raises."""

    def take(self, observation: Observation) -> None:
        """Takes one observation; must neither wait nor raise."""

    def take_report(self, report: "Report") -> None:
        """The outcome of it, for finding things later."""

    def take_record(self, record: "CallRecord", before: "CallRecord | None") -> None:
        """A call that came, went on or ended, and how it was known before."""

    @property
    def keyframe_at(self) -> float:
        """Monotonic second of the latest keyframe."""

    def wants_keyframe(self, at: float) -> bool:
        """Whether all that is known should be given once, so that nobody has to begin at the beginning."""

    def take_keyframe(self, keyframe: "Keyframe") -> None:
        """Takes a keyframe, from which a replay can begin; must neither wait nor raise."""
