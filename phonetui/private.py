"""Files that nobody but their owner can read, replaced whole or not at all."""

import os
from pathlib import Path


def make_directory(path: Path) -> None:
    """Makes `path` for its owner alone; one that is already there keeps its mode. Raises OSError."""
    missing = [path, *path.parents]
    missing = missing[: next((depth for depth, place in enumerate(missing) if place.exists()), 0)]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)


def write(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replaces `path` at once with `content`, for its owner alone: a crash leaves the old file whole. Raises OSError.

    Text becomes UTF-8, with the line ends that it has. Another `mode` is for a file that had it before.
    """
    make_directory(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)  # one that a crash left behind keeps whatever mode it has
    with open(fresh, "wb", opener=opener) as file:
        file.write(content.encode() if isinstance(content, str) else content)
    if mode != 0o600:
        fresh.chmod(mode)
    fresh.replace(path)


def opener(path: str, flags: int) -> int:
    """For `open(opener=…)`: a file that is made gets mode 0600."""
    return os.open(path, flags, 0o600)
