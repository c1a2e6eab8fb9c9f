"""Completions, manual page, systemd unit and container file: as the parsers are, and as their readers want them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from phonetui.cli import data_files
from phonetui.cli.main import COMMANDS, entry, parse_words
from tests.cli.shell_files import FOLDER, generated

CONFIGURATION = '[[phone]]\nname = "lobby"\nhost = "192.0.2.1"\n[[phone]]\nname = "lab 2"\nhost = "192.0.2.2"\n'


def needs(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not here")
    return path


def output(words: list[str], **more: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env={**os.environ, **more}, check=False)
    return done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="argparse spells options another way there")
def test_they_are_what_the_parsers_say() -> None:
    made = generated()
    stale = [name for name, text in made.items() if (FOLDER / name).read_text() != text]
    assert not stale, "python -m tests.cli.shell_files writes them anew"


@pytest.mark.parametrize("shell", data_files.SHELLS)
def test_a_completion_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["completion", shell]) == 0
    assert capsys.readouterr().out == (FOLDER / f"completion.{shell}").read_text()


@pytest.mark.parametrize("name", sorted(data_files.FILES))
def test_each_file_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["data", name]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 10


BASH = """
source {folder}/completion.bash
complete_words() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_phonetui; printf '%s\\n' "${{COMPREPLY[@]}}"; }}
complete_words {words}
"""


def bash(*words: str, config: Path) -> list[str]:
    quoted = " ".join(f"'{word}'" for word in words)
    script = BASH.format(folder=FOLDER, words=quoted)
    return output([needs("bash"), "-c", script], PHONETUI_CONFIG=str(config)).splitlines()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIGURATION)
    return file


def test_bash_completes(config: Path) -> None:
    assert set(COMMANDS) <= set(bash("phonetui", "", config=config))
    assert bash("phonetui", "stat", config=config) == ["status"]
    assert "--json" in bash("phonetui", "status", "--", config=config)
    assert bash("phonetui", "status", "lo", config=config) == ["lobby"]
    assert bash("phonetui", "completion", "b", config=config) == ["bash"]


ZSH = """
autoload -Uz compinit && compinit -u -d {folder}/zcompdump
source {completion}
compdef _shtab_phonetui phonetui
"""


def test_zsh_completes(config: Path, tmp_path: Path) -> None:
    (tmp_path / "rc").mkdir()
    needs("zsh")
    script = f"""
zmodload zsh/zpty
zpty shell zsh -f -i
line() {{ local text; while zpty -r -t shell text; do print -rn -- "$text"; done; }}
zpty -w shell 'PS1="> "; autoload -Uz compinit && compinit -u -d {tmp_path}/dump; source {FOLDER}/completion.zsh; compdef _shtab_phonetui phonetui; print READY'
until zpty -r shell answer '*READY*READY*'; do :; done
zpty -w -n shell $'phonetui status lob\\t'
until zpty -r -m shell answer '*lobby*'; do :; done
print FOUND
zpty -d shell
"""
    assert "FOUND" in output([needs("zsh"), "-f", "-c", script], PHONETUI_CONFIG=str(config), TERM="xterm")


def test_fish_completes(config: Path) -> None:
    def fish(line: str) -> list[str]:
        script = f"source {FOLDER}/completion.fish; complete -C '{line}'"
        found = output([needs("fish"), "--no-config", "-c", script], PHONETUI_CONFIG=str(config)).splitlines()
        return [one.split("\t")[0] for one in found]

    assert set(COMMANDS) <= set(fish("phonetui "))
    assert "lobby" in fish("phonetui status ")
    assert "lab 2" in {one.replace("\\ ", " ").strip("'") for one in fish("phonetui status ")}


def test_the_manual_page_is_read_without_a_warning() -> None:
    page = FOLDER / "phonetui.1"
    shown = subprocess.run(
        [needs("man"), "--warnings", "-l", page], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert not shown.stderr
    for name in COMMANDS:
        assert f"phonetui {name}" in shown.stdout
    assert "130" in shown.stdout


UNITS = ("phonetui.service", "phonetui-mesh@.service", "phonetui-report.service")
TIMERS = ("phonetui-mesh@.timer", "phonetui-report.timer")


def test_the_units_are_valid(tmp_path: Path) -> None:
    units = [tmp_path / name for name in (*UNITS, *TIMERS)]
    for unit in units:
        unit.write_text((FOLDER / unit.name).read_text())
    found = output([needs("systemd-analyze"), "verify", "--man=no", *map(str, units)])
    assert str(tmp_path) not in found


def keys_of(name: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", (FOLDER / name).read_text()))


def test_what_runs_by_a_timer_does_so_as_the_collector_does() -> None:
    """The same user, places and walls; what its command line says is what the parsers take."""
    collector = keys_of(UNITS[0])
    own = {"Description", "Type", "ExecStart", "WatchdogSec", "Restart", "RestartSec", "TimeoutStopSec", "WantedBy"}
    for name in UNITS[1:]:
        other = keys_of(name)
        assert other["Type"] == "oneshot"
        shared = {key: value for key, value in collector.items() if key in other.keys() - own - {"StateDirectory"}}
        assert shared == {key: other[key] for key in shared}
        assert {
            key for key in collector if key.startswith(("Protect", "Private", "Restrict", "SystemCall"))
        } <= shared.keys()
        assert other["StateDirectory"].split()[0] == collector["StateDirectory"]
        words = other["ExecStart"].removeprefix("/usr/bin/env phonetui ").replace("%i", "night").split()
        parse_words(words)
    assert {keys_of(name)["WantedBy"] for name in TIMERS} == {"timers.target"}


def test_the_unit_is_hardened() -> None:
    keys = keys_of("phonetui.service")
    assert keys["Type"] == "notify"
    assert keys["CapabilityBoundingSet"] == ""
    assert keys["ProtectSystem"] == "strict"
    assert {keys[name] for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID")} == {"yes"}
    assert "collect" in keys["ExecStart"]


def test_the_container_is_not_root_and_names_no_host() -> None:
    """The rules of hadolint that matter here, where it isn't there; itself where it is."""
    file = FOLDER / "Containerfile"
    instructions = [line.split()[0] for line in file.read_text().splitlines() if re.match(r"[A-Z]+ ", line)]
    assert instructions[0] == "FROM"
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert re.search(r"(?m)^USER [1-9]\d*:[1-9]\d*$", file.read_text())
    assert not re.search(r"(?m)^FROM \S+/|:latest|\bADD\b|\bsudo\b", file.read_text())
    assert "--no-cache-dir" in file.read_text()
    if shutil.which("hadolint"):
        assert output(["hadolint", str(file)]) == ""
