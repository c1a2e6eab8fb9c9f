"""Where the program keeps its files, and how it makes them: directories 0700, files 0600."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

_NAME = "phonetui"


def configuration(path: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `path`, else `PHONETUI_CONFIG`, else the platform's own place."""
    chosen = path or environ.get("PHONETUI_CONFIG")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_config_path(_NAME, appauthor=False) / "config.toml"


def _state() -> Path:
    return platformdirs.user_state_path(_NAME, appauthor=False)


def _data() -> Path:
    return platformdirs.user_data_path(_NAME, appauthor=False)


def pins() -> Path:
    """Certificates that were trusted on first use."""
    return _state() / "pins.json"


def slots() -> Path:
    """Feedback slots that are ours on phones."""
    return _state() / "slots.json"


def dialled() -> Path:
    return _state() / "dialled.json"


def window() -> Path:
    """What the dashboard remembers of its own looks."""
    return _state() / "window.json"


def recordings() -> Path:
    return _data() / "recordings"


def history() -> Path:
    return _data() / "history"


def catalogues() -> Path:
    """What each model and firmware was seen to know."""
    return platformdirs.user_cache_path(_NAME, appauthor=False) / "catalogues"


def log() -> Path:
    return platformdirs.user_log_path(_NAME, appauthor=False) / "phonetui.log"


def everything(configuration_file: Path) -> tuple[tuple[str, Path], ...]:
    """Every place by name, for `config path`."""
    return (
        ("configuration", configuration_file),
        ("pins", pins()),
        ("slots", slots()),
        ("dialled", dialled()),
        ("window", window()),
        ("recordings", recordings()),
        ("history", history()),
        ("catalogues", catalogues()),
        ("log", log()),
    )


def make_directory(path: Path) -> None:
    """Makes `path` for its owner alone; one that is already there keeps its mode. Raises OSError."""
    missing = [path, *path.parents]
    missing = missing[: next((depth for depth, place in enumerate(missing) if place.exists()), 0)]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Replaces `path` at once with `text`, mode 0600: a crash leaves the old file whole. Raises OSError."""
    make_directory(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with open(fresh, "w", encoding="utf-8", opener=private) as file:
        file.write(text)
    fresh.replace(path)


def private(path: str, flags: int) -> int:
    """For `open(opener=…)`: a file that is made gets mode 0600."""
    return os.open(path, flags, 0o600)
