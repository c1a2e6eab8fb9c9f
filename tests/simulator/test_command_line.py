"""`simulate --dialect` as a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.deadlines import EVENTUALLY_S

WORDS = [sys.executable, "-m", "phonetui", "simulate", "--phones", "1"]


def test_an_unknown_dialect_is_a_usage_error() -> None:
    run = subprocess.run(
        [*WORDS, "--dialect", "legasy"], capture_output=True, text=True, check=False, timeout=EVENTUALLY_S
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert "no dialect 'legasy'. Did you mean 'legacy'? Known dialects: foreign, " in run.stderr


@pytest.mark.parametrize("command", ["simulate", "demo"])
def test_unknown_media_are_a_usage_error(command: str) -> None:
    words = [*WORDS[:3], command, "--media", "rtsp"]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=EVENTUALLY_S)
    assert (run.returncode, run.stdout) == (2, "")
    assert "no media 'rtsp'. There are model, rtp, sip" in run.stderr


@pytest.mark.slow
def test_simulate_sends_real_packets(tmp_path: Path) -> None:
    """The office's troubled call is up within two seconds: its counters rise, its far end sends reports."""
    log = tmp_path / "log"
    log.touch()
    words = [*WORDS[:4], "--phones", "2", "--media", "rtp", "--log", str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as run:
        until = time.monotonic() + EVENTUALLY_S
        trips: list[str] = []
        while not trips and time.monotonic() < until:
            time.sleep(0.05)
            lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
            trips = [
                line["value"] for line in lines if "RoundTripDelay" in line.get("path", "") and line["value"] != "0"
            ]
        run.terminate()
        run.communicate(timeout=EVENTUALLY_S)
    assert trips, "no round trip was measured"
    received = [int(line["value"]) for line in lines if "PacketsReceived" in line.get("path", "")]
    assert max(received) > 20


def test_the_log_is_in_the_dialect(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = [*WORDS, "--dialect", "v35", "--log", str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as run:
        assert run.stdout is not None
        assert json.loads(run.stdout.readline())["type"] == "phone"
        run.terminate()
        run.communicate(timeout=EVENTUALLY_S)
    values = {line["path"]: line["value"] for line in map(json.loads, log.read_text().splitlines()) if "path" in line}
    assert values["SystemUnit Software Version"] == "PHONEOS.3-5-1-1000"


@pytest.mark.slow
def test_several_processes_are_one_simulator_to_others() -> None:
    words = [*WORDS[:3], "simulate", "--phones", "3", "--processes", "2", "--scenario", "quiet", "--first", "8"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        lines = [json.loads(simulator.stdout.readline()) for _ in range(4)]
        assert [line.get("name", line["type"]) for line in lines] == ["sim-8", "sim-9", "sim-10", "ready"]
        children = psutil.Process(simulator.pid).children()
        assert len(children) == 2
        children[0].terminate()  # half an office is none
        assert simulator.wait(EVENTUALLY_S) == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.parametrize("more", [["--log", "x"], ["--from", "x"]])
def test_what_takes_one_process_says_so(more: list[str]) -> None:
    run = subprocess.run(
        [*WORDS[:3], "simulate", "--processes", "2", *more],
        capture_output=True, text=True, check=False, timeout=EVENTUALLY_S,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "")
    assert f"{more[0]} takes one process" in run.stderr
