"""A report as JSON: every figure by its name here, moments in UTC, unknown as null."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from phonetui.archive.export import row
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.clock import instant
from phonetui.phone.measure import Grade
from phonetui.report.call_figures import CallFigures, PhoneCalls, TimeColumn
from phonetui.report.fleet_report import FleetReport
from phonetui.report.phone_figures import FleetFigures


def json_report(report: FleetReport) -> str:
    """The report as one indented JSON object in ASCII."""
    written = {
        "type": "report",
        "title": report.title,
        "from": instant(report.began_at),
        "to": instant(report.ended_at),
        "masked": report.is_masked,
        "calls": _calls(report.calls),
        "phones": _phones(report.phones),
        "unknown": report.unknown,
    }
    return f"{json.dumps(_plain(written), indent=2)}\n"


def _calls(calls: CallFigures) -> Mapping[str, object]:
    skipped = {"scores", "columns", "worst", "phones", "shares"}
    counts = {name: getattr(calls, name) for name in calls.__struct_fields__ if name not in skipped}
    return {
        **counts,
        "shares": {name: getattr(calls.shares, name) for name in calls.shares.__struct_fields__},
        "scores": [
            {"from": one.band.low, "words": one.band.words, "at_end": one.at_end, "worst": one.worst}
            for one in calls.scores
        ],
        "columns": [_column(column) for column in calls.columns],
        "worst": [
            {"bad_s": one.bad_s, **_record(one.record), "far_end": _record(one.other) if one.other else None}
            for one in calls.worst
        ],
        "by_phone": {phone: _phone_calls(one) for phone, one in calls.phones.items()},
    }


def _column(column: TimeColumn) -> Mapping[str, object]:
    good, fair, poor, critical = column.counts
    counts = {"good": good, "fair": fair, "poor": poor, "critical": critical, "unjudged": column.unjudged}
    return {"began_at": column.began_at, **counts}


def _record(record: CallRecord) -> dict[str, object]:
    return {**row(record), "hints": list(record.hints)}


def _phone_calls(calls: PhoneCalls) -> Mapping[str, object]:
    seconds = {name: getattr(calls.shares, name) for name in calls.shares.__struct_fields__}
    return {"ends": calls.ends, "bad": calls.bad, **seconds, "worst_mos": calls.worst_mos, "advice": calls.advice}


def _phones(phones: FleetFigures) -> Mapping[str, object]:
    found = {name: getattr(phones, name) for name in phones.__struct_fields__ if name != "troubled"}
    troubled = [
        {
            "phone": one.phone, "place": one.record.place if one.record else None,
            "state": one.record.state if one.record else None, "bad_s": one.bad_s, "alerts": dict(one.alerts),
            "outages": one.outages, "out_s": one.out_s, "is_out": one.is_out,
            "advice": one.calls.advice if one.calls else None,
        }
        for one in phones.troubled
    ]  # fmt: skip
    return {**found, "troubled": troubled}


def _plain(value: Any) -> Any:
    """A value as JSON: moments and numbers as everywhere in the program's output, structures by field."""
    match value:
        case Grade():
            return value.word
        case datetime():
            return instant(value)
        case float():
            return round(value, 2)
        case dict():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _ if hasattr(value, "__struct_fields__"):
            return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    return value
