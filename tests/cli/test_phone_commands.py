"""The commands against a simulated phone, over real sockets."""

import json
import os
import socket
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonetui.cli.output import file_stem
from phonetui.cli.simulate import SimulatorThread
from phonetui.config import places
from phonetui.private import create_in
from phonetui.simulator.server import SimulatedPhone
from tests.cli.conftest import PASSWORD, Line


def sent(phone: SimulatedPhone) -> str:
    return " ".join(map(str, phone.requests))


@pytest.fixture
def named(phone: SimulatedPhone, home: Path) -> SimulatedPhone:
    """The phone under a name of the configuration."""
    file = home / "config" / "phonetui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[[phone]]\nname = "lobby"\nurl = "{phone.url}"\n')
    return phone


@pytest.mark.parametrize(
    "path",
    [["SystemUnit ProductId"], ["systemunit", "productid"], ["/Status/SystemUnit/ProductId"], ["SystemUnit.ProductId"],
     ["xStatus", "SystemUnit", "ProductId"]],
)  # fmt: skip
def test_status_in_every_notation(path: list[str], named: SimulatedPhone, line: Line) -> None:
    run = line("status", "lobby", *path)
    assert run.out == f'*s SystemUnit ProductId: "DP-{named.model}"\n** end\n'
    assert (run.code, run.err) == (0, "")


def test_status_as_json(named: SimulatedPhone, line: Line) -> None:
    run = line("status", "--json", "lobby", "SystemUnit", "ProductId")
    status = {"SystemUnit": {"ProductId": f"DP-{named.model}"}}
    assert run.json == {"phone": "lobby", "path": "SystemUnit ProductId", "status": status}


def test_everything(named: SimulatedPhone, line: Line) -> None:
    assert len(line("status", "lobby").out.splitlines()) == len(named.tree) + 1


def test_no_calls_is_no_error(named: SimulatedPhone, line: Line) -> None:
    assert line("status", "lobby", "Line", "1", "Call").out == "** end\n"


def test_a_place_that_is_not_there(named: SimulatedPhone, line: Line) -> None:
    run = line("status", "lobby", "Foo/Bar")
    assert (run.code, run.out) == (1, "")
    first, *block = run.err.splitlines()
    assert first.startswith("phonetui: lobby: ")
    assert block[0] == "*s Result (status=Error):"
    assert block[-1] == "** end"
    run = line("status", "lobby", "Foo/Bar", "--json")
    assert (run.code, run.err, run.json["phone"], run.json["error"]["kind"]) == (1, "", "lobby", "refused")


def test_a_command_and_its_refusal(named: SimulatedPhone, line: Line) -> None:
    run = line("command", "lobby", "call dial", "Number=5998")
    assert run.out.splitlines()[:2] == ["OK", "*r CallDialResult (status=OK):"]
    assert run.out.splitlines()[-1] == "** end"
    run = line("command", "lobby", "Call", "Dial", "Number=5999", "--json")
    assert (run.json["phone"], run.json["command"]) == ("lobby", "Call Dial")
    assert "CallId" in run.json["result"]
    run = line("command", "lobby", "Call", "Fly")
    assert (run.code, run.out) == (1, "")
    assert run.err.splitlines()[1] == "*r Result (status=Error):"
    assert run.err.endswith("** end\n")


def test_dial(office: SimulatorThread, line: Line) -> None:
    phone = office.phones()[1]
    run = line("dial", phone.url, "5997")
    assert run.code == 0
    assert "*r CallDialResult LineId: 1" in run.out
    assert "5997" in sent(phone)


@pytest.mark.parametrize(
    "words", ["dial lobby abc", "command lobby Call Dial Number=abc", "command lobby call dial number=5+1"]
)
def test_what_cannot_be_dialled_is_not_sent(words: str, named: SimulatedPhone, line: Line) -> None:
    before = len(named.requests)
    run = line(*words.split())
    assert (run.code, run.out) == (2, "")
    assert "nothing was dialled" in run.err
    assert len(named.requests) == before


