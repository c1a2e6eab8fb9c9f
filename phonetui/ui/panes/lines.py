"""The pane of lines and lights: each line key, and the phone's own lights."""

from collections.abc import Set

from phonetui.phone.lights import Cadence, Light
from phonetui.phone.state import Line, Phone
from phonetui.ui.snapshot import Snapshot, no_phone_row, nothing_read_row, seen, title_with_state
from phonetui.ui.text.format import DASH, light, meaning, words
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clipped, pad, row
from phonetui.ui.widgets.pane import Pane


class LinesPane(Pane):
    number = "3"
    name_ = "Lines and lights"

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...]:
        return (snapshot.phone, snapshot.dark, snapshot.device is None)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:
        return (
            rows(snapshot.phone, width, height, snapshot.dark)
            if snapshot.phone is not None
            else [no_phone_row(snapshot)]
        )

    def title_of(self, snapshot: Snapshot) -> str:
        return title_with_state(self.name_, snapshot.phone)


_ROOMY_FROM = 44
"""Cells of a row from which on what stands beside a line's light lies apart from it."""


def rows(phone: Phone, width: int, height: int, dark: Set[Cadence] = frozenset()) -> list[Row]:
    """A row a line and one or two of lights; everything in one row where that is all the room."""
    if not phone.lines and phone.lights == type(phone.lights)():
        return [nothing_read_row(phone) or row(Run("No line data from this phone.", Role.DIM))]
    dark = dark if phone.is_current else frozenset()  # what is not known to be so any more stands still
    if height <= 1:
        return [clipped(seen(phone, _in_one(phone, dark)), width)]
    shown = [seen(phone, _line(line, width, dark)) for line in phone.lines]
    return [*shown, *(seen(phone, lights) for lights in _lights(phone, width, dark))]


def _line(line: Line, width: int, dark: Set[Cadence]) -> Row:
    waiting = Run(" msg" if line.message_waiting else "", Role.ACCENT)
    lit = light(line.light, dark)
    cells = min(max(cell_width((lit,)) + 1, 14 if width >= _ROOMY_FROM else 9), 16)
    parts = row(Run(f"{line.index:>2} ", Role.LABEL), _registration(line, 13), pad_run(lit, cells))
    room = max(width - cell_width(parts) - cell_width((waiting,)), 0)
    return clipped(row(*parts, Run(pad(activity(line), min(room, 24))), waiting), width)


def pad_run(run: Run, cells: int) -> Run:
    return Run(pad(run.text, cells - 1) + " ", run.role)


def _registration(line: Line, cells: int) -> Run:
    if line.registration is None:
        return pad_run(Run(f"? {DASH}", Role.DIM), cells)
    if line.is_registered is None:
        return pad_run(Run(f"? {line.registration}", Role.UNKNOWN), cells)
    glyph, role = ("✓", Role.GOOD) if line.is_registered else ("✗", Role.FAILED)
    return pad_run(Run(f"{glyph} {line.registration}", role), cells)


def activity(line: Line) -> str:
    """The state of its calls in the phone's words; without one, what its light usually means."""
    states = [words(call.state) for call in line.calls if call.phase.is_live]
    if states:
        return ", ".join(states)
    return "idle" if line.calls else meaning(line.light)


def _lights(phone: Phone, width: int, dark: Set[Cadence]) -> list[Row]:
    lit = phone.lights
    named: tuple[tuple[str, Light | None], ...] = (
        ("MWI", lit.message), ("mute", lit.mute), ("speaker", lit.speaker), ("headset", lit.headset),
    )  # fmt: skip
    cells = [row(Run(f"{name} ", Role.LABEL), light(value, dark)) for name, value in named]
    in_one = row(*(run for cell in cells for run in (*cell, Run("   "))))
    if cell_width(in_one) - 3 <= width:
        return [in_one]
    left = max(14, *(cell_width((light(value),)) + 1 for value in (lit.message, lit.speaker)))
    return [
        row(
            *(Run(f"{first:<8}", Role.LABEL), pad_run(light(a, dark), left)),
            *(Run(f"{second:<8}", Role.LABEL), light(b, dark)),
        )
        for (first, a), (second, b) in (named[:2], named[2:])
    ]


def _in_one(phone: Phone, dark: Set[Cadence]) -> Row:
    shown: list[Run] = []
    for line in phone.lines:
        if line.is_registered is False:
            shown += (Run(f"{line.index} ", Role.LABEL), Run(f"✗ {line.registration}  ", Role.FAILED))
        elif line.is_registered is None and line.registration:
            shown += (Run(f"{line.index} ", Role.LABEL), Run(f"? {line.registration}  ", Role.UNKNOWN))
        elif line.calls or line.light:
            shown += (
                Run(f"{line.index} ", Role.LABEL),
                Run(f"{light(line.light, dark).text[:1]} ", light(line.light).role),
                Run(f"{activity(line)}  "),
            )
    for name, value in (("MWI", phone.lights.message), ("mute", phone.lights.mute)):
        if value is not None and value.is_lit:
            shown += (Run(f"{name} ", Role.LABEL), Run(f"{light(value, dark).text}  ", light(value).role))
    return row(*shown) or row(Run("all lines idle, all lights off", Role.DIM))
