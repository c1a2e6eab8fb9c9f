"""The operator's keyboard: how its keys are written, and which of a phone's keys each of them is.

Keys of the screens, built from the table of actions, so that help, footer, palette and keyboard cannot disagree.
"""

from collections.abc import Collection

from textual.binding import Binding, BindingType

from phonetui.actions import ACTIONS

_SHOWN = {
    "left_square_bracket": "[", "right_square_bracket": "]", "slash": "/", "question_mark": "?", "asterisk": "*",
    "number_sign": "#", "plus": "+", "minus": "-", "colon": ":", "less_than_sign": "<", "greater_than_sign": ">",
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


def bindings(ids: Collection[str]) -> list[BindingType]:
    return [
        Binding(action.keys, method(action.id), action.words, id=action.id, show=False)
        for action in ACTIONS
        if action.id in ids
    ]
