"""What a frozen display goes back through that writes no files: the latest minutes, and never more than so many bytes."""

import pytest

from phonetui.errors import ConfigError
from phonetui.recording import memory as memory_module
from phonetui.recording import recorder as recorder_module
from phonetui.recording.memory import RecordedMemory
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.recorder import Recorder
from tests.recording.test_files import INCIDENT


def remembered(until_s: float) -> tuple[RecordedMemory, Player]:
    """The incident so far, and a player that stands at the same moment of it."""
    memory = RecordedMemory()
    recorder, player = Recorder(memory, print), Player(Recording(INCIDENT))
    made = player.reconstruction
    recorder.take_keyframe(made.fleet.keyframe(player.at, player.moment, made.clock.before, player.at))
    player.copy_to(recorder)
    player.advance(player.position_us + round(until_s * 1e6))
    recorder.close()
    assert not recorder.failure
    return memory, player


def test_what_is_in_memory_shows_the_same() -> None:
    memory, player = remembered(40.0)
    again = Player(memory.recording())
    again.seek(player.position_us)
    assert dict(again.fleet.phones) == dict(player.fleet.phones)
    assert again.fleet.alerts.alerts == player.fleet.alerts.alerts
    assert "nothing is recorded" in again.recording.keep_mark(again.position_us, "here")
    again.recording.close()


def test_the_oldest_goes_and_the_journal_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "KEPT_S", 10.0)
    monkeypatch.setattr(recorder_module, "KEYFRAME_S", 2.0)
    monkeypatch.setattr(recorder_module, "READINGS", 5)
    memory, player = remembered(60.0)
    recording = memory.recording()
    assert 10.0 <= (recording.last_us - recording.first_us) / 1e6 <= 40.0
    again = Player(recording)
    again.seek(player.position_us)
    known = {entry for entry in again.journal.entries if entry.kind in {"alert", "event"}}
    assert {entry for entry in player.journal.entries if entry.kind in {"alert", "event"}} <= known
    monkeypatch.setattr(memory_module, "MOST_BYTES", 1)
    memory.begin(player.position_us + 1)
    assert len(memory._parts) == 2


def test_nothing_yet_is_said() -> None:
    with pytest.raises(ConfigError):
        RecordedMemory().recording()
