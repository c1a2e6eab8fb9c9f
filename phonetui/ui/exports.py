"""Files that the operator asked for: a new one each time, for the operator's eyes alone."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from phonetui import private


def folder(otherwise: Path) -> Path:
    """Where the program was started from, or `otherwise` where nothing can be written there."""
    here = Path.cwd()
    return here if os.access(here, os.W_OK) else otherwise


def write(text: str, where: Path, name: str, suffix: str) -> Path:
    """Writes `text` to `name.suffix`, or to `name-2.suffix` … where that is taken. Blocks. Raises OSError."""
    path = next(path for path in _names(where, name, suffix) if not path.exists())
    private.write(path, text)
    return path


def _names(where: Path, name: str, suffix: str) -> Iterator[Path]:
    safe = "".join(character if character.isalnum() or character in "-_." else "-" for character in name).strip(".")
    yield where / f"{safe}.{suffix}"
    yield from (where / f"{safe}-{number}.{suffix}" for number in count(2))
