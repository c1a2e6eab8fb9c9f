"""A call as history keeps and exports it: parties, times, grades, figures, end; measured and reported figures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, call_subject
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.calls.call_series import CallSeries
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Grade, Moment, Shares, WorstWindow
from phonetui.phone.quality.loss import LossRateUnit, percent
from phonetui.phone.quality.voice_report import VoiceQualityReport
from phonetui.phone.state import Call, CallKey, Phase, PhoneId
from phonetui.text import Printable

ALERTS = 50
"""Kept of one call."""


class CallStep(Struct, frozen=True, omit_defaults=True):
    """A state that a call came into, and when."""

    phase: Phase
    began_at: Moment
    """Aware UTC; when it was first observed."""
    state: Printable | None = None
    """In the phone's word."""


class CallRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call at one phone, as it is kept in memory and in the archive."""

    phone: PhoneId
    model: Printable | None = None
    version: Printable | None = None
    call: Call
    """As last seen; once it is over, with the final figures of the phone's own report where it gave them."""
    began_at: Moment
    """Aware UTC; when it was first observed, or earlier by the phone's own duration where it was up already."""
    answered_at: Moment | None = None
    """None where it was never in talk."""
    seen_at: Moment
    """Aware UTC: when it was last there; up to five seconds earlier while nothing of it changes."""
    ended_at: Moment | None = None
    """None while it is up, and where its end was not seen."""
    is_up: bool = True
    """Whether it was there at the phone's latest answer. Neither up nor ended: lost from sight."""
    steps: tuple[CallStep, ...] = ()
    """The states that it went through, oldest first; bounded."""
    grade: Grade = Grade.UNKNOWN
    """Of the whole call: the grade that held longest."""
    shares: Shares = field(default_factory=Shares)
    worst: WorstWindow | None = None
    mos: float | None = None
    """The latest opinion score and where it comes from, as in `Measure`."""
    mos_source: str | None = None
    loss_pct: float | None = None
    """Of the whole call, from its counters over holds and resets."""
    discard_pct: float | None = None
    highest_jitter_ms: float | None = None
    highest_round_trip_ms: float | None = None
    rates: LossRateUnit | None = None
    """What the phone writes `LossRate` and `DiscardRate` in, as far as that was found out."""
    cause: Printable | None = None
    """Why it ended, in the phone's words."""
    cause_code: Printable | None = None
    """The same as the phone's number, of an unpublished list; SIP's status codes so far as seen."""
    final: tuple[tuple[Printable, Printable], ...] = ()
    """Every field of the phone's own report of the end, as it came; empty where none was heard."""
    is_final_proven: bool = False
    """Whether that report names this call's party and leads back to its answer: it is of no other call in its place."""
    alerts: tuple[Alert, ...] = ()
    """What held while it was up, each at its worst, oldest first."""
    hints: tuple[Printable, ...] = ()
    """Where to look, each with its evidence, as last known."""
    partner: tuple[PhoneId, CallKey] | None = None
    """The other end, where it is a monitored phone."""
    named_at: Moment | None = None
    """The beginning by the clock as it was at first sight, which `id` keeps; None where it was not set since."""
    series: CallSeries | None = None
    """Its figures over time, once it is over or lost from sight; None where none were kept."""
    reports: tuple[VoiceQualityReport, ...] = ()
    """The phone's own voice quality reports of it (RFC 6035), oldest first; empty where none came."""
    reported_over_at: Moment | None = None
    """Aware UTC: when it ended by a report that says so; None where none does."""
    is_from_report: bool = False
    """Whether such a report is all that is known of it: it came and went between two readings. Its line isn't known."""

    @property
    def key(self) -> CallKey:
        return self.call.key

    @property
    def id(self) -> str:
        """Unique in all history: phone, place and beginning; of a reported call its Call-ID in place of the place."""
        place = f"{self.call.line}/{self.call.id}" if not self.is_from_report else self.reports[0].call_id or "report"
        return f"{self.phone}/{place}/{(self.named_at or self.began_at).timestamp():.3f}"

    @property
    def is_lost(self) -> bool:
        """Whether it went out of sight: the phone or this program was away when it ended, or still is."""
        return not self.is_up and self.ended_at is None

    @property
    def is_final(self) -> bool:
        """Whether the phone's own report of the end was heard."""
        return bool(self.final)

    @property
    def report(self) -> VoiceQualityReport | None:
        """The phone's own word on the call: its latest report of the end, else its latest of all."""
        return next((one for one in reversed(self.reports) if one.is_last), self.reports[-1] if self.reports else None)

    @property
    def last_at(self) -> datetime:
        """When the call ended, or when it was last seen; aware UTC."""
        return self.ended_at or self.seen_at

    @property
    def talk_s(self) -> float | None:
        """Seconds of conversation, by the phone where it says so; None where nobody answered."""
        if self.answered_at is None:
            return None
        if self.call.duration_s is not None:
            return self.call.duration_s
        return (self.last_at - self.answered_at).total_seconds()


