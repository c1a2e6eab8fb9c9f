"""A fleet at one moment as a collector of prometheus_client; it reads frozen values, so any thread may run it."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    StateSetMetricFamily,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from phonetui import __version__
from phonetui.fleet.protocol import FleetView
from phonetui.mesh.result import MeshResult
from phonetui.metrics.family_cache import FamilyCache, FamilyGroup
from phonetui.metrics.mesh import MeshCollector
from phonetui.metrics.totals import OTHER, TotalsSnapshot, site
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.port_counters import TOTALS, counter_kind, is_error
from phonetui.phone.state import Call, Phone, PhoneId, Port, State

SLOTS = 8
"""Calls of a line with series of their own, so that labels are bounded whatever a phone reports."""
PORT_NAMES = {1: "switch", 2: "pc"}
_PREFIX = "phonetui"
_UNMEASURED = Measure(0, 0)
"""The measure of a call that has none: every figure is unknown."""


class FleetSnapshot(Struct, frozen=True):
    """The frozen values that an exposition is made of."""

    phones: Mapping[PhoneId, Phone]
    alerts: Sequence[Alert]
    totals: TotalsSnapshot
    at: float
    """Monotonic seconds."""
    seen_at: datetime
    """Aware UTC."""
    lag_s: float = 0.0
    """Latest delay of the collector's event loop."""
    reported: Mapping[str, int] | None = None
    """Messages with voice quality reports by outcome; None where no reports are received."""

    @classmethod
    def of(
        cls,
        fleet: FleetView,
        totals: TotalsSnapshot,
        at: float,
        seen_at: datetime,
        lag_s: float = 0.0,
        *,
        reported: Mapping[str, int] | None = None,
    ) -> "FleetSnapshot":
        counts = None if reported is None else dict(reported)
        return cls(fleet.phones, tuple(fleet.alerts), totals, at, seen_at, lag_s, counts)


