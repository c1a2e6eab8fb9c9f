"""A phone's row for viewers, some 250 bytes: what the fleet's table, tree, header and problem list need.

Values stand by their places, without names; a newer release adds its own at the end. Ages cross, and moments in UTC:
no machine's monotonic seconds mean anything on another.
"""

from collections.abc import Hashable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.lights import Lights
from phonetui.phone.measure import TREND_STEP_S, Grade, JudgedMetric, Measure, Metric, Moment, ScoreTrend
from phonetui.phone.state import (
    Call,
    CallDirection,
    Claim,
    Connection,
    Disagreement,
    Line,
    Link,
    Network,
    Phase,
    Phone,
    PhoneId,
    Port,
    State,
    System,
)
from phonetui.text import NOTHING, Printable

_HOUR_S = 3600.0
_JUDGED = 2
"""How many figures of a call a row names; its grade rests on the first."""


class RowJudgement(Struct, frozen=True, array_like=True):
    """One graded figure of a call, as in a row."""

    metric: Metric
    value: float
    grade: Grade


class RowCall(Struct, frozen=True, array_like=True):
    """One call, as in a row."""

    line: int
    """0 for a call that events alone reported."""
    id: int
    phase: Phase
    state: Printable | None = None
    direction: CallDirection | None = None
    remote_name: Printable | None = None
    remote_number: Printable | None = None
    duration_s: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    encoder: Printable | None = None
    decoder: Printable | None = None
    grade: Grade | None = None
    """None where the call has no measure."""
    mos: float | None = None
    mos_source: str | None = None
    loss_pct: float | None = None
    discard_pct: float | None = None
    judged: tuple[RowJudgement, ...] = ()
    partner: PhoneId | None = None
    partner_key: tuple[int, int] | None = None


class RowLine(Struct, frozen=True, array_like=True):
    """One line, as in a row."""

    index: int
    is_registered: bool | None = None
    registration: Printable | None = None
    message_waiting: bool | None = None
    has_calls: bool = False
    """Whether the phone publishes calls there, idle ones included."""


class RowPort(Struct, frozen=True, array_like=True):
    """One port, as in a row."""

    index: int
    neighbour: Printable | None = None
    neighbour_port: Printable | None = None
    errors: int | None = None
    errors_risen: int | None = None
    link: Printable | None = None
    speed_mbps: int | None = None
    full_duplex: bool | None = None
    is_up: bool | None = None


class RowClaim(Struct, frozen=True, array_like=True):
    """What Webex reports of the phone, as in a row."""

    device: str
    by: str
    status: Printable | None = None
    is_online: bool | None = None
    seen_at: Moment | None = None
    place: tuple[Printable, ...] = ()
    disagreement: Disagreement | None = None


class FleetRow(Struct, frozen=True, array_like=True):
    """What the lists of a viewer need of one phone, as an array without names."""

    epoch: int
    """Of the shard: rows of an older one were sent by a collector that doesn't hold it any more."""
    collector: str
    number: int
    """Of what this collector sends: of two rows of one epoch the higher is the newer."""
    at: Moment
    """When the row was made, by the collector's clock."""
    phone: PhoneId
    name: Printable
    address: Printable
    state: State
    control: str = "denied"
    """What operators may do with it: a value of `Permission`."""
    reason: str = ""
    detail: Printable = NOTHING
    hint: Printable = NOTHING
    seen_at: Moment | None = None
    age_s: float | None = None
    """Seconds since its last good answer."""
    interval_s: float = 10.0
    answer_ms: float | None = None
    flags: int = 0
    """A bit set of `_FLAGS`."""
    group: tuple[Printable, ...] = ()
    tags: tuple[Printable, ...] = ()
    via: Printable | None = None
    expected_model: Printable | None = None
    product_id: Printable | None = None
    product_type: Printable | None = None
    version: Printable | None = None
    mac: Printable | None = None
    vlan: Printable | None = None
    ipv4: Printable | None = None
    up_s: float | None = None
    lines: tuple[RowLine, ...] = ()
    calls: tuple[RowCall, ...] = ()
    ports: tuple[RowPort, ...] = ()
    scores: tuple[float | None, ...] = ()
    """The scores of `Phone.trend`."""
    scores_age_s: float = 0.0
    claim: RowClaim | None = None
    alerts: tuple[Alert, ...] = ()
    """Alerts that hold, and those cleared lately."""

    @property
    def visible(self) -> "FleetRow":
        """The row without what changes at every answer: rows that agree in this need not be sent."""
        return replace(
            self, number=0, at=_NEVER, seen_at=None, age_s=None, answer_ms=None, scores_age_s=0.0,
            up_s=None if self.up_s is None else self.up_s // _HOUR_S,
        )  # fmt: skip

    @property
    def urgent(self) -> tuple[object, ...]:
        """What nobody waits for: connection, calls, registration, alerts. Figures may come a little later."""
        return (
            self.epoch, self.state, self.reason, [(call.line, call.id, call.phase) for call in self.calls],
            [(line.index, line.is_registered, line.message_waiting) for line in self.lines],
            [(alert.key, alert.severity, alert.is_active) for alert in self.alerts],
        )  # fmt: skip


