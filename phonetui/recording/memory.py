"""The latest minutes of a recording in memory, for a frozen display to go back in where no files are written.

Parts begin with a keyframe; the oldest go as whole parts. What follows from them (journal entries, ended calls, figures
over time) is small and stays a while longer.
"""

from collections import deque
from pathlib import Path as File
from threading import Lock
from typing import Any

from phonetui import __version__
from phonetui.recording.files import dictionary
from phonetui.recording.frame import FORMAT, FrameCodec, FrameType
from phonetui.recording.reader import Recording
from phonetui.recording.recording_file import RecordingFile

KEPT_S = 900.0
MOST_BYTES, MOST_OUTCOMES = 8 * 2**20, 2 * 2**20
_OUTCOMES = frozenset({FrameType.ENTRIES, FrameType.CALLS, FrameType.FIGURES})
_NAME = File("memory")


class _Part:
    """A keyframe, the outcome of the time before it, and what was observed after it."""

    def __init__(self, began_us: int) -> None:
        self.began_us = began_us
        self.frames: list[tuple[FrameType, bytes]] = []
        self.size = 0


class RecordedMemory:
    """Takes frames as `RecordingFiles` does: in the recorder's thread, while others may look."""

    folder = _NAME
    masked = False

    def __init__(self) -> None:
        self._codec = FrameCodec(dictionary())
        self._parts: deque[_Part] = deque()
        self._outcomes: deque[bytes] = deque()
        """Of parts that are gone."""
        self._lock = Lock()

    @property
    def path(self) -> File | None:
        """The path it would have; None before the first frame."""
        return _NAME if self._parts else None

    def begin(self, first_us: int) -> None:
        """A keyframe is about to be written."""
        with self._lock:
            self._parts.append(_Part(first_us))
            while len(self._parts) > 2 and self._is_too_much(first_us):
                frames = self._parts.popleft().frames
                self._outcomes += [data for kind, data in frames if kind in _OUTCOMES]
            while sum(map(len, self._outcomes)) > MOST_OUTCOMES:
                self._outcomes.popleft()

    def write(self, kind: FrameType, content: Any, first_us: int, last_us: int) -> None:
        data = self._codec.pack(kind, content, first_us, last_us)
        with self._lock:
            self._parts[-1].frames.append((kind, data))
            self._parts[-1].size += len(data)

    def close(self) -> None:
        """Does nothing: no file is open."""

    def recording(self) -> Recording:
        """The recording so far. Raises ConfigError where nothing was observed."""
        with self._lock:
            began_us = self._parts[0].began_us if self._parts else 0
            frames = [*self._outcomes, *(data for part in self._parts for _, data in part.frames)]
        about = {
            "format": FORMAT, "program": f"phonetui {__version__}", "run": "memory", "masked": False,
            "dictionary": self._codec.dictionary,
        }  # fmt: skip
        head = FrameCodec().pack(FrameType.FILE, about, began_us, began_us)
        return Recording(_NAME, [RecordingFile(_NAME, b"".join((head, *frames)))])

    def _is_too_much(self, now_us: int) -> bool:
        second = self._parts[1].began_us
        return now_us - second > KEPT_S * 1e6 or sum(part.size for part in self._parts) > MOST_BYTES
