"""Alert rules for a phone as a whole, for jump hosts, and how an ended alert is worded.

The rules here are of the contact (certificate, pushes), the device (restart, administrator's log-in, clock) and the
lines (registration, message light); those of calls and ports have modules of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf
from operator import attrgetter, is_
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.phone.alerts import rules_calls, rules_ports
from phonetui.phone.alerts.alert import (
    POLICIES,
    Alert,
    AlertCondition,
    AlertId,
    Severity,
    Visibility,
    call_subject,
    visibility,
)
from phonetui.phone.alerts.rules_calls import CallPast, Diagnose
from phonetui.phone.alerts.rules_ports import PortPast
from phonetui.phone.clock import NOT_SET, is_another_day, skew_s, span
from phonetui.phone.lights import Cadence
from phonetui.phone.measure import Moment
from phonetui.phone.observe import LINES
from phonetui.phone.parse import is_registering
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import CallKey, Connection, Line, Phase, Phone, State, TunnelState
from phonetui.text import Printable, printable


def assess_contact(phone: Phone, pushed: bool) -> tuple[tuple[AlertCondition, ...], bool]:
    """What is wrong with the connection to a phone, and whether it ever pushed; `pushed` is what was known of that
    before."""
    connection = phone.connection
    return (*_certificate(connection), *_feedback(connection, pushed)), pushed or connection.pushes


def _certificate(connection: Connection) -> Iterator[AlertCondition]:
    if connection.state is State.REFUSED and connection.reason == "certificate":
        text = "  ".join(filter(None, (connection.detail, connection.hint))) or "its certificate is refused"
        yield AlertCondition(AlertId.CERTIFICATE, "", Severity.CRITICAL, printable(text))


def _feedback(connection: Connection, pushed: bool) -> Iterator[AlertCondition]:
    """Of a phone that answers: nothing is missed, it is only seen later."""
    if connection.state is not State.LIVE or connection.pushes or not (pushed or connection.unpushed):
        return
    what, severity = ("its pushes stopped", Severity.FAIR) if pushed else ("it does not push", Severity.INFO)
    why = f": {connection.unpushed}" if connection.unpushed else ""
    text = f"{what}, it is polled every {connection.interval_s:g} s{why}"
    yield AlertCondition(AlertId.FEEDBACK, "", severity, printable(text))


SKEW_S = 30.0
"""What a clock may be wrong before that is an alert."""
GREAT_SKEW_S = 120.0
"""Beyond this, logs cannot be laid side by side any more."""
_BACK_S = 5.0
"""By how much the time since boot must go back: it is rounded, and may come late."""


class DevicePast(Struct, frozen=True):
    """What is remembered of a phone's uptime, clock and failed sign-ins between two readings."""

    up_s: float | None = None
    up_at: Moment | None = None
    """When `up_s` was seen first, aware UTC by our clock as it was set at the start."""
    failed_login: Printable | None = None
    clock: Printable | None = None
    skew_s: float | None = None
    """When `clock` was read."""
    is_another_day: bool = False


def assess_device(
    phone: Phone, past: DevicePast, seen_at: datetime, clock_set_by: timedelta = NOT_SET
) -> tuple[tuple[AlertCondition, ...], DevicePast]:
    """What is wrong, and what to compare the next reading with. `seen_at` is aware, and soon after the reading.

    `clock_set_by` is by how much our own clock was set since the start. Whether it was right before or is now cannot be
    told from here: a phone that agrees with either is not wrong.
    """
    after = replace(
        past,
        failed_login=past.failed_login if phone.failed_login is None else phone.failed_login,
    )
    if phone.up_s is not None and phone.up_s != past.up_s:
        after = replace(after, up_s=phone.up_s, up_at=seen_at - clock_set_by)
    if phone.clock is not None and phone.clock != past.clock:
        ours = (seen_at, seen_at - clock_set_by) if clock_set_by else (seen_at,)
        skews = [skew for skew in (skew_s(phone.clock, moment) for moment in ours) if skew is not None]
        after = replace(
            after,
            clock=phone.clock,
            skew_s=min(skews, key=abs, default=None),
            is_another_day=all(is_another_day(phone.clock, moment) for moment in ours),
        )
    return (*_restarted(after, past), *_admin_login(past, after), *_clock(after)), after


def restarts(phone: Phone, past: DevicePast) -> Iterator[AlertCondition]:
    """Conditions for a phone on its way down or up, of which it says nothing itself."""
    if phone.connection.state is State.REBOOTING:
        was = "" if past.up_s is None else f", was up {span(past.up_s)}"
        yield AlertCondition(AlertId.REBOOT, "", Severity.INFO, printable(f"restart{was}"))


