"""`phonetui doctor` of what runs beside the watching: each check sees what is wrong, and says what to do."""

import argparse
import os
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from phonetui.archive.meshes import MeshArchive
from phonetui.cli.check_result import Check, Finding
from phonetui.cli.service_checks import (
    CHECKS,
    check_exchange,
    check_mesh,
    check_metrics,
    check_notifications,
    check_recording,
    check_voice_reports,
)
from phonetui.config import places
from phonetui.mesh.begun_calls import BegunCalls
from phonetui.mesh.plan import MeshPair, MeshPhone
from phonetui.mesh.result_file import text
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from tests.mesh.test_results import AT, result_of

PHONES = "".join(
    f'[[phone]]\nname = "p{place}"\nhost = "192.0.2.{place}"\nnumbers = ["500{place}"]\n' for place in (1, 2)
)
PLAN = '[[phone]]\nname = "p1"\n[[phone]]\nname = "p2"\n'
Look = Callable[[Check, str], list[Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """The findings of a check over a configuration."""

    def found(check: Check, written: str) -> list[Finding]:
        file = tmp_path / "config.toml"
        file.write_text(f"{written}\n{PHONES}")
        file.chmod(0o600)
        return list(check(argparse.Namespace(config=file, json=False)))

    return found


def states(findings: list[Finding]) -> list[str]:
    return [finding.state for finding in findings]


def test_what_is_not_asked_for_is_not_spoken_of(look: Look, tmp_path: Path) -> None:
    assert [finding for check in CHECKS for finding in look(check, "")] == []
    nothing = argparse.Namespace(config=tmp_path / "none.toml", json=False)
    assert [finding for check in CHECKS[:-1] for finding in check(nothing)] == []


def test_a_recording_needs_a_folder_and_room(look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "recorded"
    settings = f'[recording]\ndirectory = "{folder}"\nmax_gb = 0.001'
    (finding,) = look(check_recording, settings)
    assert (finding.state, "30 days and 0.001 GB" in finding.text) == ("ok", True)
    assert not folder.exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    assert states(look(check_recording, settings)) == ["warning"]
    folder.touch()
    assert states(look(check_recording, settings)) == ["failed"]


def test_a_port_that_is_taken_is_a_note_and_one_that_cannot_be_had_a_failure(look: Look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        assert states(look(check_metrics, f'[metrics]\nlisten = "{address}"')) == ["note"]
        assert states(look(check_voice_reports, f'[vq]\nlisten = ["udp://{address}"]')) == ["note"]
    assert states(look(check_metrics, f'[metrics]\nlisten = "{address}"')) == ["ok"]
    assert states(look(check_voice_reports, f'[vq]\nlisten = ["udp://{address}"]')) == ["ok"]
    assert states(look(check_metrics, '[metrics]\nlisten = "192.0.2.1:9819"\ntoken = "x"')) == ["failed"]


def test_figures_that_are_open_to_others_are_warned_of(look: Look) -> None:
    assert states(look(check_metrics, '[metrics]\nlisten = "0.0.0.0:0"')) == ["ok", "warning"]
    assert states(look(check_metrics, '[metrics]\nlisten = "0.0.0.0:0"\ntoken = "x"')) == ["ok"]


def test_an_extra_that_is_not_installed_fails(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    for check, settings, module in (
        (check_metrics, '[metrics]\nlisten = "127.0.0.1:0"', "prometheus_client"),
        (check_exchange, '[nats]\nurl = "nats://127.0.0.1"', "nats"),
        (check_notifications, '[notify]\napprise = ["json://127.0.0.1"]', "apprise"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        found = look(check, settings)
        assert found[0].state == "failed"
        assert "phonetui[" in found[0].advice


def test_a_command_that_cannot_be_run_and_a_secret_that_is_not_set(look: Look) -> None:
    assert states(look(check_notifications, '[notify]\ncommand = ["/nowhere/at-all"]')) == ["failed"]
    assert states(look(check_notifications, '[notify]\ncommand = ["sh"]')) == ["ok"]
    (finding,) = look(check_notifications, '[notify]\nwebhook = { url = { env = "HOOK_URL" } }')
    assert (finding.state, "HOOK_URL" in finding.text) == ("warning", True)


def test_credentials_that_others_can_read_fail(look: Look, tmp_path: Path) -> None:
    creds = tmp_path / "user.seed"
    creds.write_text("SUAB")
    creds.chmod(0o644)
    settings = f'[nats]\nurl = "nats://127.0.0.1"\ncreds = "{creds}"'
    (finding,) = look(check_exchange, settings)
    assert (finding.state, finding.advice) == ("failed", f"chmod 600 {creds}")
    assert states(look(check_exchange, '[nats]\nurl = "nats://127.0.0.1"')) == ["ok"]


def test_plans_and_their_results(look: Look) -> None:
    folder, archive = places.mesh_plans(), MeshArchive(places.meshes())
    folder.mkdir(parents=True)
    (folder / "test.toml").write_text(PLAN)
    (folder / "wrong.toml").write_text('[[phone]]\nname = "p9"\n')
    never, wrong = look(check_mesh, "")
    assert (never.state, "never run" in never.text) == ("note", True)
    assert (wrong.state, "no phone 'p9'" in wrong.text) == ("warning", True)
    kept = archive.keep("test", AT, text(result_of({})))
    assert states(look(check_mesh, "")) == ["ok", "warning"]
    os.utime(kept, (0, 0))
    assert states(look(check_mesh, "")) == ["note", "warning"]


async def test_calls_that_a_run_left_are_named(look: Look) -> None:
    one, two = (MeshPhone(PhoneId(name), printable(number)) for name, number in (("p1", "5001"), ("p2", "5002")))
    begun = BegunCalls(places.begun_calls())
    call = await begun.add(MeshPair(one, two), AT)
    assert states(look(check_mesh, "")) == ["note"]
    await begun.remove(call)
    begun.close()
    assert look(check_mesh, "") == []
