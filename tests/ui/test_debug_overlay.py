"""The corner that says what the program costs."""

import asyncio
from dataclasses import dataclass

from textual.drivers.headless_driver import HeadlessDriver

from phonetui.ui.driver import CLOGGED, OutputStats, counting_driver
from phonetui.ui.widgets.debug_overlay import DebugOverlay
from tests.ui.office import answered, office, phone
from tests.ui.screen import SMALL, opened


async def test_it_is_shown_and_taken_away_by_the_same_key() -> None:
    fleet = office()
    answered(fleet, reception=4.0, bergen_1=250.0, bergen_2=20.0)
    async with opened(fleet) as desk:
        assert "loop lag" not in desk.text()
        await desk.press("D")
        for words in ("bytes/s", "paints", "20 ms, at most 250", "loop lag", "tasks", "memory", "live"):
            assert words in desk.text()
        assert "Front Desk 5000" in desk.text(), "it lies above the panes and takes no room from them"
        await desk.press("D")
        assert "loop lag" not in desk.text()


async def test_each_screen_has_its_own_and_phones_that_never_answered_have_no_figure() -> None:
    async with opened(size=SMALL) as desk:
        await desk.press("f", "D")
        assert "answers  –" in desk.text()
        await desk.press("escape")
        assert "answers" not in desk.text()


async def test_it_looks_only_while_it_is_shown() -> None:
    async with opened() as desk:
        before = len(asyncio.all_tasks())
        await desk.press("D")
        assert len(asyncio.all_tasks()) > before
        assert desk.app.screen.query(DebugOverlay)
        await desk.press("D")
        assert len(asyncio.all_tasks()) == before


async def test_every_byte_is_counted_and_a_paint_is_what_lies_between_its_marks() -> None:
    output_stats = OutputStats()
    async with opened() as desk:
        driver = counting_driver(HeadlessDriver, output_stats)(desk.app)
        for data in ("\x1b[?2026h", "grün", "\x1b[?2026l"):
            driver.write(data)
    assert (output_stats.written, output_stats.paints) == (8 + 5 + 8, 1)


@dataclass
class Waiting:
    """A terminal's backlog, moved by hand."""

    pending: int
    accepted: int = 0
    has_gap: bool = False


async def test_a_terminal_that_takes_nothing_is_painted_no_more_until_it_does() -> None:
    async with opened() as desk:
        output_stats, before = desk.app.output_stats, desk.app.view_state.stamp
        output_stats.backlog = waiting = Waiting(pending=CLOGGED + 1)
        desk.fleet.put(phone("lobby"))
        assert output_stats.is_clogged
        assert desk.app.view_state.stamp == before
        waiting.pending = 0
        assert desk.app.view_state.stamp != before
