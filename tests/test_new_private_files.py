"""What the operator asked for lies in new files that nobody else can read."""

import errno
import io
import os
from pathlib import Path

import pytest

from phonetui.private import create, create_in, safe_name, writable_folder


def test_a_file_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = create_in(tmp_path / "new", "note", "md", "x")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o600
    assert made.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_written_over_or_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "note.md").symlink_to(tmp_path / "there")
    with pytest.raises(FileExistsError):
        create(tmp_path / "note.md", "x")
    assert create_in(tmp_path, "note", "md", b"x").name == "note-2.md"
    assert (tmp_path / "there").read_text() == "mine"


def test_of_a_file_that_does_not_fit_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("builtins.open", lambda path, *_, **__: Full(path, "w"))
    with pytest.raises(OSError, match="No space"):
        create(tmp_path / "note.md", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_gone_is_no_place_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert writable_folder(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("name", "shown"), [("../a b", "a-b"), ("..", "phone"), ("-rf", "rf"), ("lobby-2", "lobby-2"), ("", "phone")]
)
def test_names_are_safe_for_shells_and_file_systems(name: str, shown: str) -> None:
    assert safe_name(name) == shown
