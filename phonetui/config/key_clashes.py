"""Keys that `[keys]` may not hand out: those of another action on the same screen, and those that a screen needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phonetui.actions import (
    ACTIONS,
    ALERTS_ACTIONS,
    APP_ACTIONS,
    CALLS_ACTIONS,
    CARD_ACTIONS,
    CHART_ACTIONS,
    CONFIGURATION_ACTIONS,
    EVENTS_ACTIONS,
    FLEET_ACTIONS,
    JOBS_ACTIONS,
    LEVELS_ACTIONS,
    LINEKEYS_ACTIONS,
    MAIN_ACTIONS,
    MEMBERS_ACTIONS,
    PICTURE_ACTIONS,
    STATUS_ACTIONS,
    WEBEX_ACTIONS,
    toolkit_keys,
)
from phonetui.config.file import Complaint

_SAME = {"ctrl+i": "tab", "ctrl+m": "enter"}
"""Keys for which a terminal sends the same byte."""
_LOST = ("ctrl+a", "ctrl+b", "ctrl+j", "ctrl+o", "ctrl+s")
"""Terminals and multiplexers keep these for themselves."""
_TOOLKIT = ("ctrl+c", "ctrl+q")
"""The way out that always works."""
_LIST = ("up", "down", "j", "k", "pageup", "pagedown", "home", "end", "G", "shift+g")
_WALK = ("tab", "shift+tab")


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What a screen does with keys."""

    words: str
    actions: frozenset[str]
    needs: tuple[str, ...]
    """Keys that no action may have here."""
    leaves: tuple[str, ...] = ()
    """Keys that lead back from here, whatever quits elsewhere."""
    hides: frozenset[str] = frozenset()
    """Actions of every screen that give way here to one of the screen's own with the same key."""
    is_dialog: bool = False
    """Whether the actions of every screen don't work here."""

    @property
    def works(self) -> frozenset[str]:
        """The actions that a key can reach here."""
        return self.actions | (frozenset() if self.is_dialog else APP_ACTIONS - self.hides)


KEYBOARDS = (
    Keyboard("the main screen", MAIN_ACTIONS, ("escape", "enter", "space", "left", "right", *_LIST, *_WALK)),
    Keyboard("the fleet", FLEET_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q", "f")),
    Keyboard(
        "the chart",
        CHART_ACTIONS,
        ("escape", "up", "down", "left", "right", "pageup", "pagedown", "home", "end", *_WALK),
        ("q", "g"),
    ),
    Keyboard("the calls", CALLS_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q", "c")),
    Keyboard("a call's card", CARD_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q",)),
    Keyboard("the status screen", STATUS_ACTIONS, ("escape", *_LIST, *_WALK), ("q", "x")),
    Keyboard("the alerts", ALERTS_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q", "a")),
    Keyboard("the events", EVENTS_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q", "e")),
    Keyboard("the picture", PICTURE_ACTIONS, ("escape", *_WALK), ("q", "s")),
    Keyboard(
        "the configuration",
        CONFIGURATION_ACTIONS,
        ("escape", "enter", "left", "right", "h", "l", *_LIST, *_WALK),
        ("q",),
    ),
    Keyboard("the settings' levels", LEVELS_ACTIONS, ("escape", *_LIST, *_WALK), ("q",)),
    Keyboard("the line keys", LINEKEYS_ACTIONS, ("escape", "left", "right", "h", "l", *_LIST, *_WALK), ("q",)),
    Keyboard("the members", MEMBERS_ACTIONS, ("escape", *_LIST, *_WALK), ("q",)),
    Keyboard(
        "Webex's word of a phone",
        WEBEX_ACTIONS,
        ("escape", "enter", *_LIST, *_WALK),
        ("q", "w"),
        frozenset({"view.theme"}),
    ),
    Keyboard("the jobs", JOBS_ACTIONS, ("escape", "enter", *_LIST, *_WALK), ("q", "W")),
    Keyboard("a job", JOBS_ACTIONS - {"jobs.start"}, ("escape", "enter", *_LIST, *_WALK), ("q",)),
    Keyboard("an activation code", frozenset({"view.privacy"}), ("escape", "q", "y", "ctrl+y", *_WALK), is_dialog=True),
    Keyboard("the command line", frozenset(), ("escape", "enter", "up", "down", "pageup", "pagedown", *_WALK)),
)
"""Other dialogs and the phone's keys are left out: no action of `[keys]` works there."""


def clashes(chosen: Mapping[str, str]) -> Iterator[Complaint]:
    """What is wrong in `[keys]`: of two actions in the file, the later one is complained about."""
    in_force = {action.id: _known(chosen.get(action.id, action.keys)) for action in ACTIONS}
    told: set[str] = set()
    for action, keys in chosen.items():
        told.add(action)
        others = {other: known for other, known in in_force.items() if other not in chosen or other in told}
        for written, key in zip(keys.split(","), in_force[action], strict=True):
            if complaint := _complaint(action, key, written.strip(), others):
                yield complaint


def _known(keys: str) -> tuple[str, ...]:
    return tuple(_SAME.get(key, key) for key in toolkit_keys(keys))


def _complaint(action: str, key: str, written: str, others: Mapping[str, tuple[str, ...]]) -> Complaint | None:
    where = ("keys", action)
    if key in _LOST:
        return Complaint(where, f"'{written}' may never arrive", "Terminals and tmux take it. Take another key")
    if key in _TOOLKIT:
        return Complaint(where, f"'{written}' always leaves the program", "Take another key")
    for keyboard in KEYBOARDS:
        here = keyboard.works
        if action not in here:
            continue
        if key in keyboard.needs or (key in keyboard.leaves and action != "app.quit"):
            return Complaint(where, f"'{written}' is a key that {keyboard.words} itself needs", "Take another key")
        for other in sorted(here - {action}):
            if key in others.get(other, ()):
                what = f"'{written}' is also the key of {other} on {keyboard.words}"
                return Complaint(where, what, "Give one of the two another key")
    return None
