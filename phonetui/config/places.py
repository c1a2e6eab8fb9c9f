"""Where the program keeps its files, and where the themes are that come with it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

import phonetui
from phonetui import private

_NAME = "phonetui"
_NOWHERE = Path("~") / _NAME


def configuration(path: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The configuration file: `path`, else `PHONETUI_CONFIG`, else the platform's own place."""
    chosen = path or environ.get("PHONETUI_CONFIG")
    if chosen:
        return private.expand_user(chosen).absolute()
    return _user(user_config_path) / "config.toml"


def _user(directory: Callable[..., Path]) -> Path:
    """One of the platform's directories; below `~` where nobody knows the user's home, which no file is written to."""
    try:
        path = directory(_NAME, appauthor=False)
    except RuntimeError:  # neither HOME nor an entry in the system's accounts
        return _NOWHERE
    return path if path.is_absolute() else _NOWHERE


_LISTED: dict[str, Callable[[], Path]] = {}


def _place(name: str, directory: Callable[..., Path], file: str) -> Callable[[], Path]:
    """A file of ours, which `config path` lists by `name`; where it is depends on the environment at each call."""
    _LISTED[name] = lambda: _user(directory) / file
    return _LISTED[name]


pins = _place("pins", user_state_path, "pins.json")
"""Certificates that were trusted on first use."""
known_hosts = _place("known_hosts", user_state_path, "known_hosts")
"""Host keys of jump hosts, where the user's OpenSSH configuration keeps none."""
slots = _place("slots", user_state_path, "slots.json")
"""Feedback slots that are ours on phones."""
dial_history = _place("dialled", user_state_path, "dialled.json")
preferences = _place("window", user_state_path, "window.json")
"""What the dashboard remembers of its own looks."""
webex = _place("webex", user_state_path, "webex.json")
"""Sign-ins to Webex that the operator asked for."""
changes = _place("changes", user_data_path, "changes")
"""Plans of changes of configurations in Webex that the dashboard began."""
recordings = _place("recordings", user_data_path, "recordings")
history = _place("history", user_data_path, "calls.sqlite3")
"""Calls of earlier runs, what each phone was last, what changed of it, and its alerts."""
mesh_plans = _place("mesh_plans", user_config_path, "meshes")
"""Plans of test-call meshes that the dashboard offers."""
meshes = _place("meshes", user_data_path, "meshes")
"""Results of test-call meshes."""
begun_calls = _place("begun_calls", user_state_path, "begun-calls.json")
"""Test calls that are up, so that the next start can end what a killed program left."""
catalogues = _place("catalogues", user_cache_path, "catalogues")
"""What each model and firmware was seen to know."""
websocket_support = _place("offers", user_cache_path, "offers.json")
"""Which firmware offers WebSocket."""
loss_rate_units = _place("scales", user_cache_path, "scales.json")
"""In which unit each model and firmware writes its rates."""
key_arguments = _place("sendkey", user_cache_path, "sendkey.json")
"""How each model and firmware calls the argument of SendKey."""
log = _place("log", user_log_path, "phonetui.log")
audit = _place("audit", user_log_path, "audit.jsonl")
"""Every command that was sent to a phone."""


def everything(configuration_file: Path) -> tuple[tuple[str, Path], ...]:
    """Every place by name, for `config path`."""
    return (("configuration", configuration_file), *((name, place()) for name, place in _LISTED.items()))


_FIRST = ("phonetui-dark.toml", "phonetui-light.toml")


def theme_files() -> Mapping[str, Path]:
    """Those of the themes that come with the program, by name, dark and light first.

    Inside the installed package; in a working copy that is installed editable, in the folder beside it.
    """
    package = Path(phonetui.__path__[0])
    packaged = package / "themes"
    folder = packaged if packaged.is_dir() else package.parent / "themes"
    return {file.stem: file for file in sorted(folder.glob("*.toml"), key=lambda file: (file.name not in _FIRST, file))}
