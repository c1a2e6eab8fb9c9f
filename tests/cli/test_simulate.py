"""`simulate` as a process of its own: what other programs' scripts meet."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deadlines import EVENTUALLY_S


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_introduces_its_phones_and_ends_cleanly(number: signal.Signals, code: int, home: Path) -> None:
    words = [sys.executable, "-m", "phonetui", "simulate", "--phones", "2", "--seed", "7", "--log", "log"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(3)]
        run.send_signal(number)
        rest, complaints = run.communicate(timeout=EVENTUALLY_S)
    assert (run.returncode, rest) == (code, "")
    assert complaints.count("\n") == 1
    assert "accounts xapi, integrator and user" in complaints
    assert lines[-1] == '{"type":"ready"}\n'
    first, second = (json.loads(line) for line in lines[:2])
    assert list(first) == ["type", "name", "url", "username", "model", "fingerprint"]
    assert (first["name"], first["username"], first["model"]) == ("sim-1", "xapi", "9841")
    assert first["fingerprint"] != second["fingerprint"]
    assert (home / "log").read_text().splitlines()


def test_a_log_is_added_to_and_never_overwritten_without_a_word(home: Path) -> None:
    (home / "log").write_text("kept\n")
    words = [sys.executable, "-m", "phonetui", "simulate", "--phones", "1", "--log", "log"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as run:
        assert run.stdout is not None
        assert [run.stdout.readline() for _ in range(2)][-1] == '{"type":"ready"}\n'
        run.send_signal(signal.SIGTERM)
        _, complaints = run.communicate(timeout=EVENTUALLY_S)
    assert (home / "log").read_text().splitlines()[0] == "kept"
    assert "log: is there already, and is added to" in complaints
