"""Counters from a chosen moment on: what they were then is taken off what they are, for looking at alone.

A counter that began anew since (a reboot, another call in the place, a hold) has nothing to take off any more: what it
shows was all counted after the moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from phonetui.phone.calls.call_identity import SLACK_S, is_same
from phonetui.phone.port_counters import began_anew
from phonetui.phone.quality.loss import Counts, counts, interval
from phonetui.phone.state import Call, CallKey, Phone, Port


@dataclass(frozen=True, slots=True)
class Baseline:
    taken_at: datetime
    """Aware UTC."""
    phone: Phone
    """As it was followed last: what began anew shows between this and the next."""
    calls: Mapping[CallKey, Counts]
    """What is taken off; calls that came later are not among them."""
    errors: Mapping[int, int]
    """The same of the ports, by index."""

    def call(self, call: Call) -> Call:
        """With what was counted since."""
        base = self.calls.get(call.key)
        if base is None:
            return call
        lost = None if call.lost_packets is None else max(call.lost_packets - (base.lost or 0), 0)
        return replace(
            call,
            packets_sent=_risen(base.sent, call.packets_sent),
            packets_received=_risen(base.received, call.packets_received),
            lost_packets=lost,  # late packets take lost ones back: nothing began anew
            discarded_packets=_risen(base.discarded, call.discarded_packets),
        )

    def port(self, port: Port) -> Port:
        return replace(port, errors=_risen(self.errors.get(port.index), port.errors))


def begin(phone: Phone, now: datetime) -> Baseline:
    calls = {call.key: counted for call in phone.calls if (counted := counts(call))}
    return Baseline(now, phone, calls, {port.index: port.errors for port in phone.ports if port.errors is not None})


def follow(baseline: Baseline, phone: Phone) -> Baseline:
    """With the phone as it is now; to be asked as often as it may have changed."""
    if phone is baseline.phone:
        return baseline
    before = baseline.phone
    ports = {port.index: port.counters for port in before.ports}
    anew = {port.index for port in phone.ports if began_anew(ports.get(port.index, ()), port.counters)}
    calls, passed_s = {call.key: call for call in before.calls}, _passed_s(before, phone)
    stayed = {call.key for call in phone.calls if call.key in calls and _goes_on(calls[call.key], call, passed_s)}
    return replace(
        baseline,
        phone=phone,
        calls={key: base for key, base in baseline.calls.items() if key in stayed},
        errors={index: base for index, base in baseline.errors.items() if index not in anew},
    )


def _risen(base: int | None, value: int | None) -> int | None:
    return value if base is None or value is None or value < base else value - base


def _passed_s(before: Phone, after: Phone) -> float:
    first, last = before.connection.seen_at, after.connection.seen_at
    return (last - first).total_seconds() if first and last else 0.0


def _goes_on(before: Call, after: Call, passed_s: float) -> bool:
    if not is_same(before, after, passed_s, was_seen=passed_s <= SLACK_S):
        return False
    old, new = counts(before), counts(after)
    return old is None or new is None or interval(old, new, passed_s) is not None
