"""Rows of styled text: the content of panes, independent of the terminal.

A row is a tuple of runs; a run is text and the role that it plays. Colours come from the theme. Where something cannot
be drawn, a sentence stands in its place: an exception out of a widget's drawing would end the whole program.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import sqrt
from typing import NamedTuple, Self, overload

from rich.cells import cell_len, set_cell_size

from phonetui.text import printable


class Role(StrEnum):
    """What a run is. Every theme has a style for each."""

    PLAIN = "plain"
    DIM = "dim"
    TITLE = "title"
    LABEL = "label"
    VALUE = "value"
    ACCENT = "accent"
    INFO = "info"
    KEY = "key"

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    CRITICAL = "critical"
    CRITICAL_LINE = "critical-line"
    """Critical where heights are drawn: never on a ground of its own, which would be taken for height."""
    MEASURING = "measuring"
    UNKNOWN = "unknown"
    STALE = "stale"
    FAILED = "failed"
    GAP = "gap"

    LIGHT_OFF = "light-off"
    LIGHT_RED = "light-red"
    LIGHT_GREEN = "light-green"
    LIGHT_AMBER = "light-amber"
    LIGHT_BLUE = "light-blue"
    LIGHT_WHITE = "light-white"

    BADGE = "badge"
    BADGE_CONTROL = "badge-control"
    BADGE_FROZEN = "badge-frozen"
    BADGE_DANGER = "badge-danger"

    SELECTED = "selected"
    """Laid under the row with the cursor while its pane has the focus."""
    CURSOR = "cursor"
    """The same while the focus is elsewhere."""


class Run(NamedTuple):
    text: str
    role: Role = Role.PLAIN


Row = tuple[Run, ...]

ELLIPSIS = "…"


class LazyRows(Sequence[Row], ABC):
    """Base of dataclasses over thousands of items: a row is made when it is first looked at, and kept."""

    @abstractmethod
    def __len__(self) -> int: ...
    @abstractmethod
    def make(self, place: int) -> Row:
        """The row at `place`, which is 0 … length - 1."""

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        found = range(len(self))[place]
        if isinstance(found, range):
            return [self[at] for at in found]
        made = self.made
        if found not in made:
            made[found] = self.make(found)
        return made[found]

    def keeps(self, place: int, before: Self) -> bool:  # noqa: ARG002 - whoever knows better says so
        """Whether the row at `place`, which is one in both, is as it was `before`."""
        return False

    def following(self, before: object) -> Self:
        """These rows, with those taken over that were made `before` and are as they were."""
        if isinstance(before, type(self)):
            count, made = len(self), self.made
            for place, drawn in before.made.items():
                if place < count and self.keeps(place, before):
                    made[place] = drawn
        return self

    @property
    def made(self) -> dict[int, Row]:
        """The rows that were looked at, by their places."""
        made: dict[int, Row] = self.__dict__.setdefault("_made", {})  # a frozen dataclass has no other place
        return made


def row(*parts: Run | str) -> Row:
    """A bare string is plain; empty runs are left out, neighbours of one role become one."""
    runs: list[Run] = []
    for part in parts:
        run = part if isinstance(part, Run) else Run(part)
        if runs and runs[-1].role is run.role:
            runs[-1] = Run(runs[-1].text + run.text, run.role)
        elif run.text:
            runs.append(run)
    return tuple(runs)


def cell_width(runs: Iterable[Run]) -> int:
    """The width in terminal cells. Most texts are of letters that take one each, which need not be looked up."""
    return sum([len(words) if words.isascii() and words.isprintable() else cell_len(words) for words, _ in runs])


def text(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs)


def clip(words: str, cells: int) -> str:
    """`words` in at most `cells` cells, with an ellipsis where something was cut."""
    words = _within_reason(words, cells)
    if cell_len(words) <= cells:
        return words
    return set_cell_size(words, cells - 1).rstrip() + ELLIPSIS if cells > 0 else ""


def _within_reason(words: str, cells: int) -> str:
    """Measuring 10,000 characters costs a millisecond; those that cannot be seen are not measured.

    Four characters a cell leave room for combining ones. What is left is still longer than `cells`, unless it is made
    of almost nothing but combining characters.
    """
    return words if len(words) <= 4 * cells else words[: 4 * cells] + ELLIPSIS


def pad(words: str, cells: int) -> str:
    """`words` clipped and filled to exactly `cells` cells."""
    clipped = clip(words, cells)
    return clipped + " " * (cells - cell_len(clipped))


def right(words: str, cells: int) -> str:
    """The words as by `pad`, but set to the right."""
    clipped = clip(words, cells)
    return " " * (cells - cell_len(clipped)) + clipped


def clipped(runs: Row, cells: int) -> Row:
    """A row in at most `cells` cells."""
    runs = tuple(Run(_within_reason(run.text, cells), run.role) for run in runs)
    if cell_width(runs) <= cells:
        return runs
    kept: list[Run] = []
    room = cells
    for run in runs:
        size = cell_len(run.text)
        if size >= room:
            kept.append(Run(clip(run.text + ELLIPSIS, room), run.role))
            break
        kept.append(run)
        room -= size
    return row(*kept)


def wrapped(words: str, cells: int, height: int) -> list[str]:
    """`words` in at most `height` lines of `cells` cells, broken at blanks; the last line is clipped."""
    lines: list[str] = []
    while words and len(lines) < height - 1:
        line = clip(words, cells)
        if line == words:
            break
        line = line.removesuffix(ELLIPSIS)
        if words[len(line) : len(line) + 1] != " " and " " in line.strip():
            line = line[: line.rstrip().rindex(" ")]
        lines.append(line.rstrip())
        words = words[len(line) :].lstrip()
    return [*lines, clip(words, cells)] if words else lines


def spread(left: Row, end: Row, cells: int) -> Row:
    """`left` and `end` at the two ends of a row of `cells` cells; where both don't fit, `left` is cut."""
    room = cells - cell_width(end)
    if not end or room < 1:
        return clipped(left, cells)
    fitted = clipped(left, room - 1)
    return row(*fitted, " " * (room - cell_width(fitted)), *end)


FAULTS = 100
"""Kinds of faults that are logged in a run."""

_log = logging.getLogger(__name__)
_logged: set[tuple[str, str]] = set()


def sentence(place: object, error: Exception) -> Row:
    """A row for the widget or screen `place`, whose drawing raised `error`; the first of each kind is logged."""
    kind = (type(place).__name__, type(error).__name__)
    if kind not in _logged and len(_logged) < FAULTS:
        _logged.add(kind)
        _log.error("screen: fault in the program, in drawing %s", kind[0], exc_info=error)
    words = f"Cannot be drawn: {kind[1]}. A mistake in phonetui itself: the log says where, all else goes on."
    return row(Run(printable(words), Role.POOR))


BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
"""A moment without a value: never drawn as if it were zero."""


def sparkline(values: Sequence[float | None], low: float, high: float, *, rooted: bool = False) -> str:
    """One character a value. Values outside `low` … `high` are drawn at the end of the scale.

    `rooted` draws the square root, which shows small values that a linear scale would hide. Whatever is above `low`
    is drawn above the lowest block then, so that a little is never taken for none.
    """
    return "".join(GAP if value is None else _block(value, low, high, rooted) for value in values)


def _block(value: float, low: float, high: float, rooted: bool) -> str:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    if not rooted:
        return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]
    if share == 0.0:
        return BLOCKS[0]
    return BLOCKS[1 + min(int(sqrt(share) * (len(BLOCKS) - 1)), len(BLOCKS) - 2)]
