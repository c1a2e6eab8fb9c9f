"""A call alone on the screen: graphs while it is up and once it is over, one cursor, more or less time, one figure."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace as replaced
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from phonetui.phone.history import CallHistory
from phonetui.phone.journal import EntryKind
from phonetui.phone.measure import Grade, Shares
from phonetui.phone.quality.grading import DEFAULT
from phonetui.simulator.call import CallPlan
from phonetui.ui.calls.call_rows import CallSpan, TimeWindow
from phonetui.ui.calls.call_screen import CallDetail
from phonetui.ui.calls.card import headline
from phonetui.ui.calls.kept_rows import NONE_KEPT, NOT_KEPT, kept_call
from phonetui.ui.panes import call_metrics as metrics
from phonetui.ui.panes.call_graph import LEVELS_S, SCALE_CELLS, GraphFigure, GraphTime, graph_rows, whole_time
from phonetui.ui.panes.call_metrics import STEP_S
from phonetui.ui.text.rows import text
from tests.simulator.offices import opened as open_office
from tests.ui.golden import compare, golden
from tests.ui.remembered import other_end_of, troubled
from tests.ui.screen import SMALL, WIDE, Desk, opened
from tests.ui.simulated_office import SimulatedFleet

HUGE = (200, 60)
BRAILLE = range(0x2801, 0x2900)


def office(talk_s: float | None = None) -> SimulatedFleet:
    """Two phones in a call, of which one hears badly."""
    fleet = SimulatedFleet(watched=open_office("quiet", phones=2, seed=7))
    fleet.call(CallPlan(profile="broken", answer_after_s=1.0, talk_s=talk_s))
    return fleet


@asynccontextmanager
async def shown(fleet: SimulatedFleet, size: tuple[int, int] = WIDE, phone: str = "sim-2") -> AsyncIterator[Desk]:
    """The call of a phone, up or over."""
    async with opened(fleet, size=size) as desk:
        desk.clock.at += fleet.at
        desk.main.select(next(id_ for id_ in fleet.phones if id_ == phone))
        await desk.press(
            *(("2", "enter") if any(fleet.phones[id_].has_live_call for id_ in fleet.phones) else ("c", "enter"))
        )
        assert isinstance(desk.app.screen, CallDetail)
        await redraw(desk)
        yield desk


async def redraw(desk: Desk) -> None:
    assert isinstance(desk.app.screen, CallDetail)
    desk.app.screen.refresh_view()
    await desk.pilot.pause()


def dots(desk: Desk) -> int:
    return sum(ord(letter) in BRAILLE for letter in desk.text())


async def test_a_live_call_as_it_is_painted() -> None:
    fleet = office()
    fleet.advance(100.0)
    fleet.entries = tuple(
        entry for entry in fleet.entries if entry.kind is not EntryKind.NOTE
    )  # the others have our time
    async with shown(fleet, SMALL) as desk:
        await desk.press("left", "left")
        for size in (SMALL, WIDE, HUGE):
            await desk.pilot.resize_terminal(*size)
            await redraw(desk)
            compare(f"call/{size[0]}x{size[1]}", golden(desk, desk.app.screen))


async def test_enter_on_a_phone_in_a_call_opens_the_call() -> None:
    fleet = office()
    fleet.advance(20.0)
    async with opened(fleet) as desk:
        desk.clock.at += fleet.at
        await desk.press("enter")
        assert isinstance(desk.app.screen, CallDetail)


@pytest.mark.parametrize("phone", ["sim-1", "sim-2"])
async def test_what_to_do_next_is_told_from_either_end(phone: str) -> None:
    """One of them hears well, and both are the call's."""
    fleet = office()
    fleet.advance(60.0)
    async with shown(fleet, WIDE, phone) as desk:
        assert "NEXT    1 look at access-sw-1  both network ports clean" in desk.text()


async def test_the_screen_and_its_cursor_stay_when_the_call_ends() -> None:
    fleet = office(talk_s=120.0)
    fleet.advance(100.0)
    async with shown(fleet) as desk:
        await desk.press("left", "left", "left")
        reading = next(line for line in desk.lines() if re.search(r"┃\d\d:", line)).split("│")[1]
        assert "loss" in reading
        fleet.advance(60.0)
        desk.clock.move(60.0)
        await redraw(desk)
        assert "200 Normal" in desk.text()
        assert dots(desk) > 100
        later = next(line for line in desk.lines() if re.search(r"┃\d\d:", line)).split("│")[1]
        assert later.split()[:5] == reading.split()[:5], "the same moment, score and loss"
        compare("call/over", golden(desk, desk.app.screen))


