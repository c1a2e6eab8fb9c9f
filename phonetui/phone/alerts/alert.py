"""Alerts as values, their policies (a row for each alert id), mutes, and the alert book of one phone.

    condition ──has held raise_s──► raised ──gone for clear_s──► cleared
       │ gone                       │ ▲ worse: at once
       ▼                            ▼ │
    forgotten                     changed   milder: once it has been milder for clear_s, CALM_S at least

An alert stays for `CALM_S` at least, so none can flap more than once in that time. While a phone is stale nothing is
judged: its alerts stand as they were. Once it is lost (unreachable, refused, asleep, restarting) what it said of itself
is no longer known, and is cleared with these words; it is never passed off as good.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from math import inf
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.measure import Moment
from phonetui.phone.state import CallKey, PhoneId, State, call_words
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
        """0 (mildest) … 3, for sorting."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class AlertCondition(Struct, frozen=True):
    """What is wrong at this moment, whether or not it has held long enough to be an alert; fields as in `Alert`."""

    id: AlertId
    subject: str
    severity: Severity
    text: Printable


def call_subject(call: CallKey) -> str:
    """The subject of an alert about a call: `line 1 call 0`."""
    return f"line {call[0]} call {call[1]}"


_CALL_SUBJECT = re.compile(r"line (\d+) call (\d+)", re.ASCII)


def subject_words(subject: str) -> str:
    """A subject for people: `L1` for a call, every other as it is."""
    match = _CALL_SUBJECT.fullmatch(subject)
    return call_words(*match.groups()) if match else subject


FIGURES = (AlertId.LOSS, AlertId.DISCARD, AlertId.JITTER, AlertId.DELAY, AlertId.MOS)
"""Of a call's figures, causes before effects: those that are bad together are one alert, of the first."""


def kind(id_: AlertId) -> AlertId:
    """The id that stands for all alerts of which one holds at a time for a subject: a call's figures share one."""
    return FIGURES[0] if id_ in FIGURES else id_


def _first_cause(before: AlertId, now: AlertId) -> AlertId:
    """Once a cause was found, what follows from it doesn't take its place."""
    return min(before, now, key=FIGURES.index) if before in FIGURES else now


AlertKey = tuple[PhoneId | None, AlertId, str]
"""Phone, kind and subject: one of a kind at a time."""


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with a phone, from when it is raised until it is cleared."""

    phone: PhoneId | None = None
    """None where it isn't one phone's: a tunnel with many behind it."""
    id: AlertId
    subject: str
    """What of the phone: `line 1 call 0`, `port 1`, `line 2`, or empty for the phone itself."""
    severity: Severity
    """The latest."""
    text: Printable
    """What is wrong, by which figures, and where to look: the evidence is in the text."""
    raised_at: Moment
    """Aware UTC."""
    cleared_at: Moment | None = None
    """None while it holds."""
    times: int = 1
    """How often it was raised: in its call, else since the program began."""
    ends: int = 1
    """Of the call, at which it holds: 2 where both are monitored phones and both are in trouble."""
    is_second_end: bool = False
    """Whether it is of a call that is counted by the alert of the other end already."""
    is_muted: bool = False
    """By the configuration or by the operator: kept, but neither counted nor announced."""

    @property
    def key(self) -> AlertKey:
        return (self.phone, kind(self.id), self.subject)

    @property
    def about(self) -> str:
        """The subject for people: `L1` for a call."""
        return subject_words(self.subject)

    @property
    def is_active(self) -> bool:
        return self.cleared_at is None


def shift_times(alert: Alert, by: timedelta) -> Alert:
    """The alert with its times by a wall clock that was set `by` so much since."""
    return replace(alert, raised_at=alert.raised_at + by, cleared_at=alert.cleared_at and alert.cleared_at + by)


CALM_S = 10.0
"""The shortest life of an alert."""
FACT_S = 600.0
"""How long something that happened once is worth an operator's eye."""


class AlertPolicy(Struct, frozen=True):
    """How an alert of one id comes and goes: seconds for which its condition must have held, and been gone."""

    raise_s: float = 0.0
    clear_s: float = CALM_S
    needs_phone: bool = True
    """Whether it rests on what the phone says, so that it ends when the phone is lost."""
    is_journalled: bool = True
    """Whether it is written into the journal; what watches the thing itself may do that already."""
    is_fact: bool = False
    """Whether it happened once: that it is past goes without saying."""


