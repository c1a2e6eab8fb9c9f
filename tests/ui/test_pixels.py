"""The phone's screen in dots of the terminal's own: in a terminal that says that it can, and in one that can't."""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from phonetui.ui.control.picture import PictureScreen
from phonetui.ui.graphics import encoders
from phonetui.ui.graphics.capabilities import CellSize, GraphicsMode, ImageProtocol
from phonetui.ui.widgets.image import HALF, DottedView
from tests.deadlines import EVENTUALLY_S
from tests.live import until
from tests.terminal import Terminal
from tests.ui.screen import Desk, opened, themed
from tests.ui.test_screenshot import ASKED, canvas, seen, showing
from tests.ui.test_terminal import HERE, PROGRAM, state_of

SIZE = b"\x1b[6;20;10t"
KITTY = {b"\x1b_Gi=31": b"\x1b_Gi=31;OK\x1b\\" + SIZE}
SIXEL = {b"\x1b[c": SIZE + b"\x1b[?62;4;22c"}

REMOVE = encoders.REMOVE.encode()
_PLACED = re.compile(
    rb"\x1b7\x1b\[(\d+);(\d+)H\x1b_Ga=T[^\x1b]*c=(\d+),r=(\d+),[^\x1b]*\x1b\\\x1b8"
    rb'|\x1b\[(\d+);1H[^\n]*\x1b7\x1b\[(\d+)G\x1b\[(\d+)A\x1bP0;1q"1;1;(\d+);(\d+)#[^\x1b]*\x1b\\\x1b8'
)


@contextmanager
def looking(answers: Mapping[bytes, bytes], wanted: str = "auto") -> Iterator[Terminal]:
    terminal = Terminal([*PROGRAM, "picture", wanted], environment={"PYTHONPATH": str(HERE)}, answers=answers)
    try:
        terminal.until("quit", 20.0)
        terminal.settle()
        terminal.send("s")
        terminal.until("60 × 24")
        yield terminal
    finally:
        if terminal.status is None:
            terminal.close()


def leave(terminal: Terminal) -> None:
    terminal.send("q")
    terminal.until("? keys here")
    assert terminal.close("q") == 0


def placed(output: bytes) -> list[tuple[int, ...]]:
    """Each time that a picture was drawn: line and column from 1, and its size, in cells by kitty or dots as sixels."""
    found: list[tuple[int, ...]] = []
    for match in _PLACED.finditer(output):
        line, column, columns, rows, last, beginning, up, width, height = (int(group or 0) for group in match.groups())
        found.append((line or last - up, column or beginning, columns or width, rows or height))
    return found


