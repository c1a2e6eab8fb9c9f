"""Where the program keeps its files."""

from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

from phonetui import private

_NAME = "phonetui"
_NOWHERE = Path("~") / _NAME


def configuration(path: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `path`, else `PHONETUI_CONFIG`, else the platform's own place."""
    chosen = path or environ.get("PHONETUI_CONFIG")
    if chosen:
        return private.expanded(chosen).absolute()
    return _user(platformdirs.user_config_path) / "config.toml"


def _user(place: Callable[..., Path]) -> Path:
    """One of the platform's directories; below `~` where nobody knows the user's home, which no file is written to."""
    try:
        found = place(_NAME, appauthor=False)
    except RuntimeError:  # neither HOME nor an entry in the system's accounts
        return _NOWHERE
    return found if found.is_absolute() else _NOWHERE


def _state() -> Path:
    return _user(platformdirs.user_state_path)


def _data() -> Path:
    return _user(platformdirs.user_data_path)


def _cache() -> Path:
    return _user(platformdirs.user_cache_path)


def pins() -> Path:
    """Certificates that were trusted on first use."""
    return _state() / "pins.json"


def known_hosts() -> Path:
    """Host keys of jump hosts, where the user's OpenSSH configuration keeps none."""
    return _state() / "known_hosts"


def slots() -> Path:
    """Feedback slots that are ours on phones."""
    return _state() / "slots.json"


def dialled() -> Path:
    return _state() / "dialled.json"


def window() -> Path:
    """What the dashboard remembers of its own looks."""
    return _state() / "window.json"


def webex() -> Path:
    """Sign-ins to Webex that the operator asked for."""
    return _state() / "webex.json"


def recordings() -> Path:
    return _data() / "recordings"


def history() -> Path:
    """Calls of earlier runs."""
    return _data() / "calls.sqlite3"


def catalogues() -> Path:
    """What each model and firmware was seen to know."""
    return _cache() / "catalogues"


def offers() -> Path:
    """Which firmware offers WebSocket."""
    return _cache() / "offers.json"


def scales() -> Path:
    """In which unit each model and firmware writes its rates."""
    return _cache() / "scales.json"


def key_arguments() -> Path:
    """How each model and firmware calls the argument of SendKey."""
    return _cache() / "sendkey.json"


def log() -> Path:
    return _user(platformdirs.user_log_path) / "phonetui.log"


def audit() -> Path:
    """Every command that was sent to a phone."""
    return log().with_name("audit.jsonl")


def everything(configuration_file: Path) -> tuple[tuple[str, Path], ...]:
    """Every place by name, for `config path`."""
    return (
        ("configuration", configuration_file),
        ("pins", pins()),
        ("known_hosts", known_hosts()),
        ("slots", slots()),
        ("dialled", dialled()),
        ("window", window()),
        ("webex", webex()),
        ("recordings", recordings()),
        ("history", history()),
        ("catalogues", catalogues()),
        ("offers", offers()),
        ("scales", scales()),
        ("sendkey", key_arguments()),
        ("log", log()),
        ("audit", audit()),
    )
