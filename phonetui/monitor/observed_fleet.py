"""All observed phones, with their alerts, pairs, causes and call records; live fleets and replays are made of this.

A live fleet and a replay are made of this: the one over watches, the other over a recording.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from phonetui.fleet.changes import ChangedItems
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.call_history import CallArchiver, RememberedCalls
from phonetui.monitor.firmware_profile import LossRateUnitStore
from phonetui.monitor.fleet_analysis import FleetAnalysis
from phonetui.monitor.journal import EVERYBODY, Journal
from phonetui.monitor.keyframe import Keyframe, PhoneKeyframe, PhoneSetup
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.observations import Observation, ObservationSink
from phonetui.monitor.observed_phone import ObservedPhone, far_packets_sent
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.calls.call_record import CallRecord, annotate
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Phone, PhoneId, TunnelState
from phonetui.xapi.document import EMPTY, Document

if TYPE_CHECKING:
    from phonetui.archive.archive import Archive
    from phonetui.phone.clock import TimeReference
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.state import CallKey
    from phonetui.xapi.path import Path


class ObservedFleet:
    """All observed phones, and what follows from their observations: alerts, pairs, causes, call records."""

    def __init__(
        self,
        journal: Journal,
        thresholds: Thresholds,
        mutes: Sequence[str] = (),
        *,
        numbers: Mapping[PhoneId, Sequence[str]] | None = None,
        units: LossRateUnitStore | None = None,
        archive: "Archive | None" = None,
        keeps_histories: bool = True,
        record: Callable[[Observation], None] | None = None,
    ) -> None:
        """`mutes` and `numbers` are the configuration's; `record` is called with everything that is observed."""
        self.journal = journal
        self.thresholds, self.mutes = thresholds, tuple(mutes)
        self.units = units or LossRateUnitStore(None)
        self.observed: dict[PhoneId, ObservedPhone] = {}
        """Phones in the order in which they are shown."""
        self.setups: dict[PhoneId, PhoneSetup] = {}
        self.analysis = FleetAnalysis(numbers or {}, journal.guard)
        self.alerts = AlertMonitor(journal, thresholds, mutes, self.causes, self.partner)
        self.records = RememberedCalls(archive, is_shown=keeps_histories)
        self.archiver = CallArchiver(self.records, journal, self.observed, self._with_notes)
        self.tunnels: tuple[TunnelState, ...] = ()
        self.has_waiting_reports = False
        """Whether some phone's own report waits for its call."""
        self._keeps_histories = keeps_histories
        self._record = record
        self._snapshot: tuple[int, Mapping[PhoneId, Phone]] = (-1, {})
        self._changes: ChangedItems[PhoneId, Phone] = ChangedItems()
        """Finds the phones that changed since the last assessment of alerts."""

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """The phones by id; the same mapping as long as nothing changed."""
        revision = self.journal.revision
        if self._snapshot[0] != revision:
            phones = {phone: observed.knowledge.phone for phone, observed in self.observed.items()}
            self._snapshot = (revision, MappingProxyType(phones))
        return self._snapshot[1]

    def knowledge(self, setup: PhoneSetup) -> Knowledge:
        """The knowledge of a phone of which only the configuration says something yet."""
        phone = setup.initial.id
        self.setups[phone] = setup
        return Knowledge(
            setup.initial,
            self.thresholds,
            loss_rate_units=self.units,
            loss_rate_scale=LossRateUnit(setup.loss_rate_scale) if setup.loss_rate_scale else None,
            mos_divisor=setup.mos_divisor,
            far_sent=lambda call: far_packets_sent(self.analysis, self.observed, (phone, call)),
            keeps_histories=self._keeps_histories,
        )

    def join(self, observed: ObservedPhone) -> None:
        """Adds a phone."""
        self.observed[observed.log.phone] = observed

    def leave(self, phone: PhoneId) -> None:
        """Removes a phone: its calls are lost from sight, and stay in the history."""
        self.archiver.leave(self.observed.pop(phone))
        self.setups.pop(phone, None)
        self.alerts.forget(phone)
        self.analysis.forget(phone)
        self.journal.touch()

    def compare(self, at: float, seen_at: datetime) -> None:
        """What follows from facts and time: alerts, both ends of calls, causes."""
        for _ in self.comparing(at, seen_at):
            pass

    def comparing(self, at: float, seen_at: datetime) -> Iterator[None]:
        """As `compare`, for the phones as they are when it begins; yields where others may go on meanwhile."""
        self.journal.guard.run(EVERYBODY, "the jump hosts", self.alerts.update_tunnels, self.tunnels, at, seen_at)
        phones = self.phones
        changed = self._changes.look(phones)
        is_any_due = at >= self.alerts.due_at
        for phone in tuple(phones) if is_any_due else changed:
            if phone in self.observed and self.alerts.is_due(phones[phone], at):
                log = self.observed[phone].log
                log.run_guarded("its alerts", self.alerts.update, phones[phone], at, seen_at)
                yield
        if is_any_due:
            self.alerts.find_due()
        waiting = [each for each in self.observed.values() if each.tracker.has_waiting_reports]
        self.has_waiting_reports = bool(waiting)
        for observed in waiting:
            observed.log.run_guarded("its voice quality reports", observed.settle_voice_reports, at)
        if self.journal.guard.run(EVERYBODY, "comparing phones", self.analysis.update, phones, at):
            self.journal.touch()

    def partner(self, phone: PhoneId, call: "CallKey") -> Partner | Ambiguous | None:
        return self.analysis.partner((phone, call))

    def causes(self, phone: PhoneId, call: "CallKey") -> "Sequence[Diagnosis]":
        return self.analysis.causes((phone, call))

    def histories(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        """The series of a phone's calls by line and call id; empty for an unknown phone."""
        observed = self.observed.get(phone)
        return observed.knowledge.histories if observed else {}

    def port_histories(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        """The series of a phone's ports by index; empty for an unknown phone."""
        observed = self.observed.get(phone)
        return observed.knowledge.port_histories if observed else {}

    def document(self, phone: PhoneId) -> Document:
        """The phone's status tree as far as it was read; empty for an unknown phone."""
        observed = self.observed.get(phone)
        return observed.knowledge.document if observed else EMPTY

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        """Monotonic seconds at which each leaf changed last; empty for an unknown phone."""
        observed = self.observed.get(phone)
        return observed.knowledge.changed_at if observed else {}

    def record_keyframe(
        self, sink: ObservationSink, at: float, seen_at: datetime, clock: "TimeReference | None"
    ) -> None:
        """Right after `compare`: everything that is known, where it is due and the comparison is of this moment."""
        if sink.wants_keyframe(at) and self.analysis.has_compared(self.phones, at):
            sink.take_keyframe(self.keyframe(at, seen_at, clock, sink.keyframe_at))

    def keyframe(self, at: float, seen_at: datetime, clock: "TimeReference | None", figures_after: float) -> Keyframe:
        """All that is known; values are frozen, so this copies next to nothing.

        Figures over time are those after monotonic second `figures_after`.
        """
        phones = {
            phone: PhoneKeyframe(
                self.setups[phone],
                observed.knowledge.document,
                dict(observed.knowledge.changed_at),
                observed.knowledge.state(),
                observed.tracker.joinable(at),
            )
            for phone, observed in self.observed.items()
        }
        records = {
            record.id: known
            for each in phones.values()
            for record in each.tracker.records
            if (known := self.records.known(record.id)) is not None
        }
        return Keyframe(
            at, seen_at, self.thresholds, self.mutes, phones, tuple(records.values()), self.alerts.state(),
            self.analysis.state(), self.units.verdicts(), self.units.ballots(), self.tunnels, clock,
            {phone: each.knowledge.figures_after(figures_after) for phone, each in self.observed.items()},
        )  # fmt: skip

    def restore(self, keyframe: Keyframe, observed: Callable[[PhoneId, Knowledge], ObservedPhone]) -> None:
        """Goes on from a keyframe; `observed` makes a phone of what is known of it."""
        for phone, kept in keyframe.phones.items():
            knowledge = self.knowledge(kept.setup)
            knowledge.restore(kept.document, kept.changed_at, kept.state)
            restored = observed(phone, knowledge)
            restored.tracker = kept.tracker
            self.join(restored)
        self.tunnels = keyframe.tunnels
        self.units.restore(keyframe.units, keyframe.ballots)
        self.records.restore(keyframe.records, {phone: kept.tracker for phone, kept in keyframe.phones.items()})
        phones = {phone: observed.knowledge.phone for phone, observed in self.observed.items()}
        if keyframe.alerts is not None:
            self.alerts.restore(keyframe.alerts)
        if keyframe.analysis is not None:
            self.analysis.restore(keyframe.analysis)
        self._snapshot = (self.journal.revision, MappingProxyType(phones))

    def _with_notes(self, record: CallRecord) -> CallRecord:
        """A call's record with what only comparing phones shows."""
        partner = self.partner(record.phone, record.key)
        found = partner if isinstance(partner, Partner) else None
        return annotate(record, self.alerts.alerts_of(record.phone), self.causes(record.phone, record.key), found)
