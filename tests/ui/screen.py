"""Running the program over a made-up fleet, and reading what it painted."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot

from phonetui.config.settings import Config
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.screens.phone_list import PhoneListScreen
from tests.live import until
from tests.ui.idle import patient_pilot
from tests.ui.office import CONFIG, FakeFleet, HandClock, office
from tests.ui.style_rules import remembered_rules

BY_PLACE = {"phones": {"order": "place"}}
WIDE = (120, 36)
SMALL = (80, 24)


class Desk:
    """The running program, and what the test holds of it."""

    def __init__(self, app: PhonetuiApp, pilot: Pilot[None], fleet: FakeFleet, clock: HandClock) -> None:
        self.app = app
        self.pilot = pilot
        self.fleet = fleet
        self.clock = clock

    @property
    def main(self) -> MainScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, MainScreen))

    async def press(self, *keys: str) -> None:
        """One key after the other, each by somebody who waits for a dialog until it is painted."""
        for key in keys:
            await self.seen()
            await self.pilot.press(key)
        await self.seen()
        await self.pilot.pause()

    async def open_list(self, key: str, *keys: str) -> None:
        """A list that opens on the selected phone's entries: those of all phones."""
        await self.press(key)
        assert isinstance(self.app.screen, PhoneListScreen)
        if self.app.screen.only is not None:
            await self.press("o", "home")
        await self.press(*keys)

    async def seen(self) -> None:
        """Waits until the dialog on top, where there is one, was painted."""
        while isinstance(top := self.app.screen, Dialog) and top.type_ahead.shown_at is None:
            await self.pilot.pause()

    async def refresh_view(self) -> None:
        """What the program's own timer does a few times a second."""
        self.main.refresh_view()
        await self.pilot.pause()

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Waits for what comes from elsewhere than a key, and until it is painted."""
        await until(holds, what=what)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        return painted(self.app)

    def text(self) -> str:
        return "\n".join(self.lines())

    def prose(self) -> str:
        """All words, of the dialog alone where one is open, without frames and the ends of lines."""
        return " ".join(re.sub("[│▌─╯╰╮╭]", " ", "\n".join(self.top_lines())).split())

    def top_lines(self) -> list[str]:
        """What lies on top: the dialog alone where one is open, else the whole screen."""
        box = next(iter(self.app.screen.query(".dialog")), None)
        if box is None:
            return self.lines()
        strips = self.app.screen._compositor.render_strips()[box.region.y : box.region.bottom]
        return ["".join(part.text for part in strip.crop(box.region.x, box.region.right)) for strip in strips]


def painted(app: PhonetuiApp) -> list[str]:
    """The cells of the screen on top, line by line."""
    compositor = app.screen._compositor
    return ["".join(segment.text for segment in strip) for strip in compositor.render_strips()]


@asynccontextmanager
async def piloted(app: PhonetuiApp, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[None]]:
    """The program, once it is painted, until all of it has ended."""
    with patient_pilot(), remembered_rules():
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            await pilot.pause()
            yield pilot
        await app.settle()


@asynccontextmanager
async def opened(
    fleet: FakeFleet | None = None, size: tuple[int, int] = WIDE, config: Config = CONFIG, **more: Any
) -> AsyncIterator[Desk]:
    """Phones lie by place, unless `preferences` say otherwise."""
    fleet, clock = fleet or office(), HandClock()
    more = {"preferences": BY_PLACE, **more}
    app = PhonetuiApp(fleet, config, clock=clock.clock, pace_s=0.0, **{"pause_s": 0.0, **more})
    async with piloted(app, size) as pilot:
        yield Desk(app, pilot, fleet, clock)


def themed(**ui: Any) -> Config:
    return replace(CONFIG, ui=replace(CONFIG.ui, **ui))
