"""The chart: its axes, what it draws, and the screen around it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.journal import EntryKind, JournalEntry, Weight
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui.calls import chart_rows as pane
from phonetui.ui.calls.chart_rows import Chart, Point, curve, plot_width, segments
from phonetui.ui.calls.chart_screen import ChartScreen
from phonetui.ui.calls.chart_sources import SPANS_S, ChartFigure, TimeAxis, ValueAxis, call_figures, gap_s, port_figures
from phonetui.ui.output import GLYPHS
from phonetui.ui.panes.call_metrics import METRICS
from phonetui.ui.text.rows import Role, Row, cell_width, text
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.golden import compare, golden
from tests.ui.office import AT, NOW, FakeFleet, course, lobby, office, talk
from tests.ui.screen import SMALL, WIDE, Desk, opened, themed
from tests.ui.test_goldens import HOSTILE, paired
from tests.ui.test_hostile import fleet_saying

BY_NAME = {figure.label: figure for figure in call_figures(talk(), DEFAULT, CallHistory(AT))}
EPOCH = NOW.timestamp() - AT


def span(seconds: float = 60, width: int = 60, until: float = AT) -> TimeAxis:
    return TimeAxis(until, width, seconds / width, EPOCH)


def steady(values: Sequence[float | None], every_s: float = 2.0, until: float = AT) -> CallHistory:
    """A call whose every figure has these values, the last one at `until`."""
    history = CallHistory(until - every_s * (len(values) - 1))
    for place, value in enumerate(values):
        for metric in METRICS:
            metric.series(history).add(history.since_at + place * every_s, value)
    return history


def chart(history: CallHistory, metric: str = "jitter", far: CallHistory | None = None, **more: object) -> Chart:
    drawn = Chart(
        figures=call_figures(talk(), DEFAULT, history, far), chosen=list(BY_NAME).index(metric), since_at=history.since_at,
        entries=(), gap_s=5.0, is_current=True, cursor=None, zone=NOW.tzinfo,
    )  # fmt: skip
    return replace(drawn, **more)


def plot(rows: list[Row]) -> list[str]:
    """What is drawn between the scale and the words of the thresholds."""
    return [text(runs)[5:65] for runs in rows[:-3]]


def is_dots(glyph: str) -> bool:
    return "\u2800" < glyph <= "\u28ff"


@pytest.mark.parametrize("figure", BY_NAME.values(), ids=lambda figure: figure.label)
def test_a_scale_reaches_from_its_lowest_to_its_highest_line_and_stays_there(figure: ChartFigure) -> None:
    scale = ValueAxis(figure, 12)
    low, high = scale.ends
    assert scale.line(low) == 0
    assert scale.line(high) == 11
    assert scale.line(high * 99) == 11
    assert scale.line(-1) == 0
    ticks = scale.ticks()
    assert {0, 11} <= ticks.keys()
    assert all(scale.line(float(words)) == line for line, words in ticks.items())


def test_numbers_of_the_scale_keep_a_line_between_each_other() -> None:
    for high in range(3, 30):
        lines = sorted(ValueAxis(BY_NAME["loss"], high).ticks())
        assert all(below + 1 < above for below, above in pairwise(lines))


def test_thresholds_are_lines_with_a_word_and_a_number() -> None:
    rows = pane.chart_rows(chart(steady([]), "MOS"), span(), 24)
    words = [text(runs) for runs in rows]
    assert any(line.endswith("▲ fair 4.0") and "─" * 60 in line for line in words)
    assert any(line.endswith("! POOR 3.5") and "─" * 60 in line for line in words)
    assert any(line.endswith("✗ CRITICAL 3.1") for line in words)


def test_the_worse_of_two_thresholds_on_one_line_is_told() -> None:
    marks = ValueAxis(BY_NAME["MOS"], 3).thresholds()
    assert marks[1][0].word == "CRITICAL"


def test_the_curve_is_on_the_line_of_its_value_in_the_role_of_its_grade() -> None:
    for value, role in ((10.0, Role.GOOD), (40.0, Role.FAIR), (90.0, Role.POOR)):
        rows = pane.chart_rows(chart(steady([value] * 31)), span(), 23)
        place = 19 - ValueAxis(BY_NAME["jitter"], 20).line(value)
        assert sum(map(is_dots, plot(rows)[place])) >= 58
        assert any(run.role is role and is_dots(run.text[-1]) for run in rows[place])


def test_one_bad_reading_is_as_bad_however_many_share_its_column() -> None:
    rows = pane.chart_rows(chart(steady([10.0] * 100 + [95.0] + [10.0] * 100)), span(3600), 23)
    assert any(run.role is Role.POOR and any(map(is_dots, run.text)) for runs in rows[:-3] for run in runs)


def test_what_is_not_known_is_a_gap_and_not_joined() -> None:
    history = steady([20.0] * 10 + [None] * 10 + [20.0] * 11)
    lines = plot(pane.chart_rows(chart(history), span(), 12))
    columns = [column for column in range(60) if any(is_dots(line[column]) for line in lines)]
    assert not [column for column in columns if 20 <= column < 38]
    assert lines[-1][22:36] == "·" * 14


def test_a_time_without_readings_is_a_gap() -> None:
    samples: list[tuple[float, float | None]] = [(0, 1.0), (2, 1.0), (20, 1.0), (22, None), (24, 1.0)]
    assert [len(stretch) for stretch in segments(samples, 5.0)] == [2, 1, 1]


def test_nothing_is_drawn_before_the_call() -> None:
    lines = plot(pane.chart_rows(chart(steady([20.0] * 10)), span(), 12))
    assert all(not any(is_dots(glyph) or glyph == "·" for glyph in line[:40]) for line in lines)


def test_a_past_column_never_changes() -> None:
    """As time goes on the drawn columns move to the left as they are."""
    values: list[float | None] = [20.0 + 30 * (place % 7 == 3) for place in range(60)]
    history = steady(values)
    before = plot(pane.chart_rows(chart(history), span(), 12))
    for metric in METRICS:
        metric.series(history).add(AT + 2, 20.0)
    after = plot(pane.chart_rows(chart(history), span(until=AT + 2), 12))
    assert [line[6:55] for line in before] == [line[4:53] for line in after]


def test_the_cursor_stands_behind_the_curve() -> None:
    rows = pane.chart_rows(chart(steady([20.0] * 31), cursor=AT - 20), span(), 12)
    column = [line[span().column(AT - 20)] for line in plot(rows)]
    assert column.count("│") == 8
    assert sum(map(is_dots, column)) == 1


def test_the_other_end_is_dashed_so_that_colour_is_not_needed() -> None:
    rows = pane.chart_rows(chart(steady([20.0] * 31), far=steady([80.0] * 31)), span(), 23)
    place = 19 - ValueAxis(BY_NAME["jitter"], 20).line(80.0)
    assert 40 <= sum(map(is_dots, plot(rows)[place])) <= 50
    assert any(run.role is Role.INFO for run in rows[place])


def test_a_silent_phone_has_a_curve_without_colour() -> None:
    rows = pane.chart_rows(chart(steady([90.0] * 31), far=steady([10.0] * 31), is_current=False), span(), 12)
    assert {run.role for runs in rows[:-3] for run in runs if any(map(is_dots, run.text))} == {Role.STALE}


def test_entries_are_marked_at_their_time_the_gravest_of_a_column() -> None:
    def entry(ago_s: float, weight: Weight) -> JournalEntry:
        return JournalEntry(NOW - timedelta(seconds=ago_s), PhoneId("a"), Printable("x"), weight)

    entries = [
        entry(30, Weight.INFO),
        entry(30, Weight.TROUBLE),
        entry(30, Weight.GOOD),
        entry(10, Weight.INFO),
        entry(90, Weight.INFO),
    ]
    marks = text(pane.chart_rows(chart(steady([]), entries=entries), span(), 12)[-2])[5:]
    assert {column: glyph for column, glyph in enumerate(marks) if glyph != " "} == {29: "!", 49: "·"}


def test_times_of_day_stand_below_their_ticks() -> None:
    *_, axis, _, times = map(text, pane.chart_rows(chart(steady([])), span(), 12))
    ticks = [column for column, glyph in enumerate(axis) if glyph == "┬"]
    assert times.split() == ["03:03:45", "03:04:00", "03:04:15"]
    assert [times.index(time) + 4 for time in times.split()] == ticks


@pytest.mark.parametrize("width", [60, 80, 120, 300])
@pytest.mark.parametrize("high", [5, 8, 24, 90])
def test_a_chart_fits(width: int, high: int) -> None:
    columns = plot_width(width)
    for seconds in SPANS_S:
        rows = pane.chart_rows(chart(course(paired().phones[PhoneId("reception")], 900)), span(seconds, columns), high)
        assert len(rows) == max(high, 5)
        assert all(cell_width(runs) <= width for runs in rows)


def test_a_curve_is_characters_and_nothing_else() -> None:
    lines = curve(((Point(0, 0), Point(9, 2)), (Point(12, 1),)), 20, 3)
    assert [len(line) for line in lines] == [20] * 3
    assert all(glyph == " " or is_dots(glyph) for line in lines for glyph in line)
    assert not any(is_dots(line[10]) for line in lines)
    assert any(is_dots(line[12]) for line in lines)
    assert curve((), 4, 2) == ("    ", "    ")


def test_every_braille_cell_has_a_likeness() -> None:
    assert {GLYPHS[chr(code)] for code in range(0x2801, 0x2900)} == {"'", "-", ".", ":"}


def charted(name: str = "desk-31") -> FakeFleet:
    """A call in trouble, both ends with figures, with entries of every weight."""
    fleet = paired(name)
    fleet.histories[PhoneId("far")] = fleet.histories[PhoneId("lobby")]
    near = PhoneId("reception")
    fleet.entries = (
        *fleet.entries,
        JournalEntry(
            NOW - timedelta(seconds=200), near, printable("Call Dial Number=5012: OK"), kind=EntryKind.COMMAND
        ),
        JournalEntry(
            NOW - timedelta(seconds=140),
            near,
            printable(f"critical: loss up to 12.4 % {name}"),
            Weight.TROUBLE,
            EntryKind.ALERT,
        ),
        JournalEntry(NOW - timedelta(seconds=65), near, printable("over: loss"), Weight.GOOD, EntryKind.ALERT),
    )
    return fleet


def unheard() -> FakeFleet:
    """A call is up, nothing of it is known yet."""
    fleet = office()
    fleet.histories.clear()
    return fleet


def port_course(every_s: float = 10.0) -> PortHistory:
    """Five minutes of a port with one burst of packets, one of errors, and a reboot."""
    history = PortHistory(AT - 301)
    for place in range(30):
        at = AT - 301 + place * every_s
        rebooted = place == 20
        history.rx_per_s.add(at, None if rebooted else 96.0 + 60 * (place == 8))
        history.tx_per_s.add(at, None if rebooted else 50.0)
        history.errors.add(at, None if rebooted else 14.0 * (place == 25))
    return history


def wired(name: str = "desk-31") -> FakeFleet:
    """A phone without a call whose ports have figures."""
    fleet = office()
    phone = fleet.phones[PhoneId("desk-31")]
    ports = tuple(replace(port, neighbour=printable(name) if port.neighbour else None) for port in phone.ports)
    fleet.phones = {phone.id: replace(phone, name=printable(name), ports=ports)}
    fleet.port_histories = {phone.id: {1: port_course(), 2: port_course()}}
    return fleet


SCREENS: dict[str, tuple[Callable[[], FakeFleet], tuple[int, int], tuple[str, ...], bool]] = {
    "chart-both-ends": (charted, WIDE, ("left",) * 38, False),
    "chart-loss": (charted, WIDE, ("down",), False),
    "chart-no-figures": (unheard, WIDE, (), False),
    "chart-60x16": (charted, (60, 16), (), False),
    "chart-port": (wired, WIDE, ("left",) * 5, False),
    "chart-port-errors": (lambda: wired(HOSTILE), WIDE, ("up", "l"), False),
    "chart-port-80x24": (wired, SMALL, (), False),
    "chart-port-ascii": (wired, (60, 16), (), True),
}


async def arrived(desk: Desk, *keys: str) -> ChartScreen:
    await desk.press("g", *keys)
    screen = desk.app.screen
    assert isinstance(screen, ChartScreen)
    screen.refresh_view()
    await desk.pilot.pause()
    return screen


@pytest.mark.parametrize("name", SCREENS)
async def test_the_chart_on_the_screen(name: str) -> None:
    make, size, keys, is_ascii = SCREENS[name]
    async with opened(make(), size=size, config=themed(ascii=is_ascii)) as desk:
        screen = await arrived(desk, *keys)
        drawn = "\n".join(line.rstrip() for line in desk.lines()) + "\n" if is_ascii else golden(desk, screen)
    assert drawn.isascii() or not is_ascii
    compare(name, drawn)


def shows(desk: Desk, view: str) -> str:
    return "\n".join(map(text, desk.app.screen.query_one(f"#{view}", RowsView).rows))


async def test_keys_switch_figure_time_and_phone() -> None:
    async with opened(charted()) as desk:
        await arrived(desk)
        assert "▸MOS" in shows(desk, "metrics")
        await desk.press("down")
        assert "▸loss" in shows(desk, "metrics")
        await desk.press("shift+tab", "shift+tab")
        assert "▸discard" in shows(desk, "metrics")
        assert "5 min" in shows(desk, "metrics")
        await desk.press("plus")
        assert "10 min" in shows(desk, "metrics")
        await desk.press("minus", "minus", "minus", "minus")
        assert "1 min" in shows(desk, "metrics")
        await desk.press("right_square_bracket")
        assert desk.app.view_state.selected == "far"
        assert "lobby" not in shows(desk, "reading")


async def test_the_cursor_reads_the_figures_of_its_moment_and_follows_again_past_the_newest() -> None:
    async with opened(charted()) as desk:
        await arrived(desk)
        assert shows(desk, "reading").startswith("03:04:27")
        await desk.press("left")
        earlier = shows(desk, "reading")
        assert "03:04:27" not in earlier
        await desk.press("home")
        assert shows(desk, "reading").startswith("02:59:")
        await desk.press("end")
        assert shows(desk, "reading").startswith("03:04:27")
        await desk.press("left", "right")
        assert shows(desk, "reading").startswith("03:04:27")
        await desk.press("escape")
        assert desk.app.screen is desk.main


async def test_a_frozen_chart_stands_still_with_both_ends() -> None:
    fleet = charted()
    async with opened(fleet) as desk:
        await desk.press("p")
        screen = await arrived(desk)
        before = desk.text()
        fleet.histories.clear()
        fleet.say(JournalEntry(NOW, PhoneId("reception"), Printable("later")))
        screen.refresh_view()
        await desk.pilot.pause()
        assert desk.text() == before


async def test_nothing_is_painted_again_where_nothing_changed() -> None:
    async with opened(charted()) as desk:
        screen = await arrived(desk)
        painted: list[object] = []
        for view in screen.query(RowsView):
            view.refresh = lambda *regions, **_: painted.append(regions)  # type: ignore[assignment, method-assign]
        drawn = curve.cache_info().misses
        desk.fleet.version += 1
        screen.refresh_view()
        assert painted == []
        assert curve.cache_info().misses == drawn


async def test_an_empty_chart_says_why() -> None:
    fleet = office()
    lost = Connection(State.REFUSED, "credentials", printable("the phone refuses user xapi"))
    fleet.phones = {PhoneId("lobby"): replace(fleet.phones[PhoneId("lobby")], connection=lost)}
    async with opened(fleet) as desk:
        fleet.histories.clear()
        await arrived(desk)
        assert "lobby has no figures to draw: refused: the phone refuses user xapi." in shows(desk, "chart")
    async with opened(office()) as desk:
        desk.app.view_state.selected = PhoneId("desk-31")
        await arrived(desk)
        assert "desk-31: no call is up" in shows(desk, "chart")
        await desk.press("left", "home", "l", "down", "plus")
        assert "desk-31: no call is up" in shows(desk, "chart")


async def test_calls_come_first_and_a_key_walks_on_to_the_ports() -> None:
    fleet = charted()
    fleet.port_histories = {PhoneId("reception"): {1: port_course(), 2: port_course()}}
    async with opened(fleet) as desk:
        await arrived(desk, "down")
        assert "▸loss" in shows(desk, "metrics")
        assert "l call, port" in shows(desk, "key-hints")
        await desk.press("l", "down", "left")
        assert "▸sent" in shows(desk, "metrics")
        assert shows(desk, "reading").startswith("03:04:08")
        assert "switch port" in desk.text()
        await desk.press("l")
        assert "PC port" in desk.text()
        assert shows(desk, "reading").startswith("03:04:18"), "another one's cursor means nothing here"
        await desk.press("l")
        assert "▸MOS" in shows(desk, "metrics")


async def test_a_call_that_begins_takes_the_place_of_a_port_that_nobody_chose() -> None:
    fleet = wired()
    async with opened(fleet) as desk:
        screen = await arrived(desk)
        assert "switch port" in desk.text()
        begun = replace(lobby(), id=PhoneId("desk-31"))
        fleet.histories[begun.id] = {(1, 0): course(begun)}
        fleet.put(begun)
        screen.refresh_view()
        assert "▸MOS" in shows(desk, "metrics")
        await desk.press("l")
        fleet.put(replace(begun, lines=()))
        screen.refresh_view()
        assert "received 96 p/s  sent 50 p/s  errors 0 ●" in shows(desk, "reading")


async def test_a_frozen_port_stands_still() -> None:
    fleet = wired()
    async with opened(fleet) as desk:
        await desk.press("p")
        screen = await arrived(desk)
        before = desk.text()
        fleet.port_histories[PhoneId("desk-31")][1].rx_per_s.add(AT, 150.0)
        fleet.version += 1
        screen.refresh_view()
        await desk.pilot.pause()
        assert desk.text() == before


def test_a_ports_scale_is_round_and_the_same_both_ways() -> None:
    history = PortHistory(AT)
    for most, top in ((None, 10), (9.0, 10), (10.0, 10), (11.0, 20), (156.0, 200), (430.0, 500), (6_000.0, 10_000)):
        history.tx_per_s.add(AT, most)
        received, sent, errors = port_figures(history)
        assert received.ticks == sent.ticks
        assert ValueAxis(sent, 9).ends == (0, top)
        assert ValueAxis(errors, 9).ends == (0, 10)
        assert sent.limits is None
    assert "10k" in ValueAxis(sent, 9).ticks().values()


def test_any_error_is_poor_and_a_rate_is_not_judged() -> None:
    received, _, errors = port_figures(port_course())
    assert ValueAxis(received, 9).grade(4) is None
    assert ValueAxis(errors, 9).grade(0) is Grade.GOOD
    assert ValueAxis(errors, 9).grade(1) is Grade.POOR


def test_readings_of_a_port_are_joined_as_rarely_as_it_is_read() -> None:
    assert gap_s([0.0, 10.0, 20.0, 90.0]) == 30.0
    assert gap_s([0.0]) == 0.0


async def test_strangers_words_stay_words() -> None:
    async with opened(fleet_saying(printable(HOSTILE))) as desk:
        await arrived(desk)
        assert "\x1b" not in desk.text()


async def test_an_unknown_other_end_is_told() -> None:
    fleet = charted()
    async with opened(fleet) as desk:
        await arrived(desk)
        assert "desk-31" in shows(desk, "reading")
        fleet.partners = {}
        await arrived_again(desk)
        assert "far end: not known" in shows(desk, "reading")
        fleet.partners = {(PhoneId("reception"), (1, 0)): Partner(PhoneId("gone"), (1, 0), Printable("x"))}
        await arrived_again(desk)
        assert "far end: not known" in shows(desk, "reading")


async def arrived_again(desk: Desk) -> None:
    await desk.press("escape")
    await arrived(desk)


def test_every_figure_of_a_call_can_be_charted_on_the_scale_of_its_sparkline() -> None:
    assert {(metric.label, metric.low, metric.high) for metric in METRICS} == {
        (figure.label, *ValueAxis(figure, 9).ends) for figure in BY_NAME.values()
    }
