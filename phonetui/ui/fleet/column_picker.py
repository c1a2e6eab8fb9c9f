"""The dialog that chooses the fleet's columns and their order."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from phonetui.ui.fleet.columns import COLUMNS, DEFAULT_COLUMNS
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.text.rows import Role, Row, Run, pad, row
from phonetui.ui.widgets.row_list import RowsView


class ColumnPicker(Dialog[tuple[str, ...] | None]):
    """A dialog that chooses the table's columns. Ends with them in their order, or None."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "show_or_hide", "Show or hide"),
        Binding("J,plus,right", "shift(1)", "Later"),
        Binding("K,minus,left", "shift(-1)", "Earlier"),
        Binding("0", "restore", "As it was"),
        Binding("enter", "take", "Take"),
        Binding("escape,q", "leave", "Back"),
    ]

    def __init__(self, chosen: Sequence[str]) -> None:
        super().__init__()
        self._order = [*chosen, *(name for name in COLUMNS if name not in chosen)]
        self._shown = set(chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content("Columns, first to last"), classes="question")
            yield RowsView(id="columns")
            yield Static(
                Content("space shows or hides   + - moves   0 restores   enter takes them   esc back"), classes="more"
            )

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)

    def action_show_or_hide(self) -> None:
        name = self._target
        if name is not None:
            self._shown ^= {name}
            self._draw()

    def action_shift(self, by: int) -> None:
        name = self._target
        if name is not None:
            at = self._order.index(name)
            self._order.insert(min(max(at + by, 0), len(self._order) - 1), self._order.pop(at))
            self._draw()

    def action_restore(self) -> None:
        self._order = [*DEFAULT_COLUMNS, *(name for name in COLUMNS if name not in DEFAULT_COLUMNS)]
        self._shown = set(DEFAULT_COLUMNS)
        self._draw()

    def action_take(self) -> None:
        chosen = tuple(name for name in self._order if name in self._shown)
        if chosen:
            self.dismiss(chosen)
        else:
            self.notify("A table needs a column.", markup=False)

    @property
    def _target(self) -> str | None:
        """The column under the cursor."""
        found: str | None = self.query_one(RowsView).target
        return found

    def _draw(self) -> None:
        self.query_one(RowsView).show([self._row(name) for name in self._order], tuple(self._order), asked=True)

    def _row(self, name: str) -> Row:
        shown = name in self._shown
        box = Run("[x] " if shown else "[ ] ", Role.KEY if shown else Role.DIM)
        return row(box, Run(pad(COLUMNS[name].heading, 14), Role.VALUE if shown else Role.DIM))
