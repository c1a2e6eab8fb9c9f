"""Files that only their owner can read."""

import stat
from pathlib import Path

import pytest

from phonetui.config import places


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_private_from_the_first_byte(tmp_path: Path) -> None:
    file = tmp_path / "x" / "y" / "f.json"
    places.write_private(file, "one")
    places.write_private(file, "two")
    assert file.read_text() == "two"
    assert (mode(file), mode(file.parent), mode(file.parent.parent)) == (0o600, 0o700, 0o700)
    assert list(file.parent.iterdir()) == [file]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    places.make_directory(tmp_path)
    assert mode(tmp_path) == 0o755


def test_which_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    environ = {"PHONETUI_CONFIG": "/env.toml"}
    assert places.configuration("/line.toml", environ) == Path("/line.toml")
    assert places.configuration(None, environ) == Path("/env.toml")
    assert places.configuration(None, {}).name == "config.toml"


def test_every_place_is_listed_and_absolute() -> None:
    listed = places.everything(Path("/c"))
    assert len({place for _, place in listed}) == len(listed) == 9
    assert all(place.is_absolute() for _, place in listed)
