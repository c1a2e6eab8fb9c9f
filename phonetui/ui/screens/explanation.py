"""What the pane with the focus shows, word by word."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.phone.quality.thresholds import Thresholds
from phonetui.ui.panes.explained import rows
from phonetui.ui.panes.pane import Pane
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.widgets.rows import RowsView


class Explanation(Dialog[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,enter", "leave", "Back")]

    def __init__(self, pane: Pane, thresholds: Thresholds) -> None:
        super().__init__()
        self._title = pane.name_
        self._rows = rows(pane.id or "", thresholds)

    def compose(self) -> ComposeResult:
        view = RowsView(id="help")
        view.border_title = f"{self._title}: what is what"
        view.border_subtitle = "esc back"
        yield view

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)

    def action_leave(self) -> None:
        self.dismiss(None)