def shift_times(record: CallRecord, by: timedelta) -> CallRecord:
    """The record with its times by a wall clock that was set `by` so much while the call was up."""
    return replace(
        record,
        named_at=record.named_at or record.began_at,
        began_at=record.began_at + by,
        answered_at=record.answered_at and record.answered_at + by,
        seen_at=record.seen_at + by,
        steps=tuple(replace(step, began_at=step.began_at + by) for step in record.steps),
        worst=record.worst and replace(record.worst, began_at=record.worst.began_at + by),
    )


def other_end(record: CallRecord, among: Iterable[CallRecord]) -> CallRecord | None:
    """The record of the same call at the other phone; None where there is none."""
    if record.partner is None:
        return None
    phone, key = record.partner
    others = (other for other in among if other.phone == phone and other.key == key)
    return next((one for one in others if overlap(record, one)), None)


def overlap(one: CallRecord, other: CallRecord) -> bool:
    """Whether both calls were up at some moment."""
    return one.began_at <= other.last_at and other.began_at <= one.last_at


def annotate(
    record: CallRecord, alerts: Iterable[Alert], hints: Sequence[Diagnosis], partner: Partner | None
) -> CallRecord:
    """The record of a call that is up with what else is known of it; what was known before stays."""
    known = {alert.key: alert for alert in record.alerts}
    subject = call_subject(record.key)
    for alert in alerts:
        concerns = alert.phone == record.phone and ("call" not in alert.subject or alert.subject == subject)
        if concerns and (alert.cleared_at is None or alert.cleared_at >= record.began_at):
            before = known.get(alert.key)
            if before is None or alert.severity.rank >= before.severity.rank:
                known[alert.key] = alert
    return replace(
        record,
        alerts=tuple(sorted(known.values(), key=lambda alert: alert.raised_at))[:ALERTS],
        hints=tuple(Printable(str(hint)) for hint in hints) or record.hints,
        partner=(partner.phone, partner.key) if partner else record.partner,
    )


def unique_calls(records: Iterable[CallRecord]) -> list[CallRecord]:
    """One record a call. Two programs may have kept the same one; but a place on a phone holds one call at a time."""
    latest: dict[tuple[PhoneId, CallKey], CallRecord] = {}
    found: dict[str, CallRecord] = {}
    for record in sorted(records, key=lambda record: record.began_at):
        if record.is_from_report:  # nobody saw in which place
            found[record.id] = record
            continue
        place = (record.phone, record.key)
        before = latest.get(place)
        if before is not None and _overlap(before, record):
            record = max(before, record, key=_fullness)  # noqa: PLW2901 - the two are one call
            del found[before.id]
        latest[place] = found[record.id] = record
    return list(found.values())


def unique_by_end(records: Iterable[CallRecord]) -> Iterator[CallRecord]:
    """As `unique_calls`, for records in the order in which they ended; keeps one record a place in memory."""
    latest: dict[tuple[PhoneId, CallKey], CallRecord] = {}
    for record in records:
        if record.is_from_report:
            yield record
            continue
        place = (record.phone, record.key)
        before = latest.get(place)
        if before is not None and _overlap(before, record):
            latest[place] = max(before, record, key=_fullness)
        else:
            latest[place] = record
            if before is not None:
                yield before
    yield from latest.values()


