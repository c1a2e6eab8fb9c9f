"""Tracks the calls of one phone as they start, go on, go out of sight and end; one record for each.

  first seen ──► up ──gone from the phone──► over ◄──joined── SipCallDisconnect, before or after
                 │ ▲
phone out of     │ │ back with a duration that went on meanwhile
sight, or we     ▼ │
                lost ──back without it──► over, its end not seen
  not seen at all, but reported by the phone (RFC 6035) ──► over, by its report alone

A place on the phone is used again, so every reading is checked for whether it is still of the same call. Times come in
as monotonic seconds for joining, and as dates for people.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from operator import is_
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import SLACK_S, TALK, is_same_call
from phonetui.phone.calls.call_record import CallRecord, CallStep, shift_times
from phonetui.phone.calls.call_series import CallSeries, joined
from phonetui.phone.calls.event_calls import call_fields, call_key, with_fields
from phonetui.phone.calls.voice_report_match import (
    MOST_WAITING,
    WAIT_S,
    PendingReport,
    began_after_report,
    find_call,
    unseen_call,
    with_report,
)
from phonetui.phone.clock import NOT_SET, TimeReference
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.parse import digits, is_same
from phonetui.phone.quality.call_quality import final_report, highest
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.quality.voice_report import VoiceQualityReport
from phonetui.phone.state import DISCONNECT, Call, CallKey, Phase, Phone
from phonetui.xapi.document import Event

KEPT = 20
"""Ended calls a phone whose report may still come, and reports whose call is still there."""
KEPT_S = 60.0
"""How long an ended call stays here at least: whoever keeps calls takes them a few times a second."""
JOIN_S = 10.0
"""How far apart a call's removal and its report may come; the call after next may sit in the same place."""
PROOF = timedelta(seconds=1.5)
"""By how much a call's answer as it was seen and by the report of its end may differ: durations are cut to seconds."""
STEPS = 50
RENEW = timedelta(seconds=5)
"""How old the moment may be at which a call that doesn't change was seen last: pushes come for one call at a time."""
FIELDS = 64
"""Of a report that are kept: no firmware is known to send half of that."""

_IDENTITY = ("direction", "remote_name", "remote_number", "encoder", "decoder")
"""What firmware may leave out again once a call is ending."""


class Units(Struct, frozen=True):
    """How a phone's own figures are read and graded; None where a unit isn't known."""

    rates: LossRateUnit | None = None
    mos_divisor: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    """What a phone's own report of a call's end is graded by."""


_UNKNOWN = Units()

FindSeries = Callable[[CallKey], CallSeries | None]
"""The figures over time of a call that is up, or was until now."""


def _no_series(_: CallKey) -> None:
    return None


class _Gone(Struct, frozen=True):
    record: CallRecord
    at: float
    """Monotonic seconds."""


