"""A thing worth waking for, as a value: what, on which phone, since when, by what evidence."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from phonetui.phone.state import PhoneId
from phonetui.text import Printable


class AlertId(StrEnum):
    """The contract's ids: `watch` prints them and the configuration mutes by them."""

    LOSS = "loss"
    DISCARD = "discard"
    JITTER = "jitter"
    DELAY = "delay"
    MOS = "mos"
    ONE_WAY_AUDIO = "one-way-audio"
    SILENCE = "silence"
    REGISTRATION = "registration"
    PORT_ERRORS = "port-errors"
    PORT_LINK = "port-link"
    DUPLEX = "duplex"
    REBOOT = "reboot"
    ADMIN_LOGIN = "admin-login"
    CLOCK = "clock"
    FEEDBACK = "feedback"
    MWI = "mwi"
    TUNNEL = "tunnel"
    CERTIFICATE = "certificate"


class Severity(StrEnum):
    """The contract's words, mildest first."""

    INFO = "info"
    FAIR = "fair"
    POOR = "poor"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 … 3, for sorting."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at this moment, whether or not it has held long enough to be an alert."""

    id: AlertId
    subject: str
    """As in `Alert`."""
    severity: Severity
    text: Printable
    """As in `Alert`."""


AlertKey = tuple[PhoneId | None, AlertId, str]
"""Phone, id and subject: one of a kind at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    phone: PhoneId | None
    """None where it isn't one phone's: a tunnel with many behind it."""
    id: AlertId
    subject: str
    """What of the phone: `line 1 call 0`, `port 1`, `line 2`, or empty for the phone itself."""
    severity: Severity
    """The latest."""
    text: Printable
    """What is wrong, by which figures, and where to look: the evidence is in the text."""
    raised_at: datetime
    """Aware UTC."""
    cleared_at: datetime | None = None
    """None while it holds."""
    times: int = 1
    """How often it was raised since the program began."""
    is_muted: bool = False
    """By the configuration or by the operator: kept, counted nowhere, told nowhere."""

    @property
    def key(self) -> AlertKey:
        return (self.phone, self.id, self.subject)

    @property
    def is_active(self) -> bool:
        return self.cleared_at is None


def redated(alert: Alert, by: timedelta) -> Alert:
    """The alert with its times by a wall clock that was set `by` so much since."""
    return replace(alert, raised_at=alert.raised_at + by, cleared_at=alert.cleared_at and alert.cleared_at + by)
