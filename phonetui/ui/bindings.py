"""Keys of the screens, built from the table of actions, so that help, footer, palette and keyboard cannot disagree."""

from collections.abc import Collection

from textual.binding import Binding, BindingType

from phonetui.actions import ACTIONS

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
