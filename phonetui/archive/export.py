"""Call records and journal entries as text: CSV, JSON Lines, plain lines, a Markdown note for a ticket."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from io import StringIO
from operator import attrgetter

from msgspec import to_builtins

from phonetui.phone.calls.call_record import FIGURES, CallRecord, RecordFigure
from phonetui.phone.clock import instant
from phonetui.phone.journal import JournalEntry
from phonetui.phone.quality.emodel import AS_IF_RANDOM, stream_burst_ratio
from phonetui.phone.quality.voice_report import report_figures
from phonetui.text import spreadsheet_cell

Cell = str | int | float | bool | None


def row(record: CallRecord) -> dict[str, Cell]:
    """One record by `COLUMNS`; figures with two decimals, as in all that the program prints for programs."""
    cells = {name: read(record) for name, read in COLUMNS.items()}
    return {name: round(cell, 2) if isinstance(cell, float) else cell for name, cell in cells.items()}


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _same(*names: str, of: str = "") -> dict[str, Callable[[CallRecord], Cell]]:
    """Columns called as the record's own fields, or as those of its part `of`."""
    return {name: attrgetter(f"{of}.{name}" if of else name) for name in names}


_REPORTED = ("call_id", "loss_pct", "discard_pct", "jitter_ms", "round_trip_ms", "mos_lq", "mos_cq")
"""Of the phone's own voice quality report: its Call-ID, and figures of what the phone heard."""


def _reported(name: str) -> Callable[[CallRecord], Cell]:
    def read(record: CallRecord) -> Cell:
        report = record.report
        cell: Cell = None
        if report is not None:
            cell = getattr(report if name == "call_id" else report.local, name)
        return cell

    return read


COLUMNS: Mapping[str, Callable[[CallRecord], Cell]] = {
    **_same("id", "phone", "model", "version"),
    "line": lambda record: None if record.is_from_report else record.call.line,
    "call": lambda record: None if record.is_from_report else record.call.id,
    **_same("direction", "remote_name", "remote_number", of="call"),
    "began_at": lambda record: instant(record.began_at),
    "answered_at": lambda record: _instant(record.answered_at),
    "seen_at": lambda record: instant(record.seen_at),
    "ended_at": lambda record: _instant(record.ended_at),
    "fate": lambda record: "up" if record.is_up else "lost" if record.is_lost else "ended",
    "talk_s": lambda record: record.talk_s,
    **_same("encoder", "decoder", of="call"),
    "grade": lambda record: record.grade.word,
    **_same("good_s", "fair_s", "poor_s", "critical_s", of="shares"),
    "worst_at": lambda record: instant(record.worst.began_at) if record.worst else None,
    "worst_s": lambda record: record.worst.seconds if record.worst else None,
    "worst_gone_pct": lambda record: record.worst.loss_discard_pct if record.worst else None,
    "worst_loss_pct": lambda record: record.worst.loss_pct if record.worst else None,
    "worst_jitter_ms": lambda record: record.worst.jitter_ms if record.worst else None,
    "worst_mos": lambda record: record.worst.mos if record.worst else None,
    **_same("loss_pct", "discard_pct", "highest_jitter_ms", "highest_round_trip_ms", "mos", "mos_source"),
    **_same("packets_sent", "packets_received", "lost_packets", "discarded_packets", "jitter_ms", of="call"),
    **_same("round_trip_ms", "decode_latency_ms", "burst_ms", "gap_ms", "mos_lq", "mos_cq", "r_factor", of="call"),
    **_same("loss_rate", "discard_rate", of="call"),
    "final": lambda record: record.is_final,
    **_same("cause_code", "cause"),
    "other_phone": lambda record: record.partner[0] if record.partner else None,
    "other_line": lambda record: record.partner[1][0] if record.partner else None,
    "other_call": lambda record: record.partner[1][1] if record.partner else None,
    "only_reported": lambda record: record.is_from_report,
    **{f"vq_{name}": _reported(name) for name in _REPORTED},
}
"""The flat row of CSV and JSON Lines; later releases add names and take none away.

Percent, milliseconds and seconds as the names say, times in UTC, None where nobody said. `loss_rate` and `discard_rate`
are the phone's own words, in a unit that is not published.
"""


def csv_text(records: Iterable[CallRecord]) -> str:
    """Records as CSV with a line of names (RFC 4180). A text that begins like a formula gets an apostrophe."""
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
    return spreadsheet_cell(value)


def _object(record: CallRecord) -> dict[str, object]:
    steps = [{"state": step.state, "phase": step.phase, "at": instant(step.began_at)} for step in record.steps]
    alerts = [
        {
            "alert": alert.id,
            "severity": alert.severity,
            "text": alert.text,
            "raised_at": instant(alert.raised_at),
            "cleared_at": _instant(alert.cleared_at),
        }
        for alert in record.alerts
    ]
    final = [{"name": name, "value": value} for name, value in record.final]
    more = {
        "steps": steps,
        "alerts": alerts,
        "hints": list(record.hints),
        "report": final,
        "voice_reports": [to_builtins(report) for report in record.reports],
    }
    return {"type": "record", **row(record), **more}


def journal_line(entry: JournalEntry, zone: tzinfo | None) -> str:
    """`2026-11-21T04:04:27+01:00 lobby trouble loss 4.1 %`, without a line's end; `zone` None is the operator's own."""
    seen_at = entry.seen_at.astimezone(zone).isoformat(timespec="seconds")
    return " ".join(filter(None, (seen_at, entry.phone, entry.weight, entry.text)))


