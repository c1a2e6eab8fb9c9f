"""One remembered call, whole."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import CARD_ACTIONS
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.ui.bindings import bindings
from phonetui.ui.keyboard import shown
from phonetui.ui.panes.autopsy import card
from phonetui.ui.panes.footer import ways
from phonetui.ui.panes.header import Header
from phonetui.ui.row import Row
from phonetui.ui.screens.exporting import copy, export
from phonetui.ui.screens.looking import Looking
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView


class Autopsy(Looking):
    """Follows the call while it is up."""

    CSS_PATH = "records.tcss"
    AUTO_FOCUS = "#card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(CARD_ACTIONS),
        Binding("escape,q,enter", "leave", "Back", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint, record: str) -> None:
        """`record` is a record's id."""
        super().__init__(viewpoint)
        self._id = record
        self._record: CallRecord | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="card")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        self.query_one("#ways", RowsView).can_focus = False

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        scene = self._viewpoint.scene()
        self.query_one(Header).look(scene)
        records = self._viewpoint.records
        self._record = next((record for record in records if record.id == self._id), self._record)
        view = self.query_one("#card", RowsView)
        view.entitle("Call")
        if self._record is not None:
            phone, across = scene.phones.get(self._record.phone), view.size.width - 1
            is_silent = phone is not None and not phone.is_current
            other = other_end(self._record, records)
            view.show(card(self._record, other, scene.zone, across, is_silent=is_silent))
        self.query_one("#ways", RowsView).show([self._ways()])

    def action_calls_export(self) -> None:
        export(self, self._viewpoint, self._record)

    def action_calls_copy(self) -> None:
        copy(self, self._viewpoint, self._record)

    def _ways(self) -> Row:
        keys = self._viewpoint.session.keys
        named = ((shown(keys[f"calls.{name}"].partition(",")[0]), name) for name in ("export", "copy"))
        told = (("↑ ↓", "scroll"), *named, ("esc", "back"))
        return ways(told, self.size.width)
