"""A configuration file to write into, private as it should be."""

from pathlib import Path
from typing import Protocol

import pytest


class Write(Protocol):
    def __call__(self, text: str, mode: int = 0o600) -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, mode: int = 0o600) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        file.chmod(mode)
        return file

    return write
