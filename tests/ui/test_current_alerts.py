"""What a screen says of an alert about a call's figures is what it says of the call at that moment."""

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import Alert, AlertId, Severity, call_subject
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric
from phonetui.phone.state import Phone, PhoneId, State
from phonetui.text import printable
from phonetui.ui.alerts.rows import alert_line, alert_mark
from phonetui.ui.current_alerts import CurrentAlerts
from phonetui.ui.text.format import mark, troubled
from tests.ui.office import NOW, office

LOBBY, KEY = PhoneId("lobby"), (1, 0)


def alert(id_: AlertId = AlertId.LOSS, severity: Severity = Severity.CRITICAL, subject: str = "") -> Alert:
    subject = subject or call_subject(KEY)
    return Alert(
        phone=LOBBY, id=id_, subject=subject, severity=severity, text=printable("loss up to 12.7 %"), raised_at=NOW
    )


def lobby(grade: Grade | None) -> Phone:
    phone = office().phones[LOBBY]
    live = replace(phone, connection=replace(phone.connection, state=State.LIVE))
    return replace(live, measures=(Measure(*KEY, grade=grade),) if grade else (), lines=live.lines if grade else ())


@pytest.mark.parametrize(
    ("grade", "shown"),
    [
        (Grade.CRITICAL, "CRITICAL"), (Grade.POOR, "POOR"), (Grade.FAIR, "fair"), (Grade.GOOD, "eased"),
        (Grade.MEASURING, "CRITICAL"), (None, "eased"),
    ],
)  # fmt: skip
def test_it_is_as_grave_as_the_call(grade: Grade | None, shown: str) -> None:
    phone = lobby(grade)
    (found,) = CurrentAlerts().of((alert(),), {LOBBY: phone})
    assert alert_mark(found).word == shown
    assert f" {shown.lower()} loss" in alert_line(found, None)
    if grade is not None and grade.is_verdict:
        assert mark(phone, troubled([found])).glyph == mark(phone).glyph


def test_it_is_as_grave_as_its_figures_before_the_alert_follows() -> None:
    """A call becomes worse at its reading, its alert when phones are next compared."""
    figures = JudgedMetric(Metric.LOSS, 12.7, Grade.CRITICAL), JudgedMetric(Metric.STALL, 3.0, Grade.CRITICAL)
    for judged, shown in zip(figures, (Severity.CRITICAL, Severity.POOR), strict=True):
        phone = replace(lobby(Grade.CRITICAL), measures=(Measure(*KEY, grade=Grade.CRITICAL, judged=(judged,)),))
        (found,) = CurrentAlerts().of((alert(severity=Severity.POOR),), {LOBBY: phone})
        assert found.severity is shown


def test_it_is_never_graver_than_it_was_raised() -> None:
    """What else is wrong with the call has an alert of its own."""
    (found,) = CurrentAlerts().of((alert(severity=Severity.FAIR),), {LOBBY: lobby(Grade.CRITICAL)})
    assert found.severity is Severity.FAIR


def test_what_is_no_figure_of_a_call_stays_as_it_is() -> None:
    alerts = (alert(AlertId.PORT_ERRORS, Severity.POOR, "port 1"), alert(AlertId.ONE_WAY_AUDIO))
    assert CurrentAlerts().of(alerts, {LOBBY: lobby(Grade.GOOD)}) is alerts


def test_the_graver_ones_come_first_and_nothing_is_made_anew() -> None:
    """A phone's mark is that of its first alert, and what is the same object is not drawn again."""
    current, alerts = CurrentAlerts(), (alert(), alert(AlertId.PORT_ERRORS, Severity.POOR, "port 1"))
    phones = {LOBBY: lobby(Grade.FAIR)}
    found = current.of(alerts, phones)
    assert [each.id for each in found] == [AlertId.PORT_ERRORS, AlertId.LOSS]
    assert current.of(alerts, dict(phones)) is found
    assert troubled(found)[LOBBY].id is AlertId.PORT_ERRORS