def _restarted(now: DevicePast, past: DevicePast) -> Iterator[AlertCondition]:
    """Where it is up for less time than passed since it was seen up; else a reading was overtaken by another one."""
    if now.up_s is None or past.up_s is None or now.up_at is None or past.up_at is None:
        return
    passed_s = (now.up_at - past.up_at).total_seconds()
    if now.up_s < past.up_s - _BACK_S and now.up_s < passed_s + _BACK_S:
        words = f"restarted: up {span(now.up_s)}, was up {span(past.up_s)}"
        yield AlertCondition(AlertId.REBOOT, "", Severity.INFO, printable(words))


def _admin_login(past: DevicePast, after: DevicePast) -> Iterator[AlertCondition]:
    if past.failed_login is not None and after.failed_login and after.failed_login != past.failed_login:
        words = f"an administrator's log-in failed: {after.failed_login} by the phone's clock"
        yield AlertCondition(AlertId.ADMIN_LOGIN, "", Severity.FAIR, printable(words))


def _clock(now: DevicePast) -> Iterator[AlertCondition]:
    if now.is_another_day:
        words = f"clock shows another day: {now.clock}"
        yield AlertCondition(AlertId.CLOCK, "", Severity.FAIR, printable(words))
        return
    skew = now.skew_s
    if skew is None or abs(skew) <= SKEW_S:
        return
    size, direction = abs(skew), "ahead of" if skew > 0 else "behind"
    shown = span(size) if size >= 600 else f"{round(size, -1):.0f} s"
    severity = Severity.FAIR if size > GREAT_SKEW_S else Severity.INFO
    text = printable(f"clock is about {shown} {direction} ours, zones aside: check its time server")
    yield AlertCondition(AlertId.CLOCK, "", severity, text)


BOOT_S = 120.0
"""How long after its start a phone may take to register."""
EVERY_LINE = "every line"


def assess_lines(phone: Phone, registered: frozenset[int]) -> tuple[tuple[AlertCondition, ...], frozenset[int]]:
    """What is wrong with the phone's lines, and those seen registered so far; `registered` are those seen before."""
    known = registered if len(registered) <= LINES else registered & {line.index for line in phone.lines}
    up = {line.index for line in phone.lines if line.is_registered}
    seen = known if up <= known else known | up
    return (*_registration(phone, seen), *_message_light(phone)), seen


def _registration(phone: Phone, seen: frozenset[int]) -> Iterator[AlertCondition]:
    """An unknown word is no failure; several lines that fail together are one alert."""
    lost = [line for line in phone.lines if line.is_registered is False]
    is_starting = phone.up_s is not None and phone.up_s < BOOT_S
    if not lost or (is_starting and all(is_registering(line.registration) for line in lost)):
        return
    if any(line.is_registered for line in phone.lines):
        for line in lost:
            words = printable(f"line {line.index} is not registered: {line.registration}")
            yield AlertCondition(AlertId.REGISTRATION, f"line {line.index}", _severity(line, seen), words)
        return
    subject = f"line {lost[0].index}" if len(lost) == 1 else EVERY_LINE
    states = ", ".join(dict.fromkeys(line.registration or "" for line in lost))
    words = printable(f"no line is registered, the phone cannot be called: {states}")
    yield AlertCondition(AlertId.REGISTRATION, subject, Severity.CRITICAL, words)


def _severity(line: Line, seen: frozenset[int]) -> Severity:
    """Firmware may list lines that nobody uses: one that never registered and says no worse is worth a mention only."""
    if line.index in seen or "fail" in (line.registration or "").casefold():
        return Severity.POOR
    return Severity.INFO


def _message_light(phone: Phone) -> Iterator[AlertCondition]:
    """A light that blinks may ring, and some firmware lights it for missed calls: a steady one is compared."""
    light, waiting = phone.lights.message, [line.message_waiting for line in phone.lines]
    ringing = any(call.phase is Phase.ALERTING for call in phone.calls)
    if light is None or ringing or set(waiting) <= {None}:
        return
    if light.is_lit is False and any(waiting):
        text = printable("a message waits, but the message light is off")
        yield AlertCondition(AlertId.MWI, "", Severity.INFO, text)
    elif light.is_lit and light.cadence in (None, Cadence.STEADY) and set(waiting) <= {False}:
        text = printable("the message light is on, but no message waits")
        yield AlertCondition(AlertId.MWI, "", Severity.INFO, text)


