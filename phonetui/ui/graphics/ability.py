"""What a terminal says that it can draw, and what that and the operator's wish come down to.

ESC _Gi=31,…,a=q ESC \\   would you take a kitty picture?   ESC _Gi=31;OK ESC \\
ESC [16t                  how large is a cell, in dots?     ESC [6;height;width t
ESC [14t                  how large is the window?          ESC [4;height;width t
ESC [c                    what are you? (DA1)               ESC [?class;attribute;… c   attribute 4: sixels
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from phonetui import numeric

QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[14t\x1b[c"
"""Every terminal answers the last one, and answers in order: once that is there, nothing else comes."""

_KITTY = re.compile(rb"\x1b_Gi=31(?:,[^;\x1b]*)?;OK\x1b\\")
_CELL = re.compile(rb"\x1b\[6;([0-9]{1,4});([0-9]{1,4})t")
_WINDOW = re.compile(rb"\x1b\[4;([0-9]{1,5});([0-9]{1,5})t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIXELS = b"4"


class Cell(NamedTuple):
    """In dots."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Ability:
    answered: bool = False
    kitty: bool = False
    sixel: bool = False
    cell: Cell | None = None


class Way(StrEnum):
    BLOCKS = "blocks"
    KITTY = "kitty"
    SIXEL = "sixel"


@dataclass(frozen=True, slots=True)
class Means:
    """What pictures are drawn with."""

    way: Way = Way.BLOCKS
    cell: Cell | None = None
    """None where the terminal doesn't say; sixels are never drawn without."""
    why: str = ""
    """Why it isn't what was wished for; empty where it is."""


def is_complete(answer: bytes) -> bool:
    return _ATTRIBUTES.search(answer) is not None


def ability(answer: bytes, columns: int, rows: int, window: tuple[int, int] = (0, 0)) -> Ability:
    """Reads what came, whatever else came with it. `window`: its dots as the system knows them, zero where not."""
    attributes = _ATTRIBUTES.search(answer)
    return Ability(
        attributes is not None,
        _KITTY.search(answer) is not None,
        attributes is not None and _SIXELS in attributes[1].split(b";")[1:],
        _cell(answer, columns, rows) or cell_of(window, columns, rows),
    )


def _cell(answer: bytes, columns: int, rows: int) -> Cell | None:
    if (said := _CELL.search(answer)) and (cell := cell_of(_size(said), 1, 1)):
        return cell
    return cell_of(_size(said), columns, rows) if (said := _WINDOW.search(answer)) else None


def _size(said: re.Match[bytes]) -> tuple[int, int]:
    """Width and height; a terminal gives the height first."""
    height, width = (numeric.integer(part.decode("ascii")) or 0 for part in said.groups())
    return width, height


def cell_of(window: tuple[int, int], columns: int, rows: int) -> Cell | None:
    """None for what cannot be a cell's size."""
    cell = Cell(window[0] // max(columns, 1), window[1] // max(rows, 1))
    return cell if 2 <= cell.width <= 200 and 4 <= cell.height <= 400 else None


def means(wanted: str, able: Ability) -> Means:
    """`wanted` as the configuration has it: blocks, kitty, sixel, or auto for the best that the terminal can."""
    if wanted == "blocks":
        return Means()
    if wanted in ("kitty", "auto") and able.kitty:
        return Means(Way.KITTY, able.cell)
    if wanted in ("sixel", "auto") and able.sixel and able.cell:
        return Means(Way.SIXEL, able.cell)
    return Means(why=_why(wanted, able))


def _why(wanted: str, able: Ability) -> str:
    if not able.answered:
        return "no answer from the terminal"
    if able.sixel and wanted != "kitty":
        return "cells of unknown size"
    return {"kitty": "no kitty graphics here", "sixel": "no sixels here"}.get(wanted, "no graphics here")
