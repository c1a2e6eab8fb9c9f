"""Runs a program until some words of its first frame are written to the terminal, and says what that took.

    python first_frame.py FILE WORDS PROGRAM [ARGUMENT …]      PROGRAM is a file, or the name of a module after `-m`

FILE gets the processor time of the whole process, from the start of the interpreter on, and the monotonic time at its
end, both in seconds. The program is ended there, so that a busy machine cannot add what comes after.
"""

import os
import runpy
import sys
import time
from typing import Any

_write = os.write
FILE, WORDS = sys.argv[1], sys.argv[2].encode()


def _end_with(data: bytes) -> None:
    if WORDS in data:
        cpu_s, at = time.process_time(), time.monotonic()
        with open(FILE, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib need not have been imported
            file.write(f"{cpu_s} {at}")
        os._exit(0)


def _written(descriptor: int, data: Any) -> int:
    written = _write(descriptor, data)
    _end_with(bytes(data))
    return written


class _Stream:
    """Standard error, which the toolkit writes to."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        written: int = self._stream.write(text)
        self._stream.flush()
        _end_with(text.encode(errors="replace"))
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


if __name__ == "__main__":
    os.write = _written
    sys.__stderr__ = _Stream(sys.__stderr__)  # type: ignore[assignment,misc]  # whatever writes like it
    sys.argv = sys.argv[3:]
    if sys.argv[0] == "-m":
        sys.argv = sys.argv[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")
