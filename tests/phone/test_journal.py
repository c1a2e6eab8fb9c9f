"""Events in one line."""

from phonetui.phone.journal import event_words
from phonetui.text import printable
from phonetui.xapi.document import Event


def event(name: str, **fields: str) -> Event:
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in fields.items()), 0.0)


def test_whose_call_comes_first() -> None:
    call = event("SipCallSuccessful", CallId="0", LineId="1", Direction="Inbound", PeerName="Kitchen", PeerPhone="5005")
    assert event_words(call) == "L1, answered  Kitchen 5005  Direction Inbound"


def test_unknown_events_are_shown_whole() -> None:
    assert event_words(event("Novelty", A="1", B="", C="x y")) == "Novelty  A 1  C x y"
    assert event_words(event("Shutdown")) == "Shutdown"


def test_a_call_comes_first_whatever_its_fields_are_called() -> None:
    fields = {"callid": "0", "LineID": "1", "DisplayName": "Front Desk", "RemoteURI": "5000", "Cause": "Normal"}
    words = "L1, ended  Front Desk 5000  Cause Normal"
    assert event_words(event("SipCallDisconnect", **fields)) == words
    assert event_words(event("X", PeerPhone="5000", RemoteNumber="6000")) == "X  5000  RemoteNumber 6000"
