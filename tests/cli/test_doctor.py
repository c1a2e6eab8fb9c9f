"""`phonetui doctor`: each check sees what is wrong, and says what to do."""

import argparse
import json
import locale
import os
import shutil
import socket
import sys
from importlib import metadata
from pathlib import Path

import pytest

from phonetui.cli import doctor
from phonetui.cli.check_result import MARKS, Check, Finding
from phonetui.cli.main import entry
from phonetui.config import places

OPTIONS = argparse.Namespace(config=None, json=False)


def by_state(check: Check, state: str, config: Path | None = None) -> list[Finding]:
    options = argparse.Namespace(config=config, json=False)
    return [finding for finding in check(options) if finding.state == state]


def test_everything_is_looked_at_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry(["doctor"]) in {0, 1}
    lines = capsys.readouterr().out
    for topic in ("Python", "packages", "terminal", "clock", "SSH", "ports", "configuration", "files"):
        assert topic in lines


def test_json_has_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    entry(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {"topic", "state", "text", "advice"} == set(found[0])
    assert {finding["state"] for finding in found} <= set(MARKS)


def test_an_old_python_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert by_state(doctor.check_python, "failed")[0].advice == "phonetui needs 3.11 or later"


def test_an_old_library_fails_and_an_extra_that_is_absent_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["textual<9,>=8.2.8", "httpx>=0.28", 'nothere>=1; extra == "sip"', 'pytest>=8; extra == "test"']
    versions = {"textual": "8.1.9", "httpx": "0.28.1"}
    monkeypatch.setattr(metadata, "requires", lambda _: needs)
    monkeypatch.setattr(doctor, "_installed", versions.get)
    found = list(doctor.check_packages(OPTIONS))
    assert [finding.text for finding in found if finding.state == "failed"] == ["textual 8.1.9 is older than 8.2.8"]
    assert [finding.text for finding in found if finding.state == "note"] == ["extra 'sip' is not installed (nothere)"]
    assert "httpx 0.28.1" in found[-2].text
    assert not any("pytest" in finding.text for finding in found)


@pytest.mark.parametrize("name", ["", "dumb"])
def test_a_terminal_that_cannot_draw_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", name)
    assert by_state(doctor.check_terminal, "failed")


def test_a_small_terminal_and_another_encoding_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((50, 12)))
    monkeypatch.setattr(locale, "getencoding", lambda: "ANSI_X3.4-1968")
    advice = [finding.advice for finding in by_state(doctor.check_terminal, "warning")]
    assert advice == ["Make it at least 60x16", "Set LC_ALL to a UTF-8 locale such as C.UTF-8, or use --ascii"]


def test_an_agent_that_is_gone_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    assert by_state(doctor.check_ssh, "warning")
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        assert not by_state(doctor.check_ssh, "warning")


def test_proxies_and_key_logs_are_said_not_to_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    words = " ".join(finding.text for finding in by_state(doctor.check_environment, "note"))
    assert "https_proxy set" in words
    assert "SSLKEYLOGFILE" in words
    assert "3128" not in words


def test_a_wrong_configuration_fails(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[ui]\ntheme = "nosuch"\n')
    found = by_state(doctor.check_configuration, "failed", file)
    assert "1 wrong" in found[0].text
    file.write_text("not toml at all [")
    assert by_state(doctor.check_configuration, "failed", file)
    file.write_text("")
    assert by_state(doctor.check_configuration, "ok", file)


def test_files_that_others_may_write_or_that_are_none_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert not by_state(doctor.check_files, "failed")
    pins, slots, history = places.pins(), places.slots(), places.history()
    pins.parent.mkdir(parents=True)
    pins.write_text("{}")
    pins.chmod(0o666)
    slots.symlink_to(pins)
    os.mkfifo(history)
    assert by_state(doctor.check_files, "failed")[0].advice == f"chmod 600 {pins}"
    words = [finding.text for finding in by_state(doctor.check_files, "warning")]
    assert any("symbolic link" in text for text in words)
    assert any("no regular file" in text for text in words)
