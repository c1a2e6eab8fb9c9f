"""What the screens over the fleet share: each looks again whenever there may be something else to see."""

from textual.screen import Screen

from phonetui.ui.keyboard import shown
from phonetui.ui.screens.sight import in_sight
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView

LOOK_S = 0.25


class Looking(Screen[None]):
    """Draws what the viewpoint shows, while it can be seen."""

    def __init__(self, viewpoint: Viewpoint, *, look_s: float = LOOK_S) -> None:
        """`look_s` is the time between two looks at whether anything moved."""
        super().__init__()
        self._viewpoint = viewpoint
        self._seen: object = None
        """The stamp of what is drawn."""
        self._look_s = look_s

    def on_mount(self) -> None:
        """Comes after a screen's own, as the toolkit calls both."""
        self.call_after_refresh(self.look)
        self.set_interval(self._look_s, self._look_if_moved)

    def on_resize(self) -> None:
        self.call_after_refresh(self.look)

    def look(self) -> None:
        raise NotImplementedError

    def action_leave(self) -> None:
        self.dismiss(None)

    def _look_if_moved(self) -> None:
        if self._viewpoint.stamp != self._seen and in_sight(self):
            self.look()

    def key_of(self, action: str) -> str:
        """The first key of an action, as it is shown."""
        return shown(self._viewpoint.session.keys[action].partition(",")[0])

    def _view(self, name: str) -> RowsView:
        return self.query_one(f"#{name}", RowsView)
