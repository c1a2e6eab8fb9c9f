"""The layout of each phone model's drawing, large or compact; it does not depend on a phone's state.

     ╭───────────── message light ─────────────╮      The large drawing has keys with frames, the compact one keys
alt+1│ ● │ display                     │ ○     │alt+6  in brackets. Both have the display with the line keys and their
alt+2│ ○ │                             │ ○     │alt+7  lamps beside it, softkeys below, then the clusters of the body
     │   F1        F2        F3        F4      │       from left to right, the keys along the foot, and below the body
     │  [   ]   [ + ]   [1][2][3]   [ Hold ]   │       those that are pressed by name alone.
     ╰─────────────────────────────────────────╯
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from phonetui.phone.models import NAVIGATION_RING, NUMBER_PAD, KeyCluster, PhoneModel
from phonetui.ui.keyboard import KEY_OF, shown

LABELS = {
    "Conference": "Confer.", "NavSelect": "\N{RETURN SYMBOL}", "Release": "hang up", "VolDwn": "vol", "VolUp": "vol",
}  # fmt: skip
"""What stands on a key where that isn't its name; arrows and digits are what the keyboard calls them."""
_BARE = frozenset(key for cluster in (NUMBER_PAD, NAVIGATION_RING) for row in cluster for key in row)
_LAMPS = frozenset({"Mute", "Headset", "Speaker"})
SOFTKEYS = ("Soft1", "Soft2", "Soft3", "Soft4")


class KeyCap(NamedTuple):
    """A key: `cells` wide, one high. There is a cell for a mark at either end of its words."""

    key: str
    """Canonical."""
    x: int
    y: int
    cells: int
    keyboard: str
    """The key of the keyboard that presses it; empty where none does."""
    label: str
    has_lamp: bool = False
    brackets: bool = False
    """Whether brackets stand for its frame."""
    indent: int = 0
    """Cells before its words."""
    lamp_x: int | None = None
    """Of a line key, beside which its marks stand."""


class LineLamp(NamedTuple):
    """A line key's lamp, and where the display tells of its line."""

    line: int
    x: int
    y: int
    is_right: bool


class PhoneLayout(NamedTuple):
    width: int
    height: int
    caps: tuple[KeyCap, ...]
    lamps: tuple[LineLamp, ...]
    frames: tuple[tuple[int, int, str], ...]
    """Column, row and text of what is drawn around all that."""
    message: tuple[int, int]
    """Where the message light is told of."""
    display: tuple[int, int]
    """Column and cells of the display's lines, which are beside the lamps."""
    display_rows: tuple[int, int]
    """The first row of the display, and how many it has."""
    pitch: int = 1
    """Rows from a line key to the next one."""


WIDE = 74
COMPACT = 51
"""Cells that a drawing takes."""


MOST_PITCH = 8
"""Rows from a line key to the next where a picture takes the display: it gets what room there is."""


def phone_layout(of: PhoneModel, width: int, height: int, *, most_pitch: int = 2) -> PhoneLayout | None:
    """The largest drawing that fits, above a line of words where keys are missing; None where none does."""
    made = (draw(of, pitch) for draw in (_large, _compact) for pitch in range(most_pitch, 0, -1))
    fits = (
        each for each in made if each.width <= width and each.height + (each.pitch > 1) * bool(of.missing) <= height
    )
    drawn = next(fits, None)
    return None if drawn is None else _spaced(drawn, width)


def key_at(drawn: PhoneLayout, x: int, y: int) -> str | None:
    """The key that is drawn there."""
    return next((cap.key for cap in drawn.caps if y == cap.y and cap.x <= x < cap.x + cap.cells), None)


def _spaced(drawn: PhoneLayout, width: int) -> PhoneLayout:
    """In the middle of the room."""
    left = (width - drawn.width) // 2
    if left <= 0:
        return drawn
    return PhoneLayout(
        drawn.width + left, drawn.height,
        tuple(_moved(cap, left) for cap in drawn.caps),
        tuple(lamp._replace(x=lamp.x + left) for lamp in drawn.lamps),
        tuple((x + left, y, text) for x, y, text in drawn.frames),
        (drawn.message[0] + left, drawn.message[1]), (drawn.display[0] + left, drawn.display[1]), drawn.display_rows,
        drawn.pitch,
    )  # fmt: skip


def _moved(cap: KeyCap, by: int) -> KeyCap:
    return cap._replace(x=cap.x + by, lamp_x=None if cap.lamp_x is None else cap.lamp_x + by)


