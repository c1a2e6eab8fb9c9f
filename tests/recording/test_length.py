"""However long a recording is, opening it, a seek and what it takes of memory stay the same.

The long form: PHONETUI_RECORDED_H=8 has eight hours of a hundred busy phones, and holds them to half a second.
"""

import gc
import os
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest

from phonetui.recording import recorder as recorder_module
from phonetui.recording.files import RecordingFiles
from phonetui.recording.frame import FrameHeader, FrameType, scan
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.recorder import Recorder
from phonetui.recording.replay import ReplayFleet
from phonetui.recording.values import moment_of
from tests.recording.virtual_office import VirtualOffice, record

HOURS = float(os.environ.get("PHONETUI_RECORDED_H", "0"))
PHONES, SOURCE_S = (100, 600.0) if HOURS else (6, 60.0)
REPEATS = round(HOURS * 3600 / SOURCE_S) or 12
MOST_S = 0.5


@pytest.fixture(autouse=True)
def _many_keyframes(monkeypatch: pytest.MonkeyPatch) -> None:
    if not HOURS:
        monkeypatch.setattr(recorder_module, "READINGS", 60)


def record_source(folder: File) -> Recording:
    files = RecordingFiles(folder, run="run", masked=False, name="source.ptrec")
    record(VirtualOffice(PHONES, calls_per_minute=PHONES), Recorder(files, print), SOURCE_S)
    return Recording(folder / "source.ptrec")


def repeat(source: Recording, folder: File, times: int) -> Recording:
    """The same over and over, one after another, as one long run would be written."""
    files = RecordingFiles(folder, run="run", masked=False)
    (file,) = source.files
    length = source.last_us - source.first_us + 250_000
    for number in range(times):
        for found in scan(file.data):
            if isinstance(found, FrameHeader) and found.type != FrameType.FILE:
                content = file.codec.unpack(found, file.body(found))
                write_shifted(files, FrameType(found.type), content, found, number * length)
    files.close()
    return Recording(folder)


def write_shifted(files: RecordingFiles, kind: FrameType, content: Any, header: FrameHeader, by_us: int) -> None:
    if kind is FrameType.KEYFRAME:
        files.begin(header.first_us + by_us)
        content["at"] += by_us / 1e6
        content["setup"][1][1] += by_us
        for _, state, _ in content["states"][1][2::2]:
            for since in state[5:7]:  # when figures of calls and ports began
                since[2::2] = [at + by_us / 1e6 for at in since[2::2]]
    elif kind is FrameType.FIGURES:
        for row in content:
            row[2] += by_us / 1e6
    elif kind is FrameType.UPDATES:
        content["base"] += by_us
        content["times"][0] += by_us
    elif kind is FrameType.SUMMARY:
        for row in (*content["alerts"], *content["calls"]):
            row[0] += by_us
    files.write(kind, content, header.first_us + by_us, header.last_us + by_us)


def seconds(work: Callable[..., object], *arguments: object) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def most_memory(place: File, moments: int) -> int:
    """Bytes that a replay has at any time, from opening it on, while it goes to so many moments."""
    rng = random.Random(2)
    gc.collect()
    tracemalloc.start()
    try:
        recording = Recording(place)
        fleet = ReplayFleet(recording)
        for _ in range(moments):
            fleet.seek(moment_of(rng.randrange(recording.first_us, recording.last_us)))
            assert fleet.phones
            assert isinstance(fleet.entries, tuple)
            gc.collect()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.timeout(3600 if HOURS else 240)
def test_a_long_recording_costs_what_a_short_one_does(tmp_path: File) -> None:
    short = record_source(tmp_path)
    long = repeat(short, tmp_path / "long", REPEATS)
    assert long.last_us - long.first_us > 0.95 * REPEATS * (short.last_us - short.first_us)
    opening = min(seconds(ReplayFleet, Recording(tmp_path / "long")) for _ in range(3))
    rng, costs = random.Random(1), {}
    for recording in (short, long):
        player = Player(recording)
        moments = [rng.randrange(recording.first_us, recording.last_us) for _ in range(40)]
        costs[recording] = sorted(seconds(player.seek, at_us) for at_us in moments)
    print(
        f"{(long.last_us - long.first_us) / 3.6e9:.1f} h, {sum(len(file.data) for file in long.files) / 1e6:.0f} MB: "
        f"opened in {opening:.2f} s; seek {statistics.median(costs[long]):.2f}, at most {costs[long][-1]:.2f} s; "
        f"of the short one {statistics.median(costs[short]):.2f}, {costs[short][-1]:.2f} s"
    )
    repeat(short, tmp_path / "tenth", max(REPEATS // 10, 1)).close()
    memory = [most_memory(tmp_path / place, 6) for place in ("tenth", "long")]
    print(f"memory at most {memory[1] / 1e6:.2f} MB, of a tenth of the time {memory[0] / 1e6:.2f} MB")
    assert memory[1] <= 1.25 * memory[0] + 1e6, "a journal of 5,000 lines at most, and bytes a block"
    if HOURS:
        assert opening <= MOST_S
        assert costs[long][-1] <= MOST_S
    assert statistics.median(costs[long]) <= 2 * statistics.median(costs[short]) + 0.01