def _overlap(before: CallRecord, after: CallRecord) -> bool:
    """By more than readings and rounded durations explain."""
    first, last = max(before.began_at, after.began_at), min(before.last_at, after.last_at)
    shared_s = (last - first).total_seconds()
    shorter_s = min((one.last_at - one.began_at).total_seconds() for one in (before, after))
    return shared_s > shorter_s / 2 > 0


def _fullness(record: CallRecord) -> tuple[bool, bool, float]:
    return record.is_final, record.ended_at is not None, record.shares.total_s


Value = float | Printable | None
"""Words where the phone's unit isn't known."""

Reader = Callable[[CallRecord], Value]


class RecordFigure(NamedTuple):
    """A figure of a call as exports have it: name, unit, decimals, and how it is read from a record."""

    name: str
    unit: str
    digits: int
    measured: Reader | None
    reported: Reader | None
    """By the phone: at the end where it reported that, else when it was last seen."""

    def sides(self, record: CallRecord) -> tuple[str | None, str | None]:
        """Measured and reported, in words; None where there is no such figure, empty where it has no value."""
        measured = self._words(self.measured(record)) if self.measured else None
        if record.is_from_report:
            measured = measured and ""  # what is known of it is the phone's word
        return measured, self._words(self.reported(record)) if self.reported else None

    def _words(self, value: Value) -> str:
        """`raw 3` where only the phone knows what it counts in."""
        if value is None:
            return ""
        return f"raw {value}" if isinstance(value, str) else f"{value:.{self.digits}f} {self.unit}".rstrip()


def _rate(raw: Printable | None, record: CallRecord) -> Value:
    pct = percent(raw, record.rates)
    return raw if pct is None else pct


def _estimate(record: CallRecord) -> Value:
    return record.mos if record.mos_source == "estimate" else None


def ended_since(records: Iterable[CallRecord], began_at: datetime, most: int) -> Iterator[CallRecord]:
    """Those of `records`, newest first, that ended since then, as far as they are among the `most` newest."""
    for record in islice(records, most):
        if record.ended_at is not None and record.ended_at >= began_at:
            yield record


FIGURES = (
    RecordFigure("loss", "%", 1, lambda one: one.loss_pct, lambda one: _rate(one.call.loss_rate, one)),
    RecordFigure("discard", "%", 1, lambda one: one.discard_pct, lambda one: _rate(one.call.discard_rate, one)),
    RecordFigure("jitter, highest", "ms", 0, lambda one: one.highest_jitter_ms, None),
    RecordFigure("jitter, last", "ms", 0, None, lambda one: one.call.jitter_ms),
    RecordFigure("round trip, highest", "ms", 0, lambda one: one.highest_round_trip_ms, None),
    RecordFigure("round trip, last", "ms", 0, None, lambda one: one.call.round_trip_ms),
    RecordFigure("decode latency", "ms", 0, None, lambda one: one.call.decode_latency_ms),
    RecordFigure("MOS CQ", "", 1, _estimate, lambda one: one.call.mos_cq),
    RecordFigure("MOS LQ", "", 1, None, lambda one: one.call.mos_lq),
    RecordFigure("R factor", "", 0, None, lambda one: one.call.r_factor),
    RecordFigure("burst", "ms", 0, None, lambda one: one.call.burst_ms),
    RecordFigure("gap", "ms", 0, None, lambda one: one.call.gap_ms),
    RecordFigure("packets sent", "", 0, None, lambda one: one.call.packets_sent),
    RecordFigure("packets received", "", 0, None, lambda one: one.call.packets_received),
    RecordFigure("packets lost", "", 0, None, lambda one: one.call.lost_packets),
    RecordFigure("packets discarded", "", 0, None, lambda one: one.call.discarded_packets),
)
