"""The widget that draws the phone with its lamps, its display and its keys; or a list of its keys.

The display shows the phone's screenshot where one was fetched, else what is known of the lines. Softkeys are called as
by default in the state of the calls (`phone/models.py`).
"""

from collections.abc import Callable, Set
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from phonetui.phone.lights import Cadence, Light
from phonetui.phone.models import PhoneModel, softkey_labels
from phonetui.phone.state import Call, Line, Phone
from phonetui.ui.control.phone_layout import COMPACT, MOST_PITCH, SOFTKEYS, KeyCap, PhoneLayout, key_at, phone_layout
from phonetui.ui.keyboard import KEY_OF, shown
from phonetui.ui.panes.lines import activity
from phonetui.ui.text.format import DASH, PHASES, aged, duration, is_known_idle, light, words
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row, wrapped
from phonetui.ui.widgets.row_list import RowsView

_ORDER = (
    *(f"KeyPad{digit}" for digit in range(1, 10)), "KeyPadStar", "KeyPad0", "KeyPadPound",
    "NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect", "Soft1", "Soft2", "Soft3", "Soft4",
    "Hold", "Transfer", "Conference", "Release", "Mute", "Speaker", "Headset", "VolUp", "VolDwn",
    "Messages", "Settings", "Applications", "Directories", "Contacts", "Services",
)  # fmt: skip


def key_names(of: PhoneModel) -> list[str]:
    """The keys that the model has: those that stand alone, then the line keys on the body."""
    lines = (f"Line{number}" for number in range(1, max(of.line_keys, 1) + 1))
    return [key for key in (*_ORDER, *lines) if of.has(key)]


def key_table_rows(of: PhoneModel) -> list[Row]:
    """A key a row: the phone's name for it, and the key of the keyboard."""
    return [
        row(
            Run(pad(shown(KEY_OF[key]), 6), Role.KEY) if key in KEY_OF else Run(pad("space", 6), Role.DIM), pad(key, 13)
        )
        for key in key_names(of)
    ]


def missing_keys(of: PhoneModel) -> str:
    """The keys that a model ignores and others have, in words; empty where there are none."""
    if not of.number:
        return "An unknown model: every key is offered, some may do nothing."
    where = " (touch its screen)" if of.is_touch else ""
    return f"{DASH} not on the {of.number}{where}: {', '.join(of.missing)}" if of.missing else ""


class KeypadView(NamedTuple):
    """All that a drawing of the keypad shows."""

    model: PhoneModel
    phone: Phone | None
    chosen: str
    """The key that the space bar presses."""
    last: str = ""
    """The key that was pressed last: it is drawn inverted."""
    mark: Run = Run(" ")
    """What happened to it."""
    dark: Set[Cadence] = frozenset()
    """How the lights blink that are off just now."""
    shows_picture: bool = False
    """Whether a picture takes the display, which is as high as there is room then."""


