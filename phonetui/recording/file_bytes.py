"""A file's bytes, read where they are wanted: what is held of a recording in memory does not grow with it.

A mapped file would: each page that was looked at counts as the program's. And whoever cuts a mapped file short (a copy
that begins again) ends the program that has it mapped, with a signal; here what is gone is a short read.
"""

import os
from pathlib import Path as File

_CHUNK = 1 << 20


class FileBytes:
    """As long as it was when it was opened; slices of it are `bytes`, shorter where the file has become so."""

    def __init__(self, path: File) -> None:
        """Never waits for the other end of a pipe. Raises OSError."""
        self._opened = -1
        self._opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            self._size = os.fstat(self._opened).st_size
        except OSError:
            self.close()
            raise

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """Whatever of it can be read; a disk that fails is no other case than a file that was cut."""
        start, stop, _ = part.indices(self._size)
        found = bytearray()
        try:
            while start < stop and (more := os.pread(self._opened, stop - start, start)):
                found += more
                start += len(more)
        except OSError:
            pass
        return bytes(found)

    def find(self, words: bytes, start: int = 0) -> int:
        """Like `bytes.find`."""
        while start < self._size:
            chunk = self[start : start + _CHUNK + len(words) - 1]
            place = chunk.find(words)
            if place >= 0:
                return start + place
            start += _CHUNK
        return -1

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; nothing can be read afterwards."""
        opened, self._opened = self._opened, -1
        if opened >= 0:
            os.close(opened)