async def test_keys_walk_through_the_figures_one_at_full_height() -> None:
    fleet = office()
    fleet.advance(60.0)
    async with shown(fleet, SMALL) as desk:
        assert dots(desk) == 0
        assert sum("▁" in line or "█" in line for line in desk.lines()) >= 8, "small graphs"
        titles = []
        for _ in range(6):
            await desk.press("down")
            titles.append(
                [
                    line.strip()
                    for line in desk.lines()
                    if line.strip() in ("MOS CQ", "loss %", "discard %", "jitter ms", "RTT ms")
                ][:1]
            )
        assert titles == [["MOS CQ"], ["loss %"], ["discard %"], ["jitter ms"], ["RTT ms"], []]
        await desk.press("up")
        assert "RTT ms" in desk.text()


async def test_keys_show_more_time_and_less() -> None:
    fleet = office()
    fleet.advance(250.0)
    async with shown(fleet) as desk:
        titles = [desk.lines()[1][:20]]
        for key in ("plus", "minus", "minus"):
            await desk.press(key)
            titles.append(desk.lines()[1][:20])
        spans = [title.split("·")[1].split("─")[0].strip() for title in titles]
        assert spans == ["3 min", "7 min", "3 min", "2 min"]
        assert "All of the call is shown." not in desk.text()
        await desk.press("plus", "plus", "plus")
        assert "All of the call is shown." in desk.text()


async def test_an_end_without_figures_says_so_beside_the_one_that_has_some() -> None:
    fleet = office(talk_s=60.0)
    fleet.advance(90.0)
    near, far = fleet.records
    fleet.records = (near, replace(far, series=None))
    async with shown(fleet, phone=near.phone) as desk:
        assert NOT_KEPT in desk.text()
        assert dots(desk) > 50
        fleet.records = tuple(replace(record, series=None) for record in fleet.records)
        fleet.version += 1
        await redraw(desk)
        assert NONE_KEPT[:60] in desk.text()
        assert dots(desk) == 0
        assert "Parties and times" in desk.text()


async def test_a_phone_that_falls_silent_in_a_call_leaves_its_figures() -> None:
    fleet = office()
    fleet.advance(60.0)
    for observed in fleet.observed.observed.values():
        observed.lose_sight(fleet.at, datetime.now(UTC))
        observed.knowledge.phone = replace(observed.knowledge.phone, lines=())
    fleet.observed.archiver.take_records()
    records = fleet.observed.records.newest_first
    assert all(record.is_lost and record.series for record in records)


# The part of a call's time


NEWEST, WIDTH = 1000.0, 20


def graph_time(window: TimeWindow, span: CallSpan) -> GraphTime:
    ends_at = span.newest if span.is_over and window.ends_at is None else window.ends_at
    return GraphTime(
        span.newest, datetime.fromtimestamp(span.newest, UTC), UTC, WIDTH, window.cursor,
        step_s=window.step_s(span, WIDTH), ends_at=ends_at,
    )  # fmt: skip


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("since", [0.0, 900.0, 999.0])
def test_the_cursor_is_always_in_sight_and_never_leaves_the_call(since: float, is_over: bool) -> None:
    span, window = CallSpan(since, NEWEST, is_over), TimeWindow()
    for keys in ("l" * 60, "r" * 30, "-l-l-l", "r" * 7, "+++l+++", "r" * 500):
        for key in keys:
            time = graph_time(window, span)
            if key in "lr":
                window = window.moved(-1 if key == "l" else 1, time, span)
            else:
                window = window.widened(1 if key == "+" else -1, time, span)
            time = graph_time(window, span)
            assert time.step_s in LEVELS_S
            if window.cursor is not None:
                assert since <= window.cursor < NEWEST
                assert 0 <= time.cell(window.cursor) < WIDTH
    assert window.cursor is None
    assert window.ends_at is None


