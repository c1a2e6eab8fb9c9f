"""A thing worth waking for, as a value: what, on which phone, since when, by what evidence.

How long a trouble must hold before it is told, and be gone before it is forgotten: one row an alert id.

Which alerts are muted: by the configuration for good, by the operator for this run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType

from phonetui.phone.state import PhoneId, State
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
class AlertCondition:
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


CALM_S = 10.0
"""The shortest life of an alert."""
FACT_S = 600.0
"""How long something that happened once is worth an operator's eye."""


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """How an alert comes and goes."""

    raise_s: float = 0.0
    """How long its trouble must have held."""
    clear_s: float = CALM_S
    """How long its trouble must have been gone."""
    needs_sight: bool = True
    """Whether it rests on what the phone says, so that it ends when the phone is lost."""
    is_journalled: bool = True
    """Whether it is written into the journal; what watches the thing itself may do that already."""
    is_fact: bool = False
    """Whether it happened once: that it is past goes without saying."""


_FACT = AlertPolicy(clear_s=FACT_S, needs_sight=False, is_fact=True)
PATIENCE: Mapping[AlertId, AlertPolicy] = {
    AlertId.LOSS: AlertPolicy(),  # figures of calls have been judged with hysteresis already
    AlertId.DISCARD: AlertPolicy(),
    AlertId.JITTER: AlertPolicy(),
    AlertId.DELAY: AlertPolicy(),
    AlertId.MOS: AlertPolicy(),
    AlertId.ONE_WAY_AUDIO: AlertPolicy(),
    AlertId.SILENCE: AlertPolicy(raise_s=2.0),
    AlertId.REGISTRATION: AlertPolicy(raise_s=2.0, clear_s=30.0),  # one that comes and goes is one trouble
    AlertId.PORT_ERRORS: AlertPolicy(clear_s=60.0),
    AlertId.PORT_LINK: _FACT,
    AlertId.DUPLEX: AlertPolicy(clear_s=60.0),  # its evidence comes and goes with the counters
    AlertId.REBOOT: _FACT,
    AlertId.ADMIN_LOGIN: _FACT,
    AlertId.CLOCK: AlertPolicy(raise_s=5.0, clear_s=60.0),
    AlertId.FEEDBACK: AlertPolicy(raise_s=30.0, needs_sight=False),  # what stopped is often started again at once
    AlertId.MWI: AlertPolicy(raise_s=30.0),  # light and mailbox are read one after the other
    AlertId.TUNNEL: AlertPolicy(needs_sight=False, is_journalled=False),
    AlertId.CERTIFICATE: AlertPolicy(needs_sight=False),
}


class Visibility(Enum):
    """Whether troubles that rest on a phone's word can be told."""

    CLEAR = "clear"
    DIM = "dim"
    """The phone is late: it may be as it was."""
    LOST = "lost"


def sight(state: State) -> Visibility:
    if state is State.LIVE:
        return Visibility.CLEAR
    return Visibility.DIM if state in (State.STALE, State.CONNECTING) else Visibility.LOST


_EVERY_PHONE = "*"
_IDS = frozenset(AlertId)


@dataclass(frozen=True, slots=True)
class Mutes:
    entries: tuple[str, ...] = ()
    """`PHONE`, `PHONE:ALERT` or `*:ALERT`, as the configuration has them."""
    chosen: Mapping[AlertKey, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What the operator said of single alerts; it goes before the configuration."""

    def choosing(self, key: AlertKey, *, muted: bool) -> "Mutes":
        return replace(self, chosen=MappingProxyType({**self.chosen, key: muted}))

    def marked(self, alert: Alert) -> Alert:
        """The alert with what is to be made of it."""
        muted = self.mutes(alert.key)
        return alert if alert.is_muted is muted else replace(alert, is_muted=muted)

    def mutes(self, key: AlertKey) -> bool:
        if key in self.chosen:
            return self.chosen[key]
        phone, alert, _ = key
        return any(_covers(entry, phone or "", alert) for entry in self.entries)


def _covers(entry: str, phone: str, alert: AlertId) -> bool:
    """A phone may be named by its URL, whose port is no alert."""
    named, _, ending = entry.rpartition(":")
    if ending in _IDS:
        return ending == alert and named in (_EVERY_PHONE, phone)
    return entry == phone
