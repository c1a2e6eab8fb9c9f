"""Whether a screen can be seen: the toolkit repaints the whole terminal for changes on one that is covered."""

from itertools import takewhile

from textual.screen import ModalScreen, Screen


def in_sight(screen: Screen[None]) -> bool:
    """Whether nothing but dialogs, which leave the rest in sight, lies above it."""
    stack = screen.app.screen_stack
    dialogs = sum(1 for _ in takewhile(lambda other: isinstance(other, ModalScreen), reversed(stack)))
    return screen in stack[len(stack) - dialogs - 1 :]
