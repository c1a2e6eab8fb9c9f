"""One observed phone: what is known of it, its calls and its journal entries, after each observation.

Whoever observes a phone (a watch over the network, a replay over a recording) gives what it sees to this, and all that
follows is made here: the same observations in the same order come to the same states.

    changes ──► Knowledge ──► figures ──► CallTracker
                    └───────► journal, reports          each observation ──► recorder, where there is one
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.monitor.observations import (
    CallsResumed,
    ClaimChanged,
    ConnectionChanged,
    CountingResumed,
    EventTaken,
    LeavesChanged,
    Observation,
    PlacesForbidden,
    ReadingScope,
    SightLost,
    VoiceReportTaken,
)
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.journal import Weight

if TYPE_CHECKING:
    from phonetui.monitor.fleet_analysis import FleetAnalysis
    from phonetui.monitor.journal import PhoneLog
    from phonetui.monitor.knowledge import Knowledge
    from phonetui.phone.calls.call_legs import Leg
    from phonetui.phone.calls.call_tracker import FindSeries
    from phonetui.phone.quality.voice_report import VoiceQualityReport
    from phonetui.phone.state import Claim, Connection, PhoneId
    from phonetui.xapi.document import Document, Event, Update
    from phonetui.xapi.path import Path


def moment() -> tuple[float, datetime]:
    """Now in monotonic seconds, to the microsecond, and by the wall clock (aware UTC)."""
    return round(asyncio.get_running_loop().time(), 6), datetime.now(UTC)


class ObservedPhone:
    """One phone with its knowledge, call tracker and log, which take every observation in turn."""

    def __init__(
        self, log: "PhoneLog", knowledge: "Knowledge", record: Callable[[Observation], None] | None = None
    ) -> None:
        """`record` is called with each observation, after it was taken in."""
        self.log = log
        self.knowledge = knowledge
        self.tracker = CallTracker()
        self._record = record
        self._forbidden: frozenset[str] = knowledge.phone.forbidden
        """The forbidden places as last recorded."""

    def take_leaves(
        self,
        changes: "Iterable[Update]",
        at: float,
        seen_at: datetime,
        scope: ReadingScope = ReadingScope.NONE,
        *,
        leads_to: "tuple[Document, Path] | None" = None,
    ) -> None:
        """Changes that a reading showed, or that were pushed, and what has to be made of them at once.

        `leads_to` is as `Knowledge.apply` has it.
        """
        log, knowledge = self.log, self.knowledge
        taken = knowledge.apply(changes, at, leads_to=leads_to)
        if self._record is not None:
            self.record_forbidden(at, seen_at)
            self._record(LeavesChanged(log.phone, at, seen_at, taken, scope))
        log.note_changes(taken, seen_at)
        for words in knowledge.excess() if taken else ():
            log.note(words, Weight.WARNING, once=True)
        if scope & ReadingScope.PORTS:
            knowledge.count_ports(at)
        if scope & ReadingScope.CALLS:
            log.note_measures(knowledge.measure(at, seen_at), seen_at)
        if scope & (ReadingScope.CALLS | ReadingScope.TRACKED):
            self._track_calls(at, seen_at)

    def resume(self, tracker: CallTracker) -> None:
        """Resumes calls whose end an earlier run did not see."""
        self.tracker = tracker
        if self._record is not None:
            self._record(CallsResumed(self.log.phone, tracker.current))

    def take_event(self, event: "Event", at: float, seen_at: datetime) -> None:
        """Takes an event that the phone pushed at monotonic second `at`, aware UTC time `seen_at`."""
        knowledge = self.knowledge
        if self._record is not None:
            self._record(EventTaken(self.log.phone, at, seen_at, event))
        self.tracker = self.tracker.take_event(event, knowledge.phone, at, seen_at, knowledge.units)
        if knowledge.apply_event(event, at):
            self._track_calls(at, seen_at)
        self.log.note_event(event, seen_at)

    def lose_sight(self, at: float, seen_at: datetime) -> None:
        """The phone does not answer: what happens to its calls is not known."""
        if self._record is not None:
            self._record(SightLost(self.log.phone, at, seen_at))
        self.tracker = self.tracker.lose(self._series_at(at, seen_at))
        self.knowledge.lose_sight()

    def resume_counting(self, at: float, seen_at: datetime) -> None:
        """Goes on after a time without readings that was no phone's doing."""
        if self._record is not None:
            self._record(CountingResumed(self.log.phone, at, seen_at))
        self.knowledge.resume()

    def connect(self, connection: "Connection", at: float, seen_at: datetime, *, is_shared: bool = False) -> None:
        """How the connection stands now, which differs from before; `is_shared` as `PhoneLog.note_state` has it."""
        knowledge = self.knowledge
        before, knowledge.phone = knowledge.phone.connection, replace(knowledge.phone, connection=connection)
        if self._record is not None:
            self.record_forbidden(at, seen_at)
            self._record(ConnectionChanged(self.log.phone, at, seen_at, connection, is_shared))
        if (connection.state, connection.reason) != (before.state, before.reason):
            self.log.note_state(connection.state, connection.reason, seen_at, is_shared=is_shared)

    def claim(self, claim: "Claim | None", at: float, seen_at: datetime) -> None:
        """What Webex says of it now."""
        self.knowledge.phone = replace(self.knowledge.phone, claim=claim)
        if self._record is not None:
            self._record(ClaimChanged(self.log.phone, at, seen_at, claim))

    def leave(self) -> CallTracker:
        """The phone's tracker once nobody follows it any more: calls lost from sight, with figures over time."""
        connection = self.knowledge.phone.connection
        if connection.fresh_at is None or connection.seen_at is None:
            return self.tracker.lose()
        return self.tracker.lose(self._series_at(connection.fresh_at, connection.seen_at))

    def take_voice_report(self, report: "VoiceQualityReport", at: float, seen_at: datetime) -> None:
        """What the phone itself says of one of its calls."""
        if self._record is not None:
            self._record(VoiceReportTaken(self.log.phone, at, seen_at, report))
        knowledge = self.knowledge
        self.tracker = self.tracker.take_report(report, knowledge.phone, at, seen_at, knowledge.units)

    def settle_voice_reports(self, at: float) -> None:
        """Gives waiting reports to their calls; a call that was never seen is then known by its report alone."""
        if self.tracker.has_waiting_reports:
            self.tracker = self.tracker.settle_reports(self.knowledge.phone, at, self.knowledge.units)

    def forbid(self, names: frozenset[str]) -> None:
        """The account may not see these names at the top of the status tree."""
        self.knowledge.phone = replace(self.knowledge.phone, forbidden=names)

    def record_forbidden(self, at: float, seen_at: datetime) -> None:
        """What is forbidden is learnt from refusals, apart from readings."""
        forbidden = self.knowledge.phone.forbidden
        if self._record is not None and forbidden != self._forbidden:
            self._forbidden = forbidden
            self._record(PlacesForbidden(self.log.phone, at, seen_at, forbidden))

    def take(self, observation: Observation) -> None:
        """Takes a recorded observation."""
        match observation:
            case LeavesChanged(_, at, seen_at, changes, scope):
                self.take_leaves(changes, at, seen_at, scope)
            case CallsResumed(_, records):
                self.tracker = CallTracker.resume(records)
            case EventTaken(_, at, seen_at, event):
                self.take_event(event, at, seen_at)
            case ConnectionChanged(_, at, seen_at, connection, is_shared):
                self.connect(connection, at, seen_at, is_shared=is_shared)
            case SightLost(_, at, seen_at):
                self.lose_sight(at, seen_at)
            case CountingResumed(_, at, seen_at):
                self.resume_counting(at, seen_at)
            case PlacesForbidden(_, _, _, names):
                self.forbid(names)
            case ClaimChanged(_, at, seen_at, claim):
                self.claim(claim, at, seen_at)
            case VoiceReportTaken(_, at, seen_at, report):
                self.take_voice_report(report, at, seen_at)

    def _track_calls(self, at: float, seen_at: datetime) -> None:
        """What the connection that stands shows of the phone's calls."""
        knowledge = self.knowledge
        self.tracker = self.tracker.take(knowledge.phone, at, seen_at, knowledge.units, self._series_at(at, seen_at))
        knowledge.forget_ended()

    def _series_at(self, at: float, seen_at: datetime) -> "FindSeries":
        return lambda call: self.knowledge.series(call, at, seen_at)


def far_packets_sent(analysis: "FleetAnalysis", observed: "Mapping[PhoneId, ObservedPhone]", leg: "Leg") -> int | None:
    """How many packets the other end of a call has sent; None where that is no monitored phone that answers."""
    partner = analysis.partner(leg)
    found = observed.get(partner.phone) if isinstance(partner, Partner) else None
    if found is None or not isinstance(partner, Partner) or not (phone := found.knowledge.phone).is_current:
        return None
    return next((call.packets_sent for call in phone.calls if call.key == partner.key), None)
