"""Everything that is wrong with one phone, and all that has to be remembered to say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from phonetui.phone.alert import Trouble
from phonetui.phone.state import CallKey, Phone
from phonetui.phone.thresholds import Thresholds
from phonetui.phone.time_reference import NOT_SET
from phonetui.phone.trouble import calls, contact, device, lines, ports, reports
from phonetui.phone.trouble.calls import CallPast, Causes
from phonetui.phone.trouble.device import DevicePast
from phonetui.phone.trouble.ports import PortPast


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered of a phone to tell what became of it."""

    calls: Mapping[CallKey, CallPast] = field(default_factory=lambda: MappingProxyType({}))
    ports: Mapping[int, PortPast] = field(default_factory=lambda: MappingProxyType({}))
    device: DevicePast = field(default_factory=DevicePast)
    registered: frozenset[int] = frozenset()
    pushed: bool = False


def assess(
    phone: Phone,
    past: Past,
    *,
    at: float,
    seen_at: datetime,
    thresholds: Thresholds,
    causes: Causes,
    clock_set_by: timedelta = NOT_SET,
) -> tuple[tuple[Trouble, ...], Past]:
    """What is wrong with `phone` at monotonic second `at`, and the past to hand in with its next state.

    `clock_set_by` is by how much our own clock was set while the program ran.

    What a phone says of itself is judged while it answers. `reboot`, `port-link` and `admin-login` are found in the
    one state that differs from the past, and not again.
    """
    if not phone.is_current:
        of_contact, pushed = contact.assess(phone, past.pushed)
        return (*of_contact, *device.restarts(phone, past.device)), replace(past, pushed=pushed)
    of_calls, call_pasts = calls.assess(phone, past.calls, thresholds, causes)
    of_ports, port_pasts = ports.assess(phone, past.ports, at)
    of_lines, registered = lines.assess(phone, past.registered)
    of_device, device_past = device.assess(phone, past.device, seen_at, clock_set_by)
    of_contact, pushed = contact.assess(phone, past.pushed)
    of_calls = (*of_calls, *reports.assess(phone, thresholds))
    found = (*of_contact, *of_calls, *of_lines, *of_ports, *of_device)
    return found, Past(call_pasts, port_pasts, device_past, registered, pushed)
