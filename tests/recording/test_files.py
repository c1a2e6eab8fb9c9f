"""What a recording survives: kills, flipped bits, hostile bytes, other formats, a full disk, another program beside."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path as File

import pytest

from phonetui.errors import ConfigError, ProtocolError
from phonetui.monitor.observations import FleetCompared, MarkSet
from phonetui.recording import files as files_module
from phonetui.recording import recorder as recorder_module
from phonetui.recording.files import RecordingFiles, dictionary
from phonetui.recording.frame import FORMAT, FrameCodec, FrameHeader, FrameType, scan
from phonetui.recording.operations import check, cut
from phonetui.recording.outline import Outline
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.recorder import Recorder
from phonetui.recording.replay import ReplayFleet
from phonetui.recording.values import microseconds, moment_of

INCIDENT = File(files_module.__file__).parent / "incident.ptrec"
KILLS = int(os.environ.get("PHONETUI_KILLS", "0")) or 4
FLIPS = int(os.environ.get("PHONETUI_FLIPS", "0")) or 12


def played(path: File) -> Player:
    """To its end."""
    player = Player(Recording(path))
    player.advance(player.recording.last_us)
    return player


def test_the_incident_is_sound_and_small() -> None:
    recording = Recording(INCIDENT)
    assert check(recording) == []
    assert INCIDENT.stat().st_size < 300_000
    assert len(list(Outline(recording).alerts)) >= 3


def test_a_file_cut_anywhere_opens_and_says_nothing_of_damage(tmp_path: File) -> None:
    whole = INCIDENT.read_bytes()
    ends = [each.end for each in scan(whole) if isinstance(each, FrameHeader) and each.type == FrameType.KEYFRAME]
    for place in [ends[0], ends[0] + 10, *random.Random(4).sample(range(ends[0], len(whole)), 3)]:
        path = tmp_path / f"{place}.ptrec"
        path.write_bytes(whole[:place])
        recording = Recording(path)
        assert recording.lost == []
        Player(recording).seek(recording.last_us)


def rewritten(folder: File, seconds: float = 1e3) -> File:
    """The incident in the present format, or so much of it."""
    output = folder / "rewritten.ptrec"
    recording = Recording(INCIDENT)
    cut(recording, recording.first_us, recording.first_us + round(seconds * 1e6), output)
    return output


@pytest.mark.slow
@pytest.mark.timeout(max(240, FLIPS * 15))
def test_a_bit_flipped_anywhere_costs_a_span_and_the_rest_plays(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long form: PHONETUI_FLIPS=500. No moment that isn't told to be damaged shows anything else than before."""
    monkeypatch.setattr(recorder_module, "READINGS", 40)
    rng, silent, kept = random.Random(2), 0, 0
    path = tmp_path / "flipped.ptrec"
    sources = [(source.read_bytes(), Player(Recording(source))) for source in (INCIDENT, rewritten(tmp_path))]
    for number in range(FLIPS):
        whole, sound = sources[number % 2]
        place = rng.randrange(len(whole))
        data = bytearray(whole)
        data[place] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        recording = Recording(path)
        player = Player(recording)
        at_us = rng.randrange(recording.first_us, recording.last_us)
        player.seek(at_us)
        kept += recording.lost_before(at_us) is None
        if recording.lost_before(at_us) is None and number % 2:  # the other one was judged by older rules in part
            sound.seek(at_us)
            assert shown(player) == shown(sound), place
        player.advance(recording.last_us)
        lost = check(recording)
        assert len(lost) <= 1, (place, lost)
        silent += not lost
        assert player.fleet.phones
        assert player.position_us >= recording.last_us - 1
        recording.close()
    assert silent <= FLIPS // 5, "a flipped bit is found, but in the second copy of a beginning"
    assert kept >= FLIPS // 2, "most of it is as it was"
    print(f"{FLIPS} flipped bits: {FLIPS - silent} found, {kept} of as many moments as before")


