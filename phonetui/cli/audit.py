"""The audit log: every command that was sent to a phone, in a file for its owner alone, turned over by size."""

import fcntl
import os
import pwd
from pathlib import Path

from phonetui import private
from phonetui.monitor.audit import Deed, line

LARGEST_BYTES = 4 * 2**20
"""Then it becomes `….1`: some 20,000 commands."""
KEPT = 5
"""Older files beside the one in use."""


class AuditFile:
    """Several processes may write to the same file."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._user = user()

    def write(self, deed: Deed) -> None:
        """Raises OSError."""
        written = f"{line(deed, self._user)}\n".encode("ascii")
        private.make_directory(self._place.parent)
        while True:
            with open(self._place, "ab", buffering=0, opener=private.opener) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not self._is_in_use(file.fileno()):
                    continue  # another process has just turned it over
                size = os.fstat(file.fileno()).st_size
                if size and size + len(written) > LARGEST_BYTES:  # a new one takes a line of any length
                    self._turn_over()
                    continue
                file.write(written)
                return

    def _is_in_use(self, opened: int) -> bool:
        try:
            return os.path.samestat(os.fstat(opened), self._place.stat())
        except FileNotFoundError:
            return False

    def _turn_over(self) -> None:
        for number in range(KEPT, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self._place.with_name(f"{self._place.name}.{number}") if number else self._place


def user() -> str:
    """Whose process this is, by the system's own account: the environment can say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
