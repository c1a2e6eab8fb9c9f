"""A lost jump host is one trouble, with the phones behind it named."""

from datetime import UTC, datetime

from msgspec.structs import replace

from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.journal import AlertReport, Journal, Report
from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.alerts.rules_phone import assess_tunnels
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import PhoneId, TunnelState
from phonetui.text import Printable

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def tunnel(state: str, phones: int = 3) -> TunnelState:
    behind = tuple(PhoneId(f"desk-{number}") for number in range(phones))
    detail = Printable("" if state in ("up", "opening") else "the connection was reset")
    return TunnelState(name=Printable("bastion"), state=state, since=NOW, phones=behind, detail=detail)


def test_only_what_is_lost_or_refused_is_trouble() -> None:
    assert assess_tunnels([tunnel("up"), tunnel("opening")]) == ()
    (trouble,) = assess_tunnels([tunnel("up"), tunnel("lost")])
    assert (trouble.id, trouble.subject, trouble.severity) == (AlertId.TUNNEL, "bastion", Severity.CRITICAL)
    assert "3 phones behind it: desk-0, desk-1, desk-2" in trouble.text
    assert "the connection was reset" in trouble.text


def test_many_phones_are_counted_and_a_few_named() -> None:
    (trouble,) = assess_tunnels([tunnel("refused", 50)])
    assert "50 phones behind it: desk-0, desk-1, desk-2, desk-3, desk-4 …" in trouble.text


def test_what_is_behind_a_lost_one_is_counted_with_it() -> None:
    inner = replace(tunnel("lost", 2), name=Printable("inner"), blamed=Printable("bastion"))
    (trouble,) = assess_tunnels([inner, tunnel("lost", 0)])
    assert trouble.subject == "bastion"
    assert "2 phones behind it: desk-0, desk-1" in trouble.text


def test_one_alert_is_raised_and_cleared_for_all_phones_behind() -> None:
    told: list[Report] = []
    alarms = AlertMonitor(Journal(told.append), DEFAULT, (), lambda _, __: ())
    alarms.update_tunnels((tunnel("lost"),), 10.0, NOW)
    alarms.update_tunnels((tunnel("lost"),), 11.0, NOW)
    alarms.update_tunnels((tunnel("up"),), 12.0, NOW)
    alarms.update_tunnels((tunnel("up"),), 60.0, NOW)
    alerts = [report.alert for report in told if isinstance(report, AlertReport)]
    assert [(alert.phone, alert.id, alert.is_active) for alert in alerts] == [
        (None, AlertId.TUNNEL, True),
        (None, AlertId.TUNNEL, False),
    ]
