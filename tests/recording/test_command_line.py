"""`recording`, `replay --watch` and `simulate --from` over the recorded incident that comes along."""

import json
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from phonetui.cli.main import entry
from tests.deadlines import EVENTUALLY_S

INCIDENT = str(files("phonetui").joinpath("recording", "incident.ptrec"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.chdir(tmp_path)


def test_what_is_in_it_and_whether_it_is_whole(capfd: pytest.CaptureFixture[str]) -> None:
    assert entry(["recording", "info", INCIDENT]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "6 phones: Front desk, Boardroom" in lines[1]
    assert lines[2].startswith("1 file, ")
    assert entry(["recording", "check", INCIDENT]) == 0
    assert capfd.readouterr().out == "all checksums are right\n"


def parties(lines: str) -> set[str]:
    """Names and numbers of the other ends of calls."""
    told = map(json.loads, lines.splitlines())
    places = ("PeerName", "PeerPhone")
    return {line["value"] for line in told if line["type"] == "status" and line["path"].endswith(places)} - {"", None}


@pytest.mark.slow
def test_a_masked_copy_has_no_party_and_no_address_and_can_be_replayed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert entry(["replay", INCIDENT, "--watch"]) == 0
    plain = capfd.readouterr().out
    copy = tmp_path / "masked.ptrec"
    assert entry(["recording", "redact", INCIDENT, "-o", str(copy)]) == 0
    capfd.readouterr()
    assert entry(["replay", str(copy), "--watch"]) == 0
    masked = capfd.readouterr().out
    assert len(masked.splitlines()) > 1000
    assert "00:00:5E:00:53:01" in plain
    assert "00:00:5E:00:53:01" not in masked
    assert parties(plain)
    assert not parties(plain) & parties(masked)


def test_its_lines_are_those_of_watch(capfd: pytest.CaptureFixture[str]) -> None:
    assert entry(["replay", INCIDENT, "--watch"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {line["type"] for line in lines} >= {"phone", "status", "call", "alert"}
    assert any(line["type"] == "alert" and line["severity"] == "critical" for line in lines)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.ptrec").write_bytes(b"something else")
    for words in (["recording", "info", "other.ptrec"], ["replay", "nothing.ptrec", "--watch"]):
        assert entry(words) in {1, 2}
        told = capfd.readouterr()
        assert told.err.startswith("phonetui: ")
        assert told.err.count("\n") == 1


def test_a_recorded_phone_is_served_again() -> None:
    words = [sys.executable, "-m", "phonetui", "simulate", "--from", INCIDENT, "--recorded", "Boardroom"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None
        made, ready = (json.loads(run.stdout.readline()) for _ in range(2))
        assert (made["type"], ready) == ("phone", {"type": "ready"})
        run.send_signal(signal.SIGTERM)
        assert run.wait(EVENTUALLY_S) == 0
