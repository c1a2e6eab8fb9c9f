"""Whether a screen can be seen: the toolkit repaints the whole terminal for changes on one that is covered.

What the screens over the fleet share: each looks again whenever there may be something else to see.
"""

from collections.abc import Callable
from functools import wraps
from itertools import takewhile
from typing import Any

from textual.screen import ModalScreen, Screen

from phonetui.ui.keyboard import shown
from phonetui.ui.text.rows import sentence
from phonetui.ui.view_state import ViewState
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

    def __init_subclass__(cls, **named: Any) -> None:
        """A fault in a screen's `refresh_view` shows a sentence in the screen's list and ends nothing."""
        super().__init_subclass__(**named)
        if "refresh_view" in vars(cls):
            cls.refresh_view = _guarded(cls.refresh_view)  # type: ignore[method-assign, assignment]  # the same call

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

    def refresh_view(self) -> None:
        raise NotImplementedError

    def show_fault(self, error: Exception) -> None:
        """In the first list that can have the cursor."""
        listed = next((view for view in self.query(RowsView) if view.can_focus), None)
        if listed is not None:
            listed.show([sentence(self, error)])

    def action_leave(self) -> None:
        self.dismiss(None)

    def _refresh_if_changed(self) -> None:
        if self._view_state.stamp != self._seen and in_sight(self):
            self.refresh_view()

    def key_of(self, action: str) -> str:
        """The first key of an action, as it is shown."""
        return shown(self._view_state.session.keys[action].partition(",")[0])

    def _view(self, name: str) -> RowsView:
        return self.query_one(f"#{name}", RowsView)
