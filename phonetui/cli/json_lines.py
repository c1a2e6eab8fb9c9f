"""What `watch` and `simulate` print: one JSON object a line, ASCII alone, `type` first.

What `watch` writes: lines for a reader that may stall, go away, or have a full disk behind it.
"""

import asyncio
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from phonetui.cli.streams import OutputLost
from phonetui.output_writer import OutputWriter

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


LIMIT = 4 * 1024 * 1024
"""Bytes kept for a reader that is behind: what a hundred phones say in a minute or so."""
LEAVE_S = 1.0
"""For a reader that is behind, at the end."""


class LineOutput:
    """Lines reach the reader in order and whole, or are counted as skipped; whoever writes one never waits."""

    def __init__(self, descriptor: int, ended: asyncio.Event, limit: int = LIMIT) -> None:
        """`ended` is set once nothing can be written any more; `limit` is in bytes."""
        self._writer = OutputWriter(descriptor, limit, failed=self._break, emptied=self._tell_skipped)
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._failure: OSError | None = None
        self._skipped = 0
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            if self._skipped or not self._writer.offer(f"{line}\n".encode()):
                self._skipped += 1

    def close(self) -> None:
        """Waits for what is pending, for `LEAVE_S` at most.

        Raises BrokenPipeError where the reader went away, OutputLost where nothing can be written.
        """
        self._writer.drain(LEAVE_S)
        if isinstance(self._failure, BrokenPipeError):
            raise self._failure
        if self._failure is not None:
            raise OutputLost(self._failure)

    def _break(self, error: OSError) -> None:
        self._failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._ended.set)

    def _tell_skipped(self) -> None:
        """The reader has caught up: everything before the gap was written."""
        with self._lock:
            fields = {"type": "skipped", "lines": self._skipped, "at": instant(datetime.now(UTC))}
            self._writer.offer(f"{compact(fields)}\n".encode())
            self._skipped = 0
