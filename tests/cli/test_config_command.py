"""`config path | init | check`."""

from pathlib import Path

from tests.cli.conftest import Line


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
        "recordings",
        "history",
        "catalogues",
        "offers",
        "log",
        "audit",
    }
    assert listed.keys() == names
    assert all(place.startswith(str(home)) for place in listed.values())
