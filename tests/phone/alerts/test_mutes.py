"""Which alerts are muted: by the configuration's patterns, and by the operator before those."""

import pytest

from phonetui.phone.alerts.alert import AlertId, Mutes
from phonetui.phone.state import PhoneId

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
    assert Mutes((entry,)).mutes((phone, alert, "")) is muted


def test_the_operator_goes_before_the_configuration() -> None:
    key = (LOBBY, AlertId.LOSS, "line 1 call 0")
    mutes = Mutes(("lobby",)).choose(key, muted=False)
    assert not mutes.mutes(key)
    assert mutes.mutes((LOBBY, AlertId.LOSS, "line 1 call 1"))
    assert Mutes().choose(key, muted=True).mutes(key)
