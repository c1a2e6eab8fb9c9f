"""What `watch` and `simulate` print: one JSON object a line, ASCII alone, `type` first."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phonetui.monitor.phone_log import AlertReport, CallReport, EventReport, Report, StateReport, StatusReport


def line(report: "Report") -> str:
    from phonetui.monitor.phone_log import AlertReport, CallReport, EventReport, StateReport, StatusReport

    match report:
        case StateReport():
            return _state(report)
        case StatusReport():
            return _status(report)
        case EventReport():
            return _event(report)
        case CallReport():
            return _call(report)
        case AlertReport():
            return _alert(report)


def compact(fields: Mapping[str, Any]) -> str:
    """One line of ASCII without blanks between its parts: what every `--json` and every line of the program is."""
    return json.dumps(fields, separators=(",", ":"))


def instant(seen_at: datetime) -> str:
    """`2026-11-21T12:00:00.123Z`"""
    return f"{seen_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _state(report: "StateReport") -> str:
    fields = {"phone": report.phone, "state": str(report.state), "reason": report.reason}
    return _object("phone", fields, report.seen_at)


def _status(report: "StatusReport") -> str:
    fields: dict[str, Any] = {"phone": report.phone, "path": str(report.path)}
    fields |= {"ghost": True} if report.value is None else {"value": report.value}
    return _object("status", fields, report.seen_at)


def _event(report: "EventReport") -> str:
    found: dict[str, Any] = {}
    for name, value in report.event.fields:
        if name in found:  # a list: every value counts
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return _object("event", {"phone": report.phone, "event": report.event.name, "fields": found}, report.seen_at)


def _call(report: "CallReport") -> str:
    measure = report.measure
    fields = {
        "phone": report.phone,
        "line": measure.line,
        "call": measure.call,
        "state": report.state,
        "loss_pct": _rounded(measure.loss_pct),
        "jitter_ms": _rounded(report.jitter_ms),
        "mos": _rounded(measure.mos),
        "mos_source": measure.mos_source,
        "grade": measure.grade.word,
    }
    return _object("call", fields, report.seen_at)


def _alert(report: "AlertReport") -> str:
    alert = report.alert
    fields = {
        "phone": alert.phone,
        "alert": str(alert.id),
        "subject": alert.subject,
        "severity": str(alert.severity),
        "raised": alert.is_active,
        "text": alert.text,
    }
    return _object("alert", fields, report.seen_at)


def _rounded(figure: float | None) -> float | None:
    """Two decimals: no phone measures finer, and rates computed from counters would have sixteen."""
    return None if figure is None else round(figure, 2)


def _object(kind: str, fields: Mapping[str, Any], seen_at: datetime) -> str:
    return compact({"type": kind, **fields, "at": instant(seen_at)})