def shown(player: Player) -> tuple[object, ...]:
    fleet = player.fleet
    documents = {phone: fleet.document(phone) for phone in fleet.phones}
    return dict(fleet.phones), documents, list(fleet.alerts.alerts), list(fleet.analysis.hints)


def test_a_damaged_block_is_told_at_its_moments_and_until_the_next_keyframe(
    tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "READINGS", 40)
    path = rewritten(tmp_path, 60.0)
    data = bytearray(path.read_bytes())
    headers = [each for each in scan(bytes(data)) if isinstance(each, FrameHeader)]
    keyframes = [each for each in headers if each.type == FrameType.KEYFRAME]
    assert len(keyframes) >= 4
    block = next(each for each in headers if each.type == FrameType.UPDATES and each.offset > keyframes[1].offset)
    data[block.offset + 20] ^= 1
    data[keyframes[2].offset + 20] ^= 1
    path.write_bytes(data)
    recording = Recording(path)
    fleet = ReplayFleet(recording)
    assert (fleet.damage, fleet.lost) == ("", ())
    fleet.seek(moment_of(keyframes[3].first_us - 1))
    assert "is lost" in fleet.damage
    fleet.seek(moment_of(keyframes[3].first_us))
    assert fleet.damage == ""
    assert len(fleet.lost) == len(check(recording)) == 2, "a block, and a keyframe with the blocks that go on from it"
    fleet.seek(moment_of(keyframes[1].first_us - 1))
    assert fleet.damage == ""
    recording.close()


def test_a_pipe_is_no_recording(tmp_path: File) -> None:
    os.mkfifo(tmp_path / "pipe.ptrec")
    with pytest.raises(ConfigError, match="no recording"):
        Recording(tmp_path / "pipe.ptrec")


def test_a_file_that_becomes_shorter_while_it_is_played_is_damage(tmp_path: File) -> None:
    path = tmp_path / "shrinks.ptrec"
    shutil.copy(INCIDENT, path)
    fleet = ReplayFleet(Recording(path))
    os.truncate(path, 2_000)
    fleet.seek(fleet.span[1])
    assert len(fleet.phones) == 6
    fleet.step_problem(-1)
    assert fleet.lost
    fleet.recording.close()


def test_a_hostile_file_is_one_error(tmp_path: File) -> None:
    path = tmp_path / "hostile.ptrec"
    about = {"format": FORMAT, "program": "x", "run": "r", "masked": False, "dictionary": b""}
    head = FrameCodec().pack(FrameType.FILE, about, 0, 0)
    for body in (b"", b"\0" * 100, b"\xf5PTR" * 1000, head[:-1], head, head + b"\xf5PTR" + b"\xff" * 200):
        path.write_bytes(body)
        with pytest.raises(ConfigError):
            Recording(path)
    bomb = FrameCodec().pack(FrameType.KEYFRAME, {"at": 0.0, "documents": [[]] * 100_000}, 1, 1)
    path.write_bytes(head + bomb)
    with pytest.raises(ProtocolError):
        Player(Recording(path))
    deep = FrameCodec().pack(FrameType.KEYFRAME, None, 1, 1)
    path.write_bytes(head + deep)
    with pytest.raises(ProtocolError):
        Player(Recording(path))


def test_a_newer_format_is_refused_in_words(tmp_path: File) -> None:
    path = tmp_path / "newer.ptrec"
    about = {"format": FORMAT + 1, "program": "phonetui 9", "run": "r", "masked": False, "dictionary": b""}
    path.write_bytes(FrameCodec().pack(FrameType.FILE, about, 0, 0))
    with pytest.raises(ConfigError, match=f"format {FORMAT + 1}") as caught:
        Recording(path)
    assert "release" in caught.value.hint