def plain_text(entries: Iterable[JournalEntry], zone: tzinfo | None) -> str:
    """Journal entries as plain lines, one an entry; times in `zone`, None for the operator's own."""
    return "".join(f"{journal_line(entry, zone)}\n" for entry in entries)


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


_MARKS = re.compile(r"[\\`*_\[\]#|~$]")
_BEGINNING = re.compile(r"^(\s*)(?=[-+])|^(\s*\d+)(?=[.)](?:\s|$))")
"""What makes a list of a line."""
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_LINK = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)")
_DASH = "–"  # noqa: RUF001 - the dash that stands for nothing everywhere


def markdown(record: CallRecord, other: CallRecord | None, zone: tzinfo | None) -> str:
    """`other` is the record of the other end where that is known; times are written in `zone`."""
    blocks = (
        f"## Call of {escape_markdown(record.phone)} with {escape_markdown(_remote(record))}",
        _table(("", ""), _summary(record, zone)),
        "### Quality",
        _grades(record, zone),
        "### Figures",
        _figures(record, other),
        *_list("### Alerts while it was up", (f"{alert.id} {alert.severity}: {alert.text}" for alert in record.alerts)),
        *_list(f"### Where to look{_as_of(record, zone)}", record.hints),
        *_report(record),
    )
    return "\n\n".join(blocks) + "\n"


def escape_markdown(words: str) -> str:
    """Words that show as they are, whatever they are made of: no mark-up, HTML, table cell, link or mention."""
    marked = _BEGINNING.sub(r"\g<0>\\", _MARKS.sub(r"\\\g<0>", words))
    return _LINK.sub("\\\\", "".join(_HTML.get(character, character) for character in marked))


def _remote(record: CallRecord) -> str:
    return " ".join(filter(None, (record.call.remote_name, record.call.remote_number))) or "an unknown party"


def _summary(record: CallRecord, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    model = " ".join(filter(None, (record.model, record.version)))
    line = f", line {record.call.line}" if record.call.line else ""
    yield "phone", f"{record.phone} {model}".rstrip() + line
    yield "direction", {"in": "incoming", "out": "outgoing"}.get(record.call.direction or "", _DASH)
    yield "began", _local_time(record.began_at, zone)
    yield "answered", _local_time(record.answered_at, zone) if record.answered_at else "never"
    if record.ended_at:
        yield "ended", _local_time(record.ended_at, zone)
    elif record.is_up:
        yield "ended", "in progress"
    else:
        yield "ended", f"lost from sight, last seen {_local_time(record.seen_at, zone)}"
    yield "talk", _DASH if record.talk_s is None else f"{record.talk_s:.0f} s"
    yield "codec", f"sent {record.call.encoder or _DASH}, received {record.call.decoder or _DASH}"
    if record.is_from_report:
        yield "known", "by the phone's own voice quality report alone"
    elif record.is_final:
        yield "cause", " ".join(filter(None, (record.cause_code, record.cause))) or _DASH
    else:
        yield "cause", _DASH if record.is_up else "the phone's report of the end was not heard"


def _grades(record: CallRecord, zone: tzinfo | None) -> str:
    shares = record.shares
    if not shares.total_s:
        return "Nothing could be judged."
    parts = (("good", shares.good_s), ("fair", shares.fair_s), ("poor", shares.poor_s), ("critical", shares.critical_s))
    spread = ", ".join(f"{word} {seconds:.0f} s ({100 * seconds / shares.total_s:.0f} %)" for word, seconds in parts)
    words = f"**{record.grade.word}** for most of the {shares.total_s:.0f} s that could be judged: {spread}."
    worst = record.worst
    if worst is None:
        return words
    jitter = f", jitter up to {worst.jitter_ms:.0f} ms" if worst.jitter_ms is not None else ""
    shape = f" ({AS_IF_RANDOM})" if worst.loss_discard_pct and stream_burst_ratio(record.call) is None else ""
    mos = f", MOS {worst.mos:.1f} est{shape}" if worst.mos is not None else ""
    return (
        f"{words} Worst {worst.seconds:.0f} s: {_local_time(worst.began_at, zone)}, "
        f"lost or discarded {worst.loss_discard_pct:.1f} % (lost {worst.loss_pct:.1f} %){jitter}{mos}."
    )


def _figures(record: CallRecord, other: CallRecord | None) -> str:
    ends = (record, other) if other else (record,)
    head = ("", *(f"{end.phone} {way}" for end in ends for way in ("measured", "says")))
    return _table(head, filter(lambda line: any(line[1:]), (_figure(figure, ends) for figure in FIGURES)))


def _figure(figure: RecordFigure, ends: Iterable[CallRecord]) -> tuple[str, ...]:
    return (figure.name, *(side or "" for end in ends for side in figure.sides(end)))


def _report(record: CallRecord) -> Iterator[str]:
    if record.is_final:
        yield "### The phone's report of the end"
        yield _table(("field", "value"), record.final)
    if record.report is not None:
        yield "### The phone's own voice quality report"
        yield _table(("", "heard here", "heard there"), report_figures(record.report))


def _as_of(record: CallRecord, zone: tzinfo | None) -> str:
    """Of a call that is over: when its figures were those of its last moments."""
    return "" if record.is_up else f", as known at {_local_time(record.seen_at, zone)}"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    items = "\n".join(f"- {escape_markdown(line)}" for line in lines)
    if items:
        yield title
        yield items


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, *rows)
    written = [f"| {' | '.join(escape_markdown(cell) for cell in line)} |" for line in lines]
    return "\n".join((written[0], f"|{' --- |' * len(head)}", *written[1:]))


def _local_time(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
