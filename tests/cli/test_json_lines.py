"""What `watch` prints, to the letter."""

import json
from datetime import UTC, datetime

import pytest

from phonetui.cli.json_lines import line
from phonetui.monitor.journal import AlertReport, CallReport, EventReport, Report, StateReport, StatusReport
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import PhoneId, State
from phonetui.text import printable
from phonetui.xapi.document import Event
from phonetui.xapi.path import Path

LOBBY = PhoneId("lobby")
NOON = datetime(2026, 11, 21, 12, 0, 0, 123_999, tzinfo=UTC)
AT = '"at":"2026-11-21T12:00:00.123Z"}'
JITTER = Path.parse("Line 1 Call 0 Jitter")
FIELDS = tuple((printable(name), printable(value)) for name, value in (("A", "1"), ("B", "x"), ("B", "y"), ("B", "z")))


@pytest.mark.parametrize(
    ("report", "written"),
    [
        (
            StateReport(LOBBY, State.NOT_XAPI, "html", NOON),
            '{"type":"phone","phone":"lobby","state":"not-xapi","reason":"html",',
        ),
        (
            StatusReport(LOBBY, JITTER, printable("14 \u00e9"), NOON),
            '{"type":"status","phone":"lobby","path":"Line 1 Call 0 Jitter","value":"14 \\u00e9",',
        ),
        (
            StatusReport(LOBBY, JITTER, None, NOON),
            '{"type":"status","phone":"lobby","path":"Line 1 Call 0 Jitter","ghost":true,',
        ),
        (
            EventReport(LOBBY, Event(printable("BootEvent"), FIELDS, 1.0), NOON),
            '{"type":"event","phone":"lobby","event":"BootEvent","fields":{"A":"1","B":["x","y","z"]},',
        ),
        (
            CallReport(
                phone=LOBBY,
                state=printable("Connected"),
                jitter_ms=14.0,
                measure=Measure(1, 0, Grade.GOOD, loss_pct=0.39999, mos=4.1, mos_source="phone-cq"),
                seen_at=NOON,
            ),
            (
                '{"type":"call","phone":"lobby","line":1,"call":0,"state":"Connected","loss_pct":0.4,"jitter_ms":14.0,'
                '"mos":4.1,"mos_source":"phone-cq","grade":"good",'
            ),
        ),
        (
            CallReport(phone=LOBBY, state=None, jitter_ms=None, measure=Measure(2, 1), seen_at=NOON),
            (
                '{"type":"call","phone":"lobby","line":2,"call":1,"state":null,"loss_pct":null,"jitter_ms":null,'
                '"mos":null,"mos_source":null,"grade":"unknown",'
            ),
        ),
        (
            AlertReport(
                Alert(
                    phone=LOBBY,
                    id=AlertId.LOSS,
                    subject="line 1 call 0",
                    severity=Severity.POOR,
                    text=printable("loss up to 4.1 % (was 0.6 %)"),
                    raised_at=NOON,
                ),
                NOON,
            ),
            (
                '{"type":"alert","phone":"lobby","alert":"loss","subject":"line 1 call 0","severity":"poor","raised":true,'
                '"text":"loss up to 4.1 % (was 0.6 %)",'
            ),
        ),
        (
            AlertReport(
                Alert(
                    phone=None,
                    id=AlertId.TUNNEL,
                    subject="bastion",
                    severity=Severity.CRITICAL,
                    text=printable("over after 45 s: closed"),
                    raised_at=NOON,
                    cleared_at=NOON,
                ),
                NOON,
            ),
            (
                '{"type":"alert","phone":null,"alert":"tunnel","subject":"bastion","severity":"critical","raised":false,'
                '"text":"over after 45 s: closed",'
            ),
        ),
    ],
)
def test_line(report: Report, written: str) -> None:
    assert line(report) == written + AT
    assert json.loads(line(report))
