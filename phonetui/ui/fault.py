"""What stands where something could not be drawn: a sentence in its place, and the whole story in the log.

An exception that leaves a widget's drawing ends the toolkit's loop and with it the watching of every phone.
"""

import logging

from phonetui.text import printable
from phonetui.ui.row import Role, Row, Run, row

FAULTS = 100
"""Kinds of faults that are logged in a run."""

_log = logging.getLogger(__name__)
_logged: set[tuple[str, str]] = set()


def sentence(place: object, error: Exception) -> Row:
    """For the widget or screen `place`, whose drawing raised `error`; the first of each kind is logged."""
    kind = (type(place).__name__, type(error).__name__)
    if kind not in _logged and len(_logged) < FAULTS:
        _logged.add(kind)
        _log.error("screen: fault in the program, in drawing %s", kind[0], exc_info=error)
    words = f"Cannot be drawn: {kind[1]}. A mistake in phonetui itself: the log says where, all else goes on."
    return row(Run(printable(words), Role.POOR))
