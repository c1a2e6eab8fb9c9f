"""`config path | init | check | show`."""

import json
import re
import sys
from pathlib import Path

import pytest

from phonetui.config import places
from phonetui.monitor.firmware_profile import KeyArgumentStore
from phonetui.xapi.control_commands import KeyArgument, KeyArgumentOrigin
from tests.cli.conftest import Line
from tests.terminal import Terminal


def test_init_then_check(line: Line, home: Path) -> None:
    file = home / "config" / "phonetui" / "config.toml"
    assert line("config", "check").err == f"phonetui: {file}: no such file. 'phonetui config init' writes one.\n"
    assert line("config", "init").out == f"{file}\n"
    assert line("config", "check").out == f"{file}: nothing wrong\n"
    again = line("config", "init")
    assert (again.code, again.out) == (2, "")
    assert "already there" in again.err


def test_check_tells_everything_and_others_the_first(line: Line, home: Path) -> None:
    file = home / "c.toml"
    file.write_text("[defaults]\npol = 1\n[ui]\nx = 1\n")
    check = line("config", "check", "--config", str(file))
    assert check.code == 2
    assert check.err.splitlines() == [
        f"phonetui: {file}:2: [defaults] pol: unknown key. Did you mean 'poll'?",
        f"phonetui: {file}:4: [ui] x: unknown key. Known here: ascii, blink, graphics, mouse, privacy, theme, timezone.",
    ]
    assert line("--config", str(file), "status", "x").err.splitlines() == check.err.splitlines()[:1]


def test_path_lists_every_place(line: Line, home: Path) -> None:
    listed = dict(row.split(maxsplit=1) for row in line("config", "path").out.splitlines())
    names = {
        "configuration",
        "pins",
        "slots",
        "dialled",
        "window",
        "webex",
        "recordings",
        "history",
        "meshes",
        "mesh_plans",
        "begun_calls",
        "catalogues",
        "changes",
        "offers",
        "scales",
        "sendkey",
        "log",
        "audit",
        "known_hosts",
    }
    assert listed.keys() == names
    assert all(place.startswith(str(home)) for place in listed.values())


