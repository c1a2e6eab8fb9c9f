"""The alerts of a bad day, over real sockets: a broken cable, half duplex, lost registrations, a restart, a stranger."""

import asyncio

import pytest

from phonetui.monitor.journal import AlertReport
from phonetui.monitor.update_loop import LOOK_S
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import Live, live, served, until


def told(watched: Live, alert: AlertId, phone: str | None = None) -> list[Alert]:
    """What was reported of one id, oldest first."""
    reports = (report.alert for report in watched.reports if isinstance(report, AlertReport))
    return [found for found in reports if found.id is alert and phone in (None, found.phone)]


@pytest.mark.slow
async def test_a_bad_day() -> None:
    async with served(4, scenario="trouble") as office, live(office) as watched:
        broken, half = office.phones[1].name, office.phones[3].name
        await until(lambda: told(watched, AlertId.DUPLEX, half), 15, "half duplex")
        await until(lambda: told(watched, AlertId.PORT_ERRORS, broken), 15, "errors of the broken cable")
        await until(lambda: told(watched, AlertId.REGISTRATION), 30, "a lost registration")
        assert "CRC +" in told(watched, AlertId.PORT_ERRORS, broken)[0].text
        assert "100 Half" in told(watched, AlertId.DUPLEX, half)[0].text
        lost = told(watched, AlertId.REGISTRATION)[0]
        assert lost.severity is Severity.CRITICAL
        assert "Not Registered" in lost.text
        assert not told(watched, AlertId.CLOCK), "every phone has our time"
        assert any(lost.text in entry.text for entry in watched.fleet.entries)


@pytest.mark.slow
@pytest.mark.live
async def test_a_restart_is_told_and_is_no_trouble_of_the_line() -> None:
    async with served() as office, live(office) as watched:
        (phone,) = (PhoneId(phone.name) for phone in office.phones)
        await until(lambda: watched.fleet.phones[phone].up_s, 5, "the time since boot")
        await asyncio.sleep(2 * LOOK_S)
        await watched.fleet.command(phone, Command(Path.of("SystemUnit", "Boot")), confirmed=True)
        await until(lambda: told(watched, AlertId.REBOOT), 10, "that it restarts")
        await until(lambda: "restarted: up" in watched.fleet.alerts[0].text, 40, "that it came back")
        assert [alert.severity for alert in told(watched, AlertId.REBOOT)] == [Severity.INFO]
        assert not told(watched, AlertId.REGISTRATION), "it may take its time to register after a start"


async def test_another_certificate_is_critical_and_can_be_muted() -> None:
    async with served(2) as office, live(office, fingerprint="aa" * 32) as watched:
        first, second = (PhoneId(phone.name) for phone in office.phones)
        await until(lambda: len(told(watched, AlertId.CERTIFICATE)) == 2, 5, "two refused certificates")
        alert = told(watched, AlertId.CERTIFICATE, first)[0]
        assert alert.severity is Severity.CRITICAL
        watched.fleet.mute(alert.key, muted=True)
        assert [(known.phone, known.is_muted) for known in watched.fleet.alerts] == [(second, False), (first, True)]