class CallTracker(Struct, frozen=True):
    """The calls of one phone: those that are up, those lost from sight, and what may still be said of ended ones."""

    current: tuple[CallRecord, ...] = ()
    """Calls that are up, and those lost from sight that may be back."""
    _gone: tuple[_Gone, ...] = ()
    _early: tuple[Event, ...] = ()
    _before: tuple[CallRecord, ...] = ()
    """As an earlier run left calls that may go on: our own measuring starts again."""
    _reference: TimeReference | None = None
    """When calls were seen last."""
    _sources: Mapping[CallKey, tuple[Call, Measure | None]] = field(default_factory=lambda: MappingProxyType({}))
    """What the records of calls that are up were made of; a call that didn't change is the same object."""
    _reports: tuple[PendingReport, ...] = ()
    """Voice quality reports whose call is not found yet."""

    @classmethod
    def resume(cls, records: Iterable[CallRecord]) -> "CallTracker":
        """A tracker that begins with the calls whose end an earlier run did not see."""
        lost = tuple(replace(record, is_up=False) for record in records)
        return cls(lost, _before=lost)

    @property
    def records(self) -> tuple[CallRecord, ...]:
        """The records of calls that are up or may be back, and of those that ended last."""
        return (*self.current, *(gone.record for gone in self._gone))

    def joinable(self, at: float) -> "CallTracker":
        """The tracker without ended calls with which no report can be joined any more at monotonic second `at`."""
        gone = tuple(gone for gone in self._gone if at - gone.at <= JOIN_S)
        return replace(self, _gone=gone, _early=tuple(event for event in self._early if at - event.at <= JOIN_S))

    def take(
        self,
        phone: Phone,
        at: float,
        seen_at: datetime,
        units: Units = _UNKNOWN,
        find_series: FindSeries = _no_series,
    ) -> "CallTracker":
        """The tracker after the phone's calls were read or pushed."""
        calls = {call.key: call for call in phone.calls}
        if not calls and not self.current:
            return self
        measures = {measure.key: measure for measure in phone.measures}
        sources = {key: (call, measures.get(key)) for key, call in calls.items()}
        before = self._sources
        same = {key for key, source in sources.items() if key in before and all(map(is_, source, before[key]))}
        known: dict[CallKey, CallRecord] = {}
        after = self._shift_times(at, seen_at)
        for record in after.current:
            call = calls.get(record.key)
            goes_on = call is not None and record.is_up and record.key in same
            if call is not None and not goes_on:
                passed_s = (seen_at - record.seen_at).total_seconds()
                goes_on = is_same_call(record.call, call, passed_s, was_seen=record.is_up)
                goes_on = goes_on and not began_after_report(record, call, seen_at)
            if goes_on and record.key not in known:
                known[record.key] = record
            else:
                after = after._end(_with_series(record, find_series), at, seen_at, units)
        records = (known.get(key) or _begun(phone, call, seen_at) for key, call in calls.items())
        earlier = {record.id: record for record in after._before}
        followed = (
            record
            if record.key in same and _is_fresh(record, units, seen_at)
            else replace(_followed(record, *sources[record.key], earlier.get(record.id), seen_at), rates=units.rates)
            for record in records
            if record is not None
        )
        reference = TimeReference(at, seen_at)
        return replace(after, current=tuple(followed), _sources=sources, _reference=reference)

    def _shift_times(self, at: float, seen_at: datetime) -> "CallTracker":
        """With what is known of calls by the wall clock as it is now: that it was set is no call's doing."""
        step = self._reference.set_by(at, seen_at) if self._reference else NOT_SET
        return replace(self, current=tuple(shift_times(record, step) for record in self.current)) if step else self

    def lose(self, find_series: FindSeries = _no_series) -> "CallTracker":
        """The tracker once the phone is out of sight: what happens to its calls is not known."""
        if not any(record.is_up for record in self.current):
            return self
        lost = (
            replace(_with_series(record, find_series), is_up=False) if record.is_up else record
            for record in self.current
        )
        return replace(self, current=tuple(lost))

    def take_event(
        self, event: Event, phone: Phone, at: float, seen_at: datetime, units: Units = _UNKNOWN
    ) -> "CallTracker":
        """The tracker after an event.

        Nothing is kept of other kinds, nor of calls never seen on a phone that shows its calls.
        """
        key = call_key(event)
        if event.name != DISCONNECT or key is None:
            return self
        for place, gone in reversed(tuple(enumerate(self._gone))):
            is_of_it = gone.record.key == key and not gone.record.is_from_report and _may_be_of(event, gone.record)
            if is_of_it and not gone.record.is_final and at - gone.at <= JOIN_S:
                joined = replace(gone, record=_joined(gone.record, event, seen_at, units))
                return replace(self, _gone=(*self._gone[:place], joined, *self._gone[place + 1 :]))
        if any(record.key == key for record in self.current):
            return replace(self, _early=(*self._early, event)[-KEPT:])
        if phone.is_mpp:
            return self
        return replace(self, _gone=self._with_gone(_Gone(_reported(phone, event, seen_at, units), at)))

    def _with_gone(self, last: _Gone) -> tuple[_Gone, ...]:
        """Without what ended long ago: records take kilobytes, and a big office has twenty of each of its phones."""
        recent = (gone for gone in self._gone if last.at - gone.at <= KEPT_S)
        return (*recent, last)[-KEPT:]

    @property
    def has_waiting_reports(self) -> bool:
        return bool(self._reports)

    def take_report(
        self, report: VoiceQualityReport, phone: Phone, at: float, seen_at: datetime, units: Units = _UNKNOWN
    ) -> "CallTracker":
        """The tracker after a voice quality report (RFC 6035) of one of the phone's calls."""
        waiting = (*self._reports, PendingReport(report, at, seen_at))[-MOST_WAITING:]
        return replace(self, _reports=waiting).settle_reports(phone, at, units)

    def settle_reports(self, phone: Phone, at: float, units: Units = _UNKNOWN) -> "CallTracker":
        """Gives reports that wait to their calls; one that has waited for long is of a call that was never seen."""
        tracker, waiting = self, []
        for pending in self._reports:
            if found := find_call(pending, tracker.records):
                tracker = tracker._with_record(with_report(found, pending, units.thresholds))
            elif at - pending.at < WAIT_S:
                waiting.append(pending)
            elif unseen := unseen_call(phone, pending, units.thresholds):
                tracker = replace(tracker, _gone=(*tracker._gone, _Gone(unseen, at))[-KEPT:])
        return self if len(waiting) == len(self._reports) else replace(tracker, _reports=tuple(waiting))

    def _with_record(self, record: CallRecord) -> "CallTracker":
        """Instead of the one with its id."""
        current = tuple(record if one.id == record.id else one for one in self.current)
        gone = tuple(replace(one, record=record) if one.record.id == record.id else one for one in self._gone)
        return replace(self, current=current, _gone=gone)

    def _end(self, record: CallRecord, at: float, seen_at: datetime, units: Units) -> "CallTracker":
        early = tuple(event for event in self._early if at - event.at <= JOIN_S)
        event = next((event for event in early if call_key(event) == record.key and _may_be_of(event, record)), None)
        ended_at = max(seen_at, record.began_at) if record.is_up else None
        ended = replace(record, ended_at=ended_at, is_up=False, grade=record.shares.label)
        if event is not None:
            ended = _joined(ended, event, seen_at - timedelta(seconds=at - event.at), units)
        return replace(
            self,
            _gone=self._with_gone(_Gone(ended, at)),
            _early=tuple(other for other in early if other is not event),
            _before=tuple(before for before in self._before if before.id != record.id),
        )


