"""Counters that only grow: packets, calls, answers and readings of calls, since the collector began.

A phone's own counters start again with every call; these don't, so that Prometheus' `rate` holds across calls.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import inf

from msgspec import Struct

from phonetui.fleet.protocol import FleetView
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.calls.call_record import CallRecord, ended_since
from phonetui.phone.measure import Measure
from phonetui.phone.quality.emodel import codec_family
from phonetui.phone.state import Call, CallKey, Phone, PhoneId

MOS_BOUNDS = (1.0, 2.0, 2.6, 3.1, 3.6, 4.0, 4.3, 4.5)
LOSS_BOUNDS = (0.0, 0.001, 0.005, 0.01, 0.03, 0.05, 0.1, 0.2, 0.5)
"""Bucket bounds of loss, as ratios: the limits of the grades, and some beyond."""
JITTER_BOUNDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
"""Bucket bounds of jitter, in seconds."""
MOST_RECORDS = 5000
"""How many ended calls are looked at, the newest that the fleet knows."""

UNKNOWN = "unknown"
OTHER = "other"


class Packets(Struct):
    received: int = 0
    lost: int = 0
    discarded: int = 0


class Histogram:
    """A Prometheus histogram: counts by upper bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    @property
    def buckets(self) -> list[tuple[str, float]]:
        """Pairs of upper bound, as written, and cumulative count."""
        counts, total = [], 0
        for bound, count in zip((*self._bounds, inf), self._counts, strict=True):
            total += count
            counts.append(("+Inf" if bound == inf else str(bound), float(total)))
        return counts

    @property
    def sum(self) -> float:
        return self._sum


HistogramKey = tuple[str, str]
"""Site and codec."""


class TotalsSnapshot(Struct, frozen=True):
    """The totals at one moment; histograms as buckets and sum."""

    packets: Mapping[PhoneId, Packets]
    calls: Mapping[tuple[str, str], int]
    """Ended calls by site and end reason."""
    one_way: Mapping[str, int]
    """Calls with one silent direction, by site."""
    reported: Mapping[tuple[str, str], int]
    """By site, and whether the call was seen by a `reading` or is known by its `report` alone."""
    answers: int
    failures: int
    answer_sum_s: float
    histograms: Mapping[str, Mapping[HistogramKey, tuple[list[tuple[str, float]], float]]]
    """By metric: `mos`, `loss`, `jitter`, `reported_mos`."""


