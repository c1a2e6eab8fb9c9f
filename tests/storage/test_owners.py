"""Who still runs, of the programs that share a file."""

import subprocess
import sys
from pathlib import Path

from phonetui.storage.json_store import Owners

PROGRAM = """
import sys; from pathlib import Path; from phonetui.storage.json_store import Owners
owners = Owners(Path(sys.argv[1])); owners.hold()
print(owners.own, flush=True); sys.stdin.read()
"""


def test_a_program_that_is_killed_runs_no_more(tmp_path: Path) -> None:
    file = tmp_path / "slots.json"
    here = Owners(file)
    here.hold()
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    there = program.stdout.readline().strip()
    assert here.is_running(there)
    assert here.is_running(here.own)
    program.kill()
    program.communicate()
    assert not here.is_running(there)
    Owners(file).hold()
    assert not (tmp_path / f".slots.json.owner.{there}").exists()
    assert (tmp_path / f".slots.json.owner.{here.own}").exists()
    here.close()
    assert not (tmp_path / f".slots.json.owner.{here.own}").exists()


def test_two_in_one_process_see_each_other(tmp_path: Path) -> None:
    one, other = Owners(tmp_path / "f"), Owners(tmp_path / "f")
    one.hold()
    assert other.is_running(one.own)
    one.close()
    assert not other.is_running(one.own)
    for odd in ("", "../x", "0" * 16, "z" * 16):
        assert not one.is_running(odd)


def test_where_nothing_can_be_written_it_is_alone(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    here = Owners(tmp_path / "f" / "slots.json")
    here.hold()
    assert here.is_running(here.own)
    assert not Owners(tmp_path / "f" / "slots.json").is_running(here.own)
