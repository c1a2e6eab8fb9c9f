"""A grid of cells with two halves each: half blocks, with one colour for each half.

         1  2  3
    1 a  ·· ▀▀ ▀▀      upper half: row → column
    2 b  ▀▀ ·· ▀▀      lower half: column → row

Where colours say nothing (one colour, ASCII) each half is a letter. Only cells that differ are painted again.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region
from textual.strip import Strip

from phonetui.ui.text.rows import Role, Row, clipped, pad, right
from phonetui.ui.theme import role_style
from phonetui.ui.widgets.focus import RegainsFocus

PITCH = 3
"""Cells from one column to the next."""


class GridHalf(NamedTuple):
    role: Role
    letter: str
    """Where colours say nothing."""


class GridCell(NamedTuple):
    upper: GridHalf
    lower: GridHalf
    sign: str = ""
    """Two characters in place of the halves, in the upper one's colour: of what has no colour of its own."""


class GridContent(NamedTuple):
    names: tuple[Row, ...]
    """Of the rows; columns have their numbers."""
    name_width: int
    cells: tuple[tuple[GridCell | None, ...], ...]
    """Row by row; None where there is nothing."""


EMPTY_GRID = GridContent((), 0, ())


class SplitGrid(RegainsFocus, can_focus=True):
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("home", "move(-1000, -1000)", "First", show=False),
        Binding("end", "move(1000, 1000)", "Last", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self.moved: Callable[[], object] = lambda: None
        """Told at once that the operator moved the cursor."""
        self.cursor = (0, 0)
        """Row and column."""
        self._content = EMPTY_GRID
        self._has_letters = False
        self._top = self._left = 0
        self._is_owed_focus = True  # its screen may hide it before it gives it the focus

    def show(self, content: GridContent, *, has_letters: bool) -> None:
        if (content, has_letters) == (self._content, self._has_letters):
            return
        before, self._content = self._content, content
        is_alike = len(before.cells) == len(content.cells) and before.names == content.names
        if not is_alike or has_letters is not self._has_letters:
            self._has_letters = has_letters
            self._settle()
            self.refresh()
            return
        for place, (old, new) in enumerate(zip(before.cells, content.cells, strict=True)):
            if old != new:
                self.refresh(Region(0, 1 + place - self._top, self.size.width, 1))

    def action_move(self, down: int, on: int) -> None:
        count = len(self._content.cells)
        if not count:
            return
        row, column = self.cursor
        self.cursor = (min(max(row + down, 0), count - 1), min(max(column + on, 0), count - 1))
        self._settle()
        self.refresh()
        self.moved()

    def on_click(self, event: Click) -> None:
        column = (event.x - self._content.name_width - 1) // PITCH + self._left
        row = event.y - 1 + self._top
        count = len(self._content.cells)
        if event.y >= 1 and 0 <= row < count and 0 <= column < count:
            self.cursor = (row, column)
            self.refresh()
            self.moved()

    def on_resize(self) -> None:
        self._settle()

    def _settle(self) -> None:
        """The cursor on a cell, and that in sight."""
        count = len(self._content.cells)
        row, column = (min(place, max(count - 1, 0)) for place in self.cursor)
        self.cursor = (row, column)
        tall, wide = max(self.size.height - 1, 1), max((self.size.width - self._content.name_width - 2) // PITCH, 1)
        self._top = min(max(self._top, row - tall + 1), row, max(count - tall, 0)) if count > tall else 0
        self._top = max(self._top, row - tall + 1)
        self._left = min(max(self._left, column - wide + 1), column) if count > wide else 0

    def render_line(self, y: int) -> Strip:
        if not self._content.cells:
            return Strip.blank(self.size.width, self.rich_style)
        line = self._heading() if y == 0 else self._row(y - 1 + self._top)
        return Strip(line).adjust_cell_length(self.size.width, self.rich_style).apply_style(Style())

    def _style(self, role: Role) -> Style:
        return self.rich_style + role_style(self.app.current_theme, role)

    def _heading(self) -> list[Segment]:
        dim, here = self._style(Role.LABEL), self._style(Role.TITLE)
        first = Segment(" " * self._content.name_width, dim)
        numbers = range(self._left, len(self._content.cells))
        return [first, *(Segment(right(str(at + 1), PITCH), here if at == self.cursor[1] else dim) for at in numbers)]

    def _row(self, place: int) -> list[Segment]:
        content = self._content
        if place >= len(content.cells):
            return [Segment(" ", self.rich_style)]
        number = right(str(place + 1), 3) + " "
        is_here = place == self.cursor[0]
        name = clipped(content.names[place], content.name_width - 5)
        segments = [Segment(run.text, self._style(Role.TITLE if is_here else run.role)) for run in name]
        width = sum(segment.cell_length for segment in segments)
        segments += [
            Segment(pad("", content.name_width - 4 - width), self.rich_style),
            Segment(number, self._style(Role.LABEL)),
        ]
        for at in range(self._left, len(content.cells)):
            segments += self._cell(content.cells[place][at], (place, at))
        if self.cursor == (place, len(content.cells) - 1):
            segments.append(Segment("]", self._style(Role.KEY)))
        return segments

    def _cell(self, cell: GridCell | None, at: tuple[int, int]) -> list[Segment]:
        row, column = self.cursor
        edge = "[" if at == (row, column) else "]" if at == (row, column + 1) else " "
        gap = Segment(edge, self._style(Role.KEY))
        if cell is None:
            return [gap, Segment("··" if at[0] == at[1] else "  ", self._style(Role.DIM))]
        upper, lower = self._style(cell.upper.role), self._style(cell.lower.role)
        if cell.sign and not self._has_letters:
            return [gap, Segment(cell.sign, upper)]
        if self._has_letters or upper.color is None or lower.color is None:
            return [gap, Segment(cell.upper.letter, upper), Segment(cell.lower.letter, lower)]
        return [gap, Segment("▀▀", Style(color=upper.color, bgcolor=lower.color))]
