"""Keys of the keyboard: their names, how they are written, and which key of a phone each stands for.

Bindings are made from the table of actions, so that help, footer, palette and keyboard cannot disagree.
"""

import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from phonetui.actions import ACTIONS, SCREENS, toolkit_keys
from phonetui.config.complaint import closest
from phonetui.errors import ConfigError

_SHOWN = {
    "left_square_bracket": "[", "right_square_bracket": "]", "slash": "/", "question_mark": "?", "asterisk": "*",
    "number_sign": "#", "plus": "+", "minus": "-", "colon": ":", "less_than_sign": "<", "greater_than_sign": ">",
    "comma": ",", "full_stop": ".", "left_curly_bracket": "{", "right_curly_bracket": "}", "apostrophe": "'",
    "space": "space", "up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "enter", "escape": "esc",
}  # fmt: skip

_OPTION_DIGITS = (
    "inverted_exclamation_mark", "trade_mark_sign", "pound_sign", "cent_sign", "infinity", "section_sign",
    "pilcrow_sign", "bullet", "\N{FEMININE ORDINAL INDICATOR}",
)  # fmt: skip
"""What the toolkit makes of alt+1 … alt+9 where the terminal sends escape and the digit: a Mac's option key."""

PHONE_KEYS = {
    **{name: f"Line{number}" for number, name in enumerate(_OPTION_DIGITS, 1)},
    **{str(digit): f"KeyPad{digit}" for digit in range(10)},
    "asterisk": "KeyPadStar",
    "number_sign": "KeyPadPound",
    "up": "NavUp",
    "down": "NavDwn",
    "left": "NavLeft",
    "right": "NavRight",
    "enter": "NavSelect",
    **{f"f{number}": f"Soft{number}" for number in range(1, 5)},
    **{f"alt+{number}": f"Line{number}" for number in range(1, 10)},
    "h": "Hold",
    "t": "Transfer",
    "n": "Conference",
    "m": "Mute",
    "s": "Speaker",
    "e": "Headset",
    "r": "Release",
    "plus": "VolUp",
    "minus": "VolDwn",
}
"""The toolkit's name of a key → the canonical name of the phone's key, while a phone is under control."""

KEY_OF = {phone_key: key for key, phone_key in PHONE_KEYS.items()}


def shown(key: str) -> str:
    """A key as it is written on the screen: `left_square_bracket` is `[`."""
    head, plus, tail = key.rpartition("+")
    if plus and tail:
        return f"{head}+{shown(tail)}"
    return _SHOWN.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)


_TOOLKIT = {"app.palette": "command_palette", "app.suspend": "suspend_process"}
"""Where the toolkit has the method already."""


def method(action: str) -> str:
    """The method behind an action's id, without the toolkit's `action_`."""
    return _TOOLKIT.get(action) or action.replace(".", "_")


def bindings(screen: str) -> list[BindingType]:
    """The actions of a screen in the table, and the keys that lead back from it."""
    keys = SCREENS[screen]
    leave = [Binding(",".join(keys.leaves), keys.leave, "Back", show=False)] if keys.leaves else []
    return [*action_bindings(keys.own), *leave]


def action_bindings(ids: Collection[str], namespace: str = "") -> list[BindingType]:
    """`namespace` is the toolkit's, such as `screen.`: of whatever screen is on top."""
    return [
        Binding(action.keys, f"{namespace}{method(action.id)}", action.words, id=action.id, show=False)
        for action in ACTIONS
        if action.id in ids
    ]


_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
"""That the toolkit's reader of terminals puts before a key's name."""


def check_all_keys(keys: Mapping[str, str]) -> None:
    """Raises ConfigError for the first key of `[keys]` that no terminal can send; else does nothing."""
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
