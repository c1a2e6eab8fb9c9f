"""The audit log: every command sent to a phone, in a file that only its owner can read, rotated by size."""

import os
import pwd
from collections import deque
from collections.abc import Callable
from pathlib import Path

from phonetui import private
from phonetui.monitor.control_policy import AuditEntry, audit_line
from phonetui.storage.writer import WRITER, StorageNotices, reason

LARGEST_BYTES = 4 * 2**20
"""Then it becomes `….1`: some 20,000 commands."""
KEPT = 5
"""Older files beside the one in use."""
LOCK_S = 0.5
"""Others hold the file for as long as it takes to append a line."""
MOST_WAITING = 1000
"""Commands that wait for a file that cannot be written."""


class AuditLog:
    """The file for whoever acts on an event loop: it is written by a thread, and nobody is kept from acting.

    What cannot be written is kept in memory, tried again, and told of once.
    """

    def __init__(self, place: Path, notices: StorageNotices, written: Callable[[str], None] = lambda _: None) -> None:
        """`written` is called with each line that is in the file, in the thread that wrote it."""
        self._written = written
        self._place = place
        self._file = AuditFile(place)
        self._notices = notices
        self._waiting: deque[AuditEntry] = deque(maxlen=MOST_WAITING)

    def write(self, entry: AuditEntry) -> None:
        self._waiting.append(entry)
        WRITER.submit(self._write)

    def _write(self) -> bool:
        try:
            while self._waiting:
                self._written(self._file.write(self._waiting[0]))
                self._waiting.popleft()
        except OSError as error:
            self._notices.add(f"the audit log cannot be written, commands go on: {reason(error)} ({self._place})")
            return False
        return True


class AuditFile:
    """Several processes may write to the same file."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._user = user()

    def write(self, entry: AuditEntry) -> str:
        """The line, without its end. Waits for other programs up to LOCK_S. Raises OSError."""
        line = audit_line(entry, self._user)
        written = f"{line}\n".encode("ascii")
        private.make_directory(self._place.parent)
        while True:
            opened = private.open_regular(str(self._place), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                private.lock(opened, LOCK_S)
                if not self._is_in_use(opened):
                    continue  # another process has just turned it over
                size = os.fstat(opened).st_size
                if size and size + len(written) > LARGEST_BYTES:  # a new one takes a line of any length
                    self._turn_over()
                    continue
                self._append(opened, written, size)
                return line
            finally:
                os.close(opened)

    @staticmethod
    def _append(opened: int, written: bytes, size: int) -> None:
        """A whole line or none: what a full disk took of it is taken back."""
        try:
            private.write_all(opened, written)
        except OSError:
            os.ftruncate(opened, size)
            raise

    def _is_in_use(self, opened: int) -> bool:
        try:
            return os.path.samestat(os.fstat(opened), self._place.lstat())
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