_FACT = AlertPolicy(clear_s=FACT_S, needs_phone=False, is_fact=True)
POLICIES: Mapping[AlertId, AlertPolicy] = dict.fromkeys(AlertId, AlertPolicy()) | {
    **dict.fromkeys(FIGURES, AlertPolicy(clear_s=3.0)),  # those of ten seconds are good only once all of them were
    AlertId.SILENCE: AlertPolicy(raise_s=2.0),  # the figures of calls have been judged with hysteresis already
    AlertId.REGISTRATION: AlertPolicy(raise_s=2.0, clear_s=30.0),  # one that comes and goes is one alert
    AlertId.PORT_ERRORS: AlertPolicy(clear_s=60.0),
    AlertId.DUPLEX: AlertPolicy(clear_s=60.0),  # its evidence comes and goes with the counters
    **dict.fromkeys((AlertId.PORT_LINK, AlertId.REBOOT, AlertId.ADMIN_LOGIN), _FACT),
    AlertId.CLOCK: AlertPolicy(raise_s=5.0, clear_s=60.0),
    AlertId.FEEDBACK: AlertPolicy(raise_s=30.0, needs_phone=False),  # what stopped is often started again at once
    AlertId.MWI: AlertPolicy(raise_s=30.0),  # light and mailbox are read one after the other
    AlertId.TUNNEL: AlertPolicy(needs_phone=False, is_journalled=False),
    AlertId.CERTIFICATE: AlertPolicy(needs_phone=False),
}


class Visibility(Enum):
    """Whether conditions that rest on a phone's word can be known."""

    CLEAR = "clear"
    DIM = "dim"
    """The phone is late: it may be as it was."""
    LOST = "lost"


def visibility(state: State) -> Visibility:
    """How much of a phone can be known in this connection state."""
    if state is State.LIVE:
        return Visibility.CLEAR
    return Visibility.DIM if state in (State.STALE, State.CONNECTING) else Visibility.LOST


_EVERY_PHONE = "*"
_IDS = frozenset(AlertId)