class Past(Struct, frozen=True):
    """What is remembered of a phone, to compare its next state with."""

    calls: Mapping[CallKey, CallPast] = field(default_factory=lambda: MappingProxyType({}))
    ports: Mapping[int, PortPast] = field(default_factory=lambda: MappingProxyType({}))
    device: DevicePast = field(default_factory=DevicePast)
    registered: frozenset[int] = frozenset()
    pushed: bool = False

    @property
    def until(self) -> float:
        """Monotonic second up to which time alone makes nothing else of the phone: then errors of its ports are old."""
        if not self.ports:
            return inf
        return min([port.rise.until if port.rise.by_counter else inf for port in self.ports.values()])


def is_alike(before: Phone, phone: Phone) -> bool:
    """Whether nothing that `assess_phone` looks at has changed; most answers differ in the moment alone."""
    return (
        all(map(is_, _of_phone(before), _of_phone(phone)))
        and _of_connection(before.connection) == _of_connection(phone.connection)
        and before.up_s == phone.up_s
    )


_of_phone = attrgetter("lines", "measures", "ports", "lights", "clock", "failed_login", "event_calls", "reported_calls")
_of_connection = attrgetter("state", "reason", "detail", "hint", "pushes", "unpushed", "interval_s")


def assess_phone(
    phone: Phone,
    past: Past,
    *,
    at: float,
    seen_at: datetime,
    thresholds: Thresholds,
    diagnose: Diagnose,
    clock_set_by: timedelta = NOT_SET,
    of_ports: tuple[AlertCondition, ...] | None = None,
) -> tuple[tuple[AlertCondition, ...], Past]:
    """What is wrong with `phone` at monotonic second `at`, and the past to hand in with its next state.

    `clock_set_by` as in `assess_device`; `of_ports` is what is wrong with its ports, where that is known to last.

    What a phone says of itself is judged while it answers. `reboot`, `port-link` and `admin-login` are found in the one
    state that differs from the past, and not again.
    """
    of_contact, pushed = assess_contact(phone, past.pushed)
    if not phone.is_current:
        return (*of_contact, *restarts(phone, past.device)), replace(past, pushed=pushed)
    of_calls, call_pasts = rules_calls.assess_calls(phone, past.calls, thresholds, diagnose)
    port_pasts = past.ports
    if of_ports is None:
        of_ports, port_pasts = rules_ports.assess_ports(phone, past.ports, at)
    of_lines, registered = assess_lines(phone, past.registered)
    of_device, device_past = assess_device(phone, past.device, seen_at, clock_set_by)
    of_reports = rules_calls.assess_reports(phone, thresholds)
    found = (*of_contact, *of_calls, *of_reports, *of_lines, *of_ports, *of_device)
    return found, Past(call_pasts, port_pasts, device_past, registered, pushed)


NAMED = 5
"""Phones that are named; of more, how many there are."""
_BROKEN = ("lost", "refused")


def assess_tunnels(tunnels: Sequence[TunnelState]) -> tuple[AlertCondition, ...]:
    """Conditions for jump hosts whose SSH connection is lost.

    One that is only being opened raises none, and neither does one that is out of reach because another jump host on
    its way is lost.
    """
    return tuple(
        AlertCondition(AlertId.TUNNEL, tunnel.name, Severity.CRITICAL, printable(_words(tunnel, tunnels)))
        for tunnel in tunnels
        if tunnel.state in _BROKEN and tunnel.blamed is None
    )


def _words(tunnel: TunnelState, tunnels: Sequence[TunnelState]) -> str:
    farther = (phone for other in tunnels if other.blamed == tunnel.name for phone in other.phones)
    phones = (*tunnel.phones, *farther)
    count = len(phones)
    behind = "nobody is behind it"
    if count:
        named = ", ".join(phones[:NAMED]) + (" …" if count > NAMED else "")
        behind = f"{count} phone{'' if count == 1 else 's'} behind it: {named}"
    return "  ".join(filter(None, (f"tunnel {tunnel.name} {tunnel.state}", tunnel.detail, behind, tunnel.hint)))


def ending(phone: Phone, alert: Alert, seen_at: datetime) -> Printable:
    """`cleared after 45 s: …`, `call ended: …`, or `no longer known, phone unreachable: …`, with what it was."""
    state = phone.connection.state
    if POLICIES[alert.id].needs_phone and visibility(state) is Visibility.LOST:
        return Printable(f"no longer known, phone {state}: {alert.text}")
    if " call " in alert.subject and alert.subject not in {call_subject(call.key) for call in phone.calls}:
        return call_ended(alert)
    return over(alert, seen_at)


def call_ended(alert: Alert) -> Printable:
    """The closing words of an alert whose call is over."""
    return Printable(f"call ended: {alert.text}")


def over(alert: Alert, seen_at: datetime) -> Printable:
    """The closing words of an alert that is no single phone's."""
    return Printable(f"cleared after {span((seen_at - alert.raised_at).total_seconds())}: {alert.text}")
