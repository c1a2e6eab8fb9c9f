"""The time strip of a recording in one line: the shown moment, and the worst grade over the whole span.

     REPLAY 14:03:21 x1 ▶  13:00 ▁▁▁▁▂▂▅█▅▁▁▁▁┃▁▁▁▁▼▁▁▁▁▁ 15:30

Each cell is a part of the span, as high and in the colour of the worst grade that any call had then; ┃ is the moment
that is shown, ▼ a mark. A click leads to a moment. Of a single phone's strip the phone's name stands before it.
"""

from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len

from phonetui.fleet.extensions import ReplayControl
from phonetui.phone.measure import Grade
from phonetui.phone.state import Phone
from phonetui.ui.text.format import GRADES
from phonetui.ui.text.rows import Role, Row, Run, clip, row

_CELLS = {
    Grade.UNKNOWN: "·",
    Grade.MEASURING: "·",
    Grade.GOOD: "▁",
    Grade.FAIR: "▃",
    Grade.POOR: "▅",
    Grade.CRITICAL: "█",
}
_BY_SEVERITY = {grade.severity: grade for grade in Grade}
_TIMES = "\N{MULTIPLICATION SIGN}"
_CURSOR, _MARK = "┃", "▼"
_NAME = 14
"""Cells of a phone's name."""
_NARROW = 70
"""Cells, below which the ends of the span aren't written."""


def banner(timeline: ReplayControl, zone: tzinfo | None) -> str:
    """`REPLAY 14:03:21 x1 ▶`, with the date where it isn't the day on which the recording began.

    `DAMAGED` stands there where something before is lost, so that what is shown may be older than it seems.
    """
    position = timeline.position.astimezone(zone)
    first = timeline.span[0].astimezone(zone)
    day = "" if position.date() == first.date() else f"{position:%d %b} "
    damaged = "DAMAGED " if timeline.damage else ""
    return f" REPLAY {day}{position:%H:%M:%S} {_TIMES}{timeline.speed} {'▶' if timeline.is_running else '■'} {damaged}"


def strip_row(timeline: ReplayControl, phone: Phone | None, width: int, zone: tzinfo | None) -> Row:
    """The strip of the fleet, or of one phone, with whose name it begins."""
    head, begin, end = _parts(timeline, phone, width, zone)
    cells = _width(head, begin, end, width)
    first, last = timeline.span
    cursor = _cell(timeline.position, first, last, cells)
    marks = {_cell(mark.at, first, last, cells) for mark in timeline.marks}
    runs = [Run(head, Role.BADGE_DANGER), Run(begin, Role.LABEL)]
    for place, severity in enumerate(timeline.strip(cells, phone.id if phone is not None else None)):
        grade = _BY_SEVERITY.get(severity, Grade.UNKNOWN)
        if place == cursor:
            runs.append(Run(_CURSOR, Role.BADGE_FROZEN))
        elif place in marks:
            runs.append(Run(_MARK, Role.KEY))
        else:
            runs.append(Run(_CELLS[grade], GRADES[grade].role if severity else Role.DIM))
    return row(*_joined(runs), Run(end, Role.LABEL))


def moment_at(timeline: ReplayControl, phone: Phone | None, x: int, width: int, zone: tzinfo | None) -> datetime | None:
    """The moment of a cell of the row; None beside the strip."""
    head, begin, end = _parts(timeline, phone, width, zone)
    cells = _width(head, begin, end, width)
    place = x - cell_len(head) - cell_len(begin)
    if not 0 <= place < cells:
        return None
    first, last = timeline.span
    return first + timedelta(seconds=(last - first).total_seconds() * (place + 0.5) / cells)


def _parts(timeline: ReplayControl, phone: Phone | None, width: int, zone: tzinfo | None) -> tuple[str, str, str]:
    """What stands before the strip, and at its ends."""
    head, whose = banner(timeline, zone), f" {clip(phone.name, _NAME)}" if phone is not None else ""
    if width < _NARROW:
        return head, f"{whose} ", ""
    first, last = (each.astimezone(zone) for each in timeline.span)
    form = "%H:%M:%S" if (last - first).total_seconds() < 600 else "%H:%M"
    return head, f"{whose} {first:{form}} ", f" {last:{form}} "


def _width(head: str, begin: str, end: str, width: int) -> int:
    return max(width - cell_len(head) - cell_len(begin) - cell_len(end), 1)


def _cell(moment: datetime, first: datetime, last: datetime, cells: int) -> int:
    length = max((last - first).total_seconds(), 1e-6)
    return min(max(int((moment - first).total_seconds() / length * cells), 0), cells - 1)


def _joined(runs: list[Run]) -> list[Run]:
    """Neighbours of one role as one."""
    joined: list[Run] = []
    for each in runs:
        if joined and joined[-1].role == each.role:
            joined[-1] = Run(joined[-1].text + each.text, each.role)
        else:
            joined.append(each)
    return joined
