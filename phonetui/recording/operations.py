"""Operations on whole recordings: cut a part out, mask it, verify its checksums."""

from collections.abc import Sequence
from pathlib import Path as File
from typing import NamedTuple

from phonetui.errors import ConfigError, ProtocolError
from phonetui.monitor.observations import ObservationSink
from phonetui.phone.state import PhoneId
from phonetui.recording.files import RecordingFiles
from phonetui.recording.lost_spans import LostSpan
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.recorder import Recorder, new_run
from phonetui.recording.redaction import Redactor

_STEP_US = 10_000_000


class RecordingFacts(NamedTuple):
    """What `recording info` shows."""

    phones: tuple[PhoneId, ...]
    bytes: int
    files: int
    programs: tuple[str, ...]
    is_masked: bool
    is_cut: bool


def facts(recording: Recording) -> RecordingFacts:
    """The facts of a recording. Raises ProtocolError where no keyframe can be read."""
    _, keyframe = recording.keyframe_near(recording.last_us)
    return RecordingFacts(
        tuple(keyframe.phones),
        sum(len(file.data) for file in recording.files),
        len(recording.files),
        tuple(dict.fromkeys(file.program for file in recording.files)),
        recording.is_masked,
        any(file.is_cut for file in recording.files),
    )


def cut(recording: Recording, first_us: int, last_us: int, output: File) -> None:
    """What was between two moments, as a recording of its own. Raises ConfigError where it cannot be written."""
    if last_us <= first_us:
        raise ConfigError("the end is not after the beginning", "Give FROM, then TO")
    player = Player(recording)
    player.seek(first_us)
    recorder = _recorder(output, masked=recording.is_masked)
    made = player.reconstruction
    seen_at = player.moment
    recorder.take_keyframe(made.fleet.keyframe(player.at, seen_at, made.clock.before, player.at))
    _copy(player, recorder, recorder, last_us)


def redact(recording: Recording, output: File) -> None:
    """Masks a whole recording. Raises ConfigError where the result cannot be written."""
    player = Player(recording)
    recorder = _recorder(output, masked=True)
    made = player.reconstruction
    masked = Redactor(recorder, made.fleet.thresholds, made.fleet.mutes)
    masked.take_keyframe(made.fleet.keyframe(player.at, player.moment, made.clock.before, player.at))
    for entry in player.journal.entries:
        masked.take_entry(entry)
    _copy(player, masked, recorder, recording.last_us)


def _copy(player: Player, sink: ObservationSink, recorder: Recorder, last_us: int) -> None:
    player.copy_to(sink)
    while player.position_us < last_us and not player.is_over:
        player.advance(min(player.position_us + _STEP_US, last_us))
        recorder.wait()
    recorder.close()
    if recorder.failure:
        raise ConfigError(f"{recorder.folder}: {recorder.failure}", "Give another place with -o")


def _recorder(output: File, *, masked: bool) -> Recorder:
    try:
        files = RecordingFiles(output.parent, run=new_run(), masked=masked, name=output.name)
    except OSError as error:
        raise ConfigError(f"{output}: {error.strerror or error}", "Give another place with -o") from error
    if output.exists():
        raise ConfigError(f"{output} is there already", "Give another name with -o")
    return Recorder(files, lambda _: None)


def check(recording: Recording) -> Sequence[LostSpan]:
    """Reports damage; every body is unpacked and read."""
    for number, file in enumerate(recording.files):
        places = sorted((place, kind) for kind, frames in file.frames.items() for place in frames.offsets)
        for place, kind in places:
            try:
                recording.read(number, place, kind)
            except ProtocolError as error:
                recording.note_lost(number, place, error)
    return recording.lost
