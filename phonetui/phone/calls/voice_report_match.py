"""Finds the call that a voice quality report (RFC 6035) is of; a report without one becomes a record of its own.

    report ──same Call-ID as one before, or as a field of the phone's report of its proven end──► that call
           ──numbers, direction, times all fit one call, and no other nearly as well────► that call
           ──nothing for WAIT_S──► a call between two readings: a record of its own

A wrong pair is worse than none: whatever contradicts rules a call out, and of two that fit alike neither is taken.
Times are the phone's own. Where its clock is wrong by more than a retransmission takes, those of the arrival count.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.parse import digits, is_same
from phonetui.phone.quality.call_quality import reported_quality
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.quality.voice_report import VoiceQualityReport, VoiceReportKind
from phonetui.phone.state import Call, CallDirection, Phase, Phone
from phonetui.text import Printable

WAIT_S = 10.0
"""How long a report waits for its call: a reading that was under way when the call ended may still show it."""
MOST_WAITING = 50
"""Reports of one phone that wait; of more, the oldest are given up."""
MOST_REPORTS = 8
"""Kept of one call, the latest."""
SLACK = timedelta(seconds=5)
"""By how much the moments of a report and of a record may differ: clocks, readings, whole seconds."""
DELAYED = timedelta(seconds=60)
"""A report that comes so long after its end has another clock's times: SIP gives up after 32 s (RFC 3261, timer F)."""
LATE = timedelta(hours=1)
"""So late a report may be and still be believed about its times, where no call speaks against it."""
_CLEARLY_S = 2.0
"""By so much the second best must fit worse."""
_SHORTEST_S = 1.0
_ROUNDED = timedelta(seconds=1)
"""Durations and the times of reports are in whole seconds."""
_PROOF = 8
"""Characters that a Call-ID has at least, to be looked for among fields of other meanings."""


class PendingReport(Struct, frozen=True):
    """A voice quality report that waits for its call to be found."""

    report: VoiceQualityReport
    at: float
    """Monotonic seconds of its arrival."""
    seen_at: datetime
    """The same moment by our wall clock, aware UTC."""


class _ReportSpan(NamedTuple):
    start: datetime
    stop: datetime

    @property
    def length_s(self) -> float:
        return max((self.stop - self.start).total_seconds(), _SHORTEST_S)

    def shared_s(self, other: "_ReportSpan") -> float:
        return (min(self.stop, other.stop) - max(self.start, other.start)).total_seconds()


def find_call(pending: PendingReport, records: Iterable[CallRecord]) -> CallRecord | None:
    """The call among those of the phone that sent the report; None where there is none, or more than one."""
    report, records = pending.report, tuple(records)
    if report.call_id is not None:
        for record in records:
            if has_call_id(record, report.call_id):
                return record
    able = [record for record in records if not _contradicts(record, report)]
    for span in _spans(pending):
        costs = sorted(
            ((cost, place) for place, record in enumerate(able) if (cost := _cost(record, span, pending)) is not None)
        )
        if costs and (len(costs) == 1 or costs[1][0] - costs[0][0] >= _CLEARLY_S):
            return able[costs[0][1]]
        if costs:
            return None
    return None


def has_call_id(record: CallRecord, call_id: str) -> bool:
    """Whether a report of the call, or the phone's own report of its end, had this Call-ID.

    The latter counts where it is certainly of this call: a place is used again, maybe by a call that was never seen.
    """
    if any(one.call_id == call_id for one in record.reports):
        return True
    return record.is_final_proven and len(call_id) >= _PROOF and any(value == call_id for _, value in record.final)


def _is_named(record: CallRecord, report: VoiceQualityReport) -> bool:
    """Whether both say who the other party is; where they do, and `_contradicts` says nothing, they agree."""
    return bool(digits(report.remote_party and report.remote_party.user) and digits(record.call.remote_number))


