"""What tells the five models apart: name, screen, keys and lamps."""

from dataclasses import dataclass

_KEYPAD = (*(f"KeyPad{digit}" for digit in range(10)), "KeyPadStar", "KeyPadPound")
_COMMON = (
    *("VolUp", "Mute", "Speaker", "Headset", "Hold", "Messages", "Applications", "Contacts", "Directories", "Services"),
    "Release",
)
_DESK = ("VolDown", "Transfer", "Conference", "FixedFeature1", "FixedFeature2", "FixedFeature3", "Settings")
_NAVIGATION = ("NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect")
_SOFT = ("Soft1", "Soft2", "Soft3", "Soft4")


@dataclass(frozen=True, slots=True)
class Model:
    """One of the five; keys as the XSI developer notes list them for `Key:` URIs."""

    name: str
    product_id: str
    screen: tuple[int, int]
    """Pixels, width and height: the wallpaper's size in the help pages; the 9841's is from memory."""
    line_keys: int
    touch: bool
    lines: int
    """Lines that the office's configuration gives to this model."""
    keys: frozenset[str]

    @property
    def key_names(self) -> tuple[str, ...]:
        """All keys: alphabetic, numbered ones by number."""
        return tuple(sorted(self.keys, key=_by_number))

    @property
    def lamps(self) -> int:
        """Line keys with a light: those on the body, or as many virtual ones as there are lines."""
        return self.lines if self.touch else self.line_keys


def _by_number(key: str) -> tuple[str, int]:
    name = key.rstrip("0123456789")
    return name, int(key[len(name) :] or 0)


def _desk(name: str, screen: tuple[int, int], line_keys: int, lines: int, *, touch: bool = False) -> Model:
    keys = {*_KEYPAD, *_COMMON, *_DESK}
    keys |= {f"Line{number}" for number in range(1, 121)} | {f"Feature{number}" for number in range(1, 121)}
    if not touch:
        keys |= {*_NAVIGATION, *_SOFT}
    if name != "9841":
        keys.add("KEMPage")
    return Model(name, f"DP-{name}", screen, line_keys, touch, lines, frozenset(keys))


MODELS = (
    _desk("9841", (384, 106), 4, 1),
    _desk("9851", (480, 240), 6, 2),
    _desk("9861", (800, 480), 10, 2),
    _desk("9871", (1280, 720), 32, 2, touch=True),
    Model("8875", "CP-8875", (1024, 600), 32, True, 1, frozenset({*_KEYPAD, *_COMMON, "VolDwn"})),
)
"""In the order in which a fleet takes them, again and again."""


def model_of(number: int) -> Model:
    """The model of the fleet's phone `number`, from 1."""
    return MODELS[(number - 1) % len(MODELS)]