def test_states_of_another_release_are_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its documents count, and what is judged follows from there on."""
    from phonetui.recording import keyframes

    with_states = Player(Recording(INCIDENT))
    monkeypatch.setattr(keyframes, "STATES", keyframes.STATES + 1)
    without = Player(Recording(INCIDENT))
    for player in (with_states, without):
        player.seek(player.recording.last_us)
    shown = {id_: phone.system for id_, phone in with_states.fleet.phones.items()}
    assert {id_: phone.system for id_, phone in without.fleet.phones.items()} == shown
    documents = {id_: with_states.fleet.document(id_) for id_ in shown}
    assert {id_: without.fleet.document(id_) for id_ in shown} == documents


def test_unknown_types_are_passed_over(tmp_path: File) -> None:
    whole = INCIDENT.read_bytes()
    headers = [each for each in scan(whole) if isinstance(each, FrameHeader)]
    stranger = FrameCodec().pack(FrameType.MARK, {"x": 1}, 0, 0)
    place = headers[4].end
    data = bytearray(whole[:place] + stranger + whole[place:])
    import struct
    import zlib

    data[place + 4] = 99
    data[place + 36 : place + 40] = struct.pack("<I", zlib.crc32(bytes(data[place : place + 36])))
    path = tmp_path / "future.ptrec"
    path.write_bytes(data)
    recording = Recording(path)
    assert recording.lost == []
    assert len(played(path).journal.entries) == len(played(INCIDENT).journal.entries)


KILLED = """
import os, sys, time
from pathlib import Path
from phonetui.recording import recorder as module
from phonetui.recording.files import RecordingFiles
from phonetui.recording.reader import Recording
from phonetui.recording.player import Player

module.BLOCK_S = module.QUIET_BLOCK_S = 0.02
module._POLL_S = 0.001

def record(folder):
    player = Player(Recording(Path(sys.argv[1])))
    recorder = module.Recorder(RecordingFiles(folder, run="killed", masked=False), print)
    made = player.reconstruction
    recorder.take_keyframe(made.fleet.keyframe(player.at, player.moment, made.clock.before, player.at))
    recorder.flush()
    player.copy_to(recorder)
    print(os.getpid(), flush=True)
    while not player.is_over:
        player.advance(player.position_us + 200_000)
        time.sleep(0.002)
    time.sleep(60)

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        record(Path(line.strip()))
    os.waitpid(pid, 0)