class Exposition:
    """Makes the text format 0.0.4 and keeps lines of phones that did not change. For one thread at a time."""

    def __init__(self) -> None:
        self._cache = FamilyCache(_KEPT)

    def unwritten(self, phones: Mapping[PhoneId, Phone], most: int) -> Sequence[Phone]:
        """Up to `most` phones that have answered or failed, and of which nothing was written yet."""
        heard = (phone for phone in phones.values() if phone.connection.state is not State.CONNECTING)
        return tuple(islice((phone for phone in heard if not self._cache.has_lines(phone.id)), most))

    def prepare(self, phones: Iterable[Phone]) -> None:
        """Writes ahead of the first scrape what changes seldom of these phones."""
        self._cache.prepare(phones)

    def text(self, snapshot: FleetSnapshot, meshes: Sequence[MeshResult] = ()) -> bytes:
        """`meshes` are the latest results of test calls."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(FleetCollector(snapshot))
        if meshes:
            registry.register(MeshCollector(meshes))
        return self._cache.text(snapshot.phones).encode() + generate_latest(registry)


def exposition(snapshot: FleetSnapshot, meshes: Sequence[MeshResult] = ()) -> bytes:
    """The exposition of one moment, without anything kept from before."""
    return Exposition().text(snapshot, meshes)


class FleetCollector(Collector):
    """Collects the metrics that change with every scrape: answers, calls, totals."""

    def __init__(self, snapshot: FleetSnapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> list[Metric]:
        """Empty: which metrics there are depends on the phones."""
        return []

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        phones = tuple(snapshot.phones.values())
        yield from _answer_metrics(phones, snapshot)
        yield from _call_metrics(phones)
        yield from _total_metrics(snapshot.totals)
        yield from _own_metrics(snapshot)


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", words, labels=labels)


def _counter(name: str, words: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"{_PREFIX}_{name}", words, labels=labels)


def _filled(family: Any, rows: Iterable[tuple[Sequence[str], float | bool | None]]) -> Metric:
    """The family with one sample for each row whose value is known."""
    for labels, value in rows:
        if value is not None:
            family.add_metric(labels, float(value))
    filled: Metric = family
    return filled


def _state_metrics(phones: Sequence[Phone]) -> Iterator[Metric]:
    yield _filled(
        _gauge("phone_up", "1 where the phone answers.", "phone", "site"),
        (((phone.id, site(phone)), phone.is_current) for phone in phones),
    )
    states = StateSetMetricFamily(f"{_PREFIX}_phone_state", "State of the connection to the phone.", labels=("phone",))
    for phone in phones:
        states.add_metric((phone.id,), {str(state): state is phone.connection.state for state in State})
    yield states


def _identity_metrics(phones: Sequence[Phone]) -> Iterator[Metric]:
    info = InfoMetricFamily(
        f"{_PREFIX}_phone", "What the phone is and where it is; empty where it does not say.", labels=("phone",)
    )
    for phone in phones:
        info.add_metric((phone.id,), _identity(phone))
    yield info


def _answer_metrics(phones: Sequence[Phone], snapshot: FleetSnapshot) -> Iterator[Metric]:
    yield _filled(
        _gauge("phone_uptime_seconds", "Since the phone started.", "phone"),
        (((phone.id,), phone.up_s) for phone in phones),
    )
    yield _filled(
        _gauge("phone_answer_seconds", "How long the phone's latest answer took.", "phone"),
        (((phone.id,), _seconds(phone.connection.answer_ms)) for phone in phones),
    )
    yield _filled(
        _gauge("phone_last_answer_timestamp_seconds", "When the phone answered last, Unix time.", "phone"),
        (
            ((phone.id,), snapshot.seen_at.timestamp() - (snapshot.at - phone.connection.fresh_at))
            for phone in phones
            if phone.connection.fresh_at is not None
        ),
    )


def _identity(phone: Phone) -> dict[str, str]:
    port = next((port for port in phone.ports if port.index == 1), None)
    words = {
        "model": phone.system.product_id,
        "version": phone.system.version,
        "site": site(phone),
        "vlan": phone.network.vlan,
        "switch": port.neighbour if port else None,
        "switch_port": port.neighbour_port if port else None,
    }
    return {name: str(word) for name, word in words.items() if word}


def _line_metrics(phones: Sequence[Phone]) -> Iterator[Metric]:
    lines = [((phone.id, str(line.index)), line) for phone in phones for line in phone.lines]
    yield _filled(
        _gauge("line_registered", "1 where the line is registered.", "phone", "line"),
        ((labels, line.is_registered) for labels, line in lines),
    )
    yield _filled(
        _gauge("message_waiting", "1 where messages wait.", "phone", "line"),
        ((labels, line.message_waiting) for labels, line in lines),
    )


def _port_metrics(phones: Sequence[Phone]) -> Iterator[Metric]:
    ports = [((phone.id, _port_name(port)), port) for phone in phones for port in phone.ports]
    links = [(labels, port.link) for labels, port in ports if port.link is not None]
    yield _filled(
        _gauge("port_up", "1 where the port has a link.", "phone", "port"),
        ((labels, link.is_up) for labels, link in links),
    )
    yield _filled(
        _gauge("port_speed_bytes_per_second", "Of the link; eight bits are a byte.", "phone", "port"),
        ((labels, link.speed_mbps * 1e6 / 8 if link.speed_mbps is not None else None) for labels, link in links),
    )
    yield _filled(
        _gauge("port_full_duplex", "1 for full duplex, 0 for half.", "phone", "port"),
        ((labels, link.full_duplex) for labels, link in links),
    )
    yield _filled(
        _counter("port_packets", "By the phone's own counters, since it started.", "phone", "port", "direction"),
        (
            ((*labels, direction), float(counted))
            for labels, port in ports
            for direction, names in (("received", TOTALS["rx"]), ("sent", TOTALS["tx"]))
            if (counted := _counted(port, names)) is not None
        ),
    )
    yield _filled(
        _counter("port_errors", "What should stand still on a sound link, by kind.", "phone", "port", "kind"),
        (
            ((*labels, kind), float(count))
            for labels, port in ports
            for kind, count in _errors(port).items()
        ),
    )  # fmt: skip


def _port_name(port: Port) -> str:
    return PORT_NAMES.get(port.index, str(port.index))


def _counted(port: Port, names: Sequence[str]) -> int | None:
    return next((value for name, value in port.counters if name.casefold() in names), None)


def _errors(port: Port) -> Mapping[str, int]:
    """Error counters by kind; unknown counters together form one kind."""
    errors: Counter[str] = Counter()
    for name, value in port.counters:
        if is_error(name):
            kind = counter_kind(name)
            errors[kind.words if kind.parts else OTHER] += value
    return errors


_KEPT = (
    FamilyGroup(lambda phone: (phone.connection.state, phone.is_current, site(phone)), _state_metrics),
    FamilyGroup(_identity, _identity_metrics),
    FamilyGroup(
        lambda phone: [(line.index, line.is_registered, line.message_waiting) for line in phone.lines], _line_metrics
    ),
    FamilyGroup(lambda phone: [(port.index, port.link, port.counters) for port in phone.ports], _port_metrics),
)
"""Groups of families that change seldom, each with the facts it is made of."""


Row = tuple[tuple[str, str, str], Phone, Call, Measure | None]


def _call_metrics(phones: Sequence[Phone]) -> Iterator[Metric]:
    rows = [row for phone in phones for row in _call_rows(phone)]
    labels = ("phone", "line", "slot")
    yield _filled(
        _gauge("call_active", "1 while a call is there.", *labels), ((row[0], True) for row in rows)
    )  # fmt: skip
    mos = _gauge(
        "call_mos", "Opinion score 1 to 5: lq and cq as the phone reports them, estimate ours.", *labels, "kind"
    )
    yield _filled(mos, (((*row[0], kind), value) for row in rows for kind, value in _scores(row)))
    figures: tuple[tuple[str, str, Callable[[Call, Measure], float | None]], ...] = (
        (
            "call_loss_ratio",
            "Packets lost of those expected, lately.",
            lambda _, now: _ratio(now.loss_pct),
        ),
        (
            "call_discard_ratio",
            "Packets that came too late, lately.",
            lambda _, now: _ratio(now.discard_pct),
        ),
        ("call_jitter_seconds", "Interarrival jitter (RFC 3550).", lambda call, _: _seconds(call.jitter_ms)),
        ("call_round_trip_seconds", "There and back.", lambda call, _: _seconds(call.round_trip_ms)),
    )
    for name, words, value in figures:
        yield _filled(_gauge(name, words, *labels), ((row[0], value(row[2], row[3] or _UNMEASURED)) for row in rows))
    grades = StateSetMetricFamily(f"{_PREFIX}_call_grade", "How the call stands.", labels=labels)
    for where, _, _, measure in rows:
        if measure is not None:
            grades.add_metric(where, {grade.word: grade is measure.grade for grade in Grade})
    yield grades


def _call_rows(phone: Phone) -> Iterator[Row]:
    """A slot is a call's place among those of its line: used again by later calls, and no id of a call."""
    used: Counter[int] = Counter()
    for call in phone.calls:
        slot = used[call.line]
        used[call.line] += 1
        if slot < SLOTS:
            yield (phone.id, str(call.line), str(slot)), phone, call, phone.measure(call.key)


