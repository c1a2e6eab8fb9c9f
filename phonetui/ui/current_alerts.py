"""Alerts with the severity of this moment: an alert about a call's figures is as severe as its grade now.

An alert calms down some seconds after its call does, so that one that goes up and down fills no journal, and becomes
graver a quarter of a second later, when phones are next compared. On a screen it would contradict the grade beside it
for as long. So what screens show follows the grade, and the alert's own words say how bad it was (`loss up to 12.7 %,
eased since`). Journal, notices and `watch` have the alert itself.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import is_

from msgspec.structs import replace

from phonetui.phone.alerts.alert import FIGURES, Alert, Severity, call_subject
from phonetui.phone.measure import Grade, Measure, Metric
from phonetui.phone.state import Phone, PhoneId

EASED = Severity.INFO
"""Of figures that are good again, until their alert is cleared: by itself no alert of figures is so mild."""
_SEVERITIES = {
    Grade.GOOD: EASED, Grade.FAIR: Severity.FAIR, Grade.POOR: Severity.POOR, Grade.CRITICAL: Severity.CRITICAL,
}  # fmt: skip


class CurrentAlerts:
    def __init__(self) -> None:
        self._shown: Sequence[Alert] = ()

    def of(self, alerts: Sequence[Alert], phones: Mapping[PhoneId, Phone]) -> Sequence[Alert]:
        """`alerts`, worst first, in the order of their states now; the same object as long as that is the same."""
        now = [_now(alert, phones) for alert in alerts]
        if all(map(is_, now, alerts)):
            self._shown = alerts
            return alerts
        now.sort(key=_urgency)
        if len(now) != len(self._shown) or not all(map(is_, now, self._shown)):
            self._shown = tuple(now)
        return self._shown


def _urgency(alert: Alert) -> tuple[bool, bool, int, float]:
    """Those that hold first, and muted ones after the others; those that were cleared stay in their order."""
    if not alert.is_active:
        return (True, False, 0, 0.0)
    return (False, alert.is_muted, -alert.severity.rank, -alert.raised_at.timestamp())


def is_eased(alert: Alert) -> bool:
    """Whether the figures that it is about are good again."""
    return alert.is_active and alert.id in FIGURES and alert.severity is EASED


def _now(alert: Alert, phones: Mapping[PhoneId, Phone]) -> Alert:
    phone = phones.get(alert.phone) if alert.phone is not None else None
    if phone is None or not alert.is_active or alert.id not in FIGURES:
        return alert
    measure = next((one for one in phone.measures if call_subject(one.key) == alert.subject), None)
    severity = _severity(alert.subject, phone) if measure is None else _severity_of(measure, alert.severity)
    return alert if severity in (None, alert.severity) else _as_severe(alert, severity)


def _severity_of(measure: Measure, raised: Severity) -> Severity | None:
    """Of a call that is up, by its grade; graver than `raised` only by figures, which are what the alert is about."""
    severity = _SEVERITIES.get(measure.grade)
    if severity is None or severity.rank <= raised.rank:
        return severity
    figures = (judged.grade for judged in measure.settled if judged.metric is not Metric.STALL)
    worst = _SEVERITIES.get(max(figures, default=Grade.UNKNOWN), raised)
    return max(raised, worst, key=lambda each: each.rank)


def _severity(subject: str, phone: Phone) -> Severity | None:
    """Of a call whose figures came at its end, or that is not known: None unless it is over."""
    known = (*phone.calls, *(report.call for report in phone.reported_calls))
    is_over = phone.is_current and not any(call_subject(call.key) == subject for call in known)
    return EASED if is_over else None


@lru_cache(maxsize=1000)  # the same object for as long as it is as severe
def _as_severe(alert: Alert, severity: Severity) -> Alert:
    return replace(alert, severity=severity)