def _contradicts(record: CallRecord, report: VoiceQualityReport) -> bool:
    """By another Call-ID, another number or the other direction."""
    call = record.call
    if report.call_id is not None and any(one.call_id not in (None, report.call_id) for one in record.reports):
        return True
    outgoing = report.is_outgoing
    if outgoing is not None and call.direction is not None and (call.direction is CallDirection.OUTGOING) != outgoing:
        return True
    said, seen = digits(report.remote_party and report.remote_party.user), digits(call.remote_number)
    return bool(said and seen) and not is_same(said, seen)


def _spans(pending: PendingReport) -> Iterable[_ReportSpan]:
    """What the report says of its times; then, where its clock cannot be right, the same length before its arrival."""
    report = pending.report
    start, stop = report.start_at, report.stop_at
    if start is not None:
        yield _ReportSpan(start, max(stop or pending.seen_at, start))
    length = (stop - start) if start and stop and stop >= start else None
    if length is not None and stop is not None and abs(pending.seen_at - stop) > DELAYED:
        yield _ReportSpan(pending.seen_at - length, pending.seen_at)


def _cost(record: CallRecord, span: _ReportSpan, pending: PendingReport) -> float | None:
    """How badly the moments fit, in seconds; None where they don't."""
    end = record.ended_at or (pending.seen_at if record.is_up else None)
    call = _ReportSpan(record.answered_at or record.began_at, max(end or span.stop, record.began_at))
    seen = call._replace(start=record.began_at)
    is_named = _is_named(record, pending.report)
    first = seen.start if is_named else call.start
    if span.start < first - SLACK or span.stop > call.stop + SLACK:
        return None
    if not (_is_same_time(span, call) or (is_named and _is_mostly_shared(_whole_seconds(span), seen))):
        return None
    if pending.report.is_last and span.stop < record.seen_at - 2 * SLACK:
        return None  # it was there for long after the report says that it ended
    if pending.report.kind is not VoiceReportKind.SESSION:
        return 0.0
    return abs((span.start - call.start).total_seconds()) + abs((span.stop - call.stop).total_seconds())


def _is_same_time(span: _ReportSpan, call: _ReportSpan) -> bool:
    return span.shared_s(call) >= min(span.length_s, call.length_s) / 2 - _SHORTEST_S / 2


def _is_mostly_shared(span: _ReportSpan, seen: _ReportSpan) -> bool:
    """More than half of the shorter one. A busy program sees late that a call was answered, not that it began."""
    return span.shared_s(seen) > min(span.length_s, seen.length_s) / 2


def _whole_seconds(span: _ReportSpan) -> _ReportSpan:
    """As long as it may have been where its end is given in whole seconds."""
    return span if span.stop.microsecond else span._replace(stop=span.stop + _ROUNDED)


def began_after_report(record: CallRecord, call: Call, seen_at: datetime) -> bool:
    """Whether what stands in a call's place was answered after the phone had reported that call's end."""
    over_at = record.reported_over_at
    if over_at is None or call.duration_s is None:
        return False
    return seen_at - timedelta(seconds=call.duration_s) >= over_at  # cut to seconds: at the latest, and at the earliest


def with_report(record: CallRecord, pending: PendingReport, thresholds: Thresholds) -> CallRecord:
    """The record with a report of its call; the same record where it has that already."""
    report = pending.report
    if report in record.reports:
        return record
    record = replace(record, reports=(*record.reports, report)[-MOST_REPORTS:])
    if report.is_last:
        stop = report.stop_at
        is_credible = stop is not None and abs(pending.seen_at - stop) <= DELAYED
        record = replace(record, reported_over_at=stop if is_credible else pending.seen_at)
    if record.is_from_report:
        return _measured(_extended(record, report), report, thresholds)
    if record.is_up or record.shares.total_s or report.kind is not VoiceReportKind.SESSION:
        return record
    if record.answered_at is None and report.local.length_s:  # answered and over between two readings
        answered_at = record.last_at - timedelta(seconds=report.local.length_s)
        call = replace(record.call, duration_s=report.local.length_s)
        record = replace(record, call=call, answered_at=max(answered_at, record.began_at))
    return _graded(record, report, thresholds)


