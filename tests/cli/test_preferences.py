"""Preferences of earlier runs."""

import json
import stat
from pathlib import Path

import pytest

from phonetui.cli.dashboard import Preferences

LIKED = {"columns": ["phone", "state"], "order": "loss", "grouping": "switch", "reversed": True}


def test_kept_for_the_next_run_beside_what_others_wrote(tmp_path: Path) -> None:
    file = tmp_path / "state" / "window.json"
    Preferences(file).keep("fleet", LIKED)
    assert Preferences(file).preferences == {"fleet": LIKED}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    Preferences(file).keep("chart", {"span": 300})
    Preferences(file).keep("fleet", {})
    assert json.loads(file.read_text()) == {"fleet": {}, "chart": {"span": 300}}


def test_nothing_is_written_unless_it_differs(tmp_path: Path) -> None:
    file = tmp_path / "window.json"
    Preferences(file).keep("fleet", LIKED)
    again = Preferences(file)
    file.unlink()
    again.keep("fleet", LIKED)
    assert not file.exists()


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\xff", "[" * 100_000])
def test_a_broken_file_is_forgotten(content: str, tmp_path: Path) -> None:
    file = tmp_path / "window.json"
    file.write_text(content, "latin-1")
    assert Preferences(file).preferences == {}
    Preferences(file).keep("fleet", LIKED)
    assert Preferences(file).preferences == {"fleet": LIKED}


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    window = Preferences(tmp_path / "f" / "window.json")
    window.keep("fleet", LIKED)
    assert window.preferences == {"fleet": LIKED}
