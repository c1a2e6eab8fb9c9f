"""What the dashboard refuses to start with: the start itself and `config check` both ask here."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from phonetui.actions import toolkit_keys
from phonetui.config.file import Complaint, closest
from phonetui.config.settings import Config
from phonetui.errors import ConfigError
from phonetui.ui.session import zone_of

if TYPE_CHECKING:
    from textual.theme import Theme

_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
"""That the toolkit's reader of terminals puts before a key's name."""


def refusals(config: Config) -> Iterator[Complaint]:
    """Everything that a start would refuse, by the keys of the configuration."""
    checks: list[tuple[tuple[str, str], Callable[[], object]]] = [
        (("ui", "timezone"), lambda: zone_of(config.ui.timezone)),
        (("ui", "theme"), lambda: theme_of(config.ui.theme)),
    ]
    checks += [(("keys", action), lambda keys=keys: check_keys(keys)) for action, keys in config.keys.items()]  # type: ignore[misc]  # a default keeps this round's value
    for where, check in checks:
        try:
            check()
        except ConfigError as error:
            yield Complaint(where, error.message, error.hint)


def theme_of(name: str) -> "Theme":
    """Raises ConfigError where there is no such theme, or its file cannot be used."""
    from phonetui.ui.theme import chosen, themes  # noqa: PLC0415 - reads a dozen files, which the app does by itself

    return chosen(name, themes())


def check_all_keys(keys: Mapping[str, str]) -> None:
    """Raises ConfigError for the first key of `[keys]` that no terminal can send."""
    for action, written in keys.items():
        try:
            check_keys(written)
        except ConfigError as error:
            raise ConfigError(f"[keys] {action}: {error.message}", error.hint) from None


def check_keys(written: str) -> None:
    """Keys of one action, separated by commas. Raises ConfigError for a name that the toolkit gives to no key."""
    for key in toolkit_keys(written):
        if not is_key(key):
            near = closest(key.lower(), _names(), 0.6)
            hint = f"Did you mean '{near}'?" if near else "Write a character, or a name such as f5, ctrl+d, pagedown"
            raise ConfigError(f"no key is called '{key}'", hint)


def is_key(name: str) -> bool:
    """Whether the toolkit calls a key so, in its own spelling: `slash`, `ctrl+d`, `A`."""
    *before, base = name.split("+")
    is_named = base in _names() or (len(base) == 1 and base.isprintable()) or _is_character(base)
    return is_named and len(set(before)) == len(before) and set(before) <= set(_MODIFIERS)


@cache
def _names() -> frozenset[str]:
    """The toolkit's, and those of all characters of Western keyboards."""
    fixed = {key.value.rpartition("+")[2] for key in Keys if not key.value.startswith("<")} - {"ctrl-at"}
    return frozenset(
        {
            *fixed,
            *KEY_NAME_REPLACEMENTS.values(),
            *(toolkit_keys(chr(code))[0] for code in range(33, 0x180) if chr(code).isprintable() and chr(code) != ","),
        }
    )


def _is_character(name: str) -> bool:
    """`euro_sign`: any character by its name in Unicode."""
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return name.islower()
