"""Makes one call to the system fail, the n-th that concerns a folder: how SQLite tests what full disks do to it."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ERRORS = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EMFILE, errno.EDQUOT, errno.EINTR, errno.EIO)
_CALLS = ((os, ("open", "write", "fsync", "replace", "mkdir", "unlink", "fchmod")), (fcntl, ("flock",)))


class Disk:
    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._countdown: int | None = None
        self._code = 0
        self.failed = ""
        """The call that failed; empty before one did."""

    def fail(self, at: int, code: int) -> None:
        """The call number `at` from now on fails with `code`, and those after it do, too."""
        self._countdown, self._code, self.failed = at, code, ""

    def heal(self) -> None:
        self._countdown = None

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            if self._countdown is not None and self._is_ours(arguments[0]):
                self._countdown -= 1
                if self._countdown < 0:
                    self.failed = self.failed or name
                    raise OSError(self._code, os.strerror(self._code))
            return call(*arguments, **options)

        return wrapper

    def _is_ours(self, place: object) -> bool:
        """Names by their folder; whatever is open by where the system says that it lies."""
        if isinstance(place, int):
            try:
                place = Path(f"/proc/self/fd/{place}").readlink()
            except OSError:
                return True  # another system than Linux: count what belongs to other files, too
        return isinstance(place, str | Path) and str(place).startswith(self._folder)


@contextmanager
def failing_disk(folder: Path) -> Iterator[Disk]:
    disk = Disk(folder)
    with pytest.MonkeyPatch.context() as patch:
        for module, names in _CALLS:
            for name in names:
                patch.setattr(module, name, disk.wrapped(name, getattr(module, name)))
        yield disk
