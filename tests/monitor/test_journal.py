"""What is written into the journal of one phone's states."""

from datetime import UTC, datetime

from phonetui.monitor.journal import Journal, PhoneLog
from phonetui.phone.state import PhoneId, State

NOW = datetime(2026, 11, 30, 14, 3, tzinfo=UTC)


def test_one_failure_of_a_live_phone_is_not_told_as_news_of_its_life() -> None:
    journal = Journal()
    log = PhoneLog(PhoneId("lobby"), journal)
    log.note_state(State.LIVE, "", NOW)
    log.note_state(State.LIVE, "connection-refused", NOW)
    log.note_state(State.UNREACHABLE, "connection-refused", NOW)
    log.note_state(State.LIVE, "", NOW)
    assert [entry.text for entry in journal.entries] == ["live", "unreachable (connection-refused)", "live"]
