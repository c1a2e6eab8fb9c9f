"""The journal of all phones, and the same events as reports for programs that follow along.

A phone writes through its `PhoneLog`. `Guard` runs one phone's part of what is done for all phones (states, alerts,
pairing, claims, records, pushes): an exception that left it would end the watching of all, so it is caught and written
down once.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import PhonetuiError
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.journal import STATE, EntryKind, JournalEntry, Weight, event_words
from phonetui.phone.measure import SCORE_SOURCES, Measure
from phonetui.phone.state import Call, CallKey, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path

EVERYBODY = PhoneId("phonetui")
"""Stands in the journal where a phone's name would, for a part that is no single phone's."""
MOST_FAULTS = 200
"""Different faults of our own that are recorded in a run; each phone's next reading might bring another."""
MOST_ENTRIES = 5000
"""The most entries kept: a day of a busy office, some 2 MB."""
FEW_ENTRIES = 200
"""Where nobody looks at the journal."""
LONGEST_ENTRY = 1_000
"""Characters; an event may say more, and `watch` has all of it."""
MOST_NOTED = 50
"""Lines of a phone that are written once each."""

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


class Guard:
    """Runs the parts of each phone so that a fault of one ends no other, and reports each fault once."""

    def __init__(self, write: Callable[[JournalEntry], None]) -> None:
        """`write` takes the journal's line about a fault."""
        self._write = write
        self._known_faults: set[tuple[PhoneId, str, str]] = set()

    def run(self, phone: PhoneId, part: str, work: Callable[..., _Result], *arguments: object) -> _Result | None:
        """What `work` gives; None after a fault in it. `part` is the work in a few words: `its alerts`.

        The log has the first of each kind with its traceback. Cancelling passes through.
        """
        try:
            return work(*arguments)
        except Exception as error:  # noqa: BLE001 - what it can be is not known: one phone must not end the others
            self.note_fault(phone, part, error)
            return None

    def note_fault(self, phone: PhoneId, part: str, error: Exception) -> None:
        """Writes a fault of our own down, with its traceback in the log, where it is the first of its kind."""
        kind = (phone, part, type(error).__name__)
        if kind in self._known_faults or len(self._known_faults) >= MOST_FAULTS:
            return
        self._known_faults.add(kind)
        _log.error("%s: fault in the program, in %s", phone, part, exc_info=error)
        words = f"fault in phonetui, in {part}: {type(error).__name__}; the log has the rest, all else goes on"
        self._write(JournalEntry(datetime.now(UTC), phone, printable(words), Weight.WARNING))


class StateReport(Struct, frozen=True):
    """A phone's connection came into another state."""

    phone: PhoneId
    state: State
    reason: str
    seen_at: datetime


class StatusReport(Struct, frozen=True):
    """A leaf of a phone's status tree changed."""

    phone: PhoneId
    path: Path
    value: Printable | None
    """None is a ghost."""
    seen_at: datetime


class EventReport(Struct, frozen=True):
    """A phone pushed an event."""

    phone: PhoneId
    event: Event
    seen_at: datetime


class CallReport(Struct, frozen=True):
    """One reading of a live call."""

    phone: PhoneId
    state: Printable | None
    jitter_ms: float | None
    measure: Measure
    seen_at: datetime


class AlertReport(Struct, frozen=True):
    """An alert was raised, changed its severity, or was cleared."""

    alert: Alert
    seen_at: datetime


Report = StateReport | StatusReport | EventReport | CallReport | AlertReport


def both(first: Callable[[Report], None] | None, second: Callable[[Report], None]) -> Callable[[Report], None]:
    """Sends what happens to the first, where there is one, and to the second."""

    def report(what: Report) -> None:
        if first is not None:
            first(what)
        second(what)

    return report


class Journal:
    """Shared by all phones: the journal and a number that moves whenever something visible changed."""

    def __init__(
        self,
        report: Callable[[Report], None] | None = None,
        record: Callable[[JournalEntry, tuple[JournalEntry, ...]], None] | None = None,
        most: int = MOST_ENTRIES,
    ) -> None:
        """`report` is called with everything that happens, `record` with every entry and those that it replaces.

        Of more than `most` entries the oldest are forgotten.
        """
        self._version = 0
        self._unseen = 0
        """Changes that no screen shows at once."""
        self._waiting: list[Callable[[], None]] = []
        """Called when the version moves next."""
        self._record = record
        self.guard = Guard(self.write)
        self._entries: deque[JournalEntry] = deque(maxlen=most)
        self._report = report
        self.is_followed = report is not None
        """Whether some program follows along, leaf by leaf."""
        self._snapshot: tuple[JournalEntry, ...] | None = None

    @property
    def version(self) -> int:
        """Moves whenever something visible changed."""
        return self._version

    @version.setter
    def version(self, version: int) -> None:
        has_moved, self._version = version != self._version, version
        if has_moved and self._waiting:
            waiting, self._waiting = self._waiting, []
            for changed in waiting:
                changed()

    @property
    def revision(self) -> int:
        """Moves whenever anything changed, to be seen or not."""
        return self._version + self._unseen

    def on_next_change(self, changed: Callable[[], None]) -> None:
        """As `NotifyingFleet.on_next_change`; `changed` is called once, however often it was handed in."""
        if changed not in self._waiting:
            self._waiting.append(changed)

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """Oldest first; the same tuple as long as nothing changed."""
        if self._snapshot is None:
            self._snapshot = tuple(self._entries)
        return self._snapshot

    def write(self, entry: JournalEntry, *, instead_of: Collection[JournalEntry] = ()) -> None:
        """Appends an entry; those it is `instead_of` are taken out where they are still there."""
        if len(entry.text) > LONGEST_ENTRY:
            entry = replace(entry, text=Printable(f"{entry.text[:LONGEST_ENTRY]} …"))
        for taken_back in instead_of:
            with suppress(ValueError):
                self._entries.remove(taken_back)
        self._entries.append(entry)
        self._snapshot = None
        self.version += 1
        if self._record is not None:
            self._record(entry, tuple(instead_of))

    def note(
        self,
        who: PhoneId,
        words: str,
        weight: Weight = Weight.INFO,
        kind: EntryKind = EntryKind.NOTE,
        topic: str = "",
    ) -> None:
        """A line in words, also in the log; `who` is a phone, or stands where its name would."""
        _log.info("%s: %s", who, words)
        self.write(JournalEntry(datetime.now(UTC), who, printable(words), weight, kind, topic=topic))

    def touch(self, *, is_visible: bool = True) -> None:
        """Something changed; what is not visible is the moment of an answer, which screens show as an age, in steps."""
        if is_visible:
            self.version += 1
        else:
            self._unseen += 1

    def send(self, report: Report) -> None:
        """Sends a report to the program that follows along, if there is one."""
        if self._report is not None:
            self._report(report)


