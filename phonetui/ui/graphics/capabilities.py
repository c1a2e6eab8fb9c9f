"""Asks the terminal what it can draw, and combines its answer with the operator's setting.

ESC _Gi=31,…,a=q ESC \\   would you take a kitty picture?   ESC _Gi=31;OK ESC \
ESC [16t                  how large is a cell, in dots?     ESC [6;height;width t
ESC [14t                  how large is the window?          ESC [4;height;width t
ESC [c                    what are you? (DA1)               ESC [?class;attribute;… c   attribute 4: sixels

Asks the terminal what it can draw: before the toolkit reads from it, which would take answers for keys.
"""

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
import tty
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui import numeric

QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[14t\x1b[c"
"""Every terminal answers the last one, and answers in order: once that is there, nothing else comes."""

_KITTY = re.compile(rb"\x1b_Gi=31(?:,[^;\x1b]*)?;OK\x1b\\")
_CELL = re.compile(rb"\x1b\[6;([0-9]{1,4});([0-9]{1,4})t")
_WINDOW = re.compile(rb"\x1b\[4;([0-9]{1,5});([0-9]{1,5})t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIXELS = b"4"


class CellSize(NamedTuple):
    """The size of a terminal's cell in dots."""

    width: int
    height: int


class TerminalCapabilities(Struct, frozen=True):
    answered: bool = False
    kitty: bool = False
    sixel: bool = False
    cell: CellSize | None = None


class ImageProtocol(StrEnum):
    BLOCKS = "blocks"
    KITTY = "kitty"
    SIXEL = "sixel"


class GraphicsMode(Struct, frozen=True):
    """What pictures are drawn with."""

    protocol: ImageProtocol = ImageProtocol.BLOCKS
    cell: CellSize | None = None
    """None where the terminal doesn't say; sixels are never drawn without."""
    why: str = ""
    """Why it isn't what was wished for; empty where it is."""


def is_complete(answer: bytes) -> bool:
    return _ATTRIBUTES.search(answer) is not None


def read_capabilities(answer: bytes, columns: int, rows: int, window: tuple[int, int] = (0, 0)) -> TerminalCapabilities:
    """Reads what came, whatever else came with it. `window`: its dots as the system knows them, zero where not."""
    attributes = _ATTRIBUTES.search(answer)
    return TerminalCapabilities(
        attributes is not None,
        _KITTY.search(answer) is not None,
        attributes is not None and _SIXELS in attributes[1].split(b";")[1:],
        _cell(answer, columns, rows) or cell_of(window, columns, rows),
    )


def _cell(answer: bytes, columns: int, rows: int) -> CellSize | None:
    if (found := _CELL.search(answer)) and (cell := cell_of(_size(found), 1, 1)):
        return cell
    return cell_of(_size(found), columns, rows) if (found := _WINDOW.search(answer)) else None


def _size(found: re.Match[bytes]) -> tuple[int, int]:
    """Width and height; a terminal gives the height first."""
    height, width = (numeric.integer(part.decode("ascii")) or 0 for part in found.groups())
    return width, height


def cell_of(window: tuple[int, int], columns: int, rows: int) -> CellSize | None:
    """The size of a cell; None for what cannot be one."""
    cell = CellSize(window[0] // max(columns, 1), window[1] // max(rows, 1))
    return cell if 2 <= cell.width <= 200 and 4 <= cell.height <= 400 else None


def graphics_mode(wanted: str, able: TerminalCapabilities) -> GraphicsMode:
    """`wanted` as the configuration has it: blocks, kitty, sixel, or auto for the best that the terminal can."""
    if wanted == "blocks":
        return GraphicsMode()
    if wanted in ("kitty", "auto") and able.kitty:
        return GraphicsMode(ImageProtocol.KITTY, able.cell)
    if wanted in ("sixel", "auto") and able.sixel and able.cell:
        return GraphicsMode(ImageProtocol.SIXEL, able.cell)
    return GraphicsMode(why=_why(wanted, able))


def _why(wanted: str, able: TerminalCapabilities) -> str:
    if not able.answered:
        return "no answer from the terminal"
    if able.sixel and wanted != "kitty":
        return "cells of unknown size"
    return {"kitty": "no kitty graphics here", "sixel": "no sixels here"}.get(wanted, "no graphics here")


DEADLINE_S = 1.5
"""Terminals answer at once, so this is the longest way to one. What comes later is taken for keys."""
_MOST = 4096
"""Bytes: answers have some sixty."""


def detect_graphics(wanted: str) -> GraphicsMode:
    """What pictures will be drawn with. Asks, and so waits for the terminal, only where more than blocks is wanted."""
    return graphics_mode(wanted, TerminalCapabilities() if wanted == "blocks" else _asked())


def with_cell_size(known: GraphicsMode) -> GraphicsMode:
    """With the cells as the system says they are now: after the window or its letters became larger."""
    columns, rows, *window = _window()
    return replace(known, cell=cell_of((window[0], window[1]), columns, rows) or known.cell)


def _asked() -> TerminalCapabilities:
    columns, rows, *window = _window()
    answer = _answer(sys.__stdin__.fileno(), sys.__stderr__.fileno())  # type: ignore[union-attr]  # a terminal was made sure of
    return read_capabilities(answer, columns, rows, (window[0], window[1]))


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
    rows, columns, width, height = struct.unpack("HHHH", known)
    return columns, rows, width, height
