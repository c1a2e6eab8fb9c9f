"""Words in, exit codes and streams out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from phonetui import __version__
from phonetui.cli.main import COMMANDS, entry
from tests.cli.conftest import Line
from tests.pace import slowness

HEAVY = {"textual", "rich", "httpx", "aiohttp", "asyncio", "websockets", "cryptography", "plotext", "ssl", "socket"}


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_help_loads_neither_screen_nor_network(words: list[str]) -> None:
    code = f"import sys; from phonetui.cli.main import entry; c = entry({words!r}); print(c, *sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    result, *modules = run.stderr.split()
    assert result == "0"
    assert not HEAVY & set(modules)
    assert run.stdout


def test_no_sub_command_loads_them_for_its_help() -> None:
    code = f"""
import sys
from phonetui.cli.main import entry
for name in {list(COMMANDS)!r}:
    entry([name, "--help"])
print(*sys.modules, file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stderr.split())


def test_the_version_is_quick() -> None:
    def used_s() -> float:
        """Processor time of programs that were waited for: how long one waits for a processor is not its own."""
        times = os.times()
        return times.children_user + times.children_system

    def best(*words: str) -> float:
        times = []
        for _ in range(5):
            before = used_s()
            subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
            times.append(used_s() - before)
        return min(times)

    bare, ours = best("-c", "pass"), best("-m", "phonetui", "--version")
    print(f"--version {ours * 1000:.0f} ms, a bare interpreter {bare * 1000:.0f} ms")
    assert ours < 0.15 * max(3.0, slowness())  # three times what is promised, for slow machines


def test_version_and_help(line: Line) -> None:
    assert line("--version").out == f"phonetui {__version__}\n"
    helped = line("--help").out
    assert all(f"  {name} " in helped for name in COMMANDS)
    for name in COMMANDS:
        assert f"phonetui {name}" in line(name, "--help").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fax", "'fax' is no sub-command."),
        ("webex", "which operation? See 'phonetui webex --help'."),
        ("webex devices", "which operation? See 'phonetui webex devices --help'."),
        ("webex device list", "'webex device' is no operation. Did you mean 'devices'?"),
        ("webex devices lst", "'webex devices lst' is no operation. Did you mean 'devices list'?"),
        (
            "webex --log-level info devices delete",
            "arguments are required: DEVICE. See 'phonetui webex devices delete",
        ),
        ("stauts", "Did you mean 'status'?"),
        ("https://192.0.2.1", "A phone is named after --phone."),
        ("status", "the following arguments are required: PHONE. See 'phonetui status --help'."),
        ("status lobby --jsn", "unrecognized arguments: --jsn."),
        ("--conf x status lobby", "unrecognized arguments: --conf"),
        ("--theme x status lobby", "--theme belongs to the dashboard, not to 'status'."),
        ("status lobby --ascii", "unrecognized arguments: --ascii."),
        ("watch --for 0", "argument --for: must be a number of seconds above 0."),
        ("simulate --phones 0", "argument --phones: must be a whole number from 1."),
        ("simulate --phones 9 --port 65530", "9 ports from 65530 on are more than there are."),
        ("simulate --scenario ofice", "no scenario 'ofice'. Did you mean 'office'?"),
        ("demo --phone x", "the demo has phones of its own."),
        ("demo", "the dashboard needs a terminal"),
        ("--phone x", "the dashboard needs a terminal"),
        ("config shew", "invalid choice: 'shew'"),
        ("command x SystemUnit/Boot", "'SystemUnit Boot' reboots the phone. Add --yes"),
        (
            "command x security certificates ca delete A=1",
            "'Security Certificates CA Delete' deletes a certificate that the phone trusts",
        ),
        ("command x A=1", "the command's path is missing."),
        ("command x Call Dial Number=1 5", "'5' is not Key=Value."),
        ("keys x VolUp 500", "'500' is several keys. Write them apart: 5 0 0."),
        ("keys x volupp", "there is no key 'volupp'. Near: VolUp"),
        ("status x a=b", "is not an xAPI path"),
        ("status x --config no.toml", "no.toml: no such file."),
        ("trust http://x", "http://x: there is no certificate behind http://."),
    ],
)
def test_usage(words: str, said: str, line: Line) -> None:
    run = line(*words.split())
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith("phonetui: ")
    assert run.err.count("\n") == 1
    assert said.removeprefix("http://x: ") in run.err


@pytest.mark.parametrize(
    "words",
    ["https://u:Zq9@h", "status https://u:Zq9@h", "--phone https://u:Zq9@h status h", "watch --for https://u:Zq9@h",
     "dial h 1 https://u:Zq9@h", "config https://u:Zq9@h", "--password=https://u:Zq9@h", "status u:Zq9@h --json"],
)  # fmt: skip
def test_a_password_on_the_line_is_refused_and_not_repeated(words: str, line: Line) -> None:
    run = line(*words.split())
    assert run.code == 2
    assert "Zq9" not in run.out + run.err


def test_a_terminal_that_cannot_write_a_name() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    run = subprocess.run([sys.executable, "-m", "phonetui", "--help"], capture_output=True, env=environ, check=False)
    assert run.returncode == 0
    assert rb"\u2026" in run.stdout


def test_no_phones_says_how_to_go_on(line: Line) -> None:
    for words in ((), ("watch",)):
        run = line(*words)
        assert run.code == 2
        assert run.err.startswith("phonetui: no phone is configured and none is named.\n")
        for help_ in ("phonetui demo", "phonetui --phone URL", "phonetui config init", "PhoneOS 3.5"):
            assert help_ in run.err


def test_a_usage_error_with_json(line: Line) -> None:
    run = line("status", "--json")
    assert (run.code, run.err) == (2, "")
    assert run.json["error"]["kind"] == "config"
    assert run.json["phone"] is None


def test_options_before_and_after(line: Line, home: Path) -> None:
    for words in (("--config", "a.toml", "config", "path"), ("config", "path", "--config", "a.toml"),
                  ("config", "--config=a.toml", "path"), ("--config=a.toml", "--read-only", "config", "path")):  # fmt: skip
        assert line(*words).out.splitlines()[0].split() == ["configuration", str(home / "a.toml")]


def test_a_mistake_of_ours_is_one_line(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise KeyError("Zq9-planted")

    monkeypatch.setattr("phonetui.cli.config.run", broken)
    run = line("config", "path")
    assert (run.code, run.err.count("\n")) == (1, 1)
    assert "KeyError" in run.err
    assert "Zq9-planted" not in run.err
    assert "Traceback" in line("--log-level", "debug", "config", "path").err
    monkeypatch.setattr("phonetui.cli.config.run", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert line("config", "path").code == 130


def test_nobody_reads() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = "import sys; from phonetui.cli.main import entry; sys.exit(entry(['config', 'path']))"
    run = subprocess.run([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")


def test_the_entry_reads_the_process_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["phonetui", "--version"])
    assert entry() == 0
    assert capsys.readouterr().out.startswith("phonetui ")
