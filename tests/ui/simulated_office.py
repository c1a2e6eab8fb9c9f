"""A simulated office behind the screen, without sockets and clocks: each step reads what is due, as a fleet would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from phonetui.monitor.journal import Journal, PhoneLog
from phonetui.monitor.keyframe import PhoneSetup
from phonetui.monitor.observations import ReadingScope
from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.monitor.observed_phone import ObservedPhone
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import CallKey, Connection, Phone, PhoneId, State
from phonetui.simulator.call import CallPlan
from phonetui.simulator.tree import TreeEvent
from phonetui.text import printable
from phonetui.xapi.document import Document, Event
from phonetui.xapi.path import ROOT
from tests.simulator.offices import Watched
from tests.simulator.offices import opened as open_office
from tests.ui.office import AT, NOW, FakeFleet

POLL_S = 2.0
EVERYTHING = ReadingScope.PORTS | ReadingScope.CALLS | ReadingScope.TRACKED


@dataclass
class SimulatedFleet(FakeFleet):
    """Phones of an office, each read every two seconds, one after the other."""

    watched: Watched = field(default_factory=open_office)
    at: float = 0.0
    """Seconds since the office opened."""

    def __post_init__(self) -> None:
        self.journal = Journal()
        devices = self.watched.office.devices
        numbers = {PhoneId(device.name): tuple(map(printable, device.extensions)) for device in devices}
        self.observed = ObservedFleet(self.journal, DEFAULT, numbers=numbers)
        self._due: dict[PhoneId, float] = {}
        self._heard = 0
        for place, device in enumerate(devices):
            id_ = PhoneId(device.name)
            blank = Phone(id=id_, name=printable(device.name), address=printable("192.0.2.21"))
            knowledge = self.observed.knowledge(PhoneSetup(blank, numbers[id_]))
            self.observed.join(ObservedPhone(PhoneLog(id_, self.journal), knowledge))
            self._due[id_] = POLL_S * place / len(devices)
        self.advance(0.5)

    def call(self, plan: CallPlan) -> None:
        """The first two phones call each other."""
        caller, callee = self.watched.office.devices[:2]
        self.watched.office.call(caller, callee, plan, self.at)
        self.watched.office.flush()

    def advance(self, seconds: float) -> None:
        """In steps of a quarter of a second, as the program looks at its phones."""
        for _ in range(round(seconds / 0.25)):
            self.at += 0.25
            self._step()
        self.phones = dict(self.observed.phones)
        self.entries, self.alerts = self.journal.entries, self.observed.alerts.alerts
        self.hints = tuple(self.observed.analysis.hints)
        self.records = tuple(self.observed.records.newest_first)
        self.version = self.journal.version

    def _step(self) -> None:
        office = self.watched.office
        office.advance(self.at)
        office.flush()
        now, seen_at = AT + self.at, NOW + timedelta(seconds=self.at)
        for name, notice in self.watched.notices[self._heard :]:
            if isinstance(notice, TreeEvent):
                fields = tuple((printable(key), printable(value)) for key, value in notice.fields)
                self.observed.observed[PhoneId(name)].take_event(
                    Event(printable(notice.name), fields, now), now, seen_at
                )
        self._heard = len(self.watched.notices)
        for device in office.devices:
            id_ = PhoneId(device.name)
            if self.at >= self._due[id_]:
                self._due[id_] += POLL_S
                phone = self.observed.observed[id_]
                read = Document({path: printable(value) for path, value in device.tree.leaves.items()})
                phone.take_leaves(phone.knowledge.differences(read, ROOT, now), now, seen_at, EVERYTHING)
                phone.connect(
                    Connection(State.LIVE, seen_at=seen_at, fresh_at=now, interval_s=POLL_S), now, seen_at
                )  # fmt: skip
        self.observed.compare(now, seen_at)
        self.observed.archiver.take_records()

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]:
        return self.observed.histories(phone)

    def port_history(self, phone: PhoneId) -> Mapping[int, PortHistory]:
        return self.observed.port_histories(phone)

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        return self.observed.partner(phone, call)

    def causes(self, phone: PhoneId, call: CallKey) -> Sequence[Diagnosis]:  # type: ignore[override]  # as the protocol has it
        return self.observed.causes(phone, call)
