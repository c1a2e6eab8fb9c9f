"""Which alerts are muted: by the configuration's patterns, and by the operator before those."""

import pytest

from phonetui.phone.alerts.alert import Alert, AlertId, Mutes, Severity
from phonetui.phone.state import PhoneId
from phonetui.text import Printable
from tests.phone.alerts.phones import NOON


def raised(phone: PhoneId | None, alert: AlertId, subject: str = "") -> Alert:
    return Alert(phone=phone, id=alert, subject=subject, severity=Severity.POOR, text=Printable("bad"), raised_at=NOON)


LOBBY, BY_URL = PhoneId("lobby"), PhoneId("https://192.0.2.21:8443")


@pytest.mark.parametrize(
    ("entry", "phone", "alert", "muted"),
    [
        ("lobby", LOBBY, AlertId.LOSS, True),
        ("lobby:jitter", LOBBY, AlertId.JITTER, True),
        ("lobby:jitter", LOBBY, AlertId.LOSS, False),
        ("*:mwi", LOBBY, AlertId.MWI, True),
        ("*:mwi", LOBBY, AlertId.LOSS, False),
        ("*:tunnel", None, AlertId.TUNNEL, True),
        ("kitchen", LOBBY, AlertId.LOSS, False),
        ("https://192.0.2.21:8443", BY_URL, AlertId.LOSS, True),
        ("https://192.0.2.21:8443:loss", BY_URL, AlertId.LOSS, True),
        ("https://192.0.2.21:8443:loss", BY_URL, AlertId.MWI, False),
    ],
)
def test_patterns(entry: str, phone: PhoneId | None, alert: AlertId, muted: bool) -> None:
    assert Mutes((entry,)).mutes(raised(phone, alert)) is muted


def test_the_operator_goes_before_the_configuration() -> None:
    alert, another = (raised(LOBBY, AlertId.LOSS, subject) for subject in ("line 1 call 0", "line 1 call 1"))
    mutes = Mutes(("lobby",)).choose(alert.key, muted=False)
    assert not mutes.mutes(alert)
    assert mutes.mutes(another)
    assert Mutes().choose(alert.key, muted=True).mutes(alert)
    as_jitter = raised(LOBBY, AlertId.JITTER, alert.subject)
    assert Mutes().choose(alert.key, muted=True).mutes(as_jitter), "one alert a call, whatever is worst of it"