def _with_series(record: CallRecord, find_series: FindSeries) -> CallRecord:
    """With its figures over time, those that an earlier run kept before them."""
    series = joined(record.series, find_series(record.key))
    return record if series is record.series else replace(record, series=series)


def _is_fresh(record: CallRecord, units: Units, seen_at: datetime) -> bool:
    """Whether nothing would be other but the moment when it was seen, and that by little."""
    return record.is_up and record.rates == units.rates and abs(seen_at - record.seen_at) < RENEW


def _begun(phone: Phone, call: Call, seen_at: datetime) -> CallRecord | None:
    """None for a place that shows a state but shows no call, such as `Disabled` or a reorder tone."""
    if call.phase in (Phase.UNKNOWN, Phase.ERROR, Phase.ENDING) and not call.remote_number:
        return None
    return _record(phone, call, seen_at)


def _record(phone: Phone, call: Call, seen_at: datetime) -> CallRecord:
    """Of a call that began as long before `seen_at` as it has lasted."""
    return CallRecord(
        phone=phone.id,
        model=phone.system.product_id or phone.expected_model,
        version=phone.system.version,
        call=call,
        began_at=seen_at - timedelta(seconds=call.duration_s or 0.0),
        seen_at=seen_at,
    )


def _followed(
    record: CallRecord, call: Call, measure: Measure | None, before: CallRecord | None, seen_at: datetime
) -> CallRecord:
    """The record after another look at its call. `before` is how an earlier run left it."""
    answered_at = record.answered_at
    if answered_at is None and call.phase in TALK:
        answered_at = max(record.began_at, seen_at - timedelta(seconds=call.duration_s or 0.0))
    steps = record.steps
    if not steps or (steps[-1].phase, steps[-1].state) != (call.phase, call.state):
        steps = (*steps, CallStep(call.phase, seen_at, call.state))[-STEPS:]
    followed = replace(
        record,
        call=replace(call, **{name: getattr(call, name) or getattr(record.call, name) for name in _IDENTITY}),
        answered_at=answered_at,
        seen_at=seen_at,
        is_up=True,
        steps=steps,
    )
    return followed if measure is None else _measured(followed, measure, before)


