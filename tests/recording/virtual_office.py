"""A simulated office without sockets or waiting: hours of what a live fleet would observe of it, as observations.

Phones are read as `monitor.schedule` has them read, calls at the call pace and all else at the idle one; answers take
some milliseconds, and what comes with an event is pushed. A `Reconstruction` takes all that in, a recorder behind it.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from msgspec.structs import replace

from phonetui.monitor.keyframe import PhoneSetup
from phonetui.monitor.observations import (
    ConnectionChanged,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    Observation,
    PhoneAdded,
    ReadingScope,
    SightLost,
)
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.recording.reconstruction import Reconstruction
from phonetui.recording.recorder import Recorder
from phonetui.simulator import scenario
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.office import Office
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.tree import Notice, PhoneCondition, TreeChange, TreeEvent
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path

BEGAN = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
LOOK_S = 0.25
CALL_S, IDLE_S = 2.0, 10.0
_BOOTED_S = 5_000.0
"""How long the machine had been up when it began."""
_WHOLE = ReadingScope.PORTS | ReadingScope.CALLS


class _WatchedPhone:
    """What of a phone was not read yet, and when it is read next, in seconds since it began."""

    def __init__(self, device: SimulatedDevice, rng: random.Random) -> None:
        self.device = device
        self.id = PhoneId(f"sim-{device.number}")
        self.presentation = Presentation(device)
        self.changes: dict[Path, Update] = {}
        self.whole_at, self.calls_at = rng.uniform(0, IDLE_S), 0.0
        self.answered_at: float | None = None
        self.connection = Connection()

    @property
    def setup(self) -> PhoneSetup:
        phone = Phone(id=self.id, name=Printable(self.id), address=Printable(f"192.0.2.{self.device.number}"))
        return PhoneSetup(phone, tuple(self.device.extensions))

    @property
    def due_at(self) -> float:
        return min(self.whole_at, self.calls_at) if self.device.legs else self.whole_at

    def take_changes(self) -> tuple[Update, ...]:
        changes, self.changes = tuple(self.changes.values()), {}
        return changes


class VirtualOffice:
    def __init__(self, phones: int, *, calls_per_minute: float | None = None, seed: int = 7) -> None:
        """The busy office; by itself it has calls for some ten phones, however many there are."""
        plan = scenario.read("busy")
        if calls_per_minute is not None:
            plan = replace(plan, calls_per_minute=calls_per_minute)
        self._rng = random.Random(seed)
        self._observed: list[Observation] = []
        self._now = 0.0
        self._office = Office(plan, phones=phones, seed=seed, epoch=BEGAN, listener=self._note)
        self._phones = {device: _WatchedPhone(device, self._rng) for device in self._office.devices}
        self._has_begun = False

    def run(self, seconds: float) -> Iterator[Sequence[Observation]]:
        """What is observed in so many seconds from here on, a quarter of a second at a time."""
        if not self._has_begun:
            self._has_begun = True
            self._office.open()
            yield [PhoneAdded(phone.setup) for phone in self._phones.values()]
        for _ in range(round(seconds / LOOK_S)):
            yield self._looked(self._now + LOOK_S)

    def _looked(self, until: float) -> Sequence[Observation]:
        self._observed = []
        due = [(phone.due_at, phone) for phone in self._phones.values() if phone.device.live]
        for due_at, phone in sorted(due, key=itemgetter(0)):
            if due_at > until:
                break
            self._advance(max(due_at, self._now))  # a call that ends meanwhile has its phone read all the same
            self._read(phone)
        self._advance(until)
        at, seen_at = self._moment
        for phone in self._phones.values():
            self._connect(phone, at, seen_at)
        return [*self._observed, FleetCompared(at, seen_at)]

    @property
    def _moment(self) -> tuple[float, datetime]:
        """By both clocks, read one after the other."""
        at = round(_BOOTED_S + self._now, 6)
        return at, BEGAN + timedelta(microseconds=round(self._now * 1e6) + self._rng.randrange(3))

    def _advance(self, until: float) -> None:
        self._now = until
        self._office.advance(until)

    def _read(self, phone: _WatchedPhone) -> None:
        is_whole = phone.whole_at <= phone.calls_at or not phone.device.legs
        self._now += self._rng.uniform(0.0001, 0.0003)
        changes = phone.take_changes()
        self._observed.append(
            LeavesChanged(phone.id, *self._moment, changes, _WHOLE if is_whole else ReadingScope.CALLS)
        )
        self._now += self._rng.uniform(0.00005, 0.0002)
        phone.answered_at = self._moment[0]
        pause = self._rng.uniform(0.003, 0.02)
        phone.calls_at = self._now + CALL_S + pause
        if is_whole:
            phone.whole_at = self._now + IDLE_S + pause

    def _note(self, device: SimulatedDevice, notices: Iterable[Notice]) -> None:
        """The office's: in the order in which it happens."""
        phone = self._phones.get(device) if self._has_begun else None
        if phone is None:
            return
        events = []
        for notice in phone.presentation.present(notices):
            match notice:
                case TreeChange(path, value):
                    phone.changes.pop(path, None)
                    phone.changes[path] = Update(path, None if value is None else printable(value), 0.0)
                case TreeEvent():
                    events.append(notice)
                case PhoneCondition("rebooting"):
                    self._observed.append(SightLost(phone.id, *self._moment))
        if events:
            changes = phone.take_changes()
            self._observed.append(LeavesChanged(phone.id, *self._moment, changes, ReadingScope.TRACKED))
        for event in events:
            fields = tuple((printable(name), printable(value)) for name, value in event.fields)
            at, seen_at = self._moment
            self._observed.append(EventTaken(phone.id, at, seen_at, Event(printable(event.name), fields, at)))

    def _connect(self, phone: _WatchedPhone, at: float, seen_at: datetime) -> None:
        before, has_answered = phone.connection, phone.answered_at != phone.connection.fresh_at
        state = State.LIVE if phone.device.live and phone.answered_at else State.REBOOTING
        if not phone.answered_at or (state is before.state and not has_answered):
            return
        phone.connection = replace(
            before, state=state, fresh_at=phone.answered_at, seen_at=seen_at if has_answered else before.seen_at,
            interval_s=CALL_S if phone.device.legs else IDLE_S, pushes=True,
            answer_ms=round(self._rng.uniform(2.0, 12.0), 3),
        )  # fmt: skip
        self._observed.append(ConnectionChanged(phone.id, at, seen_at, phone.connection, False))


def record(office: VirtualOffice, recorder: Recorder, seconds: float) -> Reconstruction:
    """All of it through the recorder, as a live fleet would give it; what the fleet knows in the end."""
    fleet = Reconstruction(DEFAULT)
    fleet.copy_to(recorder)
    for observed in office.run(seconds):
        for observation in observed:
            fleet.take(observation)
        recorder.wait()
    recorder.close()
    assert not recorder.failure
    return fleet