def test_a_number_is_dialled_without_what_people_write_between_its_digits(office: SimulatorThread, line: Line) -> None:
    phone = office.phones()[1]
    for words in (
        ("dial", phone.url, "+47 22 (00) 01"),
        ("command", phone.url, "Call", "Dial", "Number=+47 22 (00) 02"),
    ):
        assert line(*words).code == 0
    assert "+47220001" in sent(phone)
    assert "+47220002" in sent(phone)


def test_keys_are_spelled_for_the_model_and_paced(named: SimulatedPhone, line: Line) -> None:
    before = len(named.requests)
    assert line("keys", "lobby", "voldwn", "#", "1").code == 0
    words = " ".join(map(str, named.requests[before:]))
    assert words.index("VolDown") < words.index("KeyPadPound") < words.index("KeyPad1")


@pytest.mark.parametrize("words", ["dial lobby 5996", "keys lobby 1 2", "command lobby Ui Fly", "screenshot lobby"])
def test_read_only_sends_nothing(words: str, named: SimulatedPhone, line: Line, home: Path) -> None:
    before = len(named.requests)
    for extra in (["--read-only"], ["--config", str(home / "off.toml")]):
        (home / "off.toml").write_text(f'[[phone]]\nname = "lobby"\nurl = "{named.url}"\ncontrol = "off"\n')
        run = line(*words.split(), *extra)
        assert (run.code, run.out) == (4, "")
        assert run.err.startswith("phonetui: lobby: read-only")
    assert len(named.requests) == before


def test_a_screenshot(named: SimulatedPhone, line: Line, home: Path) -> None:
    run = line("screenshot", "lobby")
    file = Path(run.out.strip())
    assert file.name.startswith("lobby-20")
    assert (home / file).read_bytes().startswith(b"\x89PNG")
    assert line("screenshot", "lobby", "-o", "x.png").out == "x.png\n"
    assert (home / "x.png").read_bytes().startswith(b"\x89PNG")
    assert line("screenshot", "lobby", "-o", "no/x.png").code == 2
    assert [(home / name).stat().st_mode & 0o777 for name in (file, "x.png")] == [0o600, 0o600]


def test_a_screenshot_overwrites_nothing_without_a_word(named: SimulatedPhone, line: Line, home: Path) -> None:
    (home / "mine.png").write_text("mine")
    before = len(named.requests)
    run = line("screenshot", "lobby", "-o", "mine.png")
    assert (run.code, run.out) == (2, "")
    assert "mine.png: there is such a file already. Choose another name with -o" in run.err
    assert (home / "mine.png").read_text() == "mine"
    assert len(named.requests) == before


