"""Scenarios of the user's own: a TOML file with the fields of `Scenario`, each checked, and each error in words."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import inf, isfinite
from pathlib import Path
from typing import Any

from phonetui.errors import ConfigError
from phonetui.simulator import scenario
from phonetui.simulator.media import PROFILES
from phonetui.simulator.scenario import Scenario

LARGEST = 64 * 1024
"""Bytes; a scenario has a thousand."""
_HINT = f"Its fields are {', '.join(Scenario.__struct_fields__)}"


def is_file(name: str) -> bool:
    """Whether `--scenario` names a file rather than a scenario that comes along."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def read(name: str) -> Scenario:
    """The scenario of a file, or the one of that name that comes along. Raises ConfigError."""
    return read_file(name) if is_file(name) else scenario.read(name)


def read_file(name: str) -> Scenario:
    """The scenario of a file, titled by its name unless it says otherwise. Raises ConfigError."""
    file = Path(name).expanduser()
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ConfigError(f"{file} is too large for a scenario: more than {LARGEST // 1024} KB", _HINT)
        content = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the scenario {file}: {error.strerror}", _HINT) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the scenario {file} is not UTF-8", _HINT) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the scenario {file} is not TOML: {error}", _HINT) from error
    try:
        return Scenario(**{"title": file.stem, **_checked(content)})
    except ConfigError as error:
        raise ConfigError(f"{file}: {error.message}", error.hint) from error


def _checked(content: Mapping[str, Any]) -> dict[str, Any]:
    known = Scenario.__struct_fields__
    found = {}
    for name, value in content.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            guess = f"Did you mean '{near[0]}'? " if near else ""
            raise ConfigError(f"a scenario has no '{name}'", f"{guess}{_HINT}")
        found[name] = _CHECKS[name](name, value)
    return found


def _number(low: float = 0.0, high: float = inf) -> Callable[[str, Any], float]:
    def check(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise ConfigError(f"'{name}' is a number", f"Not {value!r}")
        if not low <= value <= high:
            bounds = f"from {low:g} to {high:g}" if isfinite(high) else f"{low:g} or more"
            raise ConfigError(f"'{name}' is {bounds}", f"Not {value!r}")
        return float(value)

    return check


def _span(name: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ConfigError(f"'{name}' is the least and the most, as [4, 10]", f"Not {value!r}")
    low, high = (_number()(name, each) for each in value)
    if low > high:
        raise ConfigError(f"'{name}' begins with the least", f"Not {value!r}")
    return low, high


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ConfigError(f"'{name}' is a text of one line", f"Not {value!r}")
    return value


def _profile(name: str, value: Any) -> str:
    if value and value not in PROFILES:
        raise ConfigError(f"'{name}': no network is called {value!r}", f"Known: {', '.join(PROFILES)}")
    return _text(name, value)


def _numbers_of_phones(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(each, int) and each > 0 for each in value):
        raise ConfigError(f"'{name}' is a list of phones by their numbers, from 1", f"Not {value!r}")
    return tuple(value)


def _ways(name: str, value: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list) or not all(isinstance(each, list) and len(each) == 2 for each in value):
        raise ConfigError(f"'{name}' is a list of speaker and listener, as [[1, 5]]", f"Not {value!r}")
    speakers_and_listeners = [_numbers_of_phones(name, each) for each in value]
    return tuple((speaker, listener) for speaker, listener in speakers_and_listeners)


def _extensions(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise ConfigError(f"'{name}' is a list of numbers to dial, in quotes", f"Not {value!r}")
    return tuple(_text(name, each) for each in value)


_SHARE, _SECONDS, _RATE = _number(0.0, 1.0), _number(0.0, 1e6), _number(0.0, 1e5)
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "title": _text,
    **dict.fromkeys(("calls_per_minute", "calls_per_phone_and_minute"), _RATE),
    **dict.fromkeys(("busy_share", "hold_probability", "unanswered_probability", "glitch_probability"), _SHARE),
    **dict.fromkeys(("transfer_probability", "engaged_probability"), _SHARE),
    **dict.fromkeys(("ring_s", "talk_s", "hold_s", "troubled_talk_s"), _span),
    **dict.fromkeys(("answer_after_s", "boot_s", "first_call_s", "heard_after_s", "reboot_every_s"), _SECONDS),
    **dict.fromkeys(("flap_every_s", "flap_s"), _SECONDS),
    **dict.fromkeys(("waiting", "crc_errors", "half_duplex"), _numbers_of_phones),
    **dict.fromkeys(("inbound", "ignores_keys", "engaged_phones"), _numbers_of_phones),
    **dict.fromkeys(("troubled_profile", "inbound_profile"), _profile),
    "engaged": _extensions,
    "one_way": _ways,
}
"""Of every field of `Scenario`: what may stand there."""