def _cap(key: str, x: int, y: int, cells: int, *, brackets: bool = False) -> KeyCap:
    keyboard = shown(KEY_OF[key]) if key in KEY_OF else ""
    label = "" if key in _BARE else LABELS.get(key, key)
    if key == "NavSelect":
        keyboard = LABELS[key]
    return KeyCap(key, x, y, cells, keyboard, label, key in _LAMPS, brackets)


def _lines(of: PhoneModel, lamps: tuple[LineLamp, ...], width: int, frame: int) -> Iterator[KeyCap]:
    """The line keys: outside of the body what presses them; a click on the lamp does, too. `frame` is the right one."""
    for lamp in lamps:
        key = f"Line{lamp.line}"
        if of.has(key):
            written = shown(KEY_OF[key]) if key in KEY_OF else f"L{lamp.line}"
            if width == COMPACT:
                written = written.replace("alt+", "\N{OPTION KEY}").removeprefix("L")
            x, end, indent = (lamp.x, width - 1, frame + 1 - lamp.x) if lamp.is_right else (0, lamp.x, 0)
            yield KeyCap(key, x, lamp.y, end - x + 1, written, "", indent=indent, lamp_x=lamp.x)


def _lamps(of: PhoneModel, top: int, columns: tuple[int, int], pitch: int) -> tuple[LineLamp, ...]:
    return tuple(
        LineLamp(number, columns[side], top + pitch * place, bool(side))
        for side, numbers in enumerate(of.sides)
        for place, number in enumerate(numbers)
    )


