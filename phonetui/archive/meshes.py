"""Files with the results of test calls, one a mesh, kept so that a later mesh can be compared with them.

A file is what `phonetui mesh --json` prints, so that any of them can be given as `--baseline`. Everything here blocks.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from phonetui import private
from phonetui.archive import ArchiveError
from phonetui.storage.writer import reason

KEPT = 500
"""Files; of more the oldest go."""
LARGEST_BYTES = 64 * 1024 * 1024
_ENDING = ".json"


class MeshArchive:
    """A folder of results, one JSON file a mesh, named by its time and name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, began_at: datetime, text: str) -> Path:
        """Writes a result; the file. Raises ArchiveError."""
        stem = f"{began_at:%Y%m%dT%H%M%SZ}-{private.safe_name(name)}"
        try:
            written = private.create_in(self.folder, stem, _ENDING.removeprefix("."), f"{text}\n")
        except OSError as error:
            raise ArchiveError(f"{self.folder}: {reason(error)}", "The result is not kept") from error
        for old in self.files()[KEPT:]:
            with suppress(OSError):
                old.unlink()
        return written

    def files(self) -> list[Path]:
        """The newest first; empty where there are none."""
        try:
            return sorted(self.folder.glob(f"*{_ENDING}"), reverse=True)
        except OSError:
            return []

    def files_of(self, name: str) -> list[Path]:
        """The files of meshes of that name, the newest first."""
        return [file for file in self.files() if _name_of(file) == private.safe_name(name)]

    def latest(self) -> list[Path]:
        """The newest of each name, the newest first."""
        by_name: dict[str, Path] = {}
        for file in self.files():
            by_name.setdefault(_name_of(file), file)
        return list(by_name.values())

    @staticmethod
    def read(file: Path) -> str:
        """The text of a file. Raises ArchiveError."""
        try:
            return private.read(file, LARGEST_BYTES)[0].decode()
        except OSError as error:
            raise ArchiveError(f"{file}: {reason(error)}", "Give another file") from error
        except UnicodeDecodeError:
            raise ArchiveError(f"{file}: not UTF-8 text", "Give another file") from None


def _name_of(file: Path) -> str:
    """Without the moment before it, and the number behind it that two results of one second have."""
    name = file.name.removesuffix(_ENDING).partition("-")[2]
    stem, _, number = name.rpartition("-")
    return stem if stem and number.isdecimal() and len(number) < 3 else name
