"""Rows of the summary of a phone's status, one a subject."""

import re
from collections.abc import Iterable, Sequence
from math import trunc

from msgspec import Struct

from phonetui.fleet.protocol import Trust, TrustReason
from phonetui.phone.state import Phone
from phonetui.text import Printable
from phonetui.ui.panes.network import setting
from phonetui.ui.snapshot import seen
from phonetui.ui.status.document import DeviceFacts
from phonetui.ui.text.format import DASH, LOOKED_AT, MAY_NOT_SEE, ON_PREM, count, number, release, words
from phonetui.ui.text.rows import Role, Row, Run, clipped, pad, row

_FAILURE = re.compile(r"fail|error|denied|refus|invalid|timeout|expired", re.IGNORECASE)
_LABEL = 11
CLOCK_OFF_S = 30.0
"""Certificates and call records suffer from a clock that is further away."""


class SummaryContext(Struct, frozen=True):
    """All that the summary shows."""

    phone: Phone
    device: DeviceFacts
    skew_s: float | None = None
    sip_per_min: float | None = None
    trust: Row = ()
    """Why the phone is believed to be itself."""
    webex: Row = ()
    """What Webex says of it; empty where there is none to ask."""


def summary_rows(context: SummaryContext, width: int, height: int) -> list[Row]:
    """A row a subject. Where there is no room for all, those in trouble come right behind the first."""
    made = (
        ("system", _system(context)),
        ("time", _time(context)),
        ("network", _network(context.phone)),
        ("ports", _ports(context.phone)),
        ("SIP", _sip(context)),
        ("security", _security(context)),
        ("trust", context.trust or row(Run(DASH, Role.DIM))),
        ("downloads", _downloads(context)),
        ("services", _services(context)),
        ("pushes to", _feedback_slots(context)),
        *((("Webex", context.webex),) if context.webex else ()),
    )
    first, *others = (row(Run(pad(f" {name}", _LABEL), Role.LABEL), *found) for name, found in made)
    if height < len(made):
        others.sort(key=lambda found: not any(run.role in _TROUBLE for run in found))
    return [clipped(seen(context.phone, found), width) for found in (first, *others)]


_TROUBLE = (Role.FAIR, Role.POOR, Role.FAILED)


def _system(context: SummaryContext) -> Row:
    system = context.phone.system
    hardware = " ".join(filter(None, (system.vid, f"rev {system.hardware_version}" if system.hardware_version else "")))
    return _joined(
        Run(words(system.product_id), Role.TITLE),
        _value_run(system.version),
        _labelled("", system.product_type),
        Run(hardware),
        _labelled("host", system.host_name),
        _labelled("MAC", system.mac),
    )


def _time(context: SummaryContext) -> Row:
    phone = context.phone
    return _joined(
        Run(_up(phone.up_s), Role.VALUE),
        _labelled("standby", phone.standby),
        _labelled("time", phone.clock),
        _skew(context.skew_s),
        missing=_why_missing(phone, "3.6") if phone.up_s is None else "",
    )


