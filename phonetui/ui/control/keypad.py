"""A phone's keys: drawn where they lie, with their lights and the key of the keyboard that presses each; else a list.

wide                                              compact
   line keys of the left    of the right             line keys, as wide or three a row
   F1 … F4                                           F1 … F4
   navigation  keypad  lists and volume              navigation  keypad  calls
   calls                                             lights and volume
   mute, headset, speaker                            lists
"""

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple

from textual import events
from textual.geometry import Region
from textual.strip import Strip

from phonetui import numeric
from phonetui.phone.models import PhoneModel
from phonetui.phone.state import Cadence, Light, Line, Phone
from phonetui.ui.keyboard import KEY_OF, shown
from phonetui.ui.panes.lines import activity
from phonetui.ui.snapshot import seen
from phonetui.ui.text.format import DASH, light
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clipped, pad, row, wrapped
from phonetui.ui.widgets.row_list import RowsView

_ORDER = (
    *(f"KeyPad{digit}" for digit in range(1, 10)), "KeyPadStar", "KeyPad0", "KeyPadPound",
    "NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect", "Soft1", "Soft2", "Soft3", "Soft4",
    "Hold", "Transfer", "Conference", "Release", "Mute", "Speaker", "Headset", "VolUp", "VolDwn",
    "Messages", "Settings", "Applications", "Directories", "Contacts", "Services",
)  # fmt: skip


def key_names(of: PhoneModel) -> list[str]:
    """The keys of the table: those that stand alone, then the line keys on the body."""
    return [*_ORDER, *(f"Line{number}" for number in range(1, max(of.line_keys, 1) + 1))]


def key_table_rows(of: PhoneModel) -> list[Row]:
    """A key a row: the phone's name for it, and the key of the keyboard; dim where the model lacks it."""
    return [_key_table_row(key, has=of.has(key)) for key in key_names(of)]


def _key_table_row(key: str, *, has: bool) -> Row:
    keyboard = shown(KEY_OF[key]) if key in KEY_OF else "space"
    if not has:
        return row(Run(f"{pad(DASH, 6)}{pad(key, 13)}not on this model", Role.DIM))
    return row(Run(pad(keyboard, 6), Role.KEY if key in KEY_OF else Role.DIM), pad(key, 13))


WIDE = 71
COMPACT = 51
"""Cells that a drawing takes."""


class KeyCap(NamedTuple):
    key: str
    """Canonical; `Message` is the light on top, which is no key."""
    x: int
    cells: int
    label: str = ""


KeypadLayout = tuple[tuple[KeyCap, ...], ...]
"""Top to bottom, each row from left to right."""

MESSAGE = "Message"
_KEYPAD = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("Star", "0", "Pound"))
_CALLS = ("Hold", "Transfer", "Conference", "Release")
_LISTS = (("Messages", "Settings"), ("Applications", "Directories"), ("Contacts", "Services"))
_LIT = ("Mute", "Headset", "Speaker")
_VOLUME = (("VolUp", "louder"), ("VolDwn", "softer"))


def keypad_layout(of: PhoneModel, width: int, height: int) -> KeypadLayout | None:
    """The largest drawing that fits; None where none does."""
    for cells, drawn in ((WIDE, _wide), (COMPACT, _compact)):
        if cells <= width and len(drawn(of)) <= height:
            return drawn(of)
    return None


def key_at(drawn: KeypadLayout, x: int, y: int) -> str | None:
    """The key that is drawn there."""
    caps = drawn[y] if 0 <= y < len(drawn) else ()
    return next((cap.key for cap in caps if cap.x <= x < cap.x + cap.cells and cap.key != MESSAGE), None)


def _wide(of: PhoneModel) -> KeypadLayout:
    ends = [
        *(_side_by_side([(key, key) for key in pair], 17, 37) for pair in _LISTS),
        _side_by_side([*_VOLUME], 17, 37),
    ]
    middle = [
        (*navigation, *digits, *end)
        for navigation, digits, end in zip(_navigation(0), _keypad(20, 5), ends, strict=True)
    ]
    return (
        (KeyCap(MESSAGE, 0, WIDE),), *_sides(of, 35), (), _softkeys(17), (), *middle, (),
        _side_by_side([(key, key) for key in _CALLS], 17), _side_by_side([(key, key) for key in _LIT], 23),
    )  # fmt: skip


