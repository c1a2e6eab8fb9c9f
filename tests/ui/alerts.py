"""Alerts as an office might have them, worst first, and what comparing its phones points at."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from tests.ui.office import NOW, FakeFleet, office


def alert(phone: str | None, id_: AlertId, severity: Severity, text: str, ago_s: float, **more: Any) -> Alert:
    raised_at = NOW - timedelta(seconds=ago_s)
    known: dict[str, Any] = {"subject": "", "text": printable(text), "raised_at": raised_at}
    return Alert(phone=PhoneId(phone) if phone else None, id=id_, severity=severity, **{**known, **more})


def cleared(found: Alert, ago_s: float) -> Alert:
    return replace(found, cleared_at=NOW - timedelta(seconds=ago_s))


LOSS = alert(
    "reception", AlertId.LOSS, Severity.POOR, "loss up to 4.1 % (was 0.6 %)  L1 Ola Nordmann +47 22 00 00 00  "
    "loss on the way in alone, CRC errors of port 1 rise: check the cabling of port 1", 35, subject="line 1 call 0", times=3,
)  # fmt: skip
ALERTS = (
    alert("desk-33", AlertId.CERTIFICATE, Severity.CRITICAL, "its certificate is not the accepted one", 420),
    LOSS,
    alert("lobby", AlertId.REGISTRATION, Severity.POOR, "line 2 is not registered: Failed", 3, subject="line 2"),
    alert("lobby", AlertId.PORT_ERRORS, Severity.FAIR, "port 2 (PC): CRC +14 a minute: check cable and plug", 120),
    alert("bergen-1", AlertId.CLOCK, Severity.INFO, "its clock is about 40 s behind ours, zones aside", 4000),
    alert(None, AlertId.TUNNEL, Severity.INFO, "the tunnel through bastion was opened again", 61, subject="bastion"),
    alert("desk-31", AlertId.MWI, Severity.INFO, "the message light is on, but no message waits", 4000, is_muted=True),
    cleared(alert("bergen-2", AlertId.JITTER, Severity.FAIR, "cleared after 45 s: jitter up to 61 ms", 400), 355),
    cleared(
        alert("desk-34", AlertId.DUPLEX, Severity.POOR, "no longer known, phone unreachable: half duplex", 4000), 700
    ),
)
HINTS = (
    Diagnosis(
        printable("look at sw-2f"), printable("3 phones on sw-2f lose inbound packets and their CRC counters rise")
    ),
    Diagnosis(printable("look at VLAN 110"), printable("5 of 6 calls in VLAN 110 are poor, 1 of 9 elsewhere")),
    Diagnosis(printable("look at bastion"), printable("round trips of both phones behind bastion rose by 200 ms")),
    Diagnosis(printable("look at the firmware"), printable("both phones with 3-5-1 discard packets")),
)


def troubled(**more: Any) -> FakeFleet:
    return office(alerts=ALERTS, hints=HINTS[:1], **more)
