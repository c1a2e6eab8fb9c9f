"""What one phone's place at the ledger writes down of its states."""

from phonetui.monitor.journal import Journal, PhoneLog
from phonetui.phone.state import PhoneId, State


def test_one_failure_of_a_live_phone_is_not_told_as_news_of_its_life() -> None:
    ledger = Journal()
    desk = PhoneLog(PhoneId("lobby"), ledger)
    desk.state(State.LIVE, "")
    desk.state(State.LIVE, "connection-refused")
    desk.state(State.UNREACHABLE, "connection-refused")
    desk.state(State.LIVE, "")
    assert [entry.text for entry in ledger.entries] == ["live", "unreachable (connection-refused)", "live"]
