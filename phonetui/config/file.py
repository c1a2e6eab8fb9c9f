"""The configuration file: found and read. What takes it apart is imported when there is one."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from phonetui import private
from phonetui.config.places import configuration
from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.config.source import ConfigSource

LARGEST_BYTES = 4 * 1024 * 1024
"""A configuration of 1,000 phones has some 200 KB; more than this is another file by mistake."""


def read(path: str | Path | None, environ: Mapping[str, str]) -> "ConfigSource | None":
    """The file in force; None where nobody named one and the platform's own place has none.

    Raises ConfigError for a named file that isn't there, and for what cannot be read or isn't TOML.
    """
    place = configuration(path, environ)
    try:
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(LARGEST_BYTES + 1)
        writers = private.other_writers(place) if stat.S_ISREG(mode) else ""
    except (FileNotFoundError, NotADirectoryError):
        if path or environ.get("PHONETUI_CONFIG"):
            raise ConfigError(f"{place}: no such file", "'phonetui config init' writes one") from None
        return None
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror or 'cannot be read'}") from error
    if len(raw) > LARGEST_BYTES:
        raise ConfigError(f"{place}: larger than {LARGEST_BYTES // 1024 // 1024} MiB", "Is it the right file?")
    is_open = os.name == "posix" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
    from phonetui.config.source import parse_source  # noqa: PLC0415 - not before the first frame of who has no file

    return parse_source(raw, place, is_open=is_open, writers=writers)
