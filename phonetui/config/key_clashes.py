"""Keys that `[keys]` may not hand out: those of another action on the same screen, and those that a screen needs."""

from collections.abc import Iterator, Mapping

from phonetui.actions import ACTIONS, SCREENS, toolkit_keys
from phonetui.config.file import Complaint

_SAME = {"ctrl+i": "tab", "ctrl+m": "enter"}
"""Keys for which a terminal sends the same byte."""
_LOST = ("ctrl+a", "ctrl+b", "ctrl+j", "ctrl+o", "ctrl+s")
"""Terminals and multiplexers keep these for themselves."""
_TOOLKIT = ("ctrl+c", "ctrl+q")
"""The way out that always works."""


def clashes(chosen: Mapping[str, str]) -> Iterator[Complaint]:
    """What is wrong in `[keys]`: of two actions in the file, the later one is complained about."""
    in_force = {
        action.id: tuple(_SAME.get(key, key) for key in toolkit_keys(chosen.get(action.id, action.keys)))
        for action in ACTIONS
    }
    checked: set[str] = set()
    for action, keys in chosen.items():
        checked.add(action)
        others = {other: known for other, known in in_force.items() if other not in chosen or other in checked}
        for written, key in zip(keys.split(","), in_force[action], strict=True):
            if complaint := _complaint(action, key, written.strip(), others):
                yield complaint


def _complaint(action: str, key: str, written: str, others: Mapping[str, tuple[str, ...]]) -> Complaint | None:
    where = ("keys", action)
    if key in _LOST:
        return Complaint(where, f"'{written}' may never arrive", "Terminals and tmux take it. Take another key")
    if key in _TOOLKIT:
        return Complaint(where, f"'{written}' always leaves the program", "Take another key")
    for screen in SCREENS.values():
        here = screen.works
        if action not in here:
            continue
        if key in screen.needs or (key in screen.leaves and action != "app.quit"):
            return Complaint(where, f"'{written}' is a key that {screen.words} itself needs", "Take another key")
        for other in sorted(here - {action}):
            if key in others.get(other, ()):
                what = f"'{written}' is also the key of {other} on {screen.words}"
                return Complaint(where, what, "Give one of the two another key")
    return None