"""
"""Each child of it is a recorder, to be killed; all that they import is imported once."""


@pytest.mark.slow
@pytest.mark.timeout(max(240, KILLS * 15))
def test_a_recorder_killed_at_any_moment_leaves_a_recording(tmp_path: File) -> None:
    """The long form: PHONETUI_KILLS=200."""
    words = [sys.executable, "-c", KILLED, str(INCIDENT)]
    root, lengths = File(__file__).parent.parent.parent, []
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(KILLS):
            folder = tmp_path / str(number)
            process.stdin.write(f"{folder}\n")
            process.stdin.flush()
            recorder = int(process.stdout.readline())
            time.sleep(random.random() * 0.8)
            os.kill(recorder, signal.SIGKILL)
            recording = Recording(folder)
            assert recording.lost == []
            assert check(recording) == []
            player = Player(recording)
            player.seek(recording.last_us)
            assert player.fleet.phones
            lengths.append((recording.last_us - recording.first_us) / 1e6)
            recording.close()
            shutil.rmtree(folder)
        process.stdin.close()
    print(f"{KILLS} kills after {min(lengths):.0f} to {max(lengths):.0f} s of what was recorded")


class FullFiles(RecordingFiles):
    """A disk on which there is room for so many bytes."""

    room = 30_000

    def _write(self, data: bytes) -> None:
        if self._size + len(data) > self.room:
            raise OSError(28, "No space left on device")
        super()._write(data)


def test_a_full_disk_ends_the_recording_with_one_notice(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    recorder = Recorder(FullFiles(tmp_path, run="r", masked=False), notices.append)
    player = Player(Recording(INCIDENT))
    made = player.reconstruction
    recorder.take_keyframe(made.fleet.keyframe(player.at, player.moment, made.clock.before, player.at))
    player.copy_to(recorder)
    player.advance(player.recording.last_us)
    recorder.close()
    assert recorder.failure == "No space left on device"
    assert len(notices) == 1
    assert "watching goes on" in notices[0]
    assert Recording(tmp_path).lost == []
    recorder.take(FleetCompared(1.0, datetime.now(UTC)))
    assert not recorder.wants_keyframe(1e9)


def test_what_was_written_in_part_is_taken_back(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    files = RecordingFiles(tmp_path, run="r", masked=False)
    files.begin(1_700_000_000_000_000)
    assert files.path is not None
    before = files.path.stat().st_size

    def half(opened: int, content: bytes) -> None:
        os.write(opened, content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("phonetui.private.write_all", half)
    with pytest.raises(OSError, match="No space"):
        files.write(FrameType.MARK, {"words": "x" * 100}, 1, 1)
    assert files.path.stat().st_size == before


def test_files_are_pruned_whole_and_kept_private(tmp_path: File) -> None:
    day_us = 86_400_000_000
    now = microseconds(datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    for age in (40, 10, 1):
        files = RecordingFiles(tmp_path, run=str(age), masked=False)
        files.begin(now - age * day_us)
        files.close()
    (tmp_path / "notes.txt").write_text("mine")
    files = RecordingFiles(tmp_path, run="new", masked=False, days=20)
    files.begin(now)
    files.close()
    names = sorted(path.name[:8] for path in tmp_path.iterdir())
    assert names == ["20261120", "20261129", "20261130", "notes.tx"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.ptrec")} == {0o600}
    assert len(dictionary()) > 500


def test_a_run_beside_another_is_left_out_and_said(tmp_path: File) -> None:
    for run in ("one", "two"):
        recorder = Recorder(RecordingFiles(tmp_path, run=run, masked=False), print)
        player = Player(Recording(INCIDENT))
        made = player.reconstruction
        recorder.take_keyframe(made.fleet.keyframe(player.at, player.moment, made.clock.before, player.at))
        player.copy_to(recorder)
        player.advance(player.position_us + 30_000_000)
        recorder.close()
    recording = Recording(tmp_path)
    assert len(recording.files) == 1
    assert "another program" in recording.warnings[0]


def test_a_part_is_cut_out_and_shows_the_same(tmp_path: File) -> None:
    recording = Recording(INCIDENT)
    middle = (recording.first_us + recording.last_us) // 2
    output = tmp_path / "part.ptrec"
    cut(recording, middle, middle + 20_000_000, output)
    part = Recording(output)
    assert abs(part.first_us - middle) < 2_000_000
    assert part.last_us <= middle + 21_000_000
    whole, own = Player(recording), Player(part)
    for player in (whole, own):
        player.seek(middle + 15_000_000)
    assert dict(own.fleet.phones) == dict(whole.fleet.phones)
    assert own.fleet.alerts.alerts == whole.fleet.alerts.alerts
    with pytest.raises(ConfigError, match="there already"):
        cut(recording, middle, middle + 1_000_000, output)


def test_a_mark_is_found_again(tmp_path: File) -> None:
    path = tmp_path / INCIDENT.name
    shutil.copy(INCIDENT, path)
    recording = Recording(path)
    at_us = recording.first_us + 5_000_000
    assert recording.keep_mark(at_us, "here it began") == ""
    assert [(mark.at_us, mark.words) for mark in Outline(Recording(path)).marks] == [(at_us, "here it began")]
    assert MarkSet(1.0, datetime.now(UTC), "x").words == "x"


def test_events_of_the_first_releases_are_worded_as_now() -> None:
    """A jump shows what playing from the beginning does."""
    onward, jumped = (Player(Recording(INCIDENT)) for _ in range(2))
    onward.advance(onward.recording.last_us)
    jumped.seek(jumped.recording.last_us)
    lines = [[(each.text, each.event) for each in player.journal.entries if each.fields] for player in (onward, jumped)]
    assert len(lines[0]) >= 10
    assert lines[0] == lines[1]