class Since:
    """What the program wrote since."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._from = len(terminal.output)

    @property
    def output(self) -> bytes:
        return bytes(self._terminal.output[self._from :])

    def drawn(self) -> list[tuple[int, ...]]:
        """Waits for one, and a little longer for more that must not come."""
        self._terminal.wait_for(lambda: placed(self.output), "a picture is drawn")
        self._terminal.settle(0.3)
        return placed(self.output)

    def removed(self) -> int:
        self._terminal.wait_for(lambda: REMOVE in self.output, "the picture is taken away")
        assert placed(self.output) == []
        return self.output.count(REMOVE)


@pytest.mark.slow
def test_kitty_is_given_a_picture_once_and_told_to_take_it_away_whenever_it_is_not_to_be_seen() -> None:
    with looking(KITTY) as terminal:
        terminal.wait_for(lambda: placed(bytes(terminal.output)), "a picture is drawn")
        terminal.settle(0.4)
        whole = (6, 1, 120, 24)
        assert placed(bytes(terminal.output)) == [whole]
        assert "1 kB as kitty" in terminal.text
        assert HALF not in terminal.text
        covered = Since(terminal)
        terminal.send("\x10")
        assert covered.removed() == 1
        again = Since(terminal)
        terminal.send("\x1b")
        assert again.drawn() == [whole]
        stopped = Since(terminal)
        terminal.send("\x1a")
        terminal.wait_for(lambda: state_of(terminal.process) == "T", "the program is stopped")
        assert REMOVE in stopped.output.partition(b"\x1b[?1049l")[0]
        again = Since(terminal)
        os.kill(terminal.process, signal.SIGCONT)
        assert again.drawn() == [whole]
        smaller = Since(terminal)
        terminal.resize(80, 24)
        assert smaller.drawn()[-1:] == [(4, 1, 80, 16)]
        assert REMOVE in smaller.output
        left = Since(terminal)
        terminal.send("\x1b")
        assert left.removed() == 1
        terminal.send("s")
        again = Since(terminal)
        assert again.drawn() == [(4, 1, 80, 16)]
        ended = Since(terminal)
        os.kill(terminal.process, signal.SIGTERM)
        assert terminal.close() == 128 + signal.SIGTERM
        assert ended.output.partition(b"\x1b[?1049l")[0].count(REMOVE) == 1
        assert REMOVE not in ended.output.partition(b"\x1b[?1049l")[2]


@pytest.mark.slow
def test_sixels_are_sent_behind_the_last_line_of_a_paint() -> None:
    with looking(SIXEL) as terminal:
        terminal.wait_for(lambda: placed(bytes(terminal.output)), "a picture is drawn")
        terminal.settle(0.4)
        middle = (17, 58, 60, 24)
        assert set(placed(bytes(terminal.output))) == {middle}
        assert "1 kB as sixel" in terminal.text
        quiet = Since(terminal)
        terminal.send("r")
        terminal.settle(0.5)
        assert placed(quiet.output) == [], "the same picture is not sent again; that it is asked for may be said"
        covered = Since(terminal)
        terminal.send("?")
        terminal.until("Keys on the picture")
        assert placed(covered.output) == []
        again = Since(terminal)
        terminal.send("\x1b")
        assert set(again.drawn()) == {middle}
        smaller = Since(terminal)
        terminal.resize(60, 16)
        assert set(smaller.drawn()) == {(7, 28, 60, 24)}
        leave(terminal)
        assert REMOVE not in terminal.output


@pytest.mark.slow
def test_a_terminal_that_cannot_is_drawn_dots_and_half_blocks_and_is_told_why() -> None:
    with looking({}) as terminal:
        terminal.until("dots 1:1: no graphics here")
        terminal.send("v")
        terminal.until(HALF * 60)
        terminal.until("half blocks: no graphics here")
        assert placed(bytes(terminal.output)) == []
        leave(terminal)


@pytest.mark.slow
def test_who_asks_for_nothing_has_nothing_asked() -> None:
    with looking(KITTY, "blocks") as terminal:
        terminal.until("dots 1:1")
        assert b"\x1b_G" not in terminal.output
        assert b"\x1b[c" not in terminal.output
        terminal.send("v")
        terminal.until(HALF * 60)
        terminal.until("half blocks")
        assert "half blocks:" not in terminal.text
        leave(terminal)


def dotted(protocol: ImageProtocol = ImageProtocol.SIXEL) -> GraphicsMode:
    return GraphicsMode(protocol, CellSize(10, 20))


async def drawn(desk: Desk) -> DottedView:
    """Once a drawing hangs."""
    screen = await seen(desk)
    view = screen.query_one(DottedView)
    await until(lambda: view.drawing is not None)
    await desk.pilot.pause()
    return view


def segments(desk: Desk) -> list[str]:
    """Pictures in the cells of the screen on top."""
    strips = desk.app.screen._compositor.render_strips()
    return [segment.text for strip in strips for segment in strip if segment.control]


async def test_the_drawing_ends_the_last_line_and_the_cells_under_it_are_empty() -> None:
    async with opened(showing(), graphics_mode=dotted()) as desk:
        await desk.press("s")
        view = await drawn(desk)
        await until(lambda: segments(desk))
        (shown,) = segments(desk)
        assert shown.startswith("\x1b7\x1b[58G\x1b[17A\x1bP0;1q")
        assert HALF not in desk.text()
        assert {strip.cell_length for strip in desk.app.screen._compositor.render_strips()} == {120}
        assert view.drawing is not None
        assert "1 kB as sixel" in desk.text()


async def test_a_message_over_it_turns_it_into_half_blocks_until_it_is_gone() -> None:
    async with opened(showing(), graphics_mode=dotted()) as desk:
        await desk.press("s")
        view = await drawn(desk)
        desk.app.notify("over it\n" * 4, timeout=EVENTUALLY_S)
        await until(lambda: view.drawing is None)
        await desk.pilot.pause()
        assert HALF * 20 in desk.text()
        assert segments(desk) == []
        desk.app.clear_notifications()
        await until(lambda: view.drawing is not None)


async def test_the_mask_hides_a_drawing_and_half_blocks() -> None:
    for graphics_mode in (GraphicsMode(), dotted()):
        async with opened(showing(), graphics_mode=graphics_mode) as desk:
            await desk.press("s", *("v" if graphics_mode == GraphicsMode() else ""))
            screen = await seen(desk)
            await desk.press("P")
            screen._refresh_if_changed()
            await desk.pilot.pause()
            assert HALF not in desk.text()
            assert segments(desk) == []
            assert "the privacy mask hides pictures" in desk.text()
            await desk.press("S")
            assert desk.text().count("the privacy mask hides pictures") == 2
            await desk.press("P")
            screen._refresh_if_changed()
            await desk.pilot.pause()
            assert HALF * 20 in desk.text()
            assert desk.fleet.done == [ASKED]


@pytest.mark.parametrize("ui", [{"ascii": True}, {"theme": "phonetui-mono"}])
async def test_where_no_colours_are_wanted_shades_are_drawn(ui: dict[str, object]) -> None:
    async with opened(showing(), config=themed(**ui), graphics_mode=dotted()) as desk:
        await desk.press("s")
        screen = await seen(desk)
        assert screen.query_one(DottedView).drawing is None
        if not ui.get("ascii"):
            assert "dots 1:1" in desk.text()
        await desk.press("v")
        await seen(desk)
        assert "+" * 20 in desk.text()
        assert "as sixel" not in desk.text()


async def test_a_new_picture_is_drawn_once_the_old_one_stays_until_then() -> None:
    fleet = showing()
    async with opened(fleet, graphics_mode=dotted(ImageProtocol.KITTY)) as desk:
        await desk.press("s")
        view = await drawn(desk)
        before = view.drawing
        await desk.press("r")
        await seen(desk)
        assert view.drawing is before
        fleet.answers = showing(canvas(dots=4).png(grey=False)).answers
        await desk.press("r")
        await until(lambda: view.drawing is not before)
        assert view.drawing is not None
        assert isinstance(desk.app.screen, PictureScreen)
