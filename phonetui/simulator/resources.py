"""Data files beside the code, by name: scenarios and dialects."""

import tomllib
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from phonetui.errors import ConfigError


def names(folder: str) -> tuple[str, ...]:
    """What there is, in order of the alphabet."""
    entries = (files("phonetui.simulator") / folder).iterdir()
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml")))


def table(folder: str, name: str) -> dict[str, Any]:
    """One file's content, lists as tuples. Raises ConfigError for a name that isn't known, naming those that are."""
    known, kind = names(folder), folder.removesuffix("s")
    if name not in known:
        near = get_close_matches(name, known, 1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        raise ConfigError(f"no {kind} '{name}'", f"{guess}Known {folder}: {', '.join(known)}")
    text = (files("phonetui.simulator") / folder / f"{name}.toml").read_text("utf-8")
    return {key: _fixed(value) for key, value in tomllib.loads(text).items()}


def _fixed(value: Any) -> Any:
    """Lists as tuples and tables as tuples of pairs: values that can be a key of a dictionary."""
    if isinstance(value, list):
        return tuple(_fixed(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, _fixed(each)) for key, each in value.items())
    return value