def _large(of: PhoneModel, pitch: int) -> PhoneLayout:
    left, right, inner = 5, 68, 62
    rows = pitch * max(len(of.sides[0]), 2)
    frames = [(left, 0, f"╭{'─' * inner}╮"), (9, 1, f"╭{'─' * 54}╮")]
    frames += [(x, y, "│") for y in range(2, 2 + rows) for x in (9, 64)]
    y = 2 + rows
    frames.append((9, y, f"╰{'─' * 54}╯"))
    lamps = _lamps(of, 2, (7, 66), pitch)
    caps = list(_lines(of, lamps, WIDE, right))
    y += 1
    if of.softkeys:
        caps += [_cap(key, 9 + 14 * place, y, 14, brackets=True) for place, key in enumerate(SOFTKEYS)]
        y += 1
    below, x = y, 7
    gap = max((inner - 2 - sum(map(_boxed_width, of.body))) // max(len(of.body) - 1, 1), 1)
    for cluster in of.body:
        drawn, frame, high = _boxed(cluster, x, below)
        caps += drawn
        frames += frame
        x += _boxed_width(cluster) + gap
        y = max(y, below + high)
    caps += [_cap(key, 7 + 20 * place, y, 19) for place, key in enumerate(of.foot)]
    frames += [(x, each, "│") for each in range(1, y + 1) for x in (left, right)]
    frames.append((left, y + 1, f"╰{'─' * inner}╯"))
    named = list(_by_name(of.unplaced, 5, y + 2, 64))
    height = max((cap.y for cap in named), default=y + 1) + 1
    return PhoneLayout(
        WIDE, height, (*caps, *named), lamps, tuple(frames), (left + 4, 0), (11, 52), (2, rows), pitch
    )  # fmt: skip


def _compact(of: PhoneModel, pitch: int) -> PhoneLayout:
    left, right, inner = 2, 48, 45
    rows = pitch * max(len(of.sides[0]), 2)
    frames = [(left, 0, f"╭{'─' * inner}╮")]
    frames += [(x, y, "│") for y in range(1, 1 + rows) for x in (4, 46)]
    lamps = _lamps(of, 1, (3, 47), pitch)
    caps = list(_lines(of, lamps, COMPACT, right))
    y = 1 + rows
    frames.append((left + 1, y, "─" * inner))
    y += 1
    if of.softkeys:
        caps += [_cap(key, 3 + 11 * place, y, 11) for place, key in enumerate(SOFTKEYS)]
        y += 1
    below, x = y, 3
    widths = [_bracketed_width(cluster) for cluster in of.body]
    gap = max((inner - sum(widths)) // max(len(widths) - 1, 1), 0)
    for cluster, width in zip(of.body, widths, strict=True):
        drawn = list(_bracketed(cluster, x, below, width))
        caps += drawn
        x += width + gap
        y = max(y, *(cap.y + 1 for cap in drawn))
    caps += [_cap(key, 3 + 23 * (place % 2), y + place // 2, 22) for place, key in enumerate(of.foot)]
    y += (len(of.foot) + 1) // 2
    frames += [(x, each, "│") for each in range(1, y) for x in (left, right)]
    frames.append((left, y, f"╰{'─' * inner}╯"))
    named = list(_by_name(of.unplaced, 1, y + 1, 50))
    height = max((cap.y for cap in named), default=y) + 1
    return PhoneLayout(
        COMPACT, height, (*caps, *named), lamps, tuple(frames), (left + 3, 0), (5, 41), (1, rows), pitch
    )  # fmt: skip


def _by_name(keys: Iterable[str], x: int, y: int, width: int) -> Iterator[KeyCap]:
    """In rows below the body."""
    place = x
    for key in keys:
        label = LABELS.get(key, key)
        cells = len(label) + (len(KEY_OF[key]) + 1 if key in KEY_OF else 0) + 4
        if place + cells > x + width:
            place, y = x, y + 1
        yield _cap(key, place, y, cells, brackets=True)
        place += cells


def _inside(cluster: KeyCluster) -> int:
    """Cells between the outer frames."""
    return max(sum(map(_key_cells, row)) + len(row) - 1 for row in cluster)


def _boxed_width(cluster: KeyCluster) -> int:
    return _inside(cluster) + 2


def _key_cells(key: str) -> int:
    """Of a key's words, with a mark at either end."""
    return 3 if key in _BARE else len(LABELS.get(key, key)) + (2 if key in KEY_OF else 0) + 2


def _boxed(cluster: KeyCluster, x: int, y: int) -> tuple[list[KeyCap], list[tuple[int, int, str]], int]:
    """Keys with frames that touch each other: caps, frames, and the rows that they take."""
    width, whole = _boxed_width(cluster), _inside(cluster)
    spans = []
    for row in cluster:
        each = 3 if row[0] in _BARE else (whole - len(row) + 1) // len(row)
        spans.append((x + (width - (len(row) * (each + 1) + 1)) // 2, each, len(row)))
    caps: list[KeyCap] = []
    frames: list[tuple[int, int, str]] = []
    for place, (row, (start, each, count)) in enumerate(zip(cluster, spans, strict=True)):
        top = y + 2 * place
        frames.append((x, top, _edge(x, width, spans[place - 1] if place else None, spans[place])))
        frames += [(start + at * (each + 1), top + 1, "│") for at in range(count + 1)]
        caps += [_cap(key, start + 1 + at * (each + 1), top + 1, each) for at, key in enumerate(row)]
    frames.append((x, y + 2 * len(cluster), _edge(x, width, spans[-1], None)))
    return caps, frames, 2 * len(cluster) + 1


_Span = tuple[int, int, int]
"""Of a row of keys: the column of its first frame, the cells of an inside, and how many keys there are."""
_JOINTS = {
    (False, True, False, True): "╭", (True, False, False, True): "╮", (False, True, True, False): "╰",
    (True, False, True, False): "╯", (True, True, False, True): "┬", (True, True, True, False): "┴",
    (False, True, True, True): "├", (True, False, True, True): "┤", (True, True, True, True): "┼",
    (True, True, False, False): "─", (False, False, True, True): "│", (False, False, False, False): " ",
}  # fmt: skip
"""By whether a line goes on to the left, to the right, up and down."""


def _edge(x: int, width: int, above: _Span | None, below: _Span | None) -> str:
    """The line between two rows of keys."""

    def bars(span: _Span | None) -> set[int]:
        return set() if span is None else {span[0] + at * (span[1] + 1) for at in range(span[2] + 1)}

    up, down = bars(above), bars(below)
    covered = [range(min(each), max(each) + 1) for each in (up, down) if each]
    drawn = ""
    for at in range(x, x + width):
        on = any(at in each for each in covered)
        left = on and any(at - 1 in each and at in each for each in covered)
        right = on and any(at + 1 in each and at in each for each in covered)
        drawn += _JOINTS[(left, right, at in up, at in down)] if on else " "
    return drawn


def _bracketed_cells(key: str) -> int:
    """The mark of a key without words of its own stands in place of a bracket."""
    return 3 if key in _BARE else _key_cells(key) + 1


def _bracketed_rows(cluster: KeyCluster) -> list[tuple[str, ...]]:
    """Only keys without words of their own lie side by side."""
    return [part for row in cluster for part in ([row] if row[0] in _BARE else [(key,) for key in row])]


def _bracketed_width(cluster: KeyCluster) -> int:
    return max(sum(map(_bracketed_cells, row)) for row in _bracketed_rows(cluster))


def _bracketed(cluster: KeyCluster, x: int, y: int, width: int) -> Iterator[KeyCap]:
    """Keys in brackets, one row below the other."""
    for down, row in enumerate(_bracketed_rows(cluster)):
        cells = 3 if row[0] in _BARE else width
        start = x + (width - cells * len(row)) // 2
        for at, key in enumerate(row):
            yield _cap(key, start + at * cells, y + down, cells, brackets=True)