def test_import_shows_first_and_adds_when_told(line: Line, home: Path) -> None:
    file, sheet = home / "c.toml", home / "phones.csv"
    sheet.write_text("name,host,group,tags\nlobby,192.0.2.21,HQ/Ground floor,glass\nd-2,192.0.2.22,,\n")
    shown = line("config", "import", str(sheet), "--config", str(file))
    assert shown.out.splitlines() == [
        "+ lobby  192.0.2.21  HQ/Ground floor  #glass",
        "+ d-2    192.0.2.22",
        "2 phones to be added",
    ]
    assert (shown.code, shown.err) == (2, f"phonetui: {file}: nothing was added. Add --yes to add them.\n")
    assert not file.exists()
    added = line("config", "import", str(sheet), "--config", str(file), "--yes")
    assert (added.code, added.out.splitlines()[-1]) == (0, f"added to {file}")
    again = line("config", "import", str(sheet), "--config", str(file), "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "0 phones to be added, 2 there already")
    assert line("config", "check", "--config", str(file)).code == 0


def test_import_names_what_is_wrong(line: Line, home: Path) -> None:
    sheet = home / "phones.csv"
    sheet.write_text("name,host\nlobby,two words\n")
    wrong = line("config", "import", str(sheet), "--yes")
    assert (wrong.code, wrong.out) == (2, "")
    assert f"{sheet}:2: [[phone]] host: must be" in wrong.err
    assert "needs the name of a CSV file" in line("config", "import").err
    assert "belong to 'config import'" in line("config", "check", "x.csv").err


def test_check_looks_for_the_files_that_are_named(line: Line, home: Path) -> None:
    file = home / "c.toml"
    file.write_text('[[phone]]\nhost = "192.0.2.1"\ntls = "ca"\ntls_ca = "none.pem"\n')
    check = line("config", "check", "--config", str(file))
    assert (check.code, check.err) == (2, f"phonetui: {file}:4: [[phone]] tls_ca: no such file.\n")


def test_show_tells_where_each_value_came_from_and_no_secret(line: Line, home: Path) -> None:
    file = home / "c.toml"
    file.touch(0o600)
    file.write_text('[[phone]]\nname = "lobby\\u001b[2J"\nhost = "192.0.2.1"\npassword = "hunter2"\ntls = "off"\n')
    run = line("--config", str(file), "config", "show")
    assert run.code == 0
    assert run.out.startswith(f"# {file}\n")
    shown = ('tls = "off"', 'password = "***"')
    assert f"{shown[0]:<48}  # line 5\n" in run.out
    assert f"{shown[1]:<48}  # environment PHONETUI_PASSWORD\n" in run.out
    assert "\x1b" not in run.out
    found = line("--config", str(file), "config", "show", "--json").json
    assert found["file"] == str(file)
    phone = next(table["values"] for table in found["tables"] if table["table"] == "[[phone]]")
    assert {"key": "tls", "value": "off", "origin": "file", "place": "5"} in phone
    assert "hunter2" not in run.out + str(found)


def test_show_of_a_wrong_file_is_its_first_complaint(line: Line, home: Path) -> None:
    file = home / "c.toml"
    file.write_text("[defaults]\ntls = 1\n")
    run = line("--config", str(file), "config", "show")
    assert (run.code, run.out) == (2, "")
    assert f"{file}:2: [defaults] tls" in run.err


def test_show_tells_what_was_learnt_from_phones(line: Line, home: Path) -> None:
    learnt = KeyArgument("KeyCode", KeyArgumentOrigin.REFUSAL)
    KeyArgumentStore(places.key_arguments()).put(("DP-9851", "PHONEOS.3-6-1-0001"), learnt)
    row = '# DP-9851 PHONEOS.3-6-1-0001: sendkey.parameter = "KeyCode"'
    assert re.search(rf"{re.escape(row)} +# its refusal", line("config", "show").out)
    assert json.loads(line("config", "show", "--json").out)["learnt"] == [
        {
            "kind": "DP-9851 PHONEOS.3-6-1-0001",
            "key": "sendkey.parameter",
            "value": "KeyCode",
            "origin": "refusal",
        }
    ]


def refused(start: list[str], home: Path) -> str:
    """What the dashboard says instead of starting, in a terminal."""
    terminal = Terminal(
        [sys.executable, "-m", "phonetui", *start], columns=400, environment={"HOME": str(home)}, folder=home
    )
    terminal.pump(20.0, lambda: not terminal.is_open)
    said = " ".join(terminal.text.split())
    assert terminal.close() == 2, said
    return said


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('[ui]\ntheme = "none-such"', "no theme 'none-such'"),
        ('[ui]\ntheme = "none-such.toml"', "none-such.toml: No such file or directory"),
        ('[ui]\ntimezone = "Europe/Bergen"', "no time zone 'Europe/Bergen'"),
        ('[ui]\ntimezone = "Europe"', "no time zone 'Europe'"),
        ('[keys]\n"call.dial" = "pgdown"', "no key is called 'pgdown'. Did you mean 'pagedown'?"),
        ('[keys]\n"webex.tags" = "c"', "'c' is also the key of webex.configuration on Webex's word of a phone"),
        ('[keys]\n"jobs.start" = "r"', "'r' is also the key of jobs.read on the jobs"),
        ('[[phone]]\nhost = "256.1.1.1"', "host: must be a host's name or address"),
        ('[[phone]]\nhost = "xn--a"', "host: must be a host's name or address"),
        ('[[phone]]\nurl = "https://b\u00fccher..de"', "is neither a phone of the configuration nor an address"),
        ('[[phone]]\nhost = "a"\njump = "bad name"', "there is no [jump.bad name], and no host can be called so"),
        ('[[phone]]\nhost = "a"\njump = "host:99999"', "there is no [jump.host:99999], and no host can be called so"),
        ('[jump.b]\nhost = "-oProxyCommand=x"', "host: must be a host's name or address"),
    ],
)  # fmt: skip
def test_check_refuses_what_a_start_refuses(table: str, words: str, line: Line, home: Path) -> None:
    file = home / "c.toml"
    phone = "" if "[[phone]]" in table else '[[phone]]\nhost = "192.0.2.1"\npassword = { env = "HOME" }\n'
    file.write_text(f"{table}\n{phone}")
    run = line("config", "check", "--config", str(file))
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert f"{file}:" in run.err, "with the line"
    said = refused(["--config", str(file)], home)
    assert " ".join(words.split()) in said


@pytest.mark.parametrize("key", ["f5", "ctrl+d", "/", "slash", "plus", "\u00f8", "euro_sign", "shift+f3", "alt+1", "G"])
def test_check_takes_every_key_that_the_toolkit_knows(key: str, line: Line, home: Path) -> None:
    (home / "c.toml").write_text(f'[keys]\n"alerts.mute" = "{key}"\n')
    run = line("config", "check", "--config", "c.toml")
    assert "no key is called" not in run.err


@pytest.mark.parametrize(
    "jump", ["bastion", "my_bastion", "user@bastion.example.com:2222", "[2001:db8::1]:22", "192.0.2.1"]
)
def test_check_takes_what_openssh_would(jump: str, line: Line, home: Path) -> None:
    (home / "c.toml").write_text(f'[[phone]]\nhost = "192.0.2.1"\njump = "{jump}"\n')
    assert line("config", "check", "--config", "c.toml").code == 0
