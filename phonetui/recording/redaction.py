"""The privacy mask for recordings: everything passes it before it reaches a file.

    observation ──Mask──► masked observation ──► a fleet made of masked observations alone ──► recorder

States are made again of what is masked, so no name can be in them that no rule knew. The same words always become the
same mask, as with the mask over a dashboard, so calls are still found to be two ends of one. Names that the
configuration gives phones are the operator's own and stay; one that is an address is masked.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.fleet.mask import Mask
from phonetui.monitor.observations import (
    AlertMuted,
    CallsResumed,
    ClaimChanged,
    ConnectionChanged,
    EntryWritten,
    EventTaken,
    LeavesChanged,
    MarkSet,
    Observation,
    ObservationSink,
    OfPhone,
    PhoneAdded,
    PhoneRemoved,
    ReadingScope,
    TunnelsChanged,
    VoiceReportTaken,
)
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import Connection, PhoneId, TunnelState
from phonetui.recording.reconstruction import DERIVED, Reconstruction
from phonetui.text import Printable, printable
from phonetui.xapi.document import Update

if TYPE_CHECKING:
    from phonetui.monitor.journal import Report
    from phonetui.monitor.keyframe import Keyframe, PhoneSetup
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.quality.grading import Thresholds


class Redactor:
    """An `ObservationSink` before another one, which is given masked observations alone."""

    def __init__(self, sink: ObservationSink, thresholds: "Thresholds", mutes: Iterable[str] = ()) -> None:
        self._mask = RecordingMask()
        self._behind = sink
        self._masked = Reconstruction(thresholds, mutes)
        self._masked.copy_to(sink)

    @property
    def keyframe_at(self) -> float:
        return self._behind.keyframe_at

    def take(self, observation: Observation) -> None:
        """Takes an observation. Those that follow from others are made again from masked ones."""
        if isinstance(observation, EntryWritten) and observation.entry.kind in DERIVED:
            return
        self._masked.take(self._mask.observation(observation))

    def take_entry(self, entry: JournalEntry) -> None:
        """One of before, whatever it follows from."""
        self._behind.take(self._mask.observation(EntryWritten(entry)))

    def take_report(self, report: "Report") -> None:
        """Those of what is masked count."""

    def take_record(self, record: "CallRecord", before: "CallRecord | None") -> None:
        """Those of what is masked count."""

    def wants_keyframe(self, at: float) -> bool:  # noqa: ARG002 - it is taken of what is masked
        return False

    def take_keyframe(self, keyframe: "Keyframe") -> None:
        """The phones and all that they said; states follow from there on."""
        for observation in keyframe_observations(keyframe):
            self.take(observation)


class RecordingMask:
    """The privacy mask for observations."""

    def __init__(self) -> None:
        self._mask = Mask()
        self._ids: dict[PhoneId, PhoneId] = {}

    def observation(self, observation: Observation) -> Observation:
        if isinstance(observation, OfPhone):
            return self._of_phone(observation)
        mask = self._mask
        match observation:
            case PhoneAdded(setup):
                return PhoneAdded(self._setup(setup))
            case PhoneRemoved(removed):
                return PhoneRemoved(self._id(removed))
            case TunnelsChanged(tunnels):
                return TunnelsChanged(tuple(map(self._tunnel, tunnels)))
            case AlertMuted((phone, alert, subject), is_muted):
                return AlertMuted((phone and self._id(phone), alert, subject), is_muted)
            case EntryWritten(entry, _):
                return EntryWritten(replace(mask.entry(entry), phone=self._id(entry.phone)))
            case MarkSet(at, seen_at, words):
                return MarkSet(at, seen_at, mask.free(printable(words)))
        return observation

    def _of_phone(self, observation: OfPhone) -> Observation:
        mask, phone = self._mask, self._id(observation.phone)
        match observation:
            case LeavesChanged(_, at, seen_at, changes, scope):
                return LeavesChanged(phone, at, seen_at, self._changes(changes), scope)
            case EventTaken(_, at, seen_at, event):
                return EventTaken(phone, at, seen_at, mask.event(event))
            case ConnectionChanged(_, at, seen_at, connection, is_shared):
                return ConnectionChanged(phone, at, seen_at, self._connection(connection), is_shared)
            case ClaimChanged(_, at, seen_at, claim):
                return ClaimChanged(phone, at, seen_at, mask.claim(claim) if claim else None)
            case VoiceReportTaken(_, at, seen_at, report):
                return VoiceReportTaken(phone, at, seen_at, mask.voice_report(report))
            case CallsResumed(_, records):
                return CallsResumed(phone, tuple(replace(mask.record(each), phone=phone) for each in records))
        return observation._replace(phone=phone)

    def _tunnel(self, tunnel: TunnelState) -> TunnelState:
        free = self._mask.free
        phones = tuple(map(self._id, tunnel.phones))
        return replace(tunnel, detail=free(tunnel.detail), hint=free(tunnel.hint), phones=phones)

    def _changes(self, changes: tuple[Update, ...]) -> tuple[Update, ...]:
        """Twice: a name may stand in a text before the place that tells whose it is."""
        leaf = self._mask.leaf
        for change in changes:
            if change.value:
                leaf(change.path, change.value)
        return tuple(
            Update(change.path, leaf(change.path, change.value), change.at) if change.value else change
            for change in changes
        )

    def _connection(self, connection: Connection) -> Connection:
        free = self._mask.free
        return replace(
            connection, detail=free(connection.detail), hint=free(connection.hint), unpushed=free(connection.unpushed)
        )

    def _setup(self, setup: "PhoneSetup") -> "PhoneSetup":
        mask = self._mask
        initial = replace(mask.phone(setup.initial), id=self._id(setup.initial.id))
        numbers = tuple(str(mask.whole(printable(number))) for number in setup.numbers)
        return setup._replace(initial=initial, numbers=numbers)

    def _id(self, phone: PhoneId) -> PhoneId:
        """One that holds an address or number is masked, and stays one of its own."""
        if phone not in self._ids:
            masked = self._mask.free(printable(phone))
            taken = set(self._ids.values())
            free = next(
                name
                for name in (masked, *(Printable(f"{masked} {number}") for number in range(2, len(taken) + 3)))
                if PhoneId(name) not in taken
            )
            self._ids[phone] = PhoneId(free)
        return self._ids[phone]


def keyframe_observations(keyframe: "Keyframe") -> Iterable[Observation]:
    """A keyframe's phones and documents as if they were observed at its moment, with the calls that go on."""
    at, seen_at = keyframe.at, keyframe.seen_at
    known = {record.id: record for record in keyframe.records}
    for phone, each in keyframe.phones.items():
        yield PhoneAdded(each.setup)
        if current := each.tracker.current:
            yield CallsResumed(phone, tuple(known.get(record.id, record) for record in current))
        changes = tuple(Update(path, value, at) for path, value in each.document.items())
        if changes:
            yield LeavesChanged(phone, at, seen_at, changes, ReadingScope.PORTS | ReadingScope.CALLS)
        if each.state is not None:
            yield ConnectionChanged(phone, at, seen_at, each.state.phone.connection, False)
            if each.state.phone.claim is not None:
                yield ClaimChanged(phone, at, seen_at, each.state.phone.claim)
    if keyframe.tunnels:
        yield TunnelsChanged(keyframe.tunnels)
