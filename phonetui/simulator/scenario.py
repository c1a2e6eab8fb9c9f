"""A scenario: how much goes on in the office. The files are `scenarios/*.toml`; times in them are seconds."""

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from phonetui.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One file's content; what a file leaves out does not happen."""

    title: str
    answer_after_s: float | None = None
    """When a simulated phone picks up a call that an operator dialled; None: somebody must press its keys."""
    boot_s: float = 8.0
    first_call_s: float | None = None
    """When traffic begins; None: nobody calls."""
    calls_per_minute: float = 0.0
    """Mean, over the whole office, the troubled call not counted."""
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


def scenarios() -> tuple[str, ...]:
    """The names there are."""
    folder = files("phonetui.simulator") / "scenarios"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def read(name: str) -> Scenario:
    """Raises ConfigError for a name that isn't known, naming those that are."""
    known = scenarios()
    if name not in known:
        near = get_close_matches(name, known, 1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        raise ConfigError(f"no scenario '{name}'", f"{guess}Known scenarios: {', '.join(known)}")
    table: dict[str, Any] = tomllib.loads(
        (files("phonetui.simulator") / "scenarios" / f"{name}.toml").read_text("utf-8")
    )
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Scenario(**fields)
