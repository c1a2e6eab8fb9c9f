"""Everything known of a fleet at one moment, so that a replay can begin there.

It refers to frozen values and copies what changes in place. Figures over time, entries of the journal and calls that
are over are none of it: they are kept where they arise.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.history import FigureSamples
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import Call, CallKey, Phone, PhoneId, TunnelState
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.monitor.alert_journal import Troubles
    from phonetui.phone.alerts.alert import Alert, AlertBook, AlertCondition, AlertKey
    from phonetui.phone.alerts.rules_phone import Past
    from phonetui.phone.calls.call_legs import Leg
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.calls.pairing import Pairing
    from phonetui.phone.clock import TimeReference
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.port_counters import ErrorRise
    from phonetui.phone.quality.call_quality import CallQuality
    from phonetui.phone.quality.loss import UnitVotes


class PhoneSetup(NamedTuple):
    """What the configuration says of a phone, as far as what is made of its words depends on it."""

    initial: Phone
    """Before its first answer."""
    numbers: tuple[str, ...] = ()
    loss_rate_scale: str | None = None
    """The unit of its rates, where the operator named it."""
    mos_divisor: float | None = None


class KnowledgeState(NamedTuple):
    """What is made of a phone's document and of those before it."""

    phone: Phone
    qualities: "Mapping[CallKey, CallQuality]"
    measured_at: float | None
    unregistered: frozenset[int]
    calls_since: Mapping[CallKey, float]
    """From when the figures of each call are kept over time, in monotonic seconds."""
    ports_since: Mapping[int, float]


class PhoneKeyframe(NamedTuple):
    """All that is known of one phone at the moment of a keyframe."""

    setup: PhoneSetup
    document: Document
    changed_at: Mapping[Path, float]
    state: KnowledgeState | None
    """None where it has to be made of the document: written by another release."""
    tracker: CallTracker


class AlertCase(NamedTuple):
    """How far the alerts of one phone are."""

    book: "AlertBook"
    past: "Past"
    conditions: "tuple[AlertCondition, ...]"
    phone: Phone | None
    calls: Mapping[str, Call] | None = None
    """By what alerts are about: those that are up, or were when an alert of theirs was raised."""


class AlertMonitorState(NamedTuple):
    """The alerts of all phones at the moment of a keyframe."""

    cases: "Mapping[PhoneId | None, AlertCase]"
    cleared: "tuple[Alert, ...]"
    times: "Mapping[AlertKey, int]"
    clock_set_by: timedelta
    mutes: "Mapping[AlertKey, bool]"
    """What the operator said of single alerts."""
    troubles: "Troubles"
    """The alert entries of calls, as the journal has them."""


class AnalysisState(NamedTuple):
    """What comparing phones has shown up to the moment of a keyframe."""

    pairing: "Pairing"
    causes: "Mapping[Leg, tuple[Diagnosis, ...]]"
    evidence_at: "Mapping[tuple[Leg, str], float]"
    rises: "Mapping[PhoneId, ErrorRise]"
    hints: "tuple[Diagnosis, ...]"
    phones: Mapping[PhoneId, Phone]
    """The phones as last compared."""
    looked_at: float


class PhoneFigures(NamedTuple):
    """Figures over time of one phone since the keyframe before, by call and by port."""

    calls: Mapping[CallKey, tuple[float, FigureSamples]]
    """Each with the second since which they are kept."""
    ports: Mapping[int, tuple[float, FigureSamples]]


class Keyframe(NamedTuple):
    """All that is known of a fleet at one moment."""

    at: float
    """Monotonic seconds."""
    seen_at: datetime
    """The same moment, aware UTC."""
    thresholds: Thresholds
    mutes: tuple[str, ...]
    """The mutes of the configuration."""
    phones: Mapping[PhoneId, PhoneKeyframe]
    records: "tuple[CallRecord, ...]"
    """Of the calls that the trackers still follow, with what only comparing phones shows."""
    alerts: "AlertMonitorState | None"
    analysis: "AnalysisState | None"
    units: Mapping[str, str]
    """Units of loss rates, by model and firmware."""
    ballots: "Mapping[str, UnitVotes]"
    tunnels: tuple[TunnelState, ...]
    clock: "TimeReference | None" = None
    """The machine's clocks at the latest look."""
    figures: Mapping[PhoneId, PhoneFigures] = MappingProxyType({})
    """Figures since the keyframe before."""
