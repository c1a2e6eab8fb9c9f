"""The corner that says what the program costs."""

import asyncio
import errno
import io
from typing import Any

from textual.drivers.headless_driver import HeadlessDriver

from phonetui.ui.meter import CLOGGED, Meter, _Outlet, metered
from phonetui.ui.screens.gauge import Gauge
from tests.ui.office import office, phone
from tests.ui.screen import SMALL, opened


async def test_it_is_shown_and_taken_away_by_the_same_key() -> None:
    fleet = office()
    fleet.answers_s = (0.004, 0.250, 0.020)
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
        assert desk.app.screen.query(Gauge)
        await desk.press("D")
        assert len(asyncio.all_tasks()) == before


async def test_every_byte_is_counted_and_a_paint_is_what_lies_between_its_marks() -> None:
    meter = Meter()
    async with opened() as desk:
        driver = metered(HeadlessDriver, meter, lambda: None)(desk.app)
        for data in ("\x1b[?2026h", "grün", "\x1b[?2026l"):
            driver.write(data)
    assert (meter.written, meter.paints) == (8 + 5 + 8, 1)


class Hanging(HeadlessDriver):
    """Has a file as drivers of terminals do, and never gets round to writing."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._file = io.StringIO()


async def test_a_terminal_that_takes_nothing_is_painted_no_more_until_it_does() -> None:
    async with opened() as desk:
        meter, before = desk.app.meter, desk.app.viewpoint.stamp
        driver = metered(Hanging, meter, lambda: None)(desk.app)
        meter.queued += 2 * CLOGGED
        desk.fleet.put(phone("lobby"))
        assert meter.is_clogged
        assert desk.app.viewpoint.stamp == before
        for _ in range(2 * CLOGGED):
            vars(driver)["_file"].write("taken")
        assert desk.app.viewpoint.stamp != before


def test_a_lost_terminal_is_told_once_and_swallows_the_rest() -> None:
    told: list[str] = []
    outlet = _Outlet(Gone(), meter := Meter(), lambda: told.append("lost"))
    for _ in range(3):
        outlet.write("x")
        outlet.flush()
    assert told == ["lost"]
    assert meter.gone == 3


class Gone(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.EIO, "Input/output error")