def _up(seconds: float | None) -> str:
    """Exact to the minute: whether it booted before or after the trouble began is what one wants to know."""
    if seconds is None:
        return f"up {DASH}"
    days, rest = divmod(trunc(seconds) // 60, 1440)
    return f"up {days} d {rest // 60:02}:{rest % 60:02}" if days else f"up {rest // 60} h {rest % 60:02} min"


def _skew(seconds: float | None) -> Run:
    if seconds is None:
        return Run("")
    if abs(seconds) < 5.0:
        return Run("● clock in sync", Role.GOOD)
    is_off = abs(seconds) >= CLOCK_OFF_S
    words = f"clock {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
    return Run(f"▲ {words}", Role.FAIR) if is_off else Run(words, Role.DIM)


def _network(phone: Phone) -> Row:
    network = phone.network
    return _joined(
        _value_run(network.interface),
        _labelled("address", network.ipv4),
        _labelled("public address", network.external_ip),
        _labelled("VLAN", network.vlan),
        _labelled("wired", network.ethernet_mac),
        _labelled("radio", network.wifi_mac),
        *_round_trip(phone),
    )


def _round_trip(phone: Phone) -> Iterable[Row]:
    """How it is reached, and where the time goes: on the way to the jump host, or from there on."""
    connection = phone.connection
    yield _labelled("via", phone.via)
    if phone.is_behind_webex or connection.is_eased:
        why = ", as it answers slowly" if connection.is_eased else ""
        yield _pair("asked every", f"{number(connection.interval_s, 's')}{why}")
    if connection.tunnel_ms is not None:
        yield _pair("SSH", number(connection.tunnel_ms, "ms"))
    if connection.answer_ms is not None:
        yield _pair("answers in", number(max(0.0, connection.answer_ms - (connection.tunnel_ms or 0.0)), "ms"))


def _ports(phone: Phone) -> Row:
    shown = [run for port in phone.ports for run in (*setting(port), Run("   "))]
    return row(*shown) if shown else row(Run(_why_missing(phone, "3.6") or "this phone publishes none", Role.DIM))


def _sip(context: SummaryContext) -> Row:
    device = context.device
    rate = Run("" if context.sip_per_min is None else f"{context.sip_per_min:.0f} a minute", Role.VALUE)
    if device.sip_sent is None and device.sip_received is None:
        why = Run(_why_missing(context.phone, "3.6", mpp=True) or "no counters", Role.DIM)
        return _joined(why, _labelled("protocol", device.protocol))
    sent = f"{count(device.sip_sent)} messages, {count(device.sip_bytes_sent)} bytes"
    received = f"{count(device.sip_received)} messages, {count(device.sip_bytes_received)} bytes"
    return _joined(rate, _pair("sent", sent), _pair("received", received), _labelled("protocol", device.protocol))


def _security(context: SummaryContext) -> Row:
    device = context.device
    failure = device.customer_ca_result if _is_failure(device.customer_ca_result) else None
    return _joined(
        _labelled("login", device.last_login),
        _labelled("failed login", device.failed_login, Role.FAIR),
        _first_failure("SCEP", device.enrolments),
        _labelled("CA", device.customer_ca),
        _labelled("", failure),
        missing=_why_missing(context.phone, "3.6", mpp=True),
    )


def _downloads(context: SummaryContext) -> Row:
    device = context.device
    return _joined(
        _first_failure("firmware", device.upgrades),
        _first_failure("provisioning", device.provisionings),
        _labelled("locale", device.locale if device.locale or not device.locale_from else device.locale_from),
        _labelled("logo", device.logo),
        _first_failure("wallpaper", device.wallpapers),
        missing=_why_missing(context.phone, "3.6", mpp=True),
    )


def _services(context: SummaryContext) -> Row:
    device = context.device
    until = f" {device.available_at}" if device.availability and device.available_at else ""
    booked = Printable(f"{device.availability}{until}") if device.availability else None
    agent = Printable(" ".join(filter(None, (device.agent, device.agent_version)))) or None
    report = ", ".join(filter(None, (device.report_written, device.report_sent)))
    return _joined(
        _labelled("booking", booked),
        _labelled("ThousandEyes", agent),
        _labelled("problem report", Printable(report) or None),
        _labelled("meeting", device.meeting or device.booking),
        missing=_why_missing(context.phone, "3.6"),
    )


def _feedback_slots(context: SummaryContext) -> Row:
    """Whose feedback slots they are: there are four, and whoever takes a fifth takes one from somebody."""
    runs: list[Run | str] = []
    for slot in context.device.slots:
        state = slot.status or DASH
        whose = "phonetui at " if slot.is_phonetuis else ""
        runs += [
            Run(f"{slot.number} ", Role.KEY),
            Run(f"{whose}{slot.host} "),
            Run(f"{slot.form or ''} {slot.expressions} paths ".lstrip(), Role.DIM),
            Run(f"{state}   ", Role.POOR if _is_failure(state) else Role.GOOD),
        ]
    if not runs and "HttpFeedback" in context.phone.forbidden:
        return row(Run(MAY_NOT_SEE, Role.DIM))
    return row(*runs) if runs else row(Run("nobody: no feedback slot is taken", Role.DIM))


def _first_failure(name: str, items: Sequence[tuple[int, Printable]]) -> Row:
    """The first item that went wrong, else the first; how many there are where it is more than one."""
    if not items:
        return ()
    index, text = next((item for item in items if _is_failure(item[1])), items[0])
    many = f" (1 of {len(items)})" if len(items) > 1 else ""
    return row(*_labelled(f"{name} {index}" if len(items) > 1 else name, text), Run(many, Role.DIM))


def _labelled(name: str, value: Printable | None, role: Role = Role.PLAIN) -> Row:
    if not value:
        return ()
    text = Run(f"! {value}", Role.POOR) if _is_failure(value) and role is Role.PLAIN else Run(value, role)
    return row(Run(f"{name} " if name else "", Role.LABEL), text)


def _pair(name: str, value: str) -> Row:
    return row(Run(f"{name} ", Role.LABEL), value)


def _value_run(value: Printable | None) -> Run:
    return Run(words(value), Role.VALUE)


def _joined(*parts: Row | Run, missing: str = "") -> Row:
    """Parts side by side; without any, why."""
    made: Iterable[Row] = ((part,) if isinstance(part, Run) else part for part in parts)
    there = [part for part in made if any(run.text for run in part)]
    if missing and (not there or (len(there) == 1 and DASH in there[0][0].text)):
        return row(Run(missing, Role.DIM))
    return row(*(run for part in there for run in (*part, Run("   ")))) or row(Run(DASH, Role.DIM))


def _why_missing(phone: Phone, first: str, *, mpp: bool = False) -> str:
    """Why there may be nothing; empty where there should be something."""
    version = release(phone.system.version)
    if version and version[:2] < (release(Printable(first)) or version)[:2]:
        return f"needs PhoneOS {first}"
    if mpp and version and not phone.is_mpp:
        return MAY_NOT_SEE if phone.forbidden else ON_PREM
    return ""


def _is_failure(value: Printable | str | None) -> bool:
    return bool(value and _FAILURE.search(value[:LOOKED_AT]))


def trust_row(trust: Trust) -> Row:
    match trust.reason:
        case TrustReason.PLAIN:
            return row(Run("✗ not encrypted: whoever is on the way reads the password", Role.FAILED))
        case TrustReason.OFF:
            return row(Run("✗ not verified (tls = off): anybody could be this phone", Role.FAILED))
        case TrustReason.WEBEX:
            return row(Run("● asked through Webex, which knows the phone", Role.GOOD))
        case TrustReason.ELSEWHERE:
            return row(Run("not known here: whoever watches the phone checks it", Role.DIM))
        case TrustReason.CA:
            return row(Run("● chain and name verified ", Role.GOOD), Run(f"as {trust.expected}"))
    if not trust.expected:
        return row(Run("its first certificate will be accepted", Role.DIM))
    until = f", expires {trust.not_after:%Y-%m-%d}" if trust.not_after else ""
    bearer = (Run(f"{trust.subject}{until}   ", Role.VALUE),) if trust.subject else ()
    return row(Run("● pinned ", Role.GOOD), *bearer, Run(trust.expected, Role.DIM))