@pytest.mark.parametrize("width", [20, 90])
def test_a_young_call_grows_from_the_left_over_half_of_the_room_at_least(width: int) -> None:
    began, steps = 1003.0, set()
    for tenths in range(20, round(2 * width * 10 * STEP_S) - 20, 7):
        now = began + tenths / 10
        time = whole_time(GraphTime(now, datetime.fromtimestamp(now, UTC), UTC, width), began)
        steps.add((time.step_s, time.since))
        assert time.cell(began) == 0
        assert time.cell(now) >= width // 2 - 1 or time.step_s == LEVELS_S[0]
        assert all(moment <= time.clock(now).strftime("%H:%M:%S") for _, moment in time.ticks()), "none of the future"
    assert len(steps) <= len(LEVELS_S), "nothing moves until columns double"
    later = began + 2 * width * STEP_S + 1
    old = GraphTime(later, datetime.fromtimestamp(later, UTC), UTC, width)
    assert whole_time(old, began) is old


def test_a_call_that_is_over_is_shown_whole() -> None:
    for seconds in (5.0, 100.0, 3000.0):
        span = CallSpan(NEWEST - seconds, NEWEST, is_over=True)
        time = graph_time(TimeWindow(), span)
        assert time.since <= span.since
        assert time.cell(span.newest) == WIDTH - 1


def test_what_a_kept_call_shows_is_what_was_read() -> None:
    fleet = office(talk_s=120.0)
    fleet.advance(110.0)
    live = {phone: fleet.history(phone)[(1, 0)] for phone in fleet.phones}
    read = {phone: [value for _, value in history.loss_pct.window(-1.0, 1e9)] for phone, history in live.items()}
    fleet.advance(60.0)
    for record in fleet.records:
        assert record.series is not None
        kept = [value for _, value in CallHistory.kept(record.series).loss_pct.window(0.0, 1e12)]
        assert [round(value or 0.0, 1) for value in read[record.phone]] == [
            value or 0.0 for value in kept[: len(read[record.phone])]
        ]


def test_a_cursor_changes_its_own_cells_alone_and_a_reading_the_curve() -> None:
    history = CallHistory(0.0)
    for second in range(0, 60, 2):
        history.loss_pct.add(float(second), 0.2 * second)
    figure = GraphFigure(metrics.LOSS, DEFAULT.loss_pct, history)
    time = GraphTime(60.0, datetime.fromtimestamp(60, UTC), UTC, 30)
    plain = list(map(text, graph_rows(figure, time, 8)))
    crossed = list(map(text, graph_rows(figure, replaced(time, cursor=30.0), 8)))
    cells = {at for one, other in zip(plain, crossed, strict=True) for at in range(len(one)) if one[at] != other[at]}
    assert cells == {SCALE_CELLS + time.cell(30.0)}
    assert all(len(one) == len(other) for one, other in zip(plain, crossed, strict=True))
    history.loss_pct.add(60.0, 0.0)
    assert list(map(text, graph_rows(figure, time, 8))) != plain


def test_for_how_much_of_it_a_grade_held_is_said_by_its_share() -> None:
    fleet = office(talk_s=20.0)
    fleet.advance(40.0)
    good = replace(fleet.records[0], grade=Grade.GOOD, shares=Shares(good_s=92.0, poor_s=8.0))
    for record, words in ((good, "● good 92 % of it"), (replace(good, shares=Shares(good_s=8.0)), "● good throughout")):
        shown = kept_call([record], DEFAULT, UTC)
        assert shown is not None
        assert shown.ends[0].standing.text == words


def test_a_call_that_is_over_is_headed_by_its_worse_end() -> None:
    good, bad = replace(troubled(), grade=Grade.GOOD), replace(other_end_of(troubled()), grade=Grade.POOR)
    for near, other in ((good, bad), (bad, good)):
        assert text(headline(near, UTC, 118, is_silent=False, other=other)).rstrip().endswith("! POOR")
    assert text(headline(good, UTC, 118, is_silent=False)).rstrip().endswith("● good")


@pytest.mark.parametrize("phone", ["sim-1", "sim-2"])
async def test_a_call_is_headed_by_its_worse_end_and_graded_at_both(phone: str) -> None:
    fleet = office()
    fleet.advance(60.0)
    async with shown(fleet, WIDE, phone) as desk:
        assert "✗ CRITICAL" in desk.lines()[2], "from either end"
        grades = [line for line in desk.lines() if "worst 10 s" in line]
        assert len(grades) == 2
        assert any("sim-1" in line and "good 100 %" in line for line in grades)
