"""Scenarios: how much happens in the simulated office, and a queue of actions by simulated time.

A scenario is one of `scenarios/*.toml` or a TOML file of the user's own with the fields of `Scenario`. Times are in
seconds. Each field is checked, and errors name it.
"""

import heapq
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import inf, isfinite
from pathlib import Path
from typing import Any

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.simulator import data_names, read_data
from phonetui.simulator.media.model import PROFILES, SILENT, Profile


class Scenario(Struct, frozen=True, kw_only=True):
    """One file's content; what a file leaves out does not happen."""

    title: str
    answer_after_s: float | None = None
    """When a simulated phone picks up a call that an operator dialled; None: somebody must press its keys."""
    boot_s: float = 8.0
    first_call_s: float | None = None
    """When traffic begins; None: nobody calls."""
    calls_per_minute: float = 0.0
    """Mean, over the whole office, the troubled call not counted."""
    calls_per_phone_and_minute: float = 0.0
    """The same of each phone, where that comes to more: an office's traffic grows with it."""
    busy_share: float = 0.0
    """At most this share of the phones is in a call of the traffic's making."""
    ring_s: tuple[float, float] = (1.0, 4.0)
    talk_s: tuple[float, float] = (15.0, 60.0)
    hold_probability: float = 0.0
    hold_s: tuple[float, float] = (4.0, 10.0)
    unanswered_probability: float = 0.0
    glitch_probability: float = 0.0
    """Chance that an ordinary call's network isn't quite clean."""
    troubled_profile: str = ""
    """How the troubled call's callee hears; empty: no call is troubled."""
    troubled_talk_s: tuple[float, float] = (240.0, 420.0)
    reboot_every_s: float = 0.0
    waiting: tuple[int, ...] = ()
    """Phones with voice mail at the start."""
    crc_errors: tuple[int, ...] = ()
    """Phones whose network cable breaks frames."""
    half_duplex: tuple[int, ...] = ()
    """Phones whose switch port came up at 100 Mbit/s half duplex: collisions."""
    transfer_probability: float = 0.0
    """Chance that an ordinary call without a hold is passed on to a third phone."""
    engaged: tuple[str, ...] = ()
    """Numbers where it is always busy."""
    engaged_probability: float = 0.0
    """Chance that an ordinary call goes to one of these."""
    heard_after_s: float | None = None
    """When somebody listens to a message that was left."""
    flap_every_s: float = 0.0
    """How often a phone loses its registration."""
    flap_s: float = 4.0
    """For how long."""

    inbound: tuple[int, ...] = ()
    """Phones of one site whose access impairs what comes in: they hear everybody else through `inbound_profile`."""
    inbound_profile: str = ""
    one_way: tuple[tuple[int, int], ...] = ()
    """Speaker and listener: what the one says never reaches the other."""
    ignores_keys: tuple[int, ...] = ()
    """Phones that do nothing when a key is sent."""
    engaged_phones: tuple[int, ...] = ()
    """Phones whose user is in a call with somebody outside, all day."""

    def calls_per_s(self, phones: int) -> float:
        """Mean, of an office with so many phones."""
        return max(self.calls_per_minute, self.calls_per_phone_and_minute * phones) / 60

    def network(self, speaker: int, listener: int) -> Profile | None:
        """What lies between two phones, by their numbers; None where nothing in particular does."""
        if (speaker, listener) in self.one_way:
            return SILENT
        is_inbound = listener in self.inbound and speaker not in self.inbound
        return PROFILES[self.inbound_profile] if is_inbound and self.inbound_profile else None


def scenarios() -> tuple[str, ...]:
    """The names there are."""
    return data_names("scenarios")


def read(name: str) -> Scenario:
    """The scenario of that name. Raises ConfigError for a name that isn't known, naming those that are."""
    return Scenario(**read_data("scenarios", name))


Action = Callable[[float], None]
"""Is given the time it was due at, in seconds, however late time is let pass."""


class Timeline:
    """Runs actions in order of time, and of arrival within one instant."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Action]] = []
        self._arrivals = 0

    @property
    def next_due(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def at(self, t: float, action: Action) -> None:
        self._arrivals += 1
        heapq.heappush(self._queue, (t, self._arrivals, action))

    def every(self, first: float, period: float, action: Action) -> None:
        """Runs `action` at `first` and then each `period` seconds, without drift."""

        def again(t: float) -> None:
            self.at(t + period, again)
            action(t)

        self.at(first, again)

    def run_one(self, until: float) -> bool:
        """Runs the next action due by `until`; False when there is none."""
        if not self._queue or self._queue[0][0] > until:
            return False
        due, _, action = heapq.heappop(self._queue)
        action(due)
        return True


LARGEST = 64 * 1024
"""Bytes; a scenario has a thousand."""
_HINT = f"Its fields are {', '.join(Scenario.__struct_fields__)}"


def is_file(name: str) -> bool:
    """Whether `--scenario` names a file rather than a scenario that comes along."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def find(name: str) -> Scenario:
    """The scenario of a file, or the one of that name that comes along. Raises ConfigError."""
    return read_file(name) if is_file(name) else read(name)


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
