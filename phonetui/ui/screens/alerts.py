"""The screen of alerts: what holds, worst first, and below it what was cleared lately."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import ALERTS_ACTIONS
from phonetui.phone.alert import Alert, AlertKey
from phonetui.ui.bindings import bindings
from phonetui.ui.keyboard import shown
from phonetui.ui.panes import alerts as pane
from phonetui.ui.panes.footer import ways
from phonetui.ui.panes.header import Header
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Row, spread, width
from phonetui.ui.screens.looking import Looking
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView


class Alerts(Looking):
    """Shows the moment that the main screen shows: a frozen display stays frozen."""

    CSS_PATH = "alerts.tcss"
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ALERTS_ACTIONS),
        Binding("enter", "visit", "Go to the phone", show=False),
        Binding("escape,q,a", "leave", "Back to the main screen", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint) -> None:
        super().__init__(viewpoint)
        self._alerts: tuple[Alert, ...] = ()
        self._on: AlertKey | None = None
        """The alert under the cursor."""

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="hints")
        yield RowsView(id="list")
        yield RowsView(id="detail")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        for name in ("hints", "detail", "ways"):
            self._view(name).can_focus = False
        self._view("list").entitle("Alerts")
        self._view("list").moved = self._moved

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        scene = self._viewpoint.scene()
        self._alerts = tuple(scene.alerts)
        self.query_one(Header).look(scene)
        self._hint(scene)
        self._draw(scene)
        below = self._view("ways")
        ways, counts, across = self._ways(), pane.counts(self._alerts), below.size.width
        below.show([spread(ways, counts if width(ways) + width(counts) < across else (), across)])

    def _hint(self, scene: Scene) -> None:
        view = self._view("hints")
        rows = pane.hints(scene.hints, self.size.width - 2)
        view.set_class(bool(rows), "-some")
        if view.styles.height is None or view.styles.height.value != len(rows):
            view.styles.height = len(rows)
        view.show(rows)

    def _draw(self, scene: Scene) -> None:
        view = self._view("list")
        if self._alerts:
            rows = pane.rows(self._alerts, scene.moment, view.size.width - 1)
            view.show(rows, self._place(view.cursor))
        else:
            view.show(pane.why_empty(scene, self._viewpoint.session.config.muted_alerts))
        self._tell()

    def _place(self, before: int | None) -> int:
        """The cursor stays on its alert, wherever that went; without it, where it was."""
        place = next((at for at, alert in enumerate(self._alerts) if alert.key == self._on), None)
        return place if place is not None else before or 0

    @property
    def _chosen(self) -> Alert | None:
        cursor = self._view("list").cursor
        return self._alerts[cursor] if cursor is not None and cursor < len(self._alerts) else None

    def _tell(self) -> None:
        below = self._view("detail")
        below.show(pane.detail(self._chosen, self._viewpoint.session.zone, below.size.width))

    def _moved(self) -> None:
        self._on = self._chosen.key if self._chosen else None
        self._tell()

    def action_visit(self) -> None:
        alert = self._chosen
        if alert is None:
            self.notify("There is no alert under the cursor.", markup=False)
        elif alert.phone is None:
            self.notify("This alert is of no phone in particular.", markup=False)
        else:
            self._viewpoint.selected = alert.phone
            self.dismiss(None)

    def action_alerts_mute(self) -> None:
        alert = self._chosen
        if alert is None:
            self.notify("There is no alert under the cursor.", markup=False)
            return
        self._on = alert.key
        self._viewpoint.session.fleet.mute(alert.key, muted=not alert.is_muted)
        if self._viewpoint.is_frozen:
            what = "Unmuted" if alert.is_muted else "Muted"
            self.notify(f"{what} for this run; the frozen display does not show it.", markup=False)
        self.look()

    def _ways(self) -> Row:
        mute = shown(self._viewpoint.session.keys["alerts.mute"].partition(",")[0])
        chosen = self._chosen
        acts = (("enter", "go to the phone"), (mute, "unmute" if chosen.is_muted else "mute")) if chosen else ()
        told = (*acts, ("esc", "back"))
        return ways(told, self.size.width)
