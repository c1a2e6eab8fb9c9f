"""Which of the programs that share a file still run: each holds the lock of a small file of its own.

The system gives a lock back when its holder ends, however that happens, and no number is taken for another's as process
ids are.
"""

import fcntl
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from phonetui import private

_NAME = re.compile(r"[0-9a-f]{16}")


class Owners:
    """The programs beside `file`: `.FILE.owner.ID` each."""

    def __init__(self, file: Path | None) -> None:
        """Nobody else is there where `file` is None."""
        self._file = file
        self.own = secrets.token_hex(8)
        """This program's id, so far as it is held."""
        self._held: int | None = None

    def hold(self) -> None:
        """From now on others see that this program runs; where the file system doesn't let it, they don't."""
        if self._file is None or self._held is not None:
            return
        with suppress(OSError):
            private.make_directory(self._file.parent)
            self._sweep(self._file)
            place = self._place(self._file, self.own)
            opened = private.open_regular(str(place), os.O_RDWR | os.O_CREAT)
            if _is_locked(opened, fcntl.LOCK_EX) and place.exists():  # another one may have swept it away before
                self._held = opened
            else:
                os.close(opened)

    def is_running(self, owner: str) -> bool:
        """Whether the program of this id runs: this one, or another that holds its lock."""
        if owner == self.own:
            return True
        if self._file is None or not _NAME.fullmatch(owner):
            return False
        return not _is_free(self._place(self._file, owner))

    def close(self) -> None:
        if self._held is not None and self._file is not None:
            with suppress(OSError):
                self._place(self._file, self.own).unlink(missing_ok=True)
            os.close(self._held)
            self._held = None

    def _sweep(self, file: Path) -> None:
        """Takes away what programs that were killed left."""
        for left in file.parent.glob(f".{file.name}.owner.*"):
            if _is_free(left):
                left.unlink(missing_ok=True)

    @staticmethod
    def _place(file: Path, owner: str) -> Path:
        return file.with_name(f".{file.name}.owner.{owner}")


def _is_free(place: Path) -> bool:
    """Whether nobody holds the lock. What cannot be opened, or knows no locks, is nobody's."""
    try:
        opened = private.open_regular(str(place), os.O_RDWR)
    except OSError:
        return True
    try:
        return _is_locked(opened, fcntl.LOCK_SH)  # shared: two that look don't see each other
    finally:
        os.close(opened)


def _is_locked(opened: int, kind: int) -> bool:
    """Whether the lock could be taken, without waiting; also where the file system has none."""
    try:
        fcntl.flock(opened, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
