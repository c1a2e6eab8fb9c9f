"""No two places on a screen contradict each other, and none contradicts the reading that all of them show.

The small form samples a few seconds of each case; `PHONETUI_CONSISTENCY_S=120` samples two minutes, four times a second.
"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from phonetui.phone.journal import EntryKind
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.state import Phone, PhoneId
from phonetui.simulator.call import CallPlan
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.text.format import GRADES, number
from phonetui.ui.text.rows import Row, text
from phonetui.ui.widgets.row_list import RowsView
from tests.simulator.offices import opened as open_office
from tests.ui.screen import Desk, opened
from tests.ui.simulated_office import SimulatedFleet

LONG_S = float(os.environ.get("PHONETUI_CONSISTENCY_S", "0"))
SAMPLED_S, STEP_S = (LONG_S, 0.25) if LONG_S else (5.0, 1.0)
SETTLED_S = 30.0
WORDS = {mark.word: grade for grade, mark in GRADES.items()}


class Fact(NamedTuple):
    """What stands somewhere, as words."""

    about: str
    kind: str
    value: str


def busy() -> SimulatedFleet:
    return SimulatedFleet(watched=open_office("busy", phones=8, seed=3))


def cable() -> SimulatedFleet:
    return SimulatedFleet(watched=open_office("trouble", phones=5, seed=2))


def burst() -> SimulatedFleet:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=2, seed=7))
    fleet.call(CallPlan(profile="broken", answer_after_s=1.0))
    return fleet


def late() -> SimulatedFleet:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=2, seed=7))
    fleet.call(CallPlan(profile="wifi", codec="G729a", answer_after_s=1.0))
    return fleet


CASES = {"busy": busy, "cable": cable, "burst": burst, "late": late}
SCREENS: dict[str, tuple[str, ...]] = {"main": (), "call": ("2", "enter"), "fleet": ("f",), "alerts": ("a",)}


def expected(fleet: SimulatedFleet) -> Iterator[Fact]:
    """What the readings say; nothing else may stand anywhere."""
    legs = [(phone.id, call.key) for phone in fleet.phones.values() for call in phone.calls]
    seconds = 0
    for leg in legs:
        partner = fleet.partner(*leg)
        other = (getattr(partner, "phone", None), getattr(partner, "key", None))
        seconds += other in legs and str(other) < str(leg)
    yield Fact("header", "calls", str(len(legs) - seconds))
    alerts = [alert for alert in fleet.alerts if alert.is_active and not alert.is_muted and not alert.is_second_end]
    yield Fact("header", "alerts", str(len(alerts)))
    for phone in fleet.phones.values():
        yield from of_phone(phone)


def of_phone(phone: Phone) -> Iterator[Fact]:
    measure = phone.worst
    if measure is None:
        return
    call = next(call for call in phone.calls if call.key == measure.key)
    for kind, value, unit, digits in (
        ("MOS", measure.mos, "", 1), ("MOS est", measure.estimate, "", 1), ("loss", measure.loss_pct, "%", 1),
        ("discard", measure.discard_pct, "%", 1), ("jitter", call.jitter_ms, "ms", 0),
        ("RTT", call.round_trip_ms, "ms", 0),
    ):  # fmt: skip
        yield Fact(phone.id, kind, number(value, unit, digits=digits))
    yield Fact(phone.id, "grade", GRADES[measure.grade].word)
    for metric in (Metric.LOSS, Metric.DISCARD, Metric.JITTER):
        judged = measure.judgement(metric)
        if judged is not None and not (judged.is_recovering or judged.is_worsening):
            yield Fact(phone.id, f"{metric} grade", GRADES[judged.grade].word)


def header_facts(lines: list[str]) -> Iterator[Fact]:
    if found := re.search(r"(\d+) phones?\s+(\d+) calls?", lines[0]):
        yield Fact("header", "calls", found[2])
        alerts = re.search(r"(\d+) alerts?", lines[0])
        yield Fact("header", "alerts", alerts[1] if alerts else "0")


def tree_facts(rows: list[Row]) -> Iterator[Fact]:
    for line in map(text, rows):
        if found := re.search(r"(sim-\d+).*?\s(\d\.\d|–)\s+(\d+\.\d %|–)$", line):
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
    phone = desk.fleet.phones.get(selected) if selected else None
    if phone is None or phone.worst is None or sum(1 for _ in phone.calls) > 1:
        return
    head = next((text(row) for row in rows if " hears " in text(row)), "")
    phones = [PhoneId(name) for name in re.findall(r"(sim-\d+) hears", head)] or [phone.id]
    for row in rows:
        yield from table_facts(phones, row, metrics.CELL_CELLS)
    headline = next((text(row) for row in rows if text(row).startswith("L1")), "")
    if found := re.search(r"[●▲!✗◐?] (\w+)(?: (\w+))?$", headline.rstrip()):
        yield Fact(phone.id, "grade", found[1])


def call_facts(desk: Desk) -> Iterator[Fact]:
    """Both directions, side by side; of a call that is over the figures are those of all of it, and of no reading."""
    view = desk.app.screen.query_one("#card", RowsView)
    if any("for most of it" in text(row) for row in view.rows):
        return
    phones: list[PhoneId] = []
    for line in map(text, view.rows):
        if heads := re.findall(r"(sim-\d+) hears .*?[●▲!✗◐?] (\w+)", line):
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
        name = re.search(r"sim-\d+", line)
        for label, kind in (("mos", "MOS"), ("loss", "loss")):
            column = re.search(rf"\b{label}\b", heading)
            if name and column and (found := re.search(r"(–|[\d.]+(?: ?%)?)$", line[: column.end()].rstrip())):
                value = re.sub(r"(?<=\d)%", " %", found[1])
                yield Fact(name[0], kind, value)


def facts(desk: Desk, screen: str) -> Iterator[Fact]:
    yield from header_facts(desk.lines())
    if screen == "main":
        yield from tree_facts(list(desk.main.query_one(PhonesPane).rows))
        yield from pane_facts(desk)
    elif screen == "call":
        yield from call_facts(desk)
    elif screen == "fleet":
        yield from fleet_facts(desk)


async def open_screen(desk: Desk, screen: str) -> None:
    """Once the worst phone, which came under the cursor by itself, may be meant."""
    await desk.refresh_view()
    desk.clock.move(1.0)
    desk.fleet.version += 1
    await desk.refresh_view()
    in_talk = [phone for phone in desk.fleet.phones.values() if phone.worst is not None]
    if screen == "call" and in_talk:
        desk.main.select(max(in_talk, key=lambda phone: phone.worst.grade if phone.worst else Grade.UNKNOWN).id)
    await desk.press(*SCREENS[screen])
    assert (desk.app.screen is desk.main) is not bool(SCREENS[screen])


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(
    "case", [name if name == "burst" else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
async def test_nothing_contradicts_the_reading(case: str, screen: str) -> None:
    fleet = CASES[case]()
    fleet.advance(SETTLED_S)
    samples = compared = 0
    async with opened(fleet, preferences={}) as desk:
        desk.clock.at += fleet.at - 1.0
        await open_screen(desk, screen)
        while samples * STEP_S < SAMPLED_S:
            fleet.advance(STEP_S)
            desk.clock.move(STEP_S)
            getattr(desk.app.screen, "refresh_view")()  # noqa: B009 - every screen of this program has it
            await desk.pilot.pause()
            said = set(expected(fleet))
            known = {(fact.about, fact.kind) for fact in said}
            shown = list(facts(desk, screen))
            wrong = [fact for fact in shown if (fact.about, fact.kind) in known and fact not in said]
            assert not wrong, f"{case}, {screen}, second {fleet.at}: {wrong}\n{desk.text()}"
            samples += 1
            compared += len(shown)
    print(f"\n{case}, {screen}: {samples} samples, {compared} figures, grades and counts, 0 contradictions", end="")
    assert compared >= samples, "there was something to compare"


@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
@pytest.mark.parametrize("screen", ["main", "call"])
async def test_a_live_call_leaves_few_rows_blank(screen: str, size: tuple[int, int]) -> None:
    fleet = burst()
    fleet.advance(SETTLED_S)
    async with opened(fleet, size=size, preferences={}) as desk:
        desk.clock.at += fleet.at - 1.0
        await open_screen(desk, screen)
        getattr(desk.app.screen, "refresh_view")()  # noqa: B009 - as above
        await desk.pilot.pause()
        content = desk.lines()[1:-1]
        right = [line[40 if size[0] < 160 else 48 :] if screen == "main" else line for line in content]
        blank = [line for line in right if not line.strip("│╭╮╰╯─ ")]
        frames = [line for line in right if set(line) <= set("╭╮╰╯─│ ") and set(line) & set("╭╮╰╯─")]
        rows = len(right) - len(frames)
        share = (len(blank) - len(frames)) / rows
        print(f"\n{screen} at {size[0]}x{size[1]}: {100 * share:.0f} % of {rows} content rows blank", end="")
        assert share <= 0.15, desk.text()


async def test_the_main_screen_opens_on_the_worst_phone_until_somebody_chooses() -> None:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=3, seed=7))
    async with opened(fleet, preferences={}) as desk:
        assert desk.app.view_state.selected == "sim-1"
        worse = fleet.watched.office.devices[1:]
        fleet.watched.office.call(worse[0], worse[1], CallPlan(profile="broken", answer_after_s=1.0), fleet.at)
        fleet.advance(40.0)
        desk.clock.at += fleet.at
        await desk.refresh_view()
        assert desk.app.view_state.selected in {"sim-2", "sim-3"}
        assert "worst first" in desk.text()
        chosen = desk.app.view_state.selected
        await desk.press("G")
        assert desk.app.view_state.selected != chosen
        await desk.refresh_view()
        assert desk.app.view_state.selected == "sim-1", "it stays where the operator put it"


def test_grades_have_words() -> None:
    assert WORDS["good"] is Grade.GOOD


def test_a_bad_call_of_three_minutes_has_two_alert_lines_at_most() -> None:
    fleet = burst()
    most = 0
    for _ in range(45):
        fleet.advance(4.0)
        lines = [entry for entry in fleet.entries if entry.kind is EntryKind.ALERT and "call" in entry.text]
        most = max(most, len(lines))
    print(
        f"\n180 s: at most {most} alert lines, the last {[(entry.times, entry.text[:60]) for entry in lines]}", end=""
    )
    assert 1 <= most <= 2
