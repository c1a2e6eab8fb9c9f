"""Journal entries and reports of a site's phones as messages of the event stream, and back.

entry    a line of the journal that is no event of a phone's
event    an event in the phone's own words
alert    an alert that was raised, changed, or was cleared
call     a call that is over
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.errors import ProtocolError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.connection import NatsConnection
from phonetui.monitor.journal import AlertReport, EventReport, Report
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import EntryKind, JournalEntry
from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from phonetui.fleet.protocol import Fleet

MOST_WAITING = 10_000
"""Messages that wait for the server to come back; then the oldest are left out, and counted."""
MOST_CALLS = 1000
"""Calls whose end was sent, so that none is sent twice."""
_log = logging.getLogger(__name__)


class EventOutbox:
    """Events to be sent, in the order in which they happened."""

    def __init__(self, fleet: "Fleet", site: str, notice: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._site = site
        self._notice = notice
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._left_out = 0
        self._entries: Sequence[JournalEntry] = ()
        self._records: object = None
        self._ended: deque[tuple[str, int]] = deque(maxlen=MOST_CALLS)
        """Calls that were sent, each with how many reports the phone had sent of it: they may come after the end."""
        self._began_at = datetime.now(UTC)
        """Calls that were over before were sent by an earlier run."""

    def take_report(self, report: Report) -> None:
        """Takes a report from the fleet."""
        match report:
            case EventReport(phone=phone):
                self._add(phone, "event", replace(report, event=replace(report.event, at=0.0)))
            case AlertReport(alert=alert) if alert.phone is not None:
                self._add(alert.phone, "alert", report)

    def take_audit(self, line: str) -> None:
        """Takes a line of the collector's audit log, once it is written."""
        self._put(subjects.audit_subject(self._site), line.encode())

    def collect(self) -> None:
        """Collects journal entries and ends of calls since the last time."""
        entries = self._fleet.entries
        if entries is not self._entries:
            known = {id(entry) for entry in self._entries}
            for entry in entries:
                if id(entry) not in known and entry.kind is not EntryKind.EVENT:
                    self._add(entry.phone, "entry", entry)
            self._entries = entries
        records = self._fleet.records
        if records is not self._records:
            self._records = records
            for record in records[:MOST_CALLS]:
                sent = (record.id, len(record.reports))
                if record.ended_at is not None and record.ended_at > self._began_at and sent not in self._ended:
                    self._ended.append(sent)
                    self._add(record.phone, "call", record)

    async def send(self, connection: NatsConnection) -> None:
        """What waits, as long as the server takes it. Raises PhonetuiError; what was not taken goes on waiting."""
        if self._left_out:
            self._notice(f"{self._left_out} events were left out: the NATS server was away for too long")
            self._left_out = 0
        while self._waiting:
            subject, data = self._waiting[0]
            await connection.publish(subject, data)
            self._waiting.popleft()

    def _add(self, phone: PhoneId, kind: str, value: object) -> None:
        try:
            self._put(subjects.event_subject(self._site, phone, kind), wire.encode(value))
        except TypeError:
            _log.exception("%s: %s cannot be sent", phone, kind)

    def _put(self, subject: str, data: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._left_out += 1
        self._waiting.append((subject, data))


KINDS: dict[str, type] = {
    "entry": JournalEntry, "event": EventReport, "alert": AlertReport, "call": CallRecord,
}  # fmt: skip


def happened(subject: str, data: bytes) -> JournalEntry | EventReport | AlertReport | CallRecord:
    """Reads a message of the event stream. Raises ProtocolError."""
    kind = KINDS.get(subject.rpartition(".")[2])
    if kind is None:
        raise ProtocolError("an event of a kind that this release doesn't know")
    found: JournalEntry | EventReport | AlertReport | CallRecord = wire.decode(data, kind)
    return found
