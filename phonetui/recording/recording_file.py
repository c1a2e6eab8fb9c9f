"""One file of a recording: where its frames are, which are damaged; bodies are read only on demand.

Headers alone are read when it is opened; what is kept of a frame is where it lies.
"""

import os
from array import array
from contextlib import suppress
from pathlib import Path as File
from typing import Any

from phonetui.errors import ConfigError, ProtocolError
from phonetui.recording.files import SUFFIX
from phonetui.recording.frame import FORMAT, HEADER_SIZE, Damage, FrameCodec, FrameHeader, FrameType, header_at, scan
from phonetui.recording.lost_spans import LostSpan
from phonetui.text import printable

_CHUNK = 1 << 20


class FrameList:
    """Where the frames of one type lie in a file, and when: 24 bytes each."""

    def __init__(self) -> None:
        self.offsets = array("q")
        self.first_us = array("q")
        self.last_us = array("q")

    def add(self, header: FrameHeader) -> None:
        self.offsets.append(header.offset - HEADER_SIZE)
        self.first_us.append(header.first_us)
        self.last_us.append(header.last_us)

    def __len__(self) -> int:
        return len(self.offsets)


class FileBytes:
    """A file's bytes, read where they are wanted: what is held of a recording in memory does not grow with it.

    As long as the file was when it was opened; slices are `bytes`, shorter where it has become so. A mapped file would
    count each page that was looked at as the program's, and whoever cuts it short (a copy that begins again) would end
    the program with a signal; here what is gone is a short read.
    """

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


class RecordingFile:
    """One file of a recording."""

    def __init__(self, path: File, data: bytes | None = None) -> None:
        """`data` is what would stand in it, where it is no file. Raises ConfigError for what is none, or a newer."""
        self.path = path
        self.frames: dict[int, FrameList] = {}
        self.lost: list[LostSpan] = []
        self.is_cut = False
        """Whether it ends within a frame, as a program does that was killed."""
        self.is_file = data is None
        self.data: bytes | FileBytes = self._open() if data is None else data
        about, self.first_us = self._about()
        try:
            written = about["format"]
            if not isinstance(written, int) or written > FORMAT:
                hint = "Use the release that wrote it, or a later one"
                raise ConfigError(f"{path} is of format {written}, this release reads up to {FORMAT}", hint)
            self.program, self.run, self.masked = printable(about["program"]), str(about["run"]), bool(about["masked"])
            self.codec = FrameCodec(bytes(about["dictionary"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{path}: its beginning cannot be read: {type(error).__name__}") from error
        self.last_us = self.first_us
        self._scan()

    def _about(self) -> tuple[Any, int]:
        """What stands at the beginning, twice. Raises ConfigError where it stands nowhere."""
        for found in scan(self.data):
            if isinstance(found, FrameHeader):
                if found.type != FrameType.FILE:
                    break
                with suppress(ProtocolError):
                    return FrameCodec().unpack(found, self.body(found)), found.first_us
        raise ConfigError(f"{self.path} is no recording", f"Give a file that ends with {SUFFIX}, or a folder of them")

    def _open(self) -> FileBytes:
        try:
            return FileBytes(self.path)
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror or 'cannot be read'}") from error

    def _scan(self) -> None:
        damage: Damage | None = None
        for found in scan(self.data):
            if isinstance(found, Damage):
                damage = found
                continue
            if damage is not None:
                self._lose(damage, found.first_us)
                damage = None
            self.frames.setdefault(found.type, FrameList()).add(found)
            self.last_us = max(self.last_us, found.last_us)
        self.is_cut = damage is not None

    def _lose(self, damage: Damage, until_us: int) -> None:
        why = f"{damage.end - damage.offset:,} bytes of {self.path.name} are damaged"
        self.lost.append(LostSpan(self.last_us, max(until_us, self.last_us), why))

    def of_type(self, kind: FrameType) -> FrameList:
        return self.frames.get(kind) or FrameList()

    def header(self, place: int) -> FrameHeader:
        header = header_at(self.data, place)
        if header is None:
            raise ProtocolError("a frame that is gone")
        return header

    def body(self, header: FrameHeader) -> bytes:
        return self.data[header.offset : header.end]

    def content(self, place: int) -> Any:
        """The content of the frame at `place`. Raises ProtocolError."""
        header = self.header(place)
        return self.codec.unpack(header, self.body(header))

    def close(self) -> None:
        if not isinstance(self.data, bytes):
            self.data.close()
