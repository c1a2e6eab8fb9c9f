"""A made-up day of an office for a report: calls both ways, trouble, moves, two phones of one address, certificates."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.inventory import PhoneChange, PhoneRecord, PhoneTrait
from phonetui.phone.state import PhoneId, State
from phonetui.report.fleet_report import FleetReport, ReportSource, fleet_report
from phonetui.text import Printable, printable
from tests.ui.office import NOW
from tests.ui.remembered import other_end_of, past, troubled

BEGAN, ENDED = NOW - timedelta(days=1), NOW
TITLE = Printable("HQ lab")


def day() -> list[CallRecord]:
    """A bad call with both ends, and some of every other kind, in the order in which they ended."""
    bad = troubled()
    calls = [bad, other_end_of(bad), *(call for call in past() if call.id not in (bad.id, other_end_of(bad).id))]
    return sorted((call for call in calls if call.last_at >= BEGAN), key=lambda call: call.last_at)


def known(name: str, /, **more: Any) -> PhoneRecord:
    said: dict[str, Any] = {
        "id": PhoneId(name), "name": printable(name), "address": Printable("192.0.2.21"), "model": Printable("DP-9851"),
        "version": Printable("PHONEOS.3-6-1-0001-45"), "mac": printable(f"00:1A:2B:00:00:{len(name):02X}"), "ip": printable(f"192.0.2.{100 + len(name)}"),
        "switch": Printable("sw-2f"), "switch_port": printable(f"Gi1/0/{len(name)}"), "certificate_ends_at": NOW + timedelta(days=900),
        "state": State.LIVE, "seen_at": NOW - timedelta(minutes=1), "watched_at": NOW - timedelta(minutes=1),
    }  # fmt: skip
    return PhoneRecord(**(said | more))


def phones() -> list[PhoneRecord]:
    """Of names as long as their places."""
    return [
        known("lobby", group=(Printable("HQ"), Printable("Ground floor")), serial=Printable("FVH1")),
        known("reception", model=Printable("DP-9861")),
        known("desk-31", version=Printable("PHONEOS.3-5-1-0002-10"), certificate_ends_at=NOW + timedelta(days=12)),
        known("far-away-1", state=State.UNREACHABLE, seen_at=NOW - timedelta(hours=2)),
        known("twin-a", mac=Printable("001a.2b00.00ff"), ip=Printable("192.0.2.7")),
        known("twin-bb", mac=Printable("00:1A:2B:00:00:FF"), ip=Printable("192.0.2.8"), certificate_ends_at=NOW - timedelta(days=2)),
        known("never-spoke", seen_at=None, state=State.CONNECTING, mac=None, ip=None, model=None, version=None, switch=None, switch_port=None,
              certificate_ends_at=None),
    ]  # fmt: skip


def change(phone: str, trait: PhoneTrait, before: str, after: str, minutes: float) -> PhoneChange:
    at = NOW - timedelta(minutes=minutes)
    return PhoneChange(phone=PhoneId(phone), trait=trait, before=printable(before), after=printable(after), at=at)


def changed() -> list[PhoneChange]:
    return [
        change("lobby", PhoneTrait.STATE, "live", "unreachable", 300),
        change("lobby", PhoneTrait.STATE, "unreachable", "live", 270),
        change("reception", PhoneTrait.PLACE, "sw-2f Gi1/0/3", "sw-2f Gi1/0/9", 240),
        change("desk-31", PhoneTrait.VERSION, "PHONEOS.3-4-1", "PHONEOS.3-5-1-0002-10", 200),
        change("desk-31", PhoneTrait.PLACE, "sw-1f Gi1/0/1", "sw-2f Gi1/0/7", 100),
        change("far-away-1", PhoneTrait.STATE, "live", "unreachable", 120),
    ]


def alert(phone: str | None, id_: AlertId, minutes: float, severity: Severity = Severity.POOR) -> Alert:
    return Alert(
        phone=PhoneId(phone) if phone else None, id=id_, subject="", severity=severity, text=Printable("what was wrong"),
        raised_at=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


def alerts() -> list[Alert]:
    return [
        alert("reception", AlertId.REGISTRATION, 500), alert("reception", AlertId.REGISTRATION, 400), alert("reception", AlertId.LOSS, 40),
        alert("twin-a", AlertId.REBOOT, 30, Severity.INFO), alert("lobby", AlertId.FEEDBACK, 20, Severity.INFO), alert(None, AlertId.TUNNEL, 10),
    ]  # fmt: skip


def source(calls: Sequence[CallRecord] | None = None, **more: Any) -> ReportSource:
    whole = ReportSource(
        calls=day() if calls is None else calls, phones=phones(), changes=changed(), alerts=alerts(), kept_since=BEGAN
    )
    return replace(whole, **more)


def report(calls: Sequence[CallRecord] | None = None, **more: Any) -> FleetReport:
    return fleet_report(source(calls, **more), BEGAN, ENDED, title=TITLE, zone=UTC)


HOSTILE = printable("<script>alert(1)</script>\x1b]0;x\x07\u202eevil|`*_[x](http://x)&amp;")


def hostile() -> FleetReport:
    """Whatever a stranger can write is mark-up of every form."""
    bad = troubled()
    call = replace(bad.call, remote_name=HOSTILE, remote_number=HOSTILE)
    record = replace(bad, phone=PhoneId(HOSTILE), call=call, hints=(HOSTILE,), cause=HOSTILE)
    wild = dict.fromkeys(("name", "address", "model", "version", "mac", "ip", "switch", "switch_port", "vlan"), HOSTILE)
    twin = known("twin", **wild)
    return report(
        [record], phones=[twin, replace(twin, id=PhoneId("other"))], alerts=[],
        changes=[change(HOSTILE, PhoneTrait.PLACE, HOSTILE, HOSTILE, 3), change(HOSTILE, PhoneTrait.VERSION, HOSTILE, HOSTILE, 2)],
        gaps=(HOSTILE,),
    )  # fmt: skip
