"""What the monitor tells whoever follows along headless, one value for each thing that happened.

Where one phone's news is written down: reports for programs, journal lines for people, and the version counter.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from phonetui.errors import PhonetuiError
from phonetui.monitor.guard import Guard
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.journal import EntryKind, JournalEntry, Weight, event_words
from phonetui.phone.measure import Measure
from phonetui.phone.state import Call, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path


@dataclass(frozen=True, slots=True)
class StateReport:
    phone: PhoneId
    state: State
    reason: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class StatusReport:
    phone: PhoneId
    path: Path
    value: Printable | None
    """None is a ghost."""
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class EventReport:
    phone: PhoneId
    event: Event
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CallReport:
    """One reading of a live call."""

    phone: PhoneId
    state: Printable | None
    jitter_ms: float | None
    measure: Measure
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert was raised, changed its severity, or was cleared."""

    alert: Alert
    seen_at: datetime


Report = StateReport | StatusReport | EventReport | CallReport | AlertReport


JOURNAL = 5000
"""Lines kept: a day of a busy office, some 2 MB."""
CHARACTERS = 1_000
"""Of a line; an event may say more, and `watch` has all of it."""
ONCE = 50
"""Lines of a phone that are told once each."""

_WEIGHTS = {
    State.LIVE: Weight.GOOD,
    State.STALE: Weight.WARNING,
    State.UNREACHABLE: Weight.TROUBLE,
    State.REFUSED: Weight.TROUBLE,
    State.NOT_XAPI: Weight.TROUBLE,
    State.REBOOTING: Weight.WARNING,
}
_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class Journal:
    """Shared by all phones: the journal and a number that moves whenever something visible changed."""

    def __init__(self, report: Callable[[Report], None] | None = None) -> None:
        self.version = 0
        self.guard = Guard(self.write)
        self._entries: deque[JournalEntry] = deque(maxlen=JOURNAL)
        self._report = report
        self._drawn: tuple[int, tuple[JournalEntry, ...]] = (0, ())

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """Oldest first; the same tuple as long as nothing changed."""
        if self._drawn[0] != self.version:
            self._drawn = (self.version, tuple(self._entries))
        return self._drawn[1]

    def write(self, entry: JournalEntry) -> None:
        if len(entry.text) > CHARACTERS:
            entry = replace(entry, text=Printable(f"{entry.text[:CHARACTERS]} …"))
        self._entries.append(entry)
        self.version += 1

    def tell(self, report: Report) -> None:
        if self._report is not None:
            self._report(report)


class PhoneLog:
    """One phone's place at the ledger."""

    def __init__(self, phone: PhoneId, ledger: Journal) -> None:
        self.phone = phone
        self._ledger = ledger
        self._noted: set[str] = set()
        self._failing = ""
        self._is_hushed = False

    def note(
        self, words: str, weight: Weight = Weight.INFO, *, kind: EntryKind = EntryKind.NOTE, once: bool = False
    ) -> None:
        """`once`: not again in this run, and no more than ONCE of that kind: a phone may word each one differently."""
        if once:
            if words in self._noted or len(self._noted) >= ONCE:
                return
            self._noted.add(words)
        _log.info("%s: %s", self.phone, words)
        self._ledger.write(JournalEntry(datetime.now(UTC), self.phone, printable(words), weight, kind))

    def answered(self) -> None:
        self._failing = ""

    def failed(self, error: PhonetuiError, failures: int) -> None:
        """The first failure is told, repeats whisper in the log, and so does one that several phones share."""
        if error.message != self._failing and not error.is_shared:
            self._failing = error.message
            self.note(str(error), Weight.WARNING if failures == 1 else Weight.TROUBLE)
        else:
            _log.debug("%s: %s (%d in a row)", self.phone, error, failures)
        self._ledger.version += 1

    def state(self, state: State, reason: str, *, is_shared: bool = False) -> None:
        """`is_shared`: what it comes from was told once for several phones, and its end will be.

        A phone that is still live after one failure was told by that failure already.
        """
        self._ledger.version += 1
        self._ledger.tell(StateReport(self.phone, state, reason, datetime.now(UTC)))
        if is_shared or state is State.CONNECTING:
            self._is_hushed |= is_shared
            return
        was_hushed, self._is_hushed = self._is_hushed, False
        if state is not State.LIVE or not (was_hushed or reason):
            self.note(f"{state}{f' ({reason})' if reason else ''}", _WEIGHTS.get(state, Weight.INFO))

    def changed(self, changes: Iterable[Update]) -> None:
        seen_at = datetime.now(UTC)
        for change in changes:
            self._ledger.version += 1
            self._ledger.tell(StatusReport(self.phone, change.path, change.value, seen_at))

    def guarded(self, part: str, work: Callable[..., _Result], *arguments: object) -> _Result | None:
        """Runs what is about this phone where a fault would end what is about others; see `Guard.run`."""
        return self._ledger.guard.run(self.phone, part, work, *arguments)

    def happened(self, event: Event) -> None:
        seen_at = datetime.now(UTC)
        self._ledger.tell(EventReport(self.phone, event, seen_at))
        self._ledger.write(
            JournalEntry(seen_at, self.phone, event_words(event), kind=EntryKind.EVENT, fields=event.fields)
        )

    def measured(self, calls: Iterable[tuple[Call, Measure]]) -> None:
        seen_at = datetime.now(UTC)
        for call, measure in calls:
            self._ledger.version += 1
            self._ledger.tell(CallReport(self.phone, call.state, call.jitter_ms, measure, seen_at))
