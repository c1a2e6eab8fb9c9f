"""JSON Lines as `watch` and `simulate` print them, and output that survives a reader that stalls or goes away."""

import json
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from phonetui.cli.output import OutputLost
from phonetui.phone.clock import instant

if TYPE_CHECKING:
    import asyncio

    from phonetui.monitor import journal

MAX_PENDING_BYTES = 4 * 1024 * 1024
"""Kept for a reader that is behind: what a hundred phones say in a minute or so."""
DRAIN_S = 1.0
"""Time limit for a reader that is behind, at the end."""


def line(report: "journal.Report") -> str:
    """A report of `watch`; names and units are those of the command line's contract."""
    from phonetui.monitor import journal

    fields: dict[str, Any]
    match report:
        case journal.StateReport():
            kind = "phone"
            fields = {"phone": report.phone, "state": str(report.state), "reason": report.reason}
        case journal.StatusReport():
            kind = "status"
            value = {"ghost": True} if report.value is None else {"value": report.value}
            fields = {"phone": report.phone, "path": str(report.path), **value}
        case journal.EventReport():
            kind = "event"
            fields = {"phone": report.phone, "event": report.event.name, "fields": _event_fields(report.event.fields)}
        case journal.CallReport():
            kind = "call"
            fields = _call(report)
        case journal.AlertReport():
            kind = "alert"
            alert = report.alert
            fields = {
                "phone": alert.phone,
                "alert": str(alert.id),
                "subject": alert.subject,
                "severity": str(alert.severity),
                "raised": alert.is_active,
                "text": alert.text,
            }
    return compact({"type": kind, **fields, "at": instant(report.seen_at)})


def compact(fields: Mapping[str, Any]) -> str:
    """One line of ASCII without blanks between its parts: what every `--json` and every line of the program is."""
    return json.dumps(fields, separators=(",", ":"))


def _event_fields(pairs: "tuple[tuple[str, str], ...]") -> dict[str, Any]:
    """A name that comes several times is a list."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: each if len(each) > 1 else each[0] for name, each in values.items()}


def _call(report: "journal.CallReport") -> dict[str, Any]:
    measure = report.measure
    return {
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


def _rounded(figure: float | None) -> float | None:
    """Two decimals: no phone measures finer, and rates computed from counters would have sixteen."""
    return None if figure is None else round(figure, 2)


class NoticeOutput:
    """Standard error for notices: what its reader doesn't take in time is left out, and nobody waits for it."""

    def __init__(self) -> None:
        from phonetui.output_writer import OutputWriter

        self._writer = OutputWriter(
            sys.stderr.fileno(), MAX_PENDING_BYTES, failed=lambda _: None, emptied=lambda: None
        )  # fmt: skip

    def write(self, line: str) -> None:
        self._writer.offer(f"{line}\n".encode(sys.stderr.encoding, "backslashreplace"))


class LineOutput:
    """Lines reach the reader in order and whole, or are counted as skipped; whoever writes one never waits."""

    def __init__(self, descriptor: int, ended: "asyncio.Event", limit: int = MAX_PENDING_BYTES) -> None:
        """`ended` is set once nothing can be written any more; `limit` is in bytes."""
        import asyncio

        from phonetui.output_writer import OutputWriter

        self._writer = OutputWriter(descriptor, limit, failed=self._break, emptied=self._write_skipped)
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
        """Waits for what is pending, for `DRAIN_S` at most.

        Raises BrokenPipeError where the reader went away, OutputLost where nothing can be written.
        """
        self._writer.drain(DRAIN_S)
        if isinstance(self._failure, BrokenPipeError):
            raise self._failure
        if self._failure is not None:
            raise OutputLost(self._failure)

    def _break(self, error: OSError) -> None:
        self._failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._ended.set)

    def _write_skipped(self) -> None:
        """The reader has caught up: everything before the gap was written."""
        with self._lock:
            fields = {"type": "skipped", "lines": self._skipped, "at": instant(datetime.now(UTC))}
            self._writer.offer(f"{compact(fields)}\n".encode())
            self._skipped = 0
