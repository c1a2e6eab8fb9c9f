"""Files that only their owner can read."""

import stat
from pathlib import Path

from phonetui import private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_private_from_the_first_byte(tmp_path: Path) -> None:
    file = tmp_path / "x" / "y" / "f.json"
    private.write(file, "one")
    private.write(file, "two")
    assert file.read_text() == "two"
    assert (mode(file), mode(file.parent), mode(file.parent.parent)) == (0o600, 0o700, 0o700)
    assert list(file.parent.iterdir()) == [file]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private.make_directory(tmp_path)
    assert mode(tmp_path) == 0o755
