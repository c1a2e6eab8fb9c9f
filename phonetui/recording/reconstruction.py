"""Makes a fleet from recorded observations, with the code that makes the live fleet."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from phonetui.monitor.journal import MOST_ENTRIES, Journal, PhoneLog, Report
from phonetui.monitor.observations import (
    AlertMuted,
    CallsResumed,
    EntryWritten,
    FleetCompared,
    MarkSet,
    Observation,
    ObservationSink,
    OfPhone,
    PhoneAdded,
    PhoneRemoved,
    TunnelsChanged,
)
from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.monitor.observed_phone import ObservedPhone
from phonetui.monitor.watches import MachineTime
from phonetui.phone.journal import EntryKind, JournalEntry

if TYPE_CHECKING:
    from phonetui.monitor.keyframe import Keyframe
    from phonetui.monitor.knowledge import Knowledge
    from phonetui.phone.quality.grading import Thresholds
    from phonetui.phone.state import PhoneId

DERIVED = frozenset({EntryKind.ALERT, EntryKind.EVENT})
"""Entries of the journal that follow from other observations; every other one is recorded, and taken from there."""


class ReplayJournal(Journal):
    def write(self, entry: JournalEntry, *, instead_of: Collection[JournalEntry] = ()) -> None:
        if entry.kind in DERIVED:
            super().write(entry, instead_of=instead_of)

    def write_recorded(self, entry: JournalEntry) -> None:
        super().write(entry)

    def restore(self, entries: Iterable[JournalEntry], version: int) -> None:
        self._entries = deque(entries, maxlen=MOST_ENTRIES)
        self.version = version


class Reconstruction:
    """Takes observations one after another; what it takes and what follows goes to `sink`, where there is one."""

    def __init__(
        self,
        thresholds: "Thresholds",
        mutes: Iterable[str] = (),
        *,
        numbers: "dict[PhoneId, tuple[str, ...]] | None" = None,
        report: Callable[[Report], None] | None = None,
    ) -> None:
        """`report` is called with what `watch` prints."""
        self._report = report
        self._sink: ObservationSink | None = None
        self.journal = ReplayJournal(self._send, self._record_entry)
        self.fleet = ObservedFleet(self.journal, thresholds, tuple(mutes), numbers=numbers)
        self.clock = MachineTime(self.journal, self.fleet.alerts, {})

    @classmethod
    def of(cls, keyframe: "Keyframe", report: Callable[[Report], None] | None = None) -> "Reconstruction":
        """As it was at a keyframe."""
        numbers = {phone: each.setup.numbers for phone, each in keyframe.phones.items()}
        made = cls(keyframe.thresholds, keyframe.mutes, numbers=numbers, report=report)
        made.fleet.restore(keyframe, made._observed)
        made.clock.before = keyframe.clock
        return made

    def copy_to(self, sink: ObservationSink) -> None:
        self._sink = sink
        self.fleet.records.changed = sink.take_record

    def take(self, observation: Observation) -> None:
        if self._sink is not None:
            self._sink.take(observation)
        if isinstance(observation, FleetCompared):
            self._compare(observation)
        elif isinstance(observation, OfPhone):
            observed = self.fleet.observed.get(observation.phone)
            if observed is not None:
                if isinstance(observation, CallsResumed):
                    self.fleet.records.add(observation.records)
                observed.log.run_guarded("what was recorded of it", observed.take, observation)
                self.journal.touch()
        else:
            self._take_of_fleet(observation)

    def _compare(self, look: FleetCompared) -> None:
        self.clock.update(*look)
        self.fleet.compare(*look)
        self.fleet.archiver.take_records()
        if self._sink is not None:
            self.fleet.record_keyframe(self._sink, *look, self.clock.before)

    def _take_of_fleet(self, observation: Observation) -> None:
        match observation:
            case EntryWritten(entry, _):
                self.journal.write_recorded(entry)
            case PhoneAdded(setup):
                phone = setup.initial.id
                if phone not in self.fleet.observed:
                    self.fleet.join(self._observed(phone, self.fleet.knowledge(setup)))
                    self.fleet.analysis.give_numbers(phone, setup.numbers)
            case PhoneRemoved(phone):
                if phone in self.fleet.observed:
                    self.fleet.leave(phone)
            case TunnelsChanged(tunnels):
                self.fleet.tunnels = tunnels
            case AlertMuted(alert, is_muted):
                self.fleet.alerts.mute(alert, muted=is_muted)
            case MarkSet():
                self.journal.touch()

    def _observed(self, phone: "PhoneId", knowledge: "Knowledge") -> ObservedPhone:
        return ObservedPhone(PhoneLog(phone, self.journal), knowledge)

    def _send(self, report: Report) -> None:
        if self._report is not None:
            self._report(report)
        if self._sink is not None:
            self._sink.take_report(report)

    def _record_entry(self, entry: JournalEntry, taken_back: tuple[JournalEntry, ...]) -> None:
        """One that was recorded is passed on already."""
        if self._sink is not None and entry.kind in DERIVED:
            self._sink.take(EntryWritten(entry, taken_back))
