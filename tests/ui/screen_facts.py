"""What stands on a painted screen as facts: every figure, grade, count and name, with what it is about."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from phonetui.phone.state import PhoneId
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.text.format import GRADES
from phonetui.ui.text.rows import Row, text
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.screen import Desk

WORDS = {mark.word: grade for grade, mark in GRADES.items()}
GLYPHS = {mark.glyph for mark in GRADES.values()}


class Fact(NamedTuple):
    """What stands somewhere, as words."""

    about: str
    kind: str
    value: str


def header_facts(lines: list[str]) -> Iterator[Fact]:
    if found := re.search(r"(\d+) phones?\s+(\d+) calls?", lines[0]):
        yield Fact("header", "calls", found[2])
        alerts = re.search(r"(\d+) alerts?", lines[0])
        yield Fact("header", "alerts", alerts[1] if alerts else "0")


def tree_facts(rows: list[Row], names: str) -> Iterator[Fact]:
    for line in map(text, rows):
        if found := re.search(rf"^\s*(\S) ({names}) ", line):
            yield Fact(found[2], "mark", found[1])
        if found := re.search(rf"({names}).*?\s(\d\.\d|–)\s+(\d+\.\d %|–)$", line):
            yield Fact(found[1], "MOS", found[2])
            yield Fact(found[1], "loss", found[3])


_CELL = re.compile(r"^\s*(–|[\d.]+(?: %| ms)?)(?:\s+[●▲!✗◐?↗↘]\s?(.*?))?\s*$")


def table_facts(phones: list[PhoneId], row: Row, cells: int) -> Iterator[Fact]:
    """A row of figures, an end a column; what stands left of it is a graph."""
    place = next((at for at, run in enumerate(row) if run.text.startswith("  ") and run.text.strip() in _LABELS), None)
    if place is None:
        return
    label, figures = row[place].text.strip(), text(row[place + 1 :])
    for at, phone in enumerate(phones):
        yield from cell_facts(phone, label, figures[at * cells : (at + 1) * cells])


_LABELS = {"MOS", "MOS CQ", "MOS LQ", "MOS est", "loss", "discard", "jitter", "RTT"}


def cell_facts(phone: PhoneId, label: str, cell: str) -> Iterator[Fact]:
    found = _CELL.match(cell)
    assert found, f"{label}: {cell!r}"
    kind = "MOS" if label in ("MOS CQ", "MOS LQ") else label
    yield Fact(phone, kind, found[1])
    if found[2] in WORDS and kind in ("loss", "discard", "jitter"):
        yield Fact(phone, f"{kind} grade", found[2])


def pane_facts(desk: Desk) -> Iterator[Fact]:
    rows, selected = list(desk.main.query_one(CallsPane).rows), desk.app.view_state.selected
    phone = desk.app.view_state.session.fleet.phones.get(selected) if selected else None
    if phone is None or phone.worst is None or sum(1 for _ in phone.calls) > 1:
        return
    head = next((text(row) for row in rows if " hears " in text(row)), "")
    phones = [PhoneId(name) for name in re.findall(rf"({names_of(desk)}) hears", head)] or [phone.id]
    for row in rows:
        yield from table_facts(phones, row, metrics.CELL_CELLS)
    yield from headline_facts(rows, phone.id)


def headline_facts(rows: Iterable[Row], phone: PhoneId) -> Iterator[Fact]:
    """Of a call that is up, which is as bad as its worse end."""
    headline = next((text(row) for row in rows if text(row).startswith("L1")), "")
    if found := re.search(r"[●▲!✗◐?] (\w+)(?: (\w+))?$", headline.rstrip()):
        yield Fact(f"{phone} call", "grade", found[1])


def call_facts(desk: Desk) -> Iterator[Fact]:
    """Both directions, side by side; of a call that is over the figures are those of all of it, and of no reading."""
    view = desk.app.screen.query_one("#card", RowsView)
    if any(re.search("throughout$|% of it", text(row)) for row in view.rows):
        return
    if selected := desk.app.view_state.selected:
        yield from headline_facts(view.rows, selected)
    phones: list[PhoneId] = []
    for line in map(text, view.rows):
        if heads := re.findall(rf"({names_of(desk)}) hears .*?[●▲!✗◐?] (\w+)", line):
            phones = [PhoneId(name) for name, _ in heads]
            yield from (Fact(name, "grade", word) for name, word in heads)
        for phone, side in zip(phones, line.split(" │ "), strict=False):
            for label, value in re.findall(
                r"(MOS CQ|MOS LQ|MOS est|loss|discard|jitter|RTT) +(–|[\d.]+(?: %| ms)?)", side
            ):
                if "┃" not in side and "total" not in side and "up to" not in side and "lost" not in side:
                    yield Fact(phone, "MOS" if label in ("MOS CQ", "MOS LQ") else label, value)


def fleet_facts(desk: Desk) -> Iterator[Fact]:
    """Numbers end where their headings do."""
    heading = text(desk.app.screen.query_one("#head", RowsView).rows[0]).casefold()
    for line in map(text, desk.app.screen.query_one("#table", RowsView).rows):
        name = re.search(names_of(desk), line)
        if name and line.strip()[0] in GLYPHS:
            yield Fact(name[0], "mark", line.strip()[0])
        for label, kind in (("mos", "MOS"), ("loss", "loss")):
            column = re.search(rf"\b{label}\b", heading)
            if name and column and (found := re.search(r"(–|[\d.]+(?: ?%)?)$", line[: column.end()].rstrip())):
                value = re.sub(r"(?<=\d)%", " %", found[1])
                yield Fact(name[0], kind, value)


def alert_facts(desk: Desk) -> Iterator[Fact]:
    for line in map(text, desk.app.screen.query_one("#list", RowsView).rows):
        if found := re.match(rf"\S (\w+) +(?:now|\d+ \w+) +({names_of(desk)}) +(\S+) ", line):
            yield Fact(f"{found[2]} {found[3]}", "alert", found[1])


def names_of(desk: Desk) -> str:
    """Any phone's name, as a regular expression."""
    phones = desk.app.view_state.session.fleet.phones
    return "|".join(sorted([re.escape(str(name)) for name in phones], key=len, reverse=True))


def facts(desk: Desk, screen: str) -> Iterator[Fact]:
    yield from header_facts(desk.lines())
    if screen == "main":
        yield from tree_facts(list(desk.main.query_one(PhonesPane).rows), names_of(desk))
        yield from pane_facts(desk)
    elif screen == "call":
        yield from call_facts(desk)
    elif screen == "fleet":
        yield from fleet_facts(desk)
    elif screen == "alerts":
        yield from alert_facts(desk)