def _scores(row: Row) -> Iterator[tuple[str, float | None]]:
    _, _, call, measure = row
    yield "lq", call.mos_lq
    yield "cq", call.mos_cq
    yield "estimate", measure.estimate if measure else None


def _total_metrics(totals: TotalsSnapshot) -> Iterator[Metric]:
    packets = totals.packets.items()
    yield _filled(
        _counter("rtp_packets_received", "RTP packets that the phone received in calls.", "phone"),
        (((phone,), one.received) for phone, one in packets),
    )
    yield _filled(
        _counter("rtp_packets_lost", "RTP packets that never came.", "phone"),
        (((phone,), one.lost) for phone, one in packets),
    )
    yield _filled(
        _counter("rtp_packets_discarded", "RTP packets that came too late.", "phone"),
        (((phone,), one.discarded) for phone, one in packets),
    )
    yield _filled(
        _counter("calls", "Calls that ended, by SIP status of the end.", "site", "end_reason"),
        totals.calls.items(),
    )
    yield _filled(
        _counter("one_way_audio", "Ended calls in which one direction was silent.", "site"),
        (((place,), count) for place, count in totals.one_way.items()),
    )
    yield _filled(
        _counter("calls_reported", "Ended calls of which the phone sent its own report.", "site", "known_by"),
        totals.reported.items(),
    )
    histograms = (
        ("mos", "interval_mos", "Our opinion score, reading by reading."),
        ("loss", "interval_loss_ratio", "Loss, reading by reading."),
        ("jitter", "interval_jitter_seconds", "Jitter, reading by reading."),
        ("reported_mos", "reported_mos", "Opinion score of whole calls by the phone's own report of the end."),
    )
    for key, name, words in histograms:
        family = HistogramMetricFamily(f"{_PREFIX}_{name}", words, labels=("site", "codec"))
        for labels, (buckets, total) in totals.histograms[key].items():
            family.add_metric(labels, buckets, total)
        yield family


def _own_metrics(snapshot: FleetSnapshot) -> Iterator[Metric]:
    held = [alert for alert in snapshot.alerts if alert.cleared_at is None and not alert.is_muted]
    counts = Counter((str(alert.id), str(alert.severity), _alert_site(alert, snapshot.phones)) for alert in held)
    yield _filled(_gauge("alerts", "Alerts that hold.", "alert", "severity", "site"), counts.items())
    build = InfoMetricFamily(f"{_PREFIX}_build", "The program that says all this.")
    build.add_metric((), {"version": __version__, "python": platform.python_version()})
    yield build
    totals = snapshot.totals
    polls = _counter("polls", "Answers of phones, and times that one began to fail.", "result")
    yield _filled(polls, ((("answered",), totals.answers), (("failed",), totals.failures)))
    yield _filled(
        _counter("poll_duration_seconds", "All answers together took so long; by polls_total the mean."),
        (((), totals.answer_sum_s),),
    )
    if snapshot.reported is not None:
        reports = _counter("voice_reports", "Messages with voice quality reports, by what became of them.", "result")
        yield _filled(reports, (((result,), count) for result, count in snapshot.reported.items()))
    yield _filled(_gauge("collector_lag_seconds", "By how much the collector was late."), (((), snapshot.lag_s),))


def _alert_site(alert: Alert, phones: Mapping[PhoneId, Phone]) -> str:
    phone = phones.get(alert.phone) if alert.phone is not None else None
    return site(phone) if phone is not None else ""


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _ratio(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