def _compact(of: PhoneModel) -> KeypadLayout:
    lines = (
        _sides(of, 25)
        if of.line_keys <= 10
        else [_lines(of, range(first, first + 3), 16) for first in range(1, of.line_keys + 1, 3)]
    )
    navigation = [*_navigation(0)[:3], (KeyCap(MESSAGE, 0, 18),)]
    middle = [
        (*near, *digits, KeyCap(call, 33, 17, call))
        for near, digits, call in zip(navigation, _keypad(19, 4), _CALLS, strict=True)
    ]
    lit = [(key, key) for key in _LIT]
    lists = [(key, key) for pair in _LISTS for key in pair]
    return (
        *lines, _softkeys(12), *middle,
        (*_side_by_side(lit[:1], 24), *_side_by_side([*_VOLUME], 13, 24)), _side_by_side(lit[1:], 24),
        _side_by_side(lists[:3], 17), _side_by_side(lists[3:], 17),
    )  # fmt: skip


def _sides(of: PhoneModel, cells: int) -> list[tuple[KeyCap, ...]]:
    """The line keys to the left and to the right of the screen; that they count from the left top is inferred."""
    half = (of.line_keys + 1) // 2
    return [_lines(of, (left, left + half), cells) for left in range(1, half + 1)]


def _lines(of: PhoneModel, numbers: Iterable[int], cells: int) -> tuple[KeyCap, ...]:
    return _side_by_side([(f"Line{number}", str(number)) for number in numbers if number <= of.line_keys], cells)


def _side_by_side(keys: list[tuple[str, str]], cells: int, x: int = 0) -> tuple[KeyCap, ...]:
    return tuple(KeyCap(key, x + place * cells, cells, label) for place, (key, label) in enumerate(keys))


def _softkeys(cells: int) -> tuple[KeyCap, ...]:
    return _side_by_side([(f"Soft{number}", f"Soft{number}") for number in range(1, 5)], cells)


def _navigation(x: int) -> list[tuple[KeyCap, ...]]:
    return [
        (KeyCap("NavUp", x + 6, 4),),
        (KeyCap("NavLeft", x, 4), KeyCap("NavSelect", x + 4, 8), KeyCap("NavRight", x + 12, 4)),
        (KeyCap("NavDwn", x + 6, 4),),
        (),
    ]


def _keypad(x: int, cells: int) -> list[tuple[KeyCap, ...]]:
    return [_side_by_side([(f"KeyPad{digit}", "") for digit in digits], cells, x) for digits in _KEYPAD]


class KeypadView(NamedTuple):
    """Everything that a drawing shows."""

    model: PhoneModel
    phone: Phone | None
    chosen: str
    """The key that the space bar presses."""
    last: str = ""
    """The key that was pressed last."""
    mark: Run = Run(" ")
    """What became of it."""
    dark: Set[Cadence] = frozenset()
    """How the lights blink that are off just now."""