def unseen_call(phone: Phone, pending: PendingReport, thresholds: Thresholds) -> CallRecord | None:
    """The record of a call that nothing but its report is known of; None where the report is not of a call's end."""
    report = pending.report
    if report.kind is not VoiceReportKind.SESSION:
        return None
    started, stopped = report.start_at, report.stop_at or pending.seen_at
    late = pending.seen_at - stopped
    ended_at = stopped if -DELAYED <= late <= LATE else pending.seen_at
    length = max(stopped - started, timedelta()) if started is not None else timedelta()
    remote, metrics = report.remote_party, report.local
    directions = {True: CallDirection.OUTGOING, False: CallDirection.INCOMING}
    call = Call(
        0,
        0,
        phase=Phase.TALK,
        direction=directions.get(report.is_outgoing) if report.is_outgoing is not None else None,
        encoder=report.remote.codec or metrics.codec,
        decoder=metrics.codec,
        remote_name=remote.name if remote else None,
        remote_number=(remote.user or remote.uri) if remote else None,
        duration_s=length.total_seconds() if started is not None else None,
        jitter_ms=metrics.jitter_ms,
        decode_latency_ms=metrics.end_system_ms,
        round_trip_ms=metrics.round_trip_ms,
        burst_ms=metrics.burst_ms,
        gap_ms=metrics.gap_ms,
        mos_lq=metrics.mos_lq,
        mos_cq=metrics.mos_cq,
        r_factor=metrics.r_lq if metrics.r_cq is None else metrics.r_cq,
        loss_rate=_rate(metrics.loss_pct),
        discard_rate=_rate(metrics.discard_pct),
    )
    record = CallRecord(
        phone=phone.id,
        model=phone.system.product_id or phone.expected_model,
        version=phone.system.version,
        call=call,
        began_at=ended_at - length,
        answered_at=ended_at - length,
        seen_at=ended_at,
        ended_at=ended_at,
        is_up=False,
        reports=(report,),
        is_from_report=True,
    )
    return _measured(record, report, thresholds)


def _rate(pct: float | None) -> Printable | None:
    return None if pct is None else Printable(f"{pct:.1f} %")


def _extended(record: CallRecord, report: VoiceQualityReport) -> CallRecord:
    """A call that is known by its reports alone reaches as far as they do."""
    start, stop = report.start_at, report.stop_at
    if start is None or stop is None or abs(stop - record.last_at) > LATE:
        return record
    began_at = min(record.began_at, max(start, record.began_at - LATE))
    ended_at = max(record.last_at, stop)
    call = replace(record.call, duration_s=(ended_at - began_at).total_seconds())
    return replace(
        record, call=call, named_at=record.named_at or record.began_at, began_at=began_at, answered_at=began_at,
        seen_at=ended_at, ended_at=ended_at,
    )  # fmt: skip


def _measured(record: CallRecord, report: VoiceQualityReport, thresholds: Thresholds) -> CallRecord:
    """A call that nobody else measured, with the report's figures."""
    metrics = report.local
    return replace(
        _graded(record, report, thresholds),
        loss_pct=metrics.loss_pct,
        discard_pct=metrics.discard_pct,
        highest_jitter_ms=metrics.jitter_ms,
        highest_round_trip_ms=metrics.round_trip_ms,
    )


def _graded(record: CallRecord, report: VoiceQualityReport, thresholds: Thresholds) -> CallRecord:
    """By the report, where that is all there is to judge by."""
    quality = reported_quality(record.call, report.local, thresholds)
    return replace(record, grade=quality.grade, mos=quality.score.mos, mos_source=quality.score.source)
