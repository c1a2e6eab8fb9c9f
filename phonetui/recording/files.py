"""The files of a recording: one folder, one file for each day and run, pruned by whole files.

Each run begins files of its own, so that two programs may record into one folder. A file is named by its first second
in UTC and begins with whose it is. What could not be written whole is taken back: a full disk leaves a sound file.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path as File
from typing import Any

from phonetui import __version__, private
from phonetui.recording.frame import FORMAT, FrameCodec, FrameType
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import ROOT

SUFFIX = ".ptrec"
LARGEST_FILE = 256 * 2**20
_SLACK = 4 * 2**20
"""Bytes below the largest size from which the next keyframe starts another file."""
_NAME = re.compile(r"(\d{8}T\d{6}Z)(?:-\d+)?\.ptrec")
_STAMP = "%Y%m%dT%H%M%SZ"
_GB = 10**9
_DAY_S = 86_400
_DICTIONARY = 32_768
"""The size of the dictionary, in bytes."""


@cache
def dictionary() -> bytes:
    """What every recording says again and again: the names of the status tree, as msgpack has them."""
    import msgspec  # noqa: PLC0415 - with the catalogue, when a recording begins

    paths = sorted({tuple(entry.path) for entry in phoneos().below(ROOT)})
    return msgspec.msgpack.encode(paths)[-_DICTIONARY:]


class RecordingFiles:
    """Writes frames into the newest file of a folder."""

    def __init__(
        self, folder: File, *, run: str, masked: bool, days: float = 0.0, max_gb: float = 0.0, name: str = ""
    ) -> None:
        """`run` is one of a kind. Files go once they are older than `days`, or all of them larger than `max_gb`.

        0 is no limit. With a `name` all goes into one new file. Raises OSError where the folder cannot be made.
        """
        self.folder = folder
        self.masked = masked
        self._run = run
        self._days, self._max_gb = days, max_gb
        self._name = name
        self._opened = -1
        self._path: File | None = None
        self._size = 0
        self._day = ""
        self._codec = FrameCodec(dictionary())
        private.make_directory(folder)

    @property
    def path(self) -> File | None:
        """The file that is written; None before the first frame."""
        return self._path

    def begin(self, first_us: int) -> None:
        """A keyframe is about to be written: in another file where the present one is full or of another day.

        Raises OSError.
        """
        began = datetime.fromtimestamp(first_us / 1e6, UTC)
        day = f"{began:%Y%m%d}"
        if self._opened >= 0 and (self._name or (day == self._day and self._size < LARGEST_FILE - _SLACK)):
            return
        self.close()
        if not self._name:
            self._prune(began)
        self._open(began)
        self._day = day
        about = {
            "format": FORMAT, "program": f"phonetui {__version__}", "run": self._run, "masked": self.masked,
            "dictionary": dictionary(),
        }  # fmt: skip
        head = FrameCodec().pack(FrameType.FILE, about, first_us, first_us)
        self._write(head + head)  # twice: without it, nothing else could be read

    def write(self, kind: FrameType, content: Any, first_us: int, last_us: int) -> None:
        """Writes a frame. Raises OSError; a partly written one is removed."""
        self._write(self._codec.pack(kind, content, first_us, last_us))

    def close(self) -> None:
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1

    def _open(self, began: datetime) -> None:
        stem = began.strftime(_STAMP)
        for number in range(100):
            path = self.folder / (self._name or (f"{stem}-{number}{SUFFIX}" if number else f"{stem}{SUFFIX}"))
            with suppress(FileExistsError):
                self._opened = private.open_regular(str(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                self._path, self._size = path, 0
                return
            if self._name:
                raise FileExistsError(errno.EEXIST, "is there already", str(path))
        raise FileExistsError(errno.EEXIST, "a hundred recordings of one second", str(self.folder))

    def _write(self, data: bytes) -> None:
        try:
            private.write_all(self._opened, data)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._opened, self._size)
                os.lseek(self._opened, self._size, os.SEEK_SET)
            raise
        self._size += len(data)

    def _prune(self, now: datetime) -> None:
        """Unlinks whole files; one that another program writes is the newest of its run, and so the last to go."""
        found = sorted(recorded_files(self.folder))
        kept, total = [], 0
        for path in found:
            with suppress(OSError):
                size = path.stat().st_size
                kept.append((path, size))
                total += size
        for path, size in kept:
            is_old = self._days and (now - began_at(path)).total_seconds() > (self._days + 1) * _DAY_S
            if is_old or (self._max_gb and total > self._max_gb * _GB):
                with suppress(OSError):
                    path.unlink()
                    total -= size


def recorded_files(folder: File) -> Iterator[File]:
    """The recording files of a folder, sorted by name."""
    return (path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def began_at(path: File) -> datetime:
    """When a file began, by its name."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise ValueError(path.name)
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
