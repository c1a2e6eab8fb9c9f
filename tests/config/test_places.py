"""Where the files are."""

from pathlib import Path

import pytest

from phonetui.config import places


def test_which_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    environ = {"PHONETUI_CONFIG": "/env.toml"}
    assert places.configuration("/line.toml", environ) == Path("/line.toml")
    assert places.configuration(None, environ) == Path("/env.toml")
    assert places.configuration(None, {}).name == "config.toml"


def test_every_place_is_listed_and_absolute() -> None:
    listed = places.everything(Path("/c"))
    assert len({place for _, place in listed}) == len({name for name, _ in listed}) == len(listed)
    assert all(place.is_absolute() for _, place in listed)
