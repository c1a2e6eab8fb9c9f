"""What each model has: line keys, softkeys, navigation; and how each spells its keys.

Sources: Cisco's wallpaper and phone articles for screens and line keys; the XSI developer notes for key names. That
`Ui SendKey` takes the same spellings is inferred, so they live in this table and the configuration can override them.
"""

import re
from dataclasses import dataclass, field

from phonetui import numeric

_KEYPAD = (*(f"KeyPad{digit}" for digit in range(10)), "KeyPadStar", "KeyPadPound")
_NAVIGATION = ("NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect")
_FIXED = ("VolUp", "VolDwn", "Mute", "Speaker", "Headset", "Hold", "Release", "Messages", "Applications", "Directories",
          "Contacts", "Services")  # fmt: skip
_DESK = ("Transfer", "Conference", "Settings")
_DIGITS = {**{str(digit): f"KeyPad{digit}" for digit in range(10)}, "*": "KeyPadStar", "#": "KeyPadPound"}
_NUMBERED = re.compile(r"(Soft|Line|Feature)([1-9]\d{0,2})", re.ASCII)
_LIMITS = {"Soft": 4, "Line": 120, "Feature": 120}


@dataclass(frozen=True, slots=True)
class PhoneModel:
    number: str
    line_keys: int
    """Keys with a light on the body; virtual ones on touch models."""
    softkeys: int
    is_touch: bool
    has_line_keys: bool = True
    """Whether `Line1` … can be pressed by name."""
    keys: tuple[str, ...] = ()
    """Canonical names of the keys that stand alone; `Soft`, `Line` and `Feature` are numbered beside them."""
    spelling: dict[str, str] = field(default_factory=dict)
    """Canonical name → the name on the wire, where they differ."""

    def has(self, key: str) -> bool:
        match = _NUMBERED.fullmatch(key)
        if match is None:
            return key in self.keys
        kind, number = match[1], numeric.integer(match[2]) or 0
        if kind == "Soft":
            return number <= self.softkeys
        return self.has_line_keys and number <= _LIMITS[kind]

    def spelled(self, key: str) -> str:
        return self.spelling.get(key, key)

    @property
    def answer_key(self) -> str:
        """What takes a ringing call: its line key is found by the caller where there is one."""
        return "Line1" if self.has_line_keys else "Speaker"


_DESK_SPELLING = {"VolDwn": "VolDown"}
_NAVIGATED = (*_KEYPAD, *_NAVIGATION, *_FIXED, *_DESK)

MODELS = {
    model.number: model
    for model in (
        PhoneModel("9841", 4, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9851", 6, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9861", 10, 4, False, keys=_NAVIGATED, spelling=_DESK_SPELLING),
        PhoneModel("9871", 16, 0, True, keys=(*_KEYPAD, *_FIXED, *_DESK), spelling=_DESK_SPELLING),
        PhoneModel("8875", 16, 0, True, has_line_keys=False, keys=(*_KEYPAD, *_FIXED)),
    )
}

GENERIC = PhoneModel("", 6, 4, False, keys=_NAVIGATED)
"""Stands in for a model that we don't know: every key is offered, spelled canonically."""


def model_number(product_id: str | None) -> str | None:
    """`DP-9851` → `9851`; None where there is no four-digit number."""
    match = re.search(r"\d{4}", product_id or "")
    return match[0] if match else None


def model(product_id: str | None) -> PhoneModel:
    return MODELS.get(model_number(product_id) or "", GENERIC)


def canonical_key(word: str) -> str | None:
    """The canonical name of a key typed by a person, in any case; digits, `*` and `#` too. None if there is none."""
    if word in _DIGITS:
        return _DIGITS[word]
    folded = word.casefold()
    alone = {key.casefold(): key for key in _NAVIGATED} | {"voldown": "VolDwn", "navdown": "NavDwn"}
    if folded in alone:
        return alone[folded]
    match = _NUMBERED.fullmatch(word[:1].upper() + word[1:].lower())
    return match[0] if match and (numeric.integer(match[2]) or 0) <= _LIMITS[match[1]] else None
