"""Numbers of earlier runs."""

import stat
from pathlib import Path

import pytest

from phonetui.cli.dashboard import MAX_DIALLED, DialHistory


def test_remembered_once_newest_last(tmp_path: Path) -> None:
    file = tmp_path / "state" / "dialled.json"
    dialled = DialHistory(file)
    for number in ("1", "2", "1"):
        dialled.remember(number)
    assert DialHistory(file).numbers == ("2", "1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    many = [str(number) for number in range(MAX_DIALLED + 5)]
    for number in many:
        dialled.remember(number)
    assert DialHistory(file).numbers == tuple(many[5:])


@pytest.mark.parametrize("content", ["", "{", "{}", '[1, "2", null]', "\xff"])
def test_a_broken_file_is_forgotten(content: str, tmp_path: Path) -> None:
    file = tmp_path / "dialled.json"
    file.write_text(content, "latin-1")
    assert DialHistory(file).numbers in ((), ("2",))


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    dialled = DialHistory(tmp_path / "f" / "dialled.json")
    dialled.remember("1")
    assert dialled.numbers == ("1",)
