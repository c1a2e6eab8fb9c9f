"""Simulated phones over real HTTPS.

    async with server.serve(server.Settings(phones=5, seed=1, scenario="office")) as office:
        office.phones[0].url, office.by_name["sim-2"].fingerprint
        office.start_call("sim-1", "sim-2", profile="congested")

`phonetui.simulator.server` holds the public interface: `Settings`, `serve`, `ServedOffice`, `SimulatedPhone`,
`LoggedRequest`, `Switches`, `FAULTS`, `scenarios` and `dialects`. A scenario is what happens, a dialect how phones word
it, media are where call figures come from; `office.impair("sim-2", "broken")` changes what a phone hears, and
`phone.websocket`, `phone.behaviour`, `phone.feedback` and `phone.fault` are flipped while it runs.

    what happens        scenario office exchange call device hardware keys screen tree media
    how it is worded    dialect presentation documents json_trees element locations
    how it is reached   server phone web_server server_behaviour security commands schema feedback websocket jsonrpc
    a surveyed phone    recording replay

Importing this package alone loads neither network nor cryptography.
"""

import importlib.util
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from phonetui.errors import ConfigError

_HERE = Path(__file__).parent


_PLACES = (
    *("Front Desk", "Lobby", "Meeting Room 1", "Workshop", "Kitchen", "Accounts", "Support", "Warehouse", "Library"),
    *("Meeting Room 2", "Reception", "Studio", "Canteen", "Print Room", "Loading Bay", "Server Room"),
)


def place_name(number: int) -> str:
    """What a simulated phone shows of itself, which its callers see: `number` counts from 1."""
    again, place = divmod(number - 1, len(_PLACES))
    return f"{_PLACES[place]} {again + 1}" if again else _PLACES[place]


def data_names(folder: str) -> tuple[str, ...]:
    """The TOML files of a folder beside the code, `scenarios`, `dialects` or `tables`, in order of the alphabet."""
    return tuple(sorted(file.stem for file in (_HERE / folder).glob("*.toml")))


def check_data(folder: str, name: str) -> None:
    """Raises ConfigError for a name that isn't known, naming those that are; else does nothing."""
    known = data_names(folder)
    if name not in known:
        near = get_close_matches(name, known, 1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        raise ConfigError(f"no {folder.removesuffix('s')} '{name}'", f"{guess}Known {folder}: {', '.join(known)}")


@cache
def read_data(folder: str, name: str) -> dict[str, Any]:
    """One file's content, lists as tuples; read once, not to be changed. Raises ConfigError as `check_data` does."""
    check_data(folder, name)
    text = (_HERE / folder / f"{name}.toml").read_text("utf-8")
    return {key: _frozen(value) for key, value in tomllib.loads(text).items()}


def _frozen(value: Any) -> Any:
    """Lists as tuples and tables as tuples of pairs: values that can be a key of a dictionary."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, _frozen(each)) for key, each in value.items())
    return value


MEDIA = ("model", "rtp", "sip")
"""By the names that options give them."""


def check_media(name: str, *, speed: float = 1.0) -> None:
    """Raises ConfigError for a name that isn't known, and for real media in time that isn't real; else does nothing."""
    if name not in MEDIA:
        raise ConfigError(f"no media '{name}'", f"There are {', '.join(MEDIA)}")
    if name != "model" and speed != 1:
        raise ConfigError(f"real media cannot run {speed:g} times as fast", "Take the speed 1, or the media 'model'")
    if name == "sip" and importlib.util.find_spec("pjsua2") is None:
        raise ConfigError(
            "the media 'sip' need a SIP stack that isn't installed",
            "Install the extra 'sip' (there is none for Python 3.13 or later), or take the media 'rtp'",
        )
