"""Asks the terminal what it can draw: before the toolkit reads from it, which would take answers for keys."""

import fcntl
import os
import select
import struct
import sys
import termios
import time
import tty
from dataclasses import replace

from phonetui.ui.graphics.ability import QUESTION, Ability, Means, ability, cell_of, is_complete, means

DEADLINE_S = 1.5
"""Terminals answer at once, so this is the longest way to one. What comes later is taken for keys."""
_MOST = 4096
"""Bytes: answers have some sixty."""


def found(wanted: str) -> Means:
    """What pictures will be drawn with. Asks, and so waits for the terminal, only where more than blocks is wanted."""
    return means(wanted, Ability() if wanted == "blocks" else _asked())


def sized(known: Means) -> Means:
    """With the cells as the system says they are now: after the window or its letters became larger."""
    columns, rows, *window = _window()
    return replace(known, cell=cell_of((window[0], window[1]), columns, rows) or known.cell)


def _asked() -> Ability:
    columns, rows, *window = _window()
    return ability(_answer(sys.__stdin__.fileno(), sys.__stderr__.fileno()), columns, rows, (window[0], window[1]))  # type: ignore[union-attr]  # a terminal was made sure of


def _answer(listening: int, speaking: int) -> bytes:
    """Everything that comes until the last answer or the deadline: what is typed meanwhile is lost."""
    before = termios.tcgetattr(listening)
    tty.setcbreak(listening, termios.TCSANOW)  # neither echoed nor kept back until a line is full
    try:
        if not select.select([], [speaking], [], DEADLINE_S)[1]:
            return b""  # nobody reads
        os.write(speaking, QUESTION)
        return _heard(listening, time.monotonic() + DEADLINE_S)
    finally:
        termios.tcsetattr(listening, termios.TCSAFLUSH, before)  # with what came behind the last answer


def _heard(listening: int, until: float) -> bytes:
    heard = b""
    while not is_complete(heard) and len(heard) < _MOST:
        left = until - time.monotonic()
        if left <= 0 or not select.select([listening], [], [], left)[0]:
            break
        piece = os.read(listening, _MOST)
        if not piece:
            break
        heard += piece
    return heard


def _window() -> tuple[int, int, int, int]:
    """Columns, rows, and dots across and high (tty_ioctl(4), TIOCGWINSZ); zero where unknown."""
    try:
        known = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))  # type: ignore[union-attr]  # as above
    except (OSError, ValueError, AttributeError):
        return 0, 0, 0, 0
    rows, columns, across, high = struct.unpack("HHHH", known)
    return columns, rows, across, high
