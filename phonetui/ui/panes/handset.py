"""The phone drawn: its keys where they lie, what lights they have, and which key of the keyboard presses each."""

from collections.abc import Callable, Set
from typing import NamedTuple

from textual import events
from textual.geometry import Region
from textual.strip import Strip

from phonetui import numeric
from phonetui.phone.models import Model
from phonetui.phone.state import Cadence, Light, Line, Phone
from phonetui.ui.format import DASH, light
from phonetui.ui.keyboard import KEY_OF, shown
from phonetui.ui.panes.caps import MESSAGE, Cap, Shape, key_at, shape
from phonetui.ui.panes.keylist import listed, table_rows
from phonetui.ui.panes.lines import doing
from phonetui.ui.panes.scene import seen
from phonetui.ui.row import Role, Row, Run, clipped, pad, row, width, wrapped
from phonetui.ui.widgets.rows import RowsView


class Drawn(NamedTuple):
    """Everything that a drawing shows."""

    model: Model
    phone: Phone | None
    chosen: str
    """The key that the space bar presses."""
    last: str = ""
    """The key that was pressed last."""
    mark: Run = Run(" ")
    """What became of it."""
    dark: Set[Cadence] = frozenset()
    """How the lights blink that are off just now."""


class Handset(RowsView):
    """The drawing where there is room for it, the list of keys where there is not."""

    def __init__(self, pressed: Callable[[str], object], *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`pressed` is told of a key that was clicked."""
        super().__init__(id=id)
        self._pressed = pressed
        self._drawn: Drawn | None = None
        self._shape: Shape | None = None
        self._painted: Shape | None = None
        """What a click refers to."""

    def look(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._draw(drawn)

    def on_resize(self) -> None:
        if self._drawn is not None:
            self._draw(self._drawn)

    def _draw(self, drawn: Drawn) -> None:
        self._shape = shape(drawn.model, self.size.width, self.size.height)
        if self._shape is None:
            self.show(table_rows(drawn.model), listed(drawn.model), at=drawn.chosen, asked=True)
            return
        told = rows(self._shape, drawn)
        reason = wrapped(lacks(drawn.model), self.size.width, self.size.height - len(told))
        self.show([*told, *(row(Run(words, Role.DIM)) for words in reason)])

    def render_lines(self, crop: Region) -> list[Strip]:
        self._painted = self._shape
        return super().render_lines(crop)

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        key = key_at(self._painted, place.x, place.y) if place is not None and self._painted else None
        if key is not None:
            self._pressed(key)


def rows(drawn_as: Shape, drawn: Drawn) -> list[Row]:
    if drawn.phone is None or not drawn.phone.is_current:
        drawn = drawn._replace(dark=frozenset())
    return [_row(caps, drawn) for caps in drawn_as]


def lacks(of: Model) -> str:
    """Why some keys are dim; empty where none is."""
    if not of.number:
        return "An unknown model: every key is offered, some may do nothing."
    groups = (("softkeys", "Soft1"), ("navigation", "NavUp"), ("line keys", "Line1"))
    missing = [name for name, key in groups if not of.has(key)]
    missing += [key for key in ("Transfer", "Conference", "Settings") if not of.has(key)]
    where = " (touch its screen)" if of.is_touch else ""
    return f"{DASH} not on the {of.number}{where}: {', '.join(missing)}" if missing else ""


def _row(caps: tuple[Cap, ...], drawn: Drawn) -> Row:
    runs: list[Run] = []
    for cap in caps:
        runs.append(Run(" " * (cap.x - width(runs))))
        inside = clipped(_cap(cap, drawn), cap.cells)
        runs += [*inside, Run(" " * (cap.cells - width(inside)))]
    return row(*runs)


def _cap(cap: Cap, drawn: Drawn) -> Row:
    if cap.key == MESSAGE:
        message = drawn.phone.lights.message if drawn.phone else None
        return row(Run(" message ", Role.LABEL), *_aged(drawn.phone, light(message, drawn.dark)))
    label = f" {cap.label}" if cap.label else ""
    keyboard = shown(KEY_OF[cap.key]) if cap.key in KEY_OF else " "
    if not drawn.model.has(cap.key):
        parts = row(Run(f"[{DASH}]{label}", Role.DIM))
    else:
        role = Role.ACCENT if cap.key == drawn.chosen else Role.PLAIN
        parts = row(Run("[", Role.DIM), Run(keyboard, Role.KEY), Run("]", Role.DIM), Run(label, role))
    mark = drawn.mark if cap.key == drawn.last else Run("▸" if cap.key == drawn.chosen else " ", Role.ACCENT)
    lit = _lit(cap, drawn.phone, drawn.dark)
    if not lit:
        return row(mark, *parts)
    is_below_others = cap.key.startswith("Line") and cap.cells > 20
    return row(mark, *parts, " " * max(10 - width(parts) if is_below_others else 1, 1), *lit)


def _lit(cap: Cap, phone: Phone | None, dark: Set[Cadence]) -> Row:
    """The light of a key, and what it says where there is room for that."""
    if phone is None:
        return ()
    if cap.key.startswith("Line"):
        line = next((line for line in phone.lines if line.index == numeric.integer(cap.key.removeprefix("Line"))), None)
        return _aged(phone, *_line(line, cap.cells, dark)) if line else ()
    lights: dict[str, Light | None] = {
        "Mute": phone.lights.mute, "Headset": phone.lights.headset, "Speaker": phone.lights.speaker,
    }  # fmt: skip
    return _aged(phone, light(lights[cap.key], dark)) if cap.key in lights else ()


def _line(line: Line, cells: int, dark: Set[Cadence]) -> Row:
    lit = light(line.light, dark)
    return (lit,) if cells < 30 else (Run(pad(lit.text, 13) + " ", lit.role), Run(doing(line)))


def _aged(phone: Phone | None, *runs: Run) -> Row:
    return seen(phone, runs) if phone else runs
