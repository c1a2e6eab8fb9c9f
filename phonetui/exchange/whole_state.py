"""All that is known of one phone, as sent to viewers that show it; moments cross machines as ages.

Monotonic seconds in it are written as seconds before the state was sent, which is a moment in UTC; whoever reads it
adds the monotonic second that this moment has there. JSON has no infinity: windows since a call began are -1.
"""

from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import TREND_STEP_S, Measure, Moment, ScoreTrend
from phonetui.phone.state import CallKey, Phone, PhoneId

if TYPE_CHECKING:
    from phonetui.fleet.protocol import FleetView

_SINCE_BEGIN = -1.0
"""Stands for an infinite window."""


class CallContext(Struct, frozen=True):
    """What only comparing phones shows of a call."""

    key: CallKey
    partner: Partner | None = None
    ambiguous: Ambiguous | None = None
    causes: tuple[Diagnosis, ...] = ()


class WholeState(Struct, frozen=True):
    """All that a collector knows of one phone, as sent while a viewer shows it."""

    epoch: int
    """The same as in `FleetRow`."""
    collector: str
    number: int
    at: Moment
    phone: Phone
    alerts: tuple[Alert, ...] = ()
    calls: tuple[CallContext, ...] = ()

    @property
    def visible(self) -> tuple[object, ...]:
        """What must change for the state to be sent again, as in `FleetRow.visible`."""
        connection = replace(self.phone.connection, seen_at=None, fresh_at=None, answer_ms=None, tunnel_ms=None)
        phone = replace(self.phone, connection=connection, up_s=None, clock=None, trend=_NO_TREND)
        return (self.epoch, phone, self.alerts, self.calls)


_NO_TREND = ScoreTrend()


def state_of(
    phone: Phone,
    alerts: tuple[Alert, ...],
    fleet: "FleetView",
    *,
    epoch: int,
    collector: str,
    number: int,
    seen_at: datetime,
) -> WholeState:
    """The state of a phone, with monotonic seconds as they are: see `sent`."""
    calls = tuple([_context(fleet, phone.id, call.key) for call in phone.calls])
    return WholeState(epoch, collector, number, seen_at, phone, alerts, calls)


def _context(fleet: "FleetView", phone: PhoneId, key: CallKey) -> CallContext:
    found = fleet.partner(phone, key)
    return CallContext(
        key,
        found if isinstance(found, Partner) else None,
        found if isinstance(found, Ambiguous) else None,
        tuple(fleet.causes(phone, key)),
    )


def sent(state: WholeState, at: float) -> WholeState:
    """The state as it crosses machines: relative to monotonic second `at`, which is `state.at` by the wall."""
    return replace(state, phone=_finite(shifted(state.phone, -at), to_wire=True))


def received(state: WholeState, at: float) -> WholeState:
    """The state as it is used: `at` is what the viewer's monotonic clock showed at `state.at`."""
    return replace(state, phone=_finite(shifted(state.phone, at), to_wire=False))


def shifted(phone: Phone, by: float) -> Phone:
    """The state with every monotonic second shifted."""
    connection, claim = phone.connection, phone.claim
    minute = phone.trend.minute + round(by / TREND_STEP_S) if phone.trend.scores else 0
    return replace(
        phone,
        connection=replace(connection, fresh_at=_moved(connection.fresh_at, by)),
        claim=replace(claim, status_at=claim.status_at + by) if claim else None,
        ports=tuple([replace(port, counted_at=_moved(port.counted_at, by)) for port in phone.ports]),
        reported_calls=tuple([replace(call, at=call.at + by) for call in phone.reported_calls]),
        trend=replace(phone.trend, minute=minute),
    )


def _moved(at: float | None, by: float) -> float | None:
    return None if at is None else at + by


def _finite(phone: Phone, *, to_wire: bool) -> Phone:
    before, after = (inf, _SINCE_BEGIN) if to_wire else (_SINCE_BEGIN, inf)
    return replace(phone, measures=tuple([_with_windows(measure, before, after) for measure in phone.measures]))


def _with_windows(measure: Measure, before: float, after: float) -> Measure:
    judged = tuple([
        replace(each, window_s=after) if each.window_s == before else each for each in measure.judged
    ])  # fmt: skip
    return replace(measure, judged=judged)


def renamed(state: WholeState, name: Callable[[PhoneId], PhoneId]) -> WholeState:
    """The state with the viewer's names of phones: `name` gives that of one of the same site."""
    calls = tuple([
        replace(
            call,
            partner=replace(call.partner, phone=name(call.partner.phone)) if call.partner else None,
            ambiguous=replace(
                call.ambiguous, candidates=tuple((name(phone), key) for phone, key in call.ambiguous.candidates)
            ) if call.ambiguous else None,
            causes=tuple([diagnosis_renamed(cause, name) for cause in call.causes]),
        )
        for call in state.calls
    ])  # fmt: skip
    phone = replace(state.phone, id=name(state.phone.id))
    return replace(state, phone=phone, calls=calls, alerts=alerts_renamed(state.alerts, name))


def alerts_renamed(alerts: tuple[Alert, ...], name: Callable[[PhoneId], PhoneId]) -> tuple[Alert, ...]:
    """The alerts with the ids of their phones by `name`."""
    return tuple([replace(alert, phone=name(alert.phone)) if alert.phone else alert for alert in alerts])


def diagnosis_renamed(diagnosis: Diagnosis, name: Callable[[PhoneId], PhoneId]) -> Diagnosis:
    """The diagnosis with the ids of its phones by `name`."""
    return replace(diagnosis, phones=tuple(map(name, diagnosis.phones)))
