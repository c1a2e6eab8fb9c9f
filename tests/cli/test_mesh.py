"""`phonetui mesh` as words: what is printed, what is refused before anything is sent, exit codes."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from phonetui.archive.meshes import MeshArchive
from phonetui.cli import mesh
from phonetui.cli.simulate import SimulatorThread
from phonetui.config import places
from phonetui.mesh.plan_file import plan_of_names
from phonetui.mesh.result_file import text
from tests.cli.conftest import Line
from tests.mesh.test_plan import CONFIG
from tests.mesh.test_results import result_of


@pytest.fixture
def config(home: Path, office: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The office's three phones, at two sites."""
    lines = []
    for place, phone in enumerate(office.phones()):
        lines += ["[[phone]]", f'name = "{phone.name}"', f'url = "{phone.url}"', f'fingerprint = "{phone.fingerprint}"']
        lines += [f'numbers = ["{phone.number}"]', f'group = "{"HQ" if place < 2 else "Branch"}"']
    file = home / "phones.toml"
    file.write_text("\n".join(lines))
    monkeypatch.setenv("PHONETUI_CONFIG", str(file))
    return file


def requests(office: SimulatorThread) -> int:
    return sum(len(phone.requests) for phone in office.phones())


@pytest.mark.usefixtures("config")
def test_a_dry_run_prints_the_schedule_and_sends_nothing(line: Line, office: SimulatorThread) -> None:
    before = requests(office)
    shown = line("mesh", "--phones", "sim-1,sim-2,sim-3", "--dry-run", "--talk", "30")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        "ad hoc: 3 calls between 3 phones at 2 sites, 3 rounds of about 42 s, 2 min in all",
        "round 1", "  sim-2 calls sim-3 (5003)", "round 2", "  sim-3 calls sim-1 (5001)",
        "round 3", "  sim-1 calls sim-2 (5002)",
    ]  # fmt: skip
    made = line("mesh", "--phones", "sim-1,sim-2,sim-3", "--dry-run", "--json").json
    assert (made["calls"], made["rounds"][0]) == (3, [["sim-2", "sim-3"]])
    assert requests(office) == before


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("--phones", "sim-1,sim-2", "--read-only", "--yes"), 4, "--read-only: no test call was begun"),
        (("--phones", "sim-1,sim-2"), 2, "1 test call between 2 phones, about 37 s: nothing was begun. Add --yes"),
        (("--phones", "sim-1,lobby", "--yes"), 2, "no phone 'lobby' in the configuration"),
        (("--phones", "sim-1", "--yes"), 2, "nobody to call"),
        ((), 2, "a mesh takes a plan or --phones"),
        (("night.toml", "--phones", "sim-1,sim-2"), 2, "a mesh takes a plan or --phones"),
        (("night.toml",), 2, "cannot read the plan night.toml"),
        (("--phones", "sim-1,sim-2", "--talk", "5", "--yes"), 2, "--talk"),
        (("--phones", "sim-1,sim-2", "--baseline", "none.json", "--yes"), 2, "none.json"),
    ],
)
def test_what_is_refused_before_anything_is_sent(
    line: Line, office: SimulatorThread, words: tuple[str, ...], code: int, complaint: str
) -> None:
    before = requests(office)
    refused = line("mesh", *words)
    assert refused.code == code
    assert complaint in refused.err
    assert requests(office) == before


def test_the_first_run_has_nothing_to_compare_with(capsys: pytest.CaptureFixture[str]) -> None:
    """So a timer's command line is the same from the first night on."""
    assert mesh._baseline("latest", plan_of_names(["p1", "p2"], CONFIG)) is None
    assert "nothing to compare with" in capsys.readouterr().err


def test_a_phone_that_is_read_only_is_named(line: Line, config: Path) -> None:
    config.write_text(config.read_text().replace('name = "sim-2"', 'name = "sim-2"\ncontrol = "off"'))
    refused = line("mesh", "--phones", "sim-1,sim-2", "--yes")
    assert (refused.code, 'sim-2 has control = "off"' in refused.err) == (4, True)


def test_a_plan_runs_within_its_hours_alone(line: Line, config: Path) -> None:
    now = datetime.now().astimezone()
    hours = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    plan = config.with_name("night.toml")
    plan.write_text(f'hours = "{hours}"\n[[phone]]\nname = "sim-1"\n[[phone]]\nname = "sim-2"\n')
    refused = line("mesh", str(plan), "--yes")
    assert (refused.code, f"night runs {hours} only: nothing was begun" in refused.err) == (2, True)
    assert f"runs {hours} only" in line("mesh", str(plan), "--dry-run").out


@pytest.mark.slow
@pytest.mark.usefixtures("config")
def test_a_mesh_of_two_phones_with_a_baseline(line: Line, office: SimulatorThread) -> None:
    """Twenty seconds of talk over real sockets: the result on standard output, its progress on standard error."""
    MeshArchive(places.meshes()).keep("ad hoc", result_of({}, count=2).began_at, text(result_of({}, count=2)))
    ran = line("mesh", "--phones", "sim-1,sim-2", "--talk", "20", "--yes", "--json", "--baseline", "latest")
    assert ran.code == 0, ran.err
    result = ran.json
    assert (result["type"], result["ok"], result["verdicts"]) == ("mesh", True, {"ok": 2})
    assert result["comparison"]["summary"].startswith("0 directions compared")
    assert "phonetui: round 1 of 1" in ran.err
    assert "sim-1 → sim-2 ok: " in ran.err
    assert [phone.device.legs for phone in office.phones()] == [[], [], []]
    kept = MeshArchive(places.meshes()).files_of("ad hoc")
    assert len(kept) == 2
    assert json.loads(kept[0].read_text())["ok"] is True
    assert json.loads(places.begun_calls().read_text()) == {}