def test_a_screenshot_never_overwrites(tmp_path: Path) -> None:
    name = file_stem("a/b:c", datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    assert name == "a-b-c-20261121-120000"
    assert [create_in(tmp_path, name, "png", b"x").name for _ in range(2)] == [f"{name}.png", f"{name}-2.png"]
    assert file_stem("../..", datetime(2026, 1, 1, tzinfo=UTC)) == "phone-20260101-000000"


def test_wrong_password_and_nobody_there(named: SimulatedPhone, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHONETUI_PASSWORD", "wrong-Zq9")
    run = line("status", "lobby")
    assert run.code == 4
    assert run.err.startswith("phonetui: lobby: ")
    assert run.err.count("\n") == 1
    assert "wrong-Zq9" not in run.err
    run = line("status", "https://127.0.0.1:1", "--json")
    assert (run.code, run.json["error"]["kind"], run.json["phone"]) == (3, "unreachable", "127.0.0.1:1")


def test_no_password_without_a_terminal(named: SimulatedPhone, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHONETUI_PASSWORD")
    run = line("status", "lobby")
    assert (run.code, run.err.count("\n")) == (2, 1)
    assert "no password for xapi on lobby" in run.err


def test_trust(office: SimulatorThread, line: Line, home: Path) -> None:
    first, second = office.phones()[:2]
    run = line("trust", first.url)
    assert run.code == 4
    assert first.fingerprint in run.out
    assert "none yet" in run.out
    assert line("trust", first.url, "--yes").code == 0
    assert "(the same)" in line("trust", first.url).out
    pins = home / "state" / "phonetui" / "pins.json"
    assert stat.S_IMODE(pins.stat().st_mode) == 0o600
    pins.write_text(pins.read_text().replace(first.fingerprint, second.fingerprint))
    for words in (("trust", first.url), ("status", first.url)):
        run = line(*words)
        assert run.code == 4
        assert second.fingerprint in run.out + run.err
    assert line("trust", first.url, "--yes").code == 0
    assert line("status", first.url, "SystemUnit").code == 0
    deeds = [
        deed for deed in map(json.loads, places.audit().read_text().splitlines()) if deed["command"] == "phonetui trust"
    ]
    assert [deed["arguments"] for deed in deeds] == [
        {"before": "", "now": first.fingerprint},
        {"before": second.fingerprint, "now": first.fingerprint},
    ]


def test_trust_on_first_use_is_told_on_standard_error(office: SimulatorThread, line: Line) -> None:
    phone = office.phones()[2]
    run = line("status", phone.url, "SystemUnit", "ProductId", "--json")
    assert phone.fingerprint in run.err
    assert run.json["status"]
    assert line("status", phone.url, "SystemUnit", "ProductId").err == ""


def test_a_fingerprint_of_the_configuration_is_not_accepted_away(phone: SimulatedPhone, line: Line, home: Path) -> None:
    (home / "c.toml").write_text(f'[[phone]]\nname = "a"\nurl = "{phone.url}"\nfingerprint = "sha256:{"0" * 64}"\n')
    run = line("trust", "a", "--yes", "--config", "c.toml")
    assert run.code == 4
    assert "the configuration names" in run.err


def test_watch_for_a_while(named: SimulatedPhone, line: Line) -> None:
    run = line("watch", "--for", "1.5")
    lines = [json.loads(each) for each in run.out.splitlines()]
    assert (run.code, run.err) == (0, "")
    assert run.out.isascii()
    assert all(each.startswith('{"type":"') for each in run.out.splitlines())
    assert {"phone", "status"} <= {each["type"] for each in lines}
    leaves = [each["path"] for each in lines if each["type"] == "status"]
    assert len(leaves) >= 100
    assert any(each["type"] == "phone" and each["state"] == "live" for each in lines)


def test_watch_ends_quietly_when_nobody_reads(named: SimulatedPhone) -> None:
    words = [sys.executable, "-m", "phonetui", "watch", "--for", "20"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ.copy()) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert json.loads(watch.stdout.readline())["phone"] == "lobby"
        watch.stdout.close()
        assert watch.wait(15) == 0
        assert watch.stderr.read() == b""


def test_the_password_is_in_no_file_and_on_no_stream(named: SimulatedPhone, line: Line, home: Path) -> None:
    for words in ("status lobby", "dial lobby 1", "status lobby Foo", "watch --for 0.5", "command lobby Ui Fly"):
        run = line(*words.split(), "--log-file", "log", "--log-level", "debug")
        assert PASSWORD not in run.out + run.err
    left = [file for file in home.rglob("*") if file.is_file()]
    assert home / "log" in left
    assert stat.S_IMODE((home / "log").stat().st_mode) == 0o600
    for file in left:
        assert PASSWORD.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    "words",
    [
        ("status", "nosuch"),
        ("dial", "nosuch", "5000"),
        ("keys", "nosuch", "Mute"),
        ("screenshot", "nosuch"),
        ("trust", "nosuch"),
        ("probe", "nosuch"),
    ],
)
def test_a_word_that_names_no_phone_is_told_before_a_password_is_asked_for(
    words: tuple[str, ...], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PHONETUI_PASSWORD")

    def nobody(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    run = line(*words)
    assert run.code == 3
    assert "nosuch: no phone of the configuration is called so, and no host has that name" in run.err
    assert "'phonetui config show' lists the phones" in run.err
