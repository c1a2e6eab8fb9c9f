"""Whether a screen can be seen: the toolkit repaints the whole terminal for changes on one that is covered.

What the screens over the fleet share: each looks again whenever there may be something else to see.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import takewhile
from typing import Any, ClassVar

from textual.screen import ModalScreen, Screen

from phonetui.ui.keyboard import shown
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Row, sentence
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.header import Header, key_hints
from phonetui.ui.widgets.row_list import RowsView


def in_sight(screen: Screen[None]) -> bool:
    """Whether nothing but dialogs, which leave the rest in sight, lies above it."""
    stack = screen.app.screen_stack
    dialogs = sum(1 for _ in takewhile(lambda other: isinstance(other, ModalScreen), reversed(stack)))
    return screen in stack[len(stack) - dialogs - 1 :]


REFRESH_S = 0.25


def _guarded(refresh_view: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(refresh_view)
    def guarded(screen: "LiveScreen") -> None:
        try:
            refresh_view(screen)
        except Exception as error:  # noqa: BLE001 - what it can be is not known: phones are watched all the same
            screen.show_fault(error)

    return guarded


class LiveScreen(Screen[None]):
    """Draws the newest snapshot, while it can be seen."""

    is_always_live: ClassVar[bool] = False
    """Whether it shows the phones as they are now, whatever the main screen has frozen."""

    def __init_subclass__(cls, **named: Any) -> None:
        """A fault in a screen's `refresh_view` shows a sentence in the screen's list and ends nothing."""
        super().__init_subclass__(**named)
        if "refresh_view" in vars(cls):
            cls.refresh_view = _guarded(cls.refresh_view)  # type: ignore[method-assign]  # the same call

    def __init__(self, view_state: ViewState, *, refresh_s: float = REFRESH_S) -> None:
        """`refresh_s` is the time between two looks at whether anything moved."""
        super().__init__()
        self._view_state = view_state
        self._seen: object = None
        """The stamp of what is drawn."""
        self._refresh_s = refresh_s

    def on_mount(self) -> None:
        """Comes after a screen's own, as the toolkit calls both."""
        self.call_after_refresh(self.refresh_view)
        self.set_interval(self._refresh_s, self._refresh_if_changed)

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_view)

    @_guarded
    def refresh_view(self) -> None:
        """Draws the header and what is below it, once there is a size to draw for."""
        if not self.is_mounted or not self.size:
            return
        self._seen = self.stamp
        snapshot = self._view_state.snapshot(live=self.is_always_live)
        self.query_one(Header).refresh_from(snapshot)
        self.draw(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Draws what is below the header."""
        raise NotImplementedError

    def show_key_hints(self, hints: Iterable[tuple[str, str]], counts: str | Row = "") -> None:
        """Keys and what they do; the way back follows them, and `counts` stands at the end where there is room."""
        view = self._view("key-hints")
        view.show([key_hints((*hints, ("esc", "back")), view.size.width, counts)])

    @property
    def stamp(self) -> object:
        """Differs whenever there may be something else to draw."""
        return self._view_state.stamp

    def show_fault(self, error: Exception) -> None:
        """In the first list that can have the cursor, else in the largest."""
        views = sorted(self.query(RowsView), key=lambda view: (view.can_focus, view.size.height))
        if views:
            next((view for view in self.query(RowsView) if view.can_focus), views[-1]).show([sentence(self, error)])

    def action_leave(self) -> None:
        self.dismiss(None)

    def _refresh_if_changed(self) -> None:
        if self.stamp != self._seen and in_sight(self):
            self.refresh_view()

    def key_of(self, action: str) -> str:
        """The first key of an action, as it is shown."""
        return shown(self._view_state.session.keys[action].partition(",")[0])

    def _view(self, name: str) -> RowsView:
        return self.query_one(f"#{name}", RowsView)