class PhoneLog:
    """Writes what happens to one phone into the journal of all."""

    def __init__(self, phone: PhoneId, journal: Journal) -> None:
        self.phone = phone
        self._journal = journal
        self._noted: set[str] = set()
        self._failing = ""
        self._is_hushed = False
        self._score_sources: dict[CallKey, str] = {}
        """The source of the opinion score, for calls that can be graded."""

    def note(
        self,
        words: str,
        weight: Weight = Weight.INFO,
        *,
        kind: EntryKind = EntryKind.NOTE,
        topic: str = "",
        once: bool = False,
    ) -> None:
        """`once`: not again in this run, and at most MOST_NOTED such lines: a phone may word each one differently."""
        if once:
            if words in self._noted or len(self._noted) >= MOST_NOTED:
                return
            self._noted.add(words)
        self._journal.note(self.phone, words, weight, kind, topic)

    def note_answer(self) -> None:
        """Notes that the phone answered: a failure after that is news again."""
        self._failing = ""

    def note_failure(self, error: PhonetuiError, failures: int) -> None:
        """The first failure is recorded; repeats, and one that several phones share, are for the log alone."""
        if error.message != self._failing and not error.is_shared:
            self._failing = error.message
            self.note(str(error), Weight.WARNING if failures == 1 else Weight.TROUBLE, topic=STATE)
        else:
            _log.debug("%s: %s (%d in a row)", self.phone, error, failures)
        self._journal.version += 1

    def note_state(self, state: State, reason: str, seen_at: datetime, *, is_shared: bool = False) -> None:
        """`is_shared`: its cause is recorded once for several phones, and so will its end be.

        Nothing is written of a phone that is still live after one failure: that failure was.
        """
        self._journal.version += 1
        self._journal.send(StateReport(self.phone, state, reason, seen_at))
        if is_shared or state is State.CONNECTING:
            self._is_hushed |= is_shared
            return
        was_hushed, self._is_hushed = self._is_hushed, False
        if state is not State.LIVE or not (was_hushed or reason):
            words = f"{state}{f' ({reason})' if reason else ''}"
            self.note(words, _WEIGHTS.get(state, Weight.INFO), topic=STATE)

    def note_changes(self, changes: Iterable[Update], seen_at: datetime) -> None:
        """Reports changed leaves to those who follow along."""
        changes = tuple(changes)
        self._journal.version += len(changes)
        for change in changes if self._journal.is_followed else ():
            self._journal.send(StatusReport(self.phone, change.path, change.value, seen_at))

    def run_guarded(self, part: str, work: Callable[..., _Result], *arguments: object) -> _Result | None:
        """Runs what is about this phone where a fault would end what is about others; see `Guard.run`."""
        return self._journal.guard.run(self.phone, part, work, *arguments)

    def note_fault(self, part: str, error: Exception) -> None:
        """A fault of our own in what is about this phone; see `Guard.note_fault`."""
        self._journal.guard.note_fault(self.phone, part, error)

    def note_event(self, event: Event, seen_at: datetime) -> None:
        """Reports an event, and writes it into the journal."""
        self._journal.send(EventReport(self.phone, event, seen_at))
        self._journal.write(
            JournalEntry(
                seen_at, self.phone, event_words(event), kind=EntryKind.EVENT, event=event.name, fields=event.fields
            )
        )

    def note_measures(self, calls: Iterable[tuple[Call, Measure]], seen_at: datetime) -> None:
        """Reports the measures of calls to those who follow along."""
        sources = {}
        for call, measure in calls:
            self._journal.version += 1
            self._journal.send(CallReport(self.phone, call.state, call.jitter_ms, measure, seen_at))
            if measure.mos_source and measure.grade.is_verdict:
                sources[call.key] = measure.mos_source
                before = self._score_sources.get(call.key, measure.mos_source)
                if before != measure.mos_source:
                    was, now = SCORE_SOURCES[before], SCORE_SOURCES[measure.mos_source]
                    self.note(f"L{call.line}: MOS is {now} from now on, no longer {was}")
            elif call.key in self._score_sources:
                sources[call.key] = self._score_sources[call.key]
        self._score_sources = sources