class Keypad(RowsView):
    """The drawing where there is room for it, the list of keys where there is not."""

    def __init__(self, pressed: Callable[[str], object], *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`pressed` is drawing of a key that was clicked."""
        super().__init__(id=id)
        self._pressed = pressed
        self._drawn: KeypadView | None = None
        self._shape: KeypadLayout | None = None
        self._painted: KeypadLayout | None = None
        """What a click refers to."""

    def refresh_from(self, drawn: KeypadView) -> None:
        self._drawn = drawn
        self._draw(drawn)

    def on_resize(self) -> None:
        if self._drawn is not None:
            self._draw(self._drawn)

    def _draw(self, drawn: KeypadView) -> None:
        self._shape = keypad_layout(drawn.model, self.size.width, self.size.height)
        if self._shape is None:
            self.show(key_table_rows(drawn.model), key_names(drawn.model), at=drawn.chosen, asked=True)
            return
        drawing = keypad_rows(self._shape, drawn)
        reason = wrapped(missing_keys(drawn.model), self.size.width, self.size.height - len(drawing))
        self.show([*drawing, *(row(Run(words, Role.DIM)) for words in reason)])

    def render_lines(self, crop: Region) -> list[Strip]:
        self._painted = self._shape
        return super().render_lines(crop)

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        key = key_at(self._painted, place.x, place.y) if place is not None and self._painted else None
        if key is not None:
            self._pressed(key)


def keypad_rows(drawn_as: KeypadLayout, drawn: KeypadView) -> list[Row]:
    if drawn.phone is None or not drawn.phone.is_current:
        drawn = drawn._replace(dark=frozenset())
    return [_row(caps, drawn) for caps in drawn_as]


def missing_keys(of: PhoneModel) -> str:
    """Why some keys are dim; empty where none is."""
    if not of.number:
        return "An unknown model: every key is offered, some may do nothing."
    groups = (("softkeys", "Soft1"), ("navigation", "NavUp"), ("line keys", "Line1"))
    missing = [name for name, key in groups if not of.has(key)]
    missing += [key for key in ("Transfer", "Conference", "Settings") if not of.has(key)]
    where = " (touch its screen)" if of.is_touch else ""
    return f"{DASH} not on the {of.number}{where}: {', '.join(missing)}" if missing else ""


def _row(caps: tuple[KeyCap, ...], drawn: KeypadView) -> Row:
    runs: list[Run] = []
    for cap in caps:
        runs.append(Run(" " * (cap.x - cell_width(runs))))
        inside = clipped(_cap(cap, drawn), cap.cells)
        runs += [*inside, Run(" " * (cap.cells - cell_width(inside)))]
    return row(*runs)


def _cap(cap: KeyCap, drawn: KeypadView) -> Row:
    if cap.key == MESSAGE:
        message = drawn.phone.lights.message if drawn.phone else None
        return row(Run(" message ", Role.LABEL), *_seen(drawn.phone, light(message, drawn.dark)))
    label = f" {cap.label}" if cap.label else ""
    keyboard = shown(KEY_OF[cap.key]) if cap.key in KEY_OF else " "
    if not drawn.model.has(cap.key):
        parts = row(Run(f"[{DASH}]{label}", Role.DIM))
    else:
        role = Role.ACCENT if cap.key == drawn.chosen else Role.PLAIN
        parts = row(Run("[", Role.DIM), Run(keyboard, Role.KEY), Run("]", Role.DIM), Run(label, role))
    mark = drawn.mark if cap.key == drawn.last else Run("▸" if cap.key == drawn.chosen else " ", Role.ACCENT)
    lit = _key_light(cap, drawn.phone, drawn.dark)
    if not lit:
        return row(mark, *parts)
    is_below_others = cap.key.startswith("Line") and cap.cells > 20
    return row(mark, *parts, " " * max(10 - cell_width(parts) if is_below_others else 1, 1), *lit)


def _key_light(cap: KeyCap, phone: Phone | None, dark: Set[Cadence]) -> Row:
    """The light of a key, and what it says where there is room for that."""
    if phone is None:
        return ()
    if cap.key.startswith("Line"):
        line = next((line for line in phone.lines if line.index == numeric.integer(cap.key.removeprefix("Line"))), None)
        return _seen(phone, *_line_light(line, cap.cells, dark)) if line else ()
    lights: dict[str, Light | None] = {
        "Mute": phone.lights.mute, "Headset": phone.lights.headset, "Speaker": phone.lights.speaker,
    }  # fmt: skip
    return _seen(phone, light(lights[cap.key], dark)) if cap.key in lights else ()


def _line_light(line: Line, cells: int, dark: Set[Cadence]) -> Row:
    lit = light(line.light, dark)
    return (lit,) if cells < 30 else (Run(pad(lit.text, 13) + " ", lit.role), Run(activity(line)))


def _seen(phone: Phone | None, *runs: Run) -> Row:
    return seen(phone, runs) if phone else runs