class Keypad(RowsView):
    """The drawing where there is room for it, the list of keys where there is not."""

    def __init__(self, pressed: Callable[[str], object], *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        """`pressed` is called with a key that was clicked."""
        super().__init__(id=id)
        self._pressed = pressed
        self._drawn: KeypadView | None = None
        self._layout_: PhoneLayout | None = None
        self._painted: PhoneLayout | None = None
        """What a click refers to."""

    def refresh_from(self, drawn: KeypadView) -> None:
        self._drawn = drawn
        self._draw(drawn)

    def on_resize(self) -> None:
        if self._drawn is not None:
            self._draw(self._drawn)

    def _draw(self, drawn: KeypadView) -> None:
        most = MOST_PITCH if drawn.shows_picture else 2
        self._layout_ = phone_layout(drawn.model, *self.size, most_pitch=most)
        if self._layout_ is None:
            self.show(key_table_rows(drawn.model), key_names(drawn.model), at=drawn.chosen, asked=True)
            return
        drawing = phone_rows(self._layout_, drawn)
        reason = wrapped(missing_keys(drawn.model), self.size.width, self.size.height - len(drawing))
        self.show([*drawing, *(row(Run(words, Role.DIM)) for words in reason)])

    @property
    def display_region(self) -> Region | None:
        """The region of the phone's display on the terminal; None where the keys are a list."""
        if self._layout_ is None:
            return None
        (x, width), (y, height) = self._layout_.display, self._layout_.display_rows
        return Region(x, y, width, height).translate(self.content_region.offset)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._painted = self._layout_
        return super().render_lines(crop)

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        if self._painted is None:
            super().on_click(event)
            key = self.target
        else:
            key = key_at(self._painted, place.x, place.y)
        if key is not None:
            self._pressed(key)


class _Canvas:
    """Cells with roles; what is wider than one cell takes the next ones, too."""

    def __init__(self, width: int, height: int) -> None:
        self._cells = [[(" ", Role.PLAIN)] * width for _ in range(height)]

    def put(self, x: int, y: int, runs: Row) -> None:
        line = self._cells[y]
        for run in runs:
            for character in run.text:
                wide = cell_len(character)
                if wide and x + wide <= len(line):
                    line[x : x + wide] = [(character, run.role), *[("", run.role)] * (wide - 1)]
                x += wide

    @property
    def rows(self) -> list[Row]:
        return [row(*(Run(character, role) for character, role in line)) for line in self._cells]


def phone_rows(layout: PhoneLayout, drawn: KeypadView) -> list[Row]:
    phone = drawn.phone
    if phone is None or not phone.is_current:
        drawn = drawn._replace(dark=frozenset())
    canvas = _Canvas(layout.width, layout.height)
    for x, y, text in layout.frames:
        canvas.put(x, y, (Run(text, Role.DIM),))
    if phone is not None and (phone.lights.message is not None):
        message = row(Run(" MWI ", Role.LABEL), *_seen(phone, light(phone.lights.message, drawn.dark)), " ")
        canvas.put(*layout.message, message)
    _draw_display(canvas, layout, drawn)
    for cap in layout.caps:
        if cap.lamp_x is None:
            canvas.put(cap.x, cap.y, _cap_row(cap, drawn))
        else:
            _draw_line_key(canvas, cap, cap.lamp_x, drawn, has_room=layout.width > COMPACT)
    return canvas.rows


def _draw_display(canvas: _Canvas, layout: PhoneLayout, drawn: KeypadView) -> None:
    """A row a line beside its key; the two sides share a row where both have something to say."""
    phone = drawn.phone
    if phone is None:
        return
    lines = {line.index: line for line in phone.lines}
    x, cells = layout.display
    right = {lamp.y for lamp in layout.lamps if lamp.is_right and lamp.line in lines}
    for lamp in layout.lamps:
        line = lines.get(lamp.line)
        lit = light(line.light, drawn.dark) if line else Run("·", Role.DIM)
        canvas.put(lamp.x, lamp.y, _seen(phone, Run(lit.text[:1], lit.role)))
        if line is None:
            continue
        half = (cells - 1) // 2 if lamp.y in right else cells
        start = x if not lamp.is_right else x + cells - half
        for down, runs in enumerate(_line_rows(line, half, layout.pitch)):
            canvas.put(start, lamp.y + down, clipped(_seen(phone, *runs), half))


def _line_rows(line: Line, cells: int, height: int) -> list[Row]:
    """`1 ● Lobby 5002  G722  00:01:43`, or its registration and what its lamp says; in two rows where there are two."""
    number = Run(f"{line.index} ", Role.LABEL)
    calls = [call for call in line.calls if call.phase.is_live]
    waiting = Run(" msg", Role.ACCENT) if line.message_waiting else Run("")
    if not calls:
        known = line.registration or DASH
        role = Role.FAILED if line.is_registered is False else Role.PLAIN
        lit = light(line.light)
        return [row(number, Run(known, role), Run(f"  {lit.text}", lit.role), f"  {activity(line)}", waiting)]
    call = calls[0]
    glyph, role = PHASES[call.phase]
    who = " ".join(filter(None, (call.remote_name, call.remote_number))) or words(call.state)
    end = _call_end(call, len(calls) - 1)
    if height > 1:
        below = row("    ", Run(words(call.state), role), Run(f"  {end}", Role.LABEL), waiting)
        return [row(number, Run(f"{glyph} ", role), Run(who, Role.TITLE)), below]
    room = cells - cell_width((number,)) - 3 - len(end)
    if room < _NAME:
        end, room = "", cells - cell_width((number,)) - 2
    after = Run(f" {end}" if end else "", Role.LABEL)
    return [row(number, Run(f"{glyph} ", role), Run(pad(who, room), Role.TITLE), after)]


_NAME = 8
"""Cells of a name below which codec and time give way to it."""


def _call_end(call: Call, others: int) -> str:
    parts = (f"+{others}" if others else "", clip(call.decoder or call.encoder or "", 8), duration(call.duration_s))
    return "  ".join(part for part in parts if part and part != DASH)


def _cap_row(cap: KeyCap, drawn: KeypadView) -> Row:
    """`[t Transfer]✓`, `▸h Hold`, `e Headset ● green`; the key pressed last inverted."""
    is_chosen, is_last = cap.key == drawn.chosen, cap.key == drawn.last
    lead = Run("▸", Role.ACCENT) if is_chosen else Run("[" if cap.brackets else " ", Role.DIM)
    role = _role(cap, drawn)
    label = _label(cap, drawn.phone)
    words = f"{' ' if cap.keyboard and label else ''}{label}"
    inside = (Run(cap.keyboard, role if is_last else Role.KEY), Run(words, role))
    mark, closing = drawn.mark if is_last else Run(" "), Run("]" if cap.brackets else "", Role.DIM)
    tail = (mark if is_last else closing,) if cap.brackets and cap.cells == _BARE_CELLS else (closing, mark)
    if not cap.has_lamp or drawn.phone is None:
        return row(lead, *inside, *tail)
    lamp = light(_own_lamp(cap.key, drawn.phone), drawn.dark)
    room = cap.cells - cell_width((lead, *inside, *tail))
    return row(lead, *inside, *tail, *_seen(drawn.phone, Run(clip(lamp.text, room), lamp.role)))


def _label(cap: KeyCap, phone: Phone | None) -> str:
    """A softkey's is what phones call it by default in this state of its calls: what it shows is not published."""
    if cap.key not in SOFTKEYS:
        return cap.label
    labels = softkey_labels(phone.calls, is_known_idle=is_known_idle(phone)) if phone is not None else ()
    found = labels[SOFTKEYS.index(cap.key)] if labels else None
    if found is None or phone is None or not phone.is_current:
        return cap.label
    room = cap.cells - cell_len(cap.keyboard) - (4 if cap.brackets else 3)
    return found.label if cell_len(found.label) <= room else found.short


_BARE_CELLS = 3
"""Of a key in brackets on which nothing but a digit or an arrow stands."""


def _role(cap: KeyCap, drawn: KeypadView) -> Role:
    if cap.key == drawn.last:
        return Role.BADGE
    return Role.ACCENT if cap.key == drawn.chosen else Role.PLAIN


def _draw_line_key(canvas: _Canvas, cap: KeyCap, lamp_x: int, drawn: KeypadView, *, has_room: bool) -> None:
    """What presses it outside of the body; its marks beside the lamp, where there is room for any."""
    is_chosen, is_last = cap.key == drawn.chosen, cap.key == drawn.last
    outside = 1 if cap.indent else -1
    if has_room and is_chosen:
        canvas.put(lamp_x + outside, cap.y, (Run("▸", Role.ACCENT),))
    if has_room and is_last:
        canvas.put(lamp_x - outside, cap.y, (drawn.mark,))
    words = f"▸{cap.keyboard[1:]}" if is_chosen and not has_room else cap.keyboard
    role = _role(cap, drawn)
    canvas.put(cap.x + cap.indent, cap.y, (Run(words, Role.KEY if role is Role.PLAIN else role),))


def _own_lamp(key: str, phone: Phone) -> Light | None:
    return {"Mute": phone.lights.mute, "Headset": phone.lights.headset, "Speaker": phone.lights.speaker}[key]


def _seen(phone: Phone, *runs: Run) -> Row:
    return runs if phone.is_current else tuple(map(aged, runs))