class Mutes(Struct, frozen=True):
    """Which alerts are muted: by the configuration for good, by the operator for this run."""

    entries: tuple[str, ...] = ()
    """`PHONE`, `PHONE:ALERT` or `*:ALERT`, as the configuration has them."""
    chosen: Mapping[AlertKey, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What the operator said of single alerts; it goes before the configuration."""

    def choose(self, key: AlertKey, *, muted: bool) -> "Mutes":
        """The operator's choice for one alert, which counts before the configuration's entries."""
        return replace(self, chosen=MappingProxyType({**self.chosen, key: muted}))

    def mark(self, alert: Alert) -> Alert:
        """The alert, muted or not."""
        muted = self.mutes(alert)
        return alert if alert.is_muted is muted else replace(alert, is_muted=muted)

    def mutes(self, alert: Alert) -> bool:
        """Whether the alert is muted: by the operator's choice, else by an entry of the configuration."""
        chosen = self.chosen.get(alert.key)
        if chosen is not None:
            return chosen
        return any(_covers(entry, alert.phone or "", alert.id) for entry in self.entries)


def _covers(entry: str, phone: str, alert: AlertId) -> bool:
    """A phone may be named by its URL, whose port is no alert."""
    named, _, ending = entry.rpartition(":")
    return ending == alert and named in (_EVERY_PHONE, phone) if ending in _IDS else entry == phone


class PendingAlert(Struct, frozen=True):
    """One condition on its way to be an alert, or one that is; times are monotonic seconds."""

    condition: AlertCondition
    """As last seen."""
    since: float
    """When it was first seen."""
    is_present: bool = True
    """Whether it was there at the latest look; it stays so until another look finds otherwise."""
    gone: float = 0.0
    """When it was found gone, or could last have been there."""
    alert: Alert | None = None
    """None until it is raised."""
    raised: float = 0.0
    milder_since: float | None = None
    """Since when it has been milder than the alert says."""
    milder: Severity = Severity.INFO
    """The worst that it has been since then: what the alert becomes, once that has lasted."""

    @property
    def policy(self) -> AlertPolicy:
        return POLICIES[self.condition.id]

    @property
    def clears_at(self) -> float:
        return max(self.gone + self.policy.clear_s, self.raised + CALM_S)

    @property
    def due(self) -> float:
        """When time alone may change something."""
        if self.alert is None:
            return self.since + self.policy.raise_s
        if not self.is_present:
            return self.clears_at
        return inf if self.milder_since is None else self.milder_since + self._milder_s

    @property
    def _milder_s(self) -> float:
        return max(self.policy.clear_s, CALM_S)

    def after_look(self, condition: AlertCondition | None, at: float, visibility: Visibility) -> "PendingAlert | None":
        """The alert after a look that found `condition`, or (None) found it gone; None where nothing is left."""
        if condition is not None:
            return self._found_again(condition, at)
        if self.alert is None:
            return None
        if self.policy.needs_phone and visibility is Visibility.LOST:
            return replace(self, is_present=False, gone=at - self.policy.clear_s)
        if self.is_present or (self.policy.needs_phone and visibility is Visibility.DIM):
            return replace(self, is_present=False, gone=at)
        return self

    def _found_again(self, condition: AlertCondition, at: float) -> "PendingAlert":
        again = replace(self, condition=condition, is_present=True)
        if self.alert is None or condition.severity.rank >= self.alert.severity.rank:
            return replace(again, milder_since=None)
        if self.milder_since is None:
            return replace(again, milder_since=at, milder=condition.severity)
        return replace(again, milder=max(self.milder, condition.severity, key=lambda severity: severity.rank))

    def advance(
        self, phone: PhoneId | None, at: float, seen_at: datetime, ending: "Ending"
    ) -> "tuple[PendingAlert | None, Alert | None]":
        """What is left of it at monotonic second `at` (None for nothing), and the alert that is news, if one is."""
        found, alert = self.condition, self.alert
        if alert is None:
            if at - self.since < self.policy.raise_s:
                return self, None
            alert = Alert(
                phone=phone, id=found.id, subject=found.subject, severity=found.severity, text=found.text,
                raised_at=seen_at,
            )  # fmt: skip
            return replace(self, alert=alert, raised=at), alert
        if not self.is_present and at >= self.clears_at:
            return None, replace(alert, cleared_at=seen_at, text=ending(alert))
        severity = found.severity
        if self.milder_since is not None:
            has_lasted = self.is_present and at - self.milder_since >= self._milder_s
            severity = self.milder if has_lasted else alert.severity
        cause = _first_cause(alert.id, found.id)
        if (severity, cause, found.text) == (alert.severity, alert.id, alert.text):
            return self, None
        changed = replace(alert, id=cause, severity=severity, text=found.text)
        if severity is alert.severity and cause is alert.id:
            return replace(self, alert=changed), None
        return replace(self, alert=changed, milder_since=None), changed


Ending = Callable[[Alert], Printable]
"""How an alert ended, in words."""


class AlertBook(Struct, frozen=True):
    """All conditions and alerts of one phone, or (`phone` is None) those that are no single phone's."""

    phone: PhoneId | None
    pending: tuple[PendingAlert, ...] = ()

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts that hold."""
        return tuple(known.alert for known in self.pending if known.alert is not None)

    @property
    def due(self) -> float:
        """When time alone may change something."""
        return min((known.due for known in self.pending), default=inf)

    def resume(self, at: float) -> "AlertBook":
        """The book after a time in which nobody looked: what was seen before it has not held on, as far as is known."""
        pending = tuple(replace(known, since=at) if known.alert is None else known for known in self.pending)
        return replace(self, pending=pending)

    def shift_times(self, by: timedelta) -> "AlertBook":
        """The book with its times by a wall clock that was set `by` so much."""
        pending = tuple(replace(known, alert=known.alert and shift_times(known.alert, by)) for known in self.pending)
        return replace(self, pending=pending)

    def end_subjects(
        self, subjects: Collection[str], seen_at: datetime, ending: Ending
    ) -> tuple["AlertBook", tuple[Alert, ...]]:
        """The book without what is about these, which are over, and the alerts that are cleared by that."""
        gone = [known.alert for known in self.pending if known.condition.subject in subjects]
        pending = tuple(known for known in self.pending if known.condition.subject not in subjects)
        cleared = [replace(alert, cleared_at=seen_at, text=ending(alert)) for alert in gone if alert is not None]
        return AlertBook(self.phone, pending), tuple(cleared)

    def take(
        self,
        conditions: Iterable[AlertCondition],
        at: float,
        seen_at: datetime,
        *,
        ending: Ending,
        visibility: Visibility = Visibility.CLEAR,
    ) -> tuple["AlertBook", tuple[Alert, ...]]:
        """The book after a look at monotonic second `at`, and the alerts that were raised, changed or cleared by it.

        `seen_at` is the same moment, aware UTC. Of two conditions of one kind and subject the worse counts.
        """
        now = _worst(conditions)
        before = {(kind(known.condition.id), known.condition.subject): known for known in self.pending}
        changes: list[Alert] = []
        kept = []
        for key in {**before, **now}:
            known, found = before.get(key), now.get(key)
            seen = known.after_look(found, at, visibility) if known else PendingAlert(now[key], at)
            if seen is not None:
                after, change = seen.advance(self.phone, at, seen_at, ending)
                changes += [change] if change is not None else []
                kept += [after] if after is not None else []
        return AlertBook(self.phone, tuple(kept)), tuple(changes)


def _worst(conditions: Iterable[AlertCondition]) -> dict[tuple[AlertId, str], AlertCondition]:
    worst: dict[tuple[AlertId, str], AlertCondition] = {}
    for condition in conditions:
        key = (kind(condition.id), condition.subject)
        known = worst.get(key)
        if known is None or condition.severity.rank > known.severity.rank:
            worst[key] = condition
    return worst
