"""The screen of alerts: what holds, worst first, and below it what was cleared lately."""

from collections.abc import Hashable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import ALERTS_ACTIONS
from phonetui.phone.alerts.alert import Alert
from phonetui.ui.alerts import rows as pane
from phonetui.ui.keyboard import bindings, shown
from phonetui.ui.screens.list_screen import ListScreen
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Row, cell_width, spread
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.header import Header, key_hints
from phonetui.ui.widgets.row_list import RowsView


class AlertsScreen(ListScreen[Alert]):
    """Shows the moment that the main screen shows: a frozen display stays frozen."""

    CSS_PATH = "../styles/alerts.tcss"
    AUTO_FOCUS = "#list"
    listing = "list"
    noun = "alert"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ALERTS_ACTIONS),
        Binding("enter", "visit", "Go to the phone", show=False),
        Binding("q,a", "leave", "Back to the main screen", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._alerts: tuple[Alert, ...] = ()

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="hints")
        yield RowsView(id="list")
        yield RowsView(id="detail")
        yield RowsView(id="key-hints")

    def on_mount(self) -> None:
        for name in ("hints", "detail", "key-hints"):
            self._view(name).can_focus = False
        self._view("list").set_title("Alerts")

    def key_of_item(self, item: Alert) -> Hashable:
        return item.key

    def refresh_view(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._view_state.stamp
        snapshot = self._view_state.snapshot()
        self._alerts = tuple(snapshot.alerts)
        self.query_one(Header).refresh_from(snapshot)
        self._hint(snapshot)
        self._draw(snapshot)
        below = self._view("key-hints")
        hints, counts, width = self._key_hints(), pane.counts(self._alerts), below.size.width
        below.show([spread(hints, counts if cell_width(hints) + cell_width(counts) < width else (), width)])

    def _hint(self, snapshot: Snapshot) -> None:
        view = self._view("hints")
        rows = pane.hints(snapshot.hints, self.size.width - 2)
        view.set_class(bool(rows), "-some")
        if view.styles.height is None or view.styles.height.value != len(rows):
            view.styles.height = len(rows)
        view.show(rows)

    def _draw(self, snapshot: Snapshot) -> None:
        view = self._view("list")
        rows = pane.rows(self._alerts, snapshot.moment, view.size.width - 1)
        self.show_list(self._alerts, rows or pane.why_empty(snapshot, self._view_state.session.config.muted_alerts))
        self.cursor_moved()

    def cursor_moved(self) -> None:
        below = self._view("detail")
        below.show(pane.detail(self.item, self._view_state.session.zone, below.size.width))

    def action_visit(self) -> None:
        alert = self.require_target()
        if alert is None:
            return
        if alert.phone is None:
            self.notify("This alert is of no phone in particular.", markup=False)
        else:
            self._view_state.selected = alert.phone
            self.dismiss(None)

    def action_alerts_mute(self) -> None:
        alert = self.require_target()
        if alert is None:
            return
        self._view_state.session.fleet.mute(alert.key, muted=not alert.is_muted)
        if self._view_state.is_frozen:
            what = "Unmuted" if alert.is_muted else "Muted"
            self.notify(f"{what} for this run; the frozen display does not show it.", markup=False)
        self.refresh_view()

    def _key_hints(self) -> Row:
        mute = shown(self._view_state.session.keys["alerts.mute"].partition(",")[0])
        chosen = self.item
        acts = (("enter", "go to the phone"), (mute, "unmute" if chosen.is_muted else "mute")) if chosen else ()
        told = (*acts, ("esc", "back"))
        return key_hints(told, self.size.width)
