"""A replay shows what was shown: compared field by field with what a live fleet showed at random moments.

The long form: PHONETUI_REPLAY_S=600 records for ten minutes and compares 100 random moments.
"""

import os
import random
from pathlib import Path as File

import pytest

from phonetui.cli.json_lines import line
from phonetui.recording import recorder
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from tests.recording.office import Recorded, Seen, differences, record_office

LONG_S = float(os.environ.get("PHONETUI_REPLAY_S", "0"))
MOMENTS = 100 if LONG_S else 12
LOOK_US = 500_000
"""Two looks of the live fleet."""


@pytest.fixture(autouse=True)
def _many_keyframes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many in a short time as a busy fleet has in a long one."""
    if not LONG_S:
        monkeypatch.setattr(recorder, "READINGS", 10)
        monkeypatch.setattr(recorder, "KEYFRAME_S", 1.0)
        monkeypatch.setattr(recorder, "PHONE_S", 0.0)


async def recorded(folder: File, seconds: float, phones: int) -> Recorded:
    return await record_office(folder, LONG_S or seconds, phones=20 if LONG_S else phones)


def was_looked_at(seen: Seen, player: Player, words: list[str]) -> bool:
    """Whether nothing but records differ, and each is that of the moment or of the look after it.

    A look at all phones makes pauses, in which a reading may come; a replay has it with the next look.
    """
    if not all(each.startswith("calls[") for each in words):
        return False
    known = [{record.id: record for record in player.fleet.records.newest_first}]
    player.advance(seen.at_us + LOOK_US)
    player.records()
    known.append({record.id: record for record in player.fleet.records.newest_first})
    return all(any(record == each.get(record.id) for each in known) for record in seen.fleet.records)


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.timeout(max(240, LONG_S * 3))
async def test_any_second_shows_what_was_shown(tmp_path: File) -> None:
    office = await recorded(tmp_path, 12.0, 4)
    recording = Recording(tmp_path)
    player = Player(recording)
    moments = random.sample(office.seen, min(MOMENTS, len(office.seen)))
    found = {}
    for seen in moments:
        player.seek(seen.at_us)
        words = differences(seen, player)
        if words and not was_looked_at(seen, player, words):
            found[seen.at_us] = words[:5]
    assert found == {}
    assert len(moments) >= MOMENTS * 0.8
    if not LONG_S:
        assert len(recording.files[0].frames[2]) >= 3, "keyframes were tried, too"
    print(f"{len(moments)} moments of {len(office.seen)}, {sum(len(file.data) for file in recording.files):,} bytes")

    # The same lines as `watch` printed beside it.
    lines: list[str] = []
    whole = Player(recording, report=lambda what: lines.append(line(what)))
    whole.advance(recording.last_us)
    assert lines == office.lines

    # Going on from moment to moment is the same as going to each.
    onward = Player(recording)
    for seen in office.seen[:: max(len(office.seen) // 5, 1)]:
        onward.go_to(seen.at_us)
        assert differences(seen, onward) == []
