"""What the monitor tells whoever follows along headless, one value for each thing that happened."""

from dataclasses import dataclass
from datetime import datetime

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.quality.measure import Measure
from phonetui.phone.state import PhoneId, State
from phonetui.text import Printable
from phonetui.xapi.document import Event
from phonetui.xapi.path import Path


@dataclass(frozen=True, slots=True)
class StateReport:
    phone: PhoneId
    state: State
    reason: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StatusReport:
    phone: PhoneId
    path: Path
    value: Printable | None
    """None is a ghost."""
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class EventReport:
    phone: PhoneId
    event: Event
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CallReport:
    """One reading of a live call."""

    phone: PhoneId
    state: Printable | None
    jitter_ms: float | None
    measure: Measure
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert was raised, changed its severity, or was cleared."""

    alert: Alert
    seen_at: datetime


Report = StateReport | StatusReport | EventReport | CallReport | AlertReport
