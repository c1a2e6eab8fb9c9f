"""Records for other programs, as text: CSV that no spreadsheet takes for formulae, and JSON Lines.

The journal for other programs and for tickets, as text: a line an entry, and JSON Lines.
"""

import csv
import json
import re
from collections.abc import Iterable
from datetime import tzinfo
from io import StringIO

from phonetui.archive.records import COLUMNS, Cell, instant, row
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import JournalEntry

_FORMULA = re.compile("(?:^|(?<=;))(?= *[-=+@\t\r\n＝＋－＠])")  # noqa: RUF001 - full width counts in some locales
"""Where spreadsheets begin to compute (OWASP, "CSV Injection"). Where decimals have a comma, a semicolon begins a cell,
in quotes or not."""


def csv_text(records: Iterable[CallRecord]) -> str:
    """With a line of names; quoting and line ends of RFC 4180. A formula's beginning gets an apostrophe."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row(record).values()] for record in records)
    return out.getvalue()


def json_lines(records: Iterable[CallRecord]) -> str:
    """An object a line, ASCII alone; beside the columns what a flat row cannot hold."""
    return "".join(f"{json.dumps(_object(record), separators=(',', ':'))}\n" for record in records)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    return _FORMULA.sub("'", value)


def _object(record: CallRecord) -> dict[str, object]:
    steps = [{"state": step.state, "phase": step.phase, "at": instant(step.began_at)} for step in record.steps]
    alerts = [
        {
            "alert": alert.id,
            "severity": alert.severity,
            "text": alert.text,
            "raised_at": instant(alert.raised_at),
            "cleared_at": instant(alert.cleared_at),
        }
        for alert in record.alerts
    ]
    final = [{"name": name, "value": value} for name, value in record.final]
    more = {"steps": steps, "alerts": alerts, "hints": list(record.hints), "report": final}
    return {"type": "record", **row(record), **more}


def line(entry: JournalEntry, zone: tzinfo | None) -> str:
    """`2026-11-21T04:04:27+01:00 lobby trouble loss 4.1 %`, without a line's end; `zone` None is the operator's own."""
    seen_at = entry.seen_at.astimezone(zone).isoformat(timespec="seconds")
    return " ".join(filter(None, (seen_at, entry.phone, entry.weight, entry.text)))


def plain_text(entries: Iterable[JournalEntry], zone: tzinfo | None) -> str:
    return "".join(f"{line(entry, zone)}\n" for entry in entries)


def journal_json_lines(entries: Iterable[JournalEntry]) -> str:
    """An object a line, ASCII alone, times in UTC; `phone` is empty where the entry is of none."""
    return "".join(f"{json.dumps(_entry_object(entry), separators=(',', ':'))}\n" for entry in entries)


def _entry_object(entry: JournalEntry) -> dict[str, str | None]:
    return {
        "type": "entry",
        "seen_at": instant(entry.seen_at),
        "phone": entry.phone,
        "kind": entry.kind,
        "weight": entry.weight,
        "text": entry.text,
    }
