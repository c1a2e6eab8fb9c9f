"""Keys of the screens, built from the table of actions, so that help, footer, palette and keyboard cannot disagree."""

from collections.abc import Collection

from textual.binding import Binding, BindingType

from phonetui.actions import ACTIONS

APP_ACTIONS = frozenset(action.id for action in ACTIONS if action.id.startswith("app.")) | {"view.theme"}
"""What works on every screen."""

STATUS_ACTIONS = frozenset(action.id for action in ACTIONS if action.id.startswith("status."))
"""What belongs to the status screen."""

CALLS_ACTIONS = frozenset(action.id for action in ACTIONS if action.id.startswith("calls."))
"""What belongs to the screen of remembered calls."""

ALERTS_ACTIONS = frozenset(action.id for action in ACTIONS if action.id.startswith("alerts."))
"""What belongs to the screen of alerts."""

FLEET_ACTIONS = frozenset(action.id for action in ACTIONS if action.id.startswith("fleet."))
"""What belongs to the fleet's table."""

_ELSEWHERE = APP_ACTIONS | STATUS_ACTIONS | CALLS_ACTIONS | ALERTS_ACTIONS | FLEET_ACTIONS
MAIN_ACTIONS = frozenset(action.id for action in ACTIONS) - _ELSEWHERE
"""The rest is the main screen's."""

_TOOLKIT = {"app.palette": "command_palette", "app.suspend": "suspend_process"}
"""Where the toolkit has the method already."""


def method(action: str) -> str:
    """The method behind an action's id, without the toolkit's `action_`."""
    return _TOOLKIT.get(action) or action.replace(".", "_")


def bindings(ids: Collection[str]) -> list[BindingType]:
    return [
        Binding(action.keys, method(action.id), action.words, id=action.id, show=False)
        for action in ACTIONS
        if action.id in ids
    ]