class Totals:
    """Counts what happens in a fleet; `update` is called at least once a second."""

    def __init__(self, now: datetime) -> None:
        """Calls that ended before `now` don't count."""
        self._began_at = now
        self._version = -1
        self._phones: Mapping[PhoneId, Phone] = {}
        self._packets: dict[PhoneId, Packets] = {}
        self._calls: Counter[tuple[str, str]] = Counter()
        self._one_way: Counter[str] = Counter()
        self._reported: Counter[tuple[str, str]] = Counter()
        self._answers = self._failures = 0
        self._answer_sum_s = 0.0
        self._histograms = {
            "mos": _Family(MOS_BOUNDS),
            "loss": _Family(LOSS_BOUNDS),
            "jitter": _Family(JITTER_BOUNDS),
            "reported_mos": _Family(MOS_BOUNDS),
        }
        self._counted: set[str] = set()
        """Ids of ended calls that the fleet still knows, so that none is counted twice."""
        self._counted_reports: set[str] = set()
        """Of those, the ones whose report has come: it may come after the end."""

    def update(self, fleet: FleetView, version: int) -> None:
        """Takes what changed since the last call; `version` is the fleet's, which answers alone don't move."""
        if version == self._version and fleet.phones is self._phones:
            return
        self._version = version
        before, self._phones = self._phones, fleet.phones
        for phone in self._phones.values():
            old = before.get(phone.id)
            if old is not phone:
                self._count_phone(old, phone)
        self._count_records(fleet.records)

    def snapshot(self) -> TotalsSnapshot:
        histograms = {
            name: {key: (one.buckets, one.sum) for key, one in family.items()}
            for name, family in self._histograms.items()
        }
        packets = {phone: Packets(one.received, one.lost, one.discarded) for phone, one in self._packets.items()}
        return TotalsSnapshot(
            packets, dict(self._calls), dict(self._one_way), dict(self._reported), self._answers, self._failures,
            self._answer_sum_s, histograms,
        )  # fmt: skip

    def _count_phone(self, before: Phone | None, phone: Phone) -> None:
        connection, earlier = phone.connection, before.connection if before else None
        if connection.fresh_at is not None and (earlier is None or connection.fresh_at != earlier.fresh_at):
            self._answers += 1
            self._answer_sum_s += (connection.answer_ms or 0.0) / 1000
        if connection.reason and (earlier is None or earlier.reason != connection.reason):
            self._failures += 1
        calls: Mapping[CallKey, Call] = {call.key: call for call in before.calls} if before else {}
        for call in phone.calls:
            self._count_packets(phone.id, calls.get(call.key), call)
        measures = {measure.key: measure for measure in before.measures} if before else {}
        now = {call.key: call for call in phone.calls}
        for measure in phone.measures:
            old = measures.get(measure.key)
            if old is not measure and (old is None or old.measured_s != measure.measured_s):
                self._observe(site(phone), now.get(measure.key), measure)

    def _count_packets(self, phone: PhoneId, before: Call | None, call: Call) -> None:
        packets = self._packets.setdefault(phone, Packets())
        packets.received += _risen(before.packets_received if before else None, call.packets_received)
        packets.lost += _risen(before.lost_packets if before else None, call.lost_packets)
        packets.discarded += _risen(before.discarded_packets if before else None, call.discarded_packets)

    def _observe(self, place: str, call: Call | None, measure: Measure) -> None:
        key = (place, codec_label(call.decoder if call else None))
        values = {
            "mos": measure.estimate,
            "loss": None if measure.loss_pct is None else measure.loss_pct / 100,
            "jitter": call.jitter_ms / 1000 if call is not None and call.jitter_ms is not None else None,
        }
        for name, value in values.items():
            if value is not None:
                self._histograms[name].at(key).observe(value)

    def _count_records(self, records: Iterable[CallRecord]) -> None:
        known = set()
        for record in ended_since(records, self._began_at, MOST_RECORDS):
            phone, id_ = self._phones.get(record.phone), record.id
            place = site(phone) if phone else ""
            known.add(id_)
            self._count_report(place, record)
            if id_ in self._counted:
                continue
            self._counted.add(id_)
            self._calls[place, end_reason(record)] += 1
            if any(alert.id is AlertId.ONE_WAY_AUDIO for alert in record.alerts):
                self._one_way[place] += 1
        self._counted &= known
        self._counted_reports &= known

    def _count_report(self, place: str, record: CallRecord) -> None:
        report = record.report
        if report is None or record.id in self._counted_reports:
            return
        self._counted_reports.add(record.id)
        self._reported[place, "report" if record.is_from_report else "reading"] += 1
        mos = report.local.mos_lq if report.local.mos_cq is None else report.local.mos_cq
        if mos is not None:
            self._histograms["reported_mos"].at((place, codec_label(report.local.codec))).observe(mos)


class _Family(dict[HistogramKey, Histogram]):
    def __init__(self, bounds: Sequence[float]) -> None:
        super().__init__()
        self._bounds = bounds

    def at(self, key: HistogramKey) -> Histogram:
        if key not in self:
            self[key] = Histogram(self._bounds)
        return self[key]


def site(phone: Phone) -> str:
    """A phone's site: the outermost name of its place in the tree; empty where it has none."""
    return str(phone.place[0]) if phone.place else ""


def codec_label(word: str | None) -> str:
    """The family of a codec that the E-model knows, else `other`: a phone's free words are no label."""
    return UNKNOWN if word is None else codec_family(word) or OTHER


def end_reason(record: CallRecord) -> str:
    """Label of a call's end: a SIP status code, or `unknown`; a phone's free words are no label."""
    code = str(record.cause_code or "")
    if code.isascii() and code.isdecimal() and len(code) == 3:
        return code
    return UNKNOWN if not code else OTHER


def _risen(before: int | None, now: int | None) -> int:
    """Increase since the last reading; a smaller number means a reset, and the first one counts in full."""
    if now is None:
        return 0
    return now - before if before is not None and now >= before else now
