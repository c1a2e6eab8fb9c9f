"""A thing worth waking for, as a value: what, on which phone, since when, by what evidence.

How long a trouble must hold before it is told, and be gone before it is forgotten: one row an alert id.

Which alerts are muted: by the configuration for good, by the operator for this run.

The book of one phone's alerts: troubles go in, alerts come out raised, changed and cleared, never nervously.

    trouble ──has held raise_s──► raised ──gone for clear_s──► cleared
       │ gone                       │ ▲ worse: at once
       ▼                            ▼ │
    forgotten                     changed   milder: once it has been milder for clear_s

An alert stays for `CALM_S` at least, so none can flap more than once in that time. While a phone is stale nothing is
judged: its alerts stand as they were. Once it is lost (unreachable, refused, asleep, restarting) what it said of itself
is no longer known, and is cleared with these words; it is never passed off as good.
"""

from collections.abc import Callable, Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class PendingAlert:
    """One trouble on its way to be an alert, or one that is."""

    trouble: AlertCondition
    """As last seen."""
    since: float
    """When it was first seen; monotonic seconds, as all times here."""
    is_there: bool = True
    """Whether it was there at the latest look; it stays so until another look finds otherwise."""
    gone: float = 0.0
    """When it was found gone, or could last have been there."""
    alert: Alert | None = None
    """None until it is raised."""
    raised: float = 0.0
    milder_since: float | None = None
    """Since when it has been milder than was told."""
    milder: Severity = Severity.INFO
    """The worst that it has been since then: what it may be told as, once that has lasted."""

    @property
    def patience(self) -> AlertPolicy:
        return PATIENCE[self.trouble.id]

    @property
    def clears_at(self) -> float:
        return max(self.gone + self.patience.clear_s, self.raised + CALM_S)


Ending = Callable[[Alert], Printable]
"""How an alert ended, in words."""


@dataclass(frozen=True, slots=True)
class AlertBook:
    """What stands against one phone, or against none in particular (None)."""

    phone: PhoneId | None
    standing: tuple[PendingAlert, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Those that hold."""
        return tuple(standing.alert for standing in self.standing if standing.alert is not None)

    @property
    def due(self) -> float:
        """When time alone may change something."""
        return min((_due(standing) for standing in self.standing), default=float("inf"))

    def resumed(self, at: float) -> "AlertBook":
        """After a time in which nobody looked: what was seen before it has not held on, as far as is known."""
        standing = tuple(replace(known, since=at) if known.alert is None else known for known in self.standing)
        return replace(self, standing=standing)

    def redated(self, by: timedelta) -> "AlertBook":
        """By a wall clock that was set `by` so much."""
        standing = tuple(replace(known, alert=known.alert and redated(known.alert, by)) for known in self.standing)
        return replace(self, standing=standing)

    def take(
        self,
        troubles: Iterable[AlertCondition],
        at: float,
        seen_at: datetime,
        *,
        ending: Ending,
        eyes: Visibility = Visibility.CLEAR,
    ) -> tuple["AlertBook", tuple[Alert, ...]]:
        """The book after a look at monotonic second `at`, and the alerts that were raised, changed or cleared by it.

        `seen_at` is the same moment, aware UTC. Of two troubles with one id and subject the worse counts.
        """
        now = _worst(troubles)
        standing = {(known.trouble.id, known.trouble.subject): known for known in self.standing}
        for key in {**standing, **now}:
            standing_after = _seen(standing.get(key), now.get(key), at, eyes)
            if standing_after is None:
                standing.pop(key, None)
            else:
                standing[key] = standing_after
        changes: list[Alert] = []
        kept = []
        for known in standing.values():
            after, change = _moved(known, self.phone, at, seen_at, ending)
            changes += [change] if change is not None else []
            kept += [after] if after is not None else []
        return AlertBook(self.phone, tuple(kept)), tuple(changes)


def _worst(troubles: Iterable[AlertCondition]) -> dict[tuple[AlertId, str], AlertCondition]:
    worst: dict[tuple[AlertId, str], AlertCondition] = {}
    for trouble in troubles:
        known = worst.get((trouble.id, trouble.subject))
        if known is None or trouble.severity.rank > known.severity.rank:
            worst[trouble.id, trouble.subject] = trouble
    return worst


def _seen(
    known: PendingAlert | None, trouble: AlertCondition | None, at: float, eyes: Visibility
) -> PendingAlert | None:
    """What stands after a look; None where nothing does."""
    if trouble is not None:
        return PendingAlert(trouble, at) if known is None else _again(known, trouble, at)
    if known is None or known.alert is None:
        return None
    if known.patience.needs_sight and eyes is Visibility.LOST:
        return replace(known, is_there=False, gone=at - known.patience.clear_s)
    if known.is_there or (known.patience.needs_sight and eyes is Visibility.DIM):
        return replace(known, is_there=False, gone=at)
    return known


def _again(known: PendingAlert, trouble: AlertCondition, at: float) -> PendingAlert:
    again = replace(known, trouble=trouble, is_there=True)
    if known.alert is None or trouble.severity.rank >= known.alert.severity.rank:
        return replace(again, milder_since=None)
    if known.milder_since is None:
        return replace(again, milder_since=at, milder=trouble.severity)
    return replace(again, milder=max(known.milder, trouble.severity, key=lambda severity: severity.rank))


def _moved(
    known: PendingAlert, phone: PhoneId | None, at: float, seen_at: datetime, ending: Ending
) -> tuple[PendingAlert | None, Alert | None]:
    """What is left of a standing trouble once time has had its say, and the alert that is news."""
    trouble, alert = known.trouble, known.alert
    if alert is None:
        if at - known.since < known.patience.raise_s:
            return known, None
        alert = Alert(
            phone=phone, id=trouble.id, subject=trouble.subject, severity=trouble.severity, text=trouble.text,
            raised_at=seen_at,
        )  # fmt: skip
        return replace(known, alert=alert, raised=at), alert
    if not known.is_there and at >= known.clears_at:
        return None, replace(alert, cleared_at=seen_at, text=ending(alert))
    severity = _severity(known, alert.severity, at)
    if severity is alert.severity and trouble.text == alert.text:
        return known, None
    told = replace(alert, severity=severity, text=trouble.text)
    after = replace(known, alert=told, milder_since=known.milder_since if severity is alert.severity else None)
    return after, told if severity is not alert.severity else None


def _severity(known: PendingAlert, told: Severity, at: float) -> Severity:
    if known.milder_since is None:
        return known.trouble.severity
    has_lasted = known.is_there and at - known.milder_since >= known.patience.clear_s
    return known.milder if has_lasted else told


def _due(known: PendingAlert) -> float:
    if known.alert is None:
        return known.since + known.patience.raise_s
    if not known.is_there:
        return known.clears_at
    return float("inf") if known.milder_since is None else known.milder_since + known.patience.clear_s
