"""How often a screen is drawn again: when something moved and it can be seen, however often that was."""

import asyncio
from typing import Any

import pytest
from textual._compositor import Compositor

from phonetui.ui.panes.call import CallsPane
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.view_state import ViewState
from tests.live import until
from tests.ui.screen import Desk, opened

EVERY_S = 0.05


class Counted(LiveScreen):
    """Draws nothing and counts how often."""

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state, refresh_s=EVERY_S)
        self.looks = 0

    def refresh_view(self) -> None:
        self.looks += 1
        self._seen = self._view_state.stamp


async def shown(desk: Desk) -> Counted:
    screen = Counted(desk.app.view_state)
    await desk.app.push_screen(screen)
    await until(lambda: screen.looks, what="the first look")
    looks = 0
    while screen.looks > looks:  # what comes with opening a screen: its size, and that the terminal has the focus
        looks = screen.looks
        await asyncio.sleep(4 * EVERY_S)
    return screen


async def test_a_screen_looks_once_however_much_moved_and_not_at_all_where_nothing_did() -> None:
    async with opened() as desk:
        screen = await shown(desk)
        before = screen.looks
        await asyncio.sleep(8 * EVERY_S)
        assert screen.looks == before, "nothing moved"
        for _ in range(100):
            desk.fleet.version += 1
        await until(lambda: screen.looks > before, what="a look at what moved")
        await asyncio.sleep(8 * EVERY_S)
        assert screen.looks == before + 1


async def test_a_screen_that_is_covered_does_not_look() -> None:
    async with opened() as desk:
        screen = await shown(desk)
        covering = await shown(desk)
        before = screen.looks
        desk.fleet.version += 1
        looks = covering.looks
        await until(lambda: covering.looks > looks, what="the screen on top looks")
        await asyncio.sleep(4 * EVERY_S)
        assert screen.looks == before
        covering.dismiss(None)
        await until(lambda: screen.looks > before, what="a look at what moved meanwhile")


async def test_what_is_left_to_paint_on_a_covered_screen_is_painted_when_it_is_seen_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The toolkit would paint the whole terminal for it, over and over: 50 kB a second."""
    paints: list[object] = []
    update = Compositor.render_update

    def counted(*arguments: Any, **more: Any) -> Any:
        paints.append(arguments)
        return update(*arguments, **more)

    async with opened() as desk:
        await desk.press("c")
        monkeypatch.setattr(Compositor, "render_update", counted)
        desk.main.query_one(CallsPane).refresh()
        desk.main.refresh()
        await asyncio.sleep(4 * EVERY_S)
        assert paints == []
        await desk.press("escape")
        assert paints
        assert "lobby" in desk.text()


async def test_the_main_screen_is_drawn_a_few_times_a_second_at_most() -> None:
    """A fleet of a hundred phones moves hundreds of times a second."""
    async with opened() as desk:
        looks = 0
        refresh_view = desk.main.refresh_view

        def counted() -> None:
            nonlocal looks
            looks += 1
            refresh_view()

        desk.main.refresh_view = counted  # type: ignore[method-assign]
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() < began + 1.0:
            desk.fleet.version += 1
            await asyncio.sleep(0.005)
        took_s = loop.time() - began
        assert 1 <= looks <= 1 + 5 * took_s