_NEVER = datetime.min.replace(tzinfo=UTC)
_UNVERIFIED, _PUSHES, _EASED, _MPP, _WEBEX = (1 << place for place in range(5))


def row_of(
    phone: Phone, alerts: tuple[Alert, ...], partners: dict[tuple[int, int], Partner], *,
    control: str, epoch: int, collector: str, number: int, at: float, seen_at: datetime,
) -> FleetRow:  # fmt: skip
    """The row at monotonic second `at`, which is `seen_at` by the wall."""
    connection = phone.connection
    flags = (
        connection.unverified * _UNVERIFIED | connection.pushes * _PUSHES | connection.is_eased * _EASED
        | phone.is_mpp * _MPP | phone.is_behind_webex * _WEBEX
    )  # fmt: skip
    return FleetRow(
        epoch, collector, number, seen_at, phone.id, phone.name, phone.address, connection.state, control,
        connection.reason, connection.detail, connection.hint, connection.seen_at,
        None if connection.fresh_at is None else at - connection.fresh_at,
        connection.interval_s, connection.answer_ms, flags, phone.group, phone.tags, phone.via, phone.expected_model,
        phone.system.product_id, phone.system.product_type, phone.system.version, phone.system.mac,
        phone.network.vlan, phone.network.ipv4, phone.up_s,
        tuple([
            RowLine(line.index, line.is_registered, line.registration, line.message_waiting, bool(line.calls))
            for line in phone.lines
        ]),
        tuple([_call(phone, call, partners.get(call.key)) for call in phone.calls]),
        tuple([_port(port) for port in phone.ports]),
        phone.trend.scores, at - phone.trend.minute * TREND_STEP_S,
        _claim(phone.claim) if phone.claim else None, alerts,
    )  # fmt: skip


def _call(phone: Phone, call: Call, partner: Partner | None) -> RowCall:
    measure = phone.measure(call.key)
    known = RowCall(
        call.line, call.id, call.phase, call.state, call.direction, call.remote_name, call.remote_number,
        call.duration_s, call.jitter_ms, call.round_trip_ms, call.encoder, call.decoder,
        partner=partner.phone if partner else None, partner_key=partner.key if partner else None,
    )  # fmt: skip
    if measure is None:
        return known
    judged = [RowJudgement(each.metric, each.value, each.grade) for each in measure.judged[:_JUDGED]]
    return replace(
        known, grade=measure.grade, mos=measure.mos, mos_source=measure.mos_source, loss_pct=measure.loss_pct,
        discard_pct=measure.discard_pct, judged=(*judged, *_others(measure, judged)),
    )  # fmt: skip


def _others(measure: Measure, judged: list[RowJudgement]) -> list[RowJudgement]:
    """The grades of figures that have a column, where they aren't among the first."""
    named = {each.metric for each in judged}
    wanted = (Metric.MOS, Metric.ESTIMATE, Metric.LOSS, Metric.JITTER, Metric.DELAY)
    return [
        RowJudgement(each.metric, each.value, each.grade)
        for each in measure.judged[_JUDGED:]
        if each.metric in wanted and each.metric not in named
    ]


def _port(port: Port) -> RowPort:
    link = port.link
    return RowPort(
        port.index, port.neighbour, port.neighbour_port, port.errors, port.errors_risen, link.raw if link else None,
        link.speed_mbps if link else None, link.full_duplex if link else None, link.is_up if link else None,
    )  # fmt: skip


def _claim(claim: Claim) -> RowClaim:
    return RowClaim(
        claim.device, claim.by, claim.status, claim.is_online, claim.seen_at, claim.place, claim.disagreement
    )


