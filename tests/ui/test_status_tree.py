"""The status as a tree: folds that stay, empties last, numbers that are charted from what was seen."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from msgspec.structs import replace

from phonetui.phone.leaf_history import CAPACITY, LeafHistory, LeafSeries, MinuteSeries, RisenSeries, leaf_number
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import printable
from phonetui.ui.calls.chart_screen import LeafChart, leaf_figures, round_ticks
from phonetui.ui.status.document import Absence, leaves
from phonetui.ui.status.screen import StatusScreen
from phonetui.ui.status.tree import StatusBranch, TreeRow, build, headings_above, visible_rows
from phonetui.ui.widgets.row_list import RowsView
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from tests.ui.office import AT, office
from tests.ui.screen import SMALL, Desk, opened

LOBBY = PhoneId("lobby")
NETWORK = {
    "Network Statistics Port 2 RxCrcErr": "3",
    "Network Statistics Port 10 RxCrcErr": "4",
    "Network IPv4 Address": "192.0.2.21",
    "Network Anything": "",
    "Empty One": "",
    "Empty Two": "",
    "Standby Level": "None",
    "Zone Name": "here",
    "Zone Place": "there",
}


def tree_of(said: dict[str, str], *absences: Absence) -> StatusBranch:
    now = Document({Path.parse(path): printable(value) for path, value in said.items()})
    return build(leaves(now, {}, before=now, opened_at=AT), absences)


def drawn(rows: tuple[TreeRow, ...]) -> list[str]:
    sign = {True: "-", False: "+"}
    return [
        f"{'  ' * row.depth}{sign[row.is_open] if isinstance(row.node, StatusBranch) else ' '}{row.label}"
        for row in rows
    ]


def test_containers_fold_lists_have_their_numbers_and_empties_come_last() -> None:
    root = tree_of(NETWORK, Absence("Lights", "needs PhoneOS 3.6"))
    assert drawn(visible_rows(root, {})) == [
        "+Network", " Standby Level", "+Zone", "+Empty", "+Not published here"
    ]  # fmt: skip
    assert drawn(visible_rows(root, {Path.of("Network"): True})) == [
        "-Network",
        "   IPv4 Address",
        "  -Statistics",
        "     Port 2 RxCrcErr",
        "     Port 10 RxCrcErr",
        "   Anything",
        " Standby Level",
        "+Zone",
        "+Empty",
        "+Not published here",
    ]
    shut = {Path.of("Network"): True, Path.of("Network", "Statistics"): False}
    assert "  +Statistics" in drawn(visible_rows(root, shut))
    assert drawn(visible_rows(root, shut, opens_all=True)).count("  -Statistics") == 1
    assert drawn(visible_rows(root, {}, opens_all=True))[-1] == "   Lights"


def test_a_container_with_one_thing_in_it_is_no_level_of_its_own() -> None:
    root = tree_of({"A B C One": "1", "A B C Two": "2"})
    assert drawn(visible_rows(root, {}, opens_all=True)) == ["-A B C", "   One", "   Two"]
    assert list(headings_above(root, Path.parse("A B C One"))) == [Path.parse("A B C")]


def test_every_leaf_is_in_the_tree_once_and_no_two_rows_are_taken_for_each_other() -> None:
    said = NETWORK | {"Network": "itself", "Zone Name 1": "a", "Zone Name 1 More": "b"}
    rows = visible_rows(tree_of(said), {}, opens_all=True)
    assert sorted(str(row.key) for row in rows if not isinstance(row.node, StatusBranch)) == sorted(said)
    assert len({row.key for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("words", "number"),
    [("14", 14.0), (" 0.4 % ", 0.4), ("-5", -5.0), ("1000 Full", 1000.0), ("11/21/26", None), ("10.0.0.5", None),
     ("7 days, 00:00:00", None), ("", None), ("9" * 70, None), ("1e400", None), ("NaN", None), ("sw-1", None)],
)  # fmt: skip
def test_a_number_is_one_number(words: str, number: float | None) -> None:
    assert leaf_number(words) == number


def series(*changes: tuple[float, float | None], until: float) -> LeafSeries:
    found = LeafSeries(0.0)
    for at, value in changes:
        found.add(at, value)
    found.seen_at = until
    return found


def test_a_number_holds_until_it_changes_and_nothing_is_known_while_the_phone_is_away() -> None:
    found = series((1, 5.0), (12, 7.0), (20, None), (30, 8.0), until=33)
    assert [found.value(at) for at in (0.5, 1, 11.9, 12, 25, 32, 40)] == [None, 5, 5, 7, None, 8, None]
    samples = list(found.window(0, 100))
    assert samples == sorted(samples, key=lambda sample: sample[0])
    assert (20, None) in samples
    assert not [at for at, _ in samples if 20 < at < 30]
    assert max(b - a for (a, v), (b, w) in pairwise(samples) if None not in (v, w)) <= 5.0
    assert list(RisenSeries(found).window(29, 31)) == [(30, 3.0), (31, 3.0)]


def test_what_a_counter_rose_by_in_a_minute_and_none_where_it_began_anew() -> None:
    found = series((0.5, 100.0), (30.5, 160.0), (90.5, 10.0), until=151)
    rises = dict(MinuteSeries(found).window(0, 200))
    assert rises[60.0] is None, "a minute ago nothing was known"
    assert rises[65.0] == 60.0
    assert rises[95.0] is None
    assert rises[151] == 0.0


def test_a_history_keeps_a_bounded_number_of_changes_of_numbers_alone() -> None:
    history, path = LeafHistory(0.0), Path.of("Count")
    for at in range(1, 2 * CAPACITY):
        now = Document({path: printable(str(at)), Path.of("Name"): printable("x")})
        history.take(now, {path: float(at)}, float(at), is_current=True)
    assert history.series(Path.of("Name")) is None
    kept = history.series(path)
    assert kept is not None
    assert len(kept.values) == CAPACITY


def test_a_leaf_that_goes_leaves_a_gap() -> None:
    history, path = LeafHistory(0.0), Path.of("Count")
    history.take(Document({path: printable("1")}), {}, 1.0, is_current=True)
    history.take(Document(), {}, 2.0, is_current=True)
    found = history.series(path)
    assert found is not None
    assert (found.value(1.5), found.value(2.0)) == (1.0, None)


def test_a_large_counter_is_drawn_by_what_it_rose() -> None:
    figures = list(leaf_figures(series((1, 10_000_000.0), (9, 10_000_120.0), until=20), "frames"))
    assert [figure.label for figure in figures] == ["risen", "value", "in a minute"]
    assert (figures[0].ticks[0], figures[0].ticks[-1]) == (0.0, 120.0)
    assert [figure.label for figure in leaf_figures(series((1, 5.0), until=3), "")] == ["value", "in a minute"]


@pytest.mark.parametrize(
    ("low", "top"), [(0, 0), (14, 14), (0.1, 0.4), (123456, 123490), (-5, 7), (0, 1.8e19), (1.8e19, 1.8e19)]
)
def test_a_scale_has_a_few_round_numbers_around_what_was_seen(low: float, top: float) -> None:
    ticks = round_ticks(low, top)
    assert 3 <= len(ticks) <= 8
    assert ticks[0] <= low
    assert ticks[-1] >= top


# The screen


def shown(desk: Desk) -> Iterator[str]:
    view = desk.app.screen.query_one("#tree", RowsView)
    return ("".join(run.text for run in row) for row in view.rows)


def under_cursor(desk: Desk) -> str:
    screen = desk.app.screen
    assert isinstance(screen, StatusScreen)
    return screen.item.label if screen.item is not None else ""


async def tell(desk: Desk, **said: str | None) -> None:
    desk.fleet.tell(LOBBY, {path.replace("_", " "): value for path, value in said.items()}, desk.clock.at)
    screen = desk.app.screen
    assert isinstance(screen, StatusScreen)
    screen._sample()
    screen.refresh_view()
    await desk.pilot.pause()


async def test_arrows_enter_and_clicks_open_and_close_headings_and_the_phone_s_answers_leave_them_so() -> None:
    async with opened(office()) as desk:
        await desk.press("x")
        assert not any("RxCrcErr " in line for line in desk.lines() if "▸" not in line)
        await desk.press(*["down"] * 7)
        assert under_cursor(desk) == "Network"
        await desk.press("right")
        assert "▾ Network" in desk.text()
        await desk.press("right")
        assert under_cursor(desk) == "ActiveInterface"
        await desk.press("down", "down", "left")
        assert "▸ Statistics Port 1" in desk.text()
        desk.clock.move(5)
        await tell(desk, Network_Statistics_Port_1_RxCrcErr="9", Aardvark_One="1", Aardvark_Two="2")
        assert "◆   ▸ Statistics Port 1" in desk.text(), "still shut, and marked"
        assert under_cursor(desk) == "Statistics Port 1"
        await desk.press("left", "enter")
        assert under_cursor(desk) == "Network"
        assert "▸ Network" in desk.text()
        view = desk.app.screen.query_one("#tree", RowsView)
        place = next(at for at, line in enumerate(shown(desk)) if "Aardvark" in line)
        await desk.pilot.click(view, offset=(8, place + 1))
        assert "▾ Aardvark" in desk.text()
        await desk.press("shift+right")
        assert "▸" not in desk.text()
        await desk.press("end", "shift+left")
        assert "▾" not in desk.text()


async def test_what_is_looked_for_is_open_and_the_place_stays_after_it() -> None:
    async with opened(office(), size=SMALL) as desk:
        await desk.press("x", "slash", *"port 1", "enter", "left")
        assert under_cursor(desk) == "Network Statistics Port 1"
        await desk.press("enter")
        assert "always open: esc shows all again" in desk.lines()[-1]
        await desk.press("down", "escape")
        assert under_cursor(desk) == "RxCrcErr"
        assert "▾ Network" in desk.text()


async def test_enter_charts_a_number_from_what_was_seen_since() -> None:
    async with opened(office()) as desk:
        await desk.press("x", "slash", *"Call 0", "enter")
        for seconds, value in ((20, "61"), (20, "18"), (20, "33")):
            desk.clock.move(seconds)
            desk.fleet.put(replace(desk.fleet.phones[LOBBY], connection=Connection(State.LIVE, fresh_at=desk.clock.at)))
            await tell(desk, Line_1_Call_0_Jitter=value)
        await desk.press("enter")
        assert "CallState is no number, so there is nothing to chart: y copies it." in desk.lines()[-1]
        await desk.press("down", "enter")
        assert isinstance(desk.app.screen, LeafChart)
        assert "value · lobby · Line 1 Call 0 Jitter" in desk.text()
        assert "value 33 ms" in desk.text()
        await desk.press("home")
        assert "value 14 ms" in desk.text()
        await desk.press("l")
        assert "No other number lies beside this one." in desk.lines()[-1]
        await desk.press("right_square_bracket")
        assert "reception gives no number as Line 1 Call 0 Jitter" in desk.text()
        await desk.press("left_square_bracket", "escape")
        assert under_cursor(desk) == "Jitter"


async def test_a_heading_is_copied_with_all_that_is_in_it() -> None:
    async with opened(office()) as desk:
        await desk.press("x", "y", "1")
        assert desk.app.clipboard.splitlines()[0] == "*s Bookings Availability Status: BookedUntil"
