"""A home of its own for every test, a simulated office, and the program run in this process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from phonetui.cli.main import entry
from phonetui.cli.simulate import SimulatorThread, serve_in_thread
from phonetui.simulator.server import Settings, SimulatedPhone

PASSWORD = "Zq9-planted"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the developer's own files is read or written; the password is in the environment."""
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PHONETUI_PASSWORD", PASSWORD)
    monkeypatch.delenv("PHONETUI_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        (line,) = self.out.splitlines()
        return json.loads(line)


class Line(Protocol):
    def __call__(self, *words: str) -> Run: ...


@pytest.fixture
def line(capfd: pytest.CaptureFixture[str]) -> Line:
    def line(*words: str) -> Run:
        code = entry(words)
        captured = capfd.readouterr()
        return Run(code, captured.out, captured.err)

    return line


@pytest.fixture(scope="package")
def office() -> Iterator[SimulatorThread]:
    """Three phones that do nothing by themselves."""
    with serve_in_thread(lambda: Settings(phones=3, seed=7, scenario="quiet", password=PASSWORD)) as office:
        office.phones()
        yield office


@pytest.fixture
def phone(office: SimulatorThread, line: Line) -> SimulatedPhone:
    """The first of them, its certificate accepted already."""
    phone = office.phones()[0]
    assert line("trust", phone.url, "--yes").code == 0
    return phone