def phone_of(row: FleetRow, phone: PhoneId, group: tuple[Printable, ...], at: float) -> Phone:
    """What a row tells of a phone, under the viewer's name for it; `at` is its monotonic second of the row.

    What the row doesn't have is None, as if the phone had not said it.
    """
    connection = Connection(
        state=row.state, reason=_shared(row.reason), detail=_shared(row.detail), hint=_shared(row.hint),
        seen_at=None if row.seen_at is None else _shared(row.seen_at.replace(microsecond=0)),
        fresh_at=None if row.age_s is None else at - row.age_s, interval_s=_shared(row.interval_s),
        pushes=bool(row.flags & _PUSHES), answer_ms=None if row.answer_ms is None else _shared(round(row.answer_ms, 1)),
        is_eased=bool(row.flags & _EASED),
        unverified=bool(row.flags & _UNVERIFIED),
    )  # fmt: skip
    return Phone(
        id=phone, name=Printable(phone) if row.name == str(phone) else row.name, address=row.address,
        group=_shared(group), tags=_shared(row.tags), via=_shared(row.via),
        is_behind_webex=bool(row.flags & _WEBEX), expected_model=_shared(row.expected_model), connection=connection,
        claim=_claim_of(row.claim, at) if row.claim else None,
        system=_system(row.product_id, row.product_type, row.version, row.mac),
        network=_network(row.address if row.ipv4 == row.address else row.ipv4, row.vlan), up_s=row.up_s,
        lines=_lines(row), lights=_NO_LIGHTS, is_mpp=bool(row.flags & _MPP),
        event_calls=tuple([_call_of(call) for call in row.calls if not _has_line(row, call)]),
        ports=_ports(row.ports), measures=tuple([_measure(call) for call in row.calls if call.grade is not None]),
        trend=ScoreTrend(int((at - row.scores_age_s) // TREND_STEP_S), row.scores) if row.scores else _NO_TREND,
    )  # fmt: skip


_NO_TREND, _NO_LIGHTS = ScoreTrend(), Lights()
_Shared = TypeVar("_Shared", bound=Hashable)


@lru_cache(20_000)
def _shared(value: _Shared) -> _Shared:
    """The one object that thousands of phones share, instead of one for each of fifty thousand."""
    return value


def _system(
    product_id: Printable | None, product_type: Printable | None, version: Printable | None, mac: Printable | None
) -> System:
    return System(product_id=_shared(product_id), product_type=_shared(product_type), version=_shared(version), mac=mac)


def _network(ipv4: Printable | None, vlan: Printable | None) -> Network:
    return Network(ipv4=ipv4, vlan=_shared(vlan))


@lru_cache(4096)
def _ports(ports: tuple[RowPort, ...]) -> tuple[Port, ...]:
    return tuple(
        Port(
            port.index,
            Link(port.link, port.speed_mbps, port.full_duplex, port.is_up) if port.link is not None else None,
            neighbour=port.neighbour, neighbour_port=port.neighbour_port, errors=port.errors,
            errors_risen=port.errors_risen,
        )
        for port in ports
    )  # fmt: skip


@lru_cache(4096)
def _idle_lines(lines: tuple[RowLine, ...]) -> tuple[Line, ...]:
    """The lines of a phone without a call; most are alike."""
    return tuple(
        Line(
            line.index, line.registration, line.is_registered, line.message_waiting,
            calls=_IDLE if line.has_calls else (),
        )
        for line in lines
    )  # fmt: skip


def _has_line(row: FleetRow, call: RowCall) -> bool:
    return any(line.index == call.line and line.has_calls for line in row.lines)


def _lines(row: FleetRow) -> tuple[Line, ...]:
    if not row.calls:
        return _idle_lines(row.lines)
    return tuple([
        Line(
            line.index, line.registration, line.is_registered, line.message_waiting,
            calls=tuple([_call_of(call) for call in row.calls if call.line == line.index]) or _IDLE
            if line.has_calls else (),
        )
        for line in row.lines
    ])  # fmt: skip


_IDLE = (Call(0, 0, phase=Phase.IDLE),)
"""Stands for the calls of a line that has none: a phone that publishes calls differs from one that doesn't."""


def _call_of(call: RowCall) -> Call:
    return Call(
        call.line, call.id, state=call.state, phase=call.phase, direction=call.direction, remote_name=call.remote_name,
        remote_number=call.remote_number, duration_s=call.duration_s, jitter_ms=call.jitter_ms,
        round_trip_ms=call.round_trip_ms, encoder=call.encoder, decoder=call.decoder,
    )  # fmt: skip


def _measure(call: RowCall) -> Measure:
    return Measure(
        call.line, call.id, call.grade or Grade.UNKNOWN, mos=call.mos, mos_source=call.mos_source,
        loss_pct=call.loss_pct, discard_pct=call.discard_pct,
        judged=tuple([JudgedMetric(each.metric, each.value, each.grade) for each in call.judged]),
    )  # fmt: skip


def _claim_of(claim: RowClaim, at: float) -> Claim:
    return Claim(
        device=claim.device, by=claim.by, status=claim.status, is_online=claim.is_online, seen_at=claim.seen_at,
        status_at=at, place=claim.place, disagreement=claim.disagreement,
    )  # fmt: skip
