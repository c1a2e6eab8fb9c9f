"""Files that the operator asked for: pictures, exports, notes, surveys. Each is a new one, for the operator alone."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from phonetui import private

_UNSAFE = re.compile(r"[^\w.-]+")


def folder(otherwise: Path) -> Path:
    """Where the program was started from, or `otherwise` where nothing can be written there any more.

    That directory may have been deleted since; the system knows no name for it then.
    """
    with suppress(OSError):
        here = Path.cwd()
        if os.access(here, os.W_OK | os.X_OK):
            return here
    return otherwise


def create(path: Path, content: str | bytes) -> Path:
    """Writes a file with mode 0600 where nothing is yet. Blocks. Raises FileExistsError and other OSErrors.

    Of a file that cannot be written to its end nothing is left.
    """
    with open(path, "xb", opener=private.opener) as file:
        try:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise
    return path


def create_in(where: Path, name: str, ending: str, content: str | bytes) -> Path:
    """As `create`, under `name.ending`, or under `name-2.ending` … where that is taken. The directory is made."""
    private.make_directory(where)
    for path in _names(where, safe(name), ending):
        with suppress(FileExistsError):
            return create(path, content)
    raise AssertionError("numbers have no end")


def safe(name: str) -> str:
    """A file's name without what file systems and shells read something into."""
    return _UNSAFE.sub("-", name).strip(".-") or "phone"


def _names(where: Path, name: str, ending: str) -> Iterator[Path]:
    yield where / f"{name}.{ending}"
    yield from (where / f"{name}-{number}.{ending}" for number in count(2))
