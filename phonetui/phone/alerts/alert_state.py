"""The book of one phone's alerts: troubles go in, alerts come out raised, changed and cleared, never nervously.

    trouble ──has held raise_s──► raised ──gone for clear_s──► cleared
       │ gone                       │ ▲ worse: at once
       ▼                            ▼ │
    forgotten                     changed   milder: once it has been milder for clear_s

An alert stays for `CALM_S` at least, so none can flap more than once in that time. While a phone is stale nothing is
judged: its alerts stand as they were. Once it is lost (unreachable, refused, asleep, restarting) what it said of itself
is no longer known, and is cleared with these words; it is never passed off as good.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from phonetui.phone.alerts.alert import (
    CALM_S,
    PATIENCE,
    Alert,
    AlertCondition,
    AlertId,
    AlertPolicy,
    Severity,
    Visibility,
    redated,
)
from phonetui.phone.state import PhoneId
from phonetui.text import Printable


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
