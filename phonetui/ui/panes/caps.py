"""Where each key of a phone lies when it is drawn, wide or compact.

wide                                              compact
   line keys of the left    of the right             line keys, as wide or three a row
   F1 … F4                                           F1 … F4
   navigation  keypad  lists and volume              navigation  keypad  calls
   calls                                             lights and volume
   mute, headset, speaker                            lists
"""

from collections.abc import Iterable
from typing import NamedTuple

from phonetui.phone.models import Model

WIDE = 71
COMPACT = 51
"""Cells that a drawing takes."""


class Cap(NamedTuple):
    key: str
    """Canonical; `Message` is the light on top, which is no key."""
    x: int
    cells: int
    label: str = ""


Shape = tuple[tuple[Cap, ...], ...]
"""Top to bottom, each row from left to right."""

MESSAGE = "Message"
_KEYPAD = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("Star", "0", "Pound"))
_CALLS = ("Hold", "Transfer", "Conference", "Release")
_LISTS = (("Messages", "Settings"), ("Applications", "Directories"), ("Contacts", "Services"))
_LIT = ("Mute", "Headset", "Speaker")
_VOLUME = (("VolUp", "louder"), ("VolDwn", "softer"))


def shape(of: Model, across: int, high: int) -> Shape | None:
    """The largest drawing that fits; None where none does."""
    for cells, drawn in ((WIDE, _wide), (COMPACT, _compact)):
        if cells <= across and len(drawn(of)) <= high:
            return drawn(of)
    return None


def key_at(drawn: Shape, x: int, y: int) -> str | None:
    """The key that is drawn there."""
    caps = drawn[y] if 0 <= y < len(drawn) else ()
    return next((cap.key for cap in caps if cap.x <= x < cap.x + cap.cells and cap.key != MESSAGE), None)


def _wide(of: Model) -> Shape:
    ends = [
        *(_side_by_side([(key, key) for key in pair], 17, 37) for pair in _LISTS),
        _side_by_side([*_VOLUME], 17, 37),
    ]
    middle = [
        (*navigation, *digits, *end)
        for navigation, digits, end in zip(_navigation(0), _keypad(20, 5), ends, strict=True)
    ]
    return (
        (Cap(MESSAGE, 0, WIDE),), *_sides(of, 35), (), _softkeys(17), (), *middle, (),
        _side_by_side([(key, key) for key in _CALLS], 17), _side_by_side([(key, key) for key in _LIT], 23),
    )  # fmt: skip


def _compact(of: Model) -> Shape:
    lines = _sides(of, 25) if of.line_keys <= 10 else _in_threes(of, 16)
    navigation = [*_navigation(0)[:3], (Cap(MESSAGE, 0, 18),)]
    middle = [
        (*near, *digits, Cap(call, 33, 17, call))
        for near, digits, call in zip(navigation, _keypad(19, 4), _CALLS, strict=True)
    ]
    lit = [(key, key) for key in _LIT]
    lists = [(key, key) for pair in _LISTS for key in pair]
    return (
        *lines, _softkeys(12), *middle,
        (*_side_by_side(lit[:1], 24), *_side_by_side([*_VOLUME], 13, 24)), _side_by_side(lit[1:], 24),
        _side_by_side(lists[:3], 17), _side_by_side(lists[3:], 17),
    )  # fmt: skip


def _sides(of: Model, cells: int) -> list[tuple[Cap, ...]]:
    """The line keys to the left and to the right of the screen; that they count from the left top is inferred."""
    half = (of.line_keys + 1) // 2
    return [_lines(of, (left, left + half), cells) for left in range(1, half + 1)]


def _in_threes(of: Model, cells: int) -> list[tuple[Cap, ...]]:
    return [_lines(of, range(first, first + 3), cells) for first in range(1, of.line_keys + 1, 3)]


def _lines(of: Model, numbers: Iterable[int], cells: int) -> tuple[Cap, ...]:
    return _side_by_side([(f"Line{number}", str(number)) for number in numbers if number <= of.line_keys], cells)


def _side_by_side(keys: list[tuple[str, str]], cells: int, x: int = 0) -> tuple[Cap, ...]:
    return tuple(Cap(key, x + place * cells, cells, label) for place, (key, label) in enumerate(keys))


def _softkeys(cells: int) -> tuple[Cap, ...]:
    return _side_by_side([(f"Soft{number}", f"Soft{number}") for number in range(1, 5)], cells)


def _navigation(x: int) -> list[tuple[Cap, ...]]:
    return [
        (Cap("NavUp", x + 6, 4),),
        (Cap("NavLeft", x, 4), Cap("NavSelect", x + 4, 8), Cap("NavRight", x + 12, 4)),
        (Cap("NavDwn", x + 6, 4),),
        (),
    ]


def _keypad(x: int, cells: int) -> list[tuple[Cap, ...]]:
    return [_side_by_side([(f"KeyPad{digit}", "") for digit in digits], cells, x) for digits in _KEYPAD]