def _measured(record: CallRecord, measure: Measure, before: CallRecord | None) -> CallRecord:
    shares, worst = measure.shares, measure.worst
    jitter_ms, round_trip_ms = measure.highest_jitter_ms, measure.highest_round_trip_ms
    if before is not None:
        shares = before.shares + shares
        windows = [window for window in (before.worst, worst) if window]
        worst = max(windows, key=lambda window: window.loss_discard_pct, default=None)
        jitter_ms = highest(before.highest_jitter_ms, jitter_ms)
        round_trip_ms = highest(before.highest_round_trip_ms, round_trip_ms)
    return replace(
        record,
        grade=shares.label if shares.total_s or measure.grade is not Grade.MEASURING else Grade.MEASURING,
        shares=shares,
        worst=worst,
        mos=record.mos if measure.mos is None else measure.mos,
        mos_source=measure.mos_source or record.mos_source,
        loss_pct=measure.call_loss_pct,
        discard_pct=measure.call_discard_pct,
        highest_jitter_ms=jitter_ms,
        highest_round_trip_ms=round_trip_ms,
    )


def _may_be_of(event: Event, record: CallRecord) -> bool:
    """Whether the report of an end names nobody else than the call's party, and no shorter call than was seen.

    A place is used again, and a program that lags may not have seen the call between two others at all.
    """
    said, seen = digits(call_fields(event).get("PeerPhone")), digits(record.call.remote_number)
    if said and seen and not is_same(said, seen):
        return False
    lasted_s, seen_s = with_fields(Call(*record.key), event, None).duration_s, record.call.duration_s
    return not lasted_s or seen_s is None or lasted_s >= seen_s - SLACK_S


def _proves(event: Event, record: CallRecord, heard_at: datetime) -> bool:
    """Whether the report of an end, heard at `heard_at`, can be of no other call that was in the same place."""
    said, seen = digits(call_fields(event).get("PeerPhone")), digits(record.call.remote_number)
    lasted_s = with_fields(Call(*record.key), event, None).duration_s
    if not (said and seen and is_same(said, seen) and lasted_s) or record.answered_at is None:
        return False
    return abs(heard_at - timedelta(seconds=lasted_s) - record.answered_at) <= PROOF


def _joined(record: CallRecord, event: Event, heard_at: datetime, units: Units) -> CallRecord:
    is_proven = _proves(event, record, heard_at)
    call = with_fields(record.call, event, units.mos_divisor)
    ended_at = record.ended_at
    if ended_at is None and record.answered_at is not None and call.duration_s is not None:
        ended_at = record.answered_at + timedelta(seconds=call.duration_s)
    fields = call_fields(event)
    if call.is_from_events:
        record = _judged(record, call, units.thresholds)
    return replace(
        record,
        call=call,
        ended_at=ended_at,
        cause=fields.get("CauseString") or None,
        cause_code=fields.get("CauseCode") or None,
        rates=units.rates,
        final=event.fields[:FIELDS],
        is_final_proven=is_proven,
    )


def _judged(record: CallRecord, call: Call, thresholds: Thresholds) -> CallRecord:
    """By the report of its end alone, which is all that is known of how it went."""
    report = final_report(call, thresholds)
    return replace(
        record,
        grade=report.grade,
        mos=report.score.mos,
        mos_source=report.score.source,
        loss_pct=report.whole.loss_pct,
        discard_pct=report.whole.discard_pct,
        highest_jitter_ms=call.jitter_ms,
        highest_round_trip_ms=call.round_trip_ms,
    )


def _reported(phone: Phone, event: Event, seen_at: datetime, units: Units) -> CallRecord:
    """Of a call whose beginning was not heard: as long before its end as the report says that it lasted."""
    line, number = call_key(event) or (1, 0)
    call = with_fields(Call(line, number, phase=Phase.TALK, is_from_events=True), event, units.mos_divisor)
    record = _record(phone, call, seen_at)
    answered_at = record.began_at if call.duration_s else None
    ended = replace(record, answered_at=answered_at, ended_at=seen_at, is_up=False)
    return replace(_joined(ended, event, seen_at, units), is_final_proven=True)  # the record is made of it
